"""A person's request to be forgotten (Art. 28): what goes, what must be kept and why, and doing it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Select, insert, select

import contracts.store.tables as book
from contracts.store.forgotten import People, let_back_in, people_of, running, shared, take_out
from jobs.database.tables import forgettings
from jobs.errors import KigenError
from jobs.retention.legal_holds import held_contracts, why_held
from jobs.retention.purge import Purge
from notify.ledger.lists import Chosen, NoticeLists
from notify.ledger.purge import Due, Limit, Where
from notify.record.values import Status

_OPEN = (Status.QUEUED, Status.SENDING, Status.HELD, Status.IN_DOUBT)


class NoSuchAccount(KigenError):  # noqa: N818 - named for what is the matter
    """The book has no account of that number."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What forgetting an account means on a day. Nobody is named."""

    account: str
    company: str
    mails: tuple[Due, ...]  # whose texts and addresses go
    people: int  # names and addresses that go from the book
    marks: int  # addresses that go from those that are not written to
    kept: tuple[str, ...]  # what stays, and why
    files: tuple[Path, ...]  # that name them: for a person to look at


@dataclass(frozen=True, slots=True)
class _Case:
    people: People
    running: dict[str, date]
    holds: list[str]
    addresses: frozenset[str]  # of theirs, now and before, that are nobody else's

    @property
    def people_stay(self) -> bool:
        return bool(self.running or self.holds)


@dataclass(frozen=True, slots=True)
class Forgetting:
    """Takes an account's people out of the book and off what was sent to them."""

    engine: Engine
    purge: Purge
    folders: Sequence[Path]  # whose files may name them: mails kept for people, files of the feed

    def outlook(self, account: str, as_of: date) -> Outlook:
        """What would go, what stays and why, and which files a person has to look at.

        Raises:
            NoSuchAccount: the book has none of that number.
        """
        return self._outlook(account, self._case(account, as_of), as_of)

    def carry_out(self, account: str, as_of: date, by: str, reference: str) -> Outlook:
        """Does it. Stopped half-way, it is done by doing it again. What it was, as `outlook` says it before.

        Raises:
            NoSuchAccount: the book has none of that number.
        """
        case, now = self._case(account, as_of), self.purge.clock.now()
        found = self._outlook(account, case, as_of)
        if not case.people_stay:  # marks first: the mails and the book still say which addresses these are
            self.purge.mails.forget_marks(case.addresses, now)
        counts: Counter[str] = Counter()
        for part, count in self.purge.pieces(self.purge.everything(as_of), _where(account, case)):
            counts[part] += count
        with self.engine.begin() as connection:
            if not case.people_stay and not case.people.is_nobody:
                take_out(connection, account, case.people, as_of)
            counts["people"] = found.people
            counts["marks"] = found.marks
            values = {"account": account, "reference": reference, "by": by, "at": now, "counts": dict(counts)}
            connection.execute(insert(forgettings).values(values))
        return found

    def lift(self, account: str) -> int:
        """Imports may bring the account's people back. How many names and addresses were kept out."""
        with self.engine.begin() as connection:
            return let_back_in(connection, account)

    def _outlook(self, account: str, case: _Case, as_of: date) -> Outlook:
        mails = self.purge.mails
        return Outlook(
            account,
            case.people.company,
            mails=tuple(mails.due(self.purge.everything(as_of), _where(account, case))),
            people=0 if case.people_stay else len(case.people.texts),
            marks=0 if case.people_stay else len(case.addresses & mails.marked()),
            kept=tuple(self._kept(account, case, as_of)),
            files=tuple(_files_that_name(self.folders, case.addresses)),
        )

    def _case(self, account: str, as_of: date) -> _Case:
        written_to = self.purge.mails.owners_written_to(_contracts_of(account))
        with self.engine.connect().execution_options(sqlite_begin="DEFERRED") as connection:
            people = people_of(connection, account)
            if people is None:
                raise NoSuchAccount(f"the book has no account {account}")
            theirs = people.addresses | written_to
            return _Case(
                people,
                running(connection, account, as_of),
                why_held(connection, account),
                theirs - shared(connection, account, theirs),
            )

    def _kept(self, account: str, case: _Case, as_of: date) -> Iterator[str]:
        for contract, last in case.running.items():
            yield f"contract {contract} runs until {last}: its letters stay, and so do the owner and the administrators"
        for hold in case.holds:
            yield f"legal hold of {hold}"
        yield from self._kept_evidence(_where(account, case), as_of)
        lists, its = NoticeLists(self.engine), _contracts_of(account)
        open_ones = sum(lists.total(Chosen(status=status, contracts=its)) for status in _OPEN)
        if open_ones:
            yield f"{open_ones} open: `kigen notices --account {account}` shows them; end them, then do this again"

    def _kept_evidence(self, where: Where, as_of: date) -> Iterator[str]:
        now, mails = self.purge.clock.now(), self.purge.mails
        for limit in (each for each in self.purge.limits(as_of) if self.purge.is_evidence(each.kind)):
            all_of_it = _texts(mails.due([Limit(limit.kind, now, now)], where))
            goes = _texts(mails.due([limit], where))
            if all_of_it > goes:
                months = self.purge.times.of(limit.kind).addresses_months
                until = f"for {months} months" if months else "for ever"
                yield (
                    f"{all_of_it - goes} of {limit.kind}: evidence of the contract (N2), kept {until} by "
                    f"[retention.{limit.kind}]"
                )


def _contracts_of(account: str) -> Select[Any]:
    return select(book.contracts.c.number).where(book.contracts.c.account == account)


def _where(account: str, case: _Case) -> Where:
    """The account's contracts that have ended; what is held is spared."""
    ended = _contracts_of(account).where(book.contracts.c.number.not_in(case.running))
    return Where(ended, held_contracts())


def _texts(found: Sequence[Due]) -> int:
    return max((each.count for each in found), default=0)


def _files_that_name(folders: Sequence[Path], addresses: frozenset[str]) -> Iterator[Path]:
    """What is packed, like XLSX, is not looked into."""
    if not addresses:
        return
    spelled = (re.escape(address.encode()).replace(b"@", b'"*@') for address in addresses)  # perhaps in quotes
    wanted = re.compile(b"|".join(spelled), re.IGNORECASE)
    for folder in folders:
        files = sorted(folder.iterdir()) if folder.is_dir() else []
        yield from (file for file in files if file.is_file() and file.stat().st_size and _names(file, wanted))


def _names(file: Path, wanted: re.Pattern[bytes]) -> bool:
    with file.open("rb") as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as content:
        return wanted.search(content) is not None
