"""Delivery reports, from wherever they come: on record, or kept for people. Nothing that was given is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from jobs.clock import Clock
from jobs.config.load import ConfigError
from notify.bounces.mail import UnreadableReport
from notify.bounces.report import read_report
from notify.bounces.values import Report, Sort
from notify.ledger.bounces import Bounces, Recorded, StillInHand
from notify.transports.maildir import is_read, make_maildir, mark_seen, put_mail

_FOR_NOBODY = frozenset({Sort.DELAYED, Sort.DELIVERED})  # they say nothing that anyone has to know


class Handled(StrEnum):
    """What became of one mail."""

    RECORDED = "recorded"
    KNOWN = "known already"
    NOT_A_BOUNCE = "not a bounce"
    FOR_PEOPLE = "kept for people"  # a bounce that matches nothing, or what is no mail
    LEFT = "left for later"  # in a Maildir: its mail is still being handed over


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mail, and what to say of it: a sentence without addresses."""

    handled: Handled
    said: str
    recorded: Recorded | None = None


@dataclass(frozen=True, slots=True)
class ReturnedMail:
    """Puts reports on record; `for_people` is the Maildir of what only a person understands."""

    bounces: Bounces
    for_people: Path
    clock: Clock

    def handle(self, raw: bytes, recipient: str = "") -> Outcome:
        """Puts a report on record, or keeps what is none for people. `recipient` is where the mail server took it for.

        Raises:
            StillInHand: its mail is being handed over at this moment; nothing was done.
            OSError: what is for people cannot be kept.
            DBAPIError: the database cannot be reached; nothing was done.
        """
        try:
            report = read_report(raw)
        except UnreadableReport as problem:
            return Outcome(Handled.FOR_PEOPLE, f"{problem}; kept as {self._keep(raw)}")
        if recipient:
            report = replace(report, sent_to=(recipient, *report.sent_to))
        if report.sort is Sort.BOUNCE:
            return self._record(report, raw)
        kept = "" if report.sort in _FOR_NOBODY else f"; kept as {self._keep(raw)}"
        return Outcome(Handled.NOT_A_BOUNCE, f"no bounce ({report.sort}){kept}")

    def handle_file(self, file: Path) -> Outcome:
        """Handles a mail of a Maildir's new/ and moves it to cur/, as read; one that comes too early stays.

        Raises:
            OSError: it cannot be read or moved, or what is for people cannot be kept.
            DBAPIError: the database cannot be reached; nothing was done.
        """
        try:
            outcome = self.handle(file.read_bytes())
        except StillInHand as problem:
            return Outcome(Handled.LEFT, str(problem))
        mark_seen(file)
        return outcome

    def _record(self, report: Report, raw: bytes) -> Outcome:
        recorded = self.bounces.record(report, self.clock.now())
        found = ", ".join(dict.fromkeys(f"{each.bounce_class} {each.status}".strip() for each in report.findings))
        if recorded.unmatched:
            kept = self._keep(raw)
            return Outcome(Handled.FOR_PEOPLE, f"a bounce ({found}) of a mail not on record; kept as {kept}", recorded)
        if not recorded.new:
            return Outcome(Handled.KNOWN, f"a bounce ({found}) that is on record already", recorded)
        held = f"; notices held: {' '.join(map(str, recorded.held))}" if recorded.held else ""
        return Outcome(Handled.RECORDED, f"a bounce ({found}) is on record{held}", recorded)

    def _keep(self, raw: bytes) -> Path:
        """Keeps the mail for people; given again, it is kept once."""
        name = f"kigen.{sha256(raw).hexdigest()[:40]}"
        make_maildir(self.for_people)
        if not is_read(self.for_people, name):
            put_mail(self.for_people, name, raw)
        return self.for_people / "new" / name


def waiting_mails(folder: Path) -> list[Path]:
    """The mails in a Maildir's new/, the oldest first.

    Raises:
        ConfigError: the folder is no Maildir.
    """
    if not all((folder / part).is_dir() for part in ("new", "cur")):
        raise ConfigError(f"{folder} is no Maildir: it has no folders new/ and cur/")
    return [file for _, file in sorted(_found(folder / "new"))]


def kept_since(maildir: Path, since: datetime) -> tuple[int, datetime]:
    """How many mails that were kept for people after that instant nobody has read yet, and when the newest was."""
    late = [at for at, _ in _found(maildir / "new") if at > since]
    return len(late), max(late, default=since)


def _found(folder: Path) -> Iterator[tuple[datetime, Path]]:
    """Each mail in the folder, and when it came."""
    for file in folder.iterdir() if folder.is_dir() else ():
        with suppress(FileNotFoundError):  # another process has moved it, or somebody has read it meanwhile
            if file.is_file() and not file.name.startswith("."):
                yield datetime.fromtimestamp(file.stat().st_mtime, UTC), file
