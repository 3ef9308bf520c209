"""The judge: each mail as it is handed over, and the ledger after each run, against what the rules say of that day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tests.simulation.letters import Letter
from tests.simulation.relay import ACCEPTED, BROKEN, REFUSED, UNAVAILABLE, UNKNOWN_ACCEPTED, UNKNOWN_LOST, HandOver
from tests.simulation.rules import CHANGE, HOLD, RELEASE, SEND, SKIP, START, Key, Verdict, Verdicts
from tests.simulation.service import Row
from tests.simulation.world import Customer

PATIENCE = timedelta(hours=3)  # a bit over the longest wait between two tries
TRIED_FOR = timedelta(days=5) - PATIENCE  # by then, or a try later, a mail has failed
DOUBTS = 3  # so many hand-overs with an unknown outcome, then a person decides
DOUBTFUL = (UNKNOWN_ACCEPTED, UNKNOWN_LOST, BROKEN)
ENDED = ("sent", "failed", "cancelled", "in-doubt")


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that must not be, about one contract."""

    contract: str
    text: str


@dataclass(slots=True)
class Pass:
    """One run of the program, as the world stood then; nothing in the book changes while it lasts."""

    as_of: date
    customers: dict[str, Customer]
    verdicts: Verdicts
    may_send: bool = True


@dataclass(slots=True)
class Judge:
    """Remembers what was handed over, and why something may be missing."""

    admitted: Callable[[str], str | None]  # the address that mail for this one may go to
    log: Callable[[str, str], None]
    wrong: list[Wrong] = field(default_factory=list)
    mails: dict[Key, list[HandOver]] = field(default_factory=lambda: defaultdict(list))
    by_line: dict[tuple[str, str], list[HandOver]] = field(default_factory=lambda: defaultdict(list))  # starts only
    faults: dict[Key, list[tuple[datetime, str]]] = field(default_factory=lambda: defaultdict(list))
    ended: set[Key] = field(default_factory=set)  # by a person
    forgotten: set[int] = field(default_factory=set)  # mails that a restored database knows nothing of
    forgives: bool = False  # a person has looked at what a restored database would send
    now: Pass | None = None

    # Each mail

    def handed(self, mail: HandOver) -> None:
        """Judges a mail at the moment it is handed over, accepted or not."""
        self.log(mail.letter.contract, f"{mail.outcome}: {mail.role} {mail.address}: {mail.letter}")
        if not self.now.may_send:
            self._say(mail, "mail was handed over while the database was fenced")
        customer = self.now.customers[mail.letter.contract]
        wanted = self.admitted(customer.owner if mail.role == "to" else customer.administrator)
        if mail.address != wanted:
            self._say(mail, f"handed over to {mail.address}, not to {wanted}")
        keys = list(self._keys(mail.letter, customer)) if mail.role == "to" else []
        for key in keys:
            self._handed(key, mail)
        if mail.role == "cc":
            self._copied(mail)

    def interrupted(self, process: int, on_record: set[str], *, is_noted: bool = False) -> int:
        """A process has died, or stands still: of what it had been told and is not on record, nobody knows.

        Where its notebook tells, that is the last mail only. Of how many that had arrived.
        """
        handed = sorted((mail for mails in self.mails.values() for mail in mails if mail.process == process), key=_at)
        unknown = [mail for mail in handed if mail.letter.message_id not in on_record]
        for mail in handed[-1:] if is_noted else unknown:
            mail.is_witnessed = False
        return sum(mail.arrived for mail in unknown)

    def _keys(self, letter: Letter, customer: Customer) -> Iterator[Key]:
        """What the letter is about, as far as it ought to be said now."""
        if letter.as_of != self.now.as_of:
            self.wrong.append(Wrong(letter.contract, f"what was true on {letter.as_of} was sent: {letter}"))
        kind = START if letter.kind == CHANGE else letter.kind
        for number in _spokesmen(letter, customer):
            of_line = {
                key: verdict
                for key, verdict in self.now.verdicts.items()
                if (key.kind, key.contract, key.line) == (kind, letter.contract, number)
            }
            found = [key for key, verdict in of_line.items() if _is_what_it_says(verdict, letter)]
            yield from found
            if len(found) != 1:
                said = "; ".join(f"{key.occasion}: {v.says} {v.reason} {v.facts}" for key, v in of_line.items())
                self.wrong.append(
                    Wrong(letter.contract, f"not to be said: {letter}; line {number}: {said or 'nothing'}")
                )

    def _handed(self, key: Key, mail: HandOver) -> None:
        if key in self.ended and key.kind != START:  # a start may be moved away and back
            self._say(mail, "handed over although a person had ended it")
        if key.kind == START:
            self._judge_start(key, mail)
        else:
            self._judge_double(self.mails[key], mail)
        self.mails[key].append(mail)
        if mail.outcome != ACCEPTED:
            self.faults[key].append((mail.at, mail.outcome))

    def _judge_double(self, earlier: Iterable[HandOver], mail: HandOver) -> None:
        if any(other.arrived and self._is_known(other) for other in earlier):
            self._say(mail, "a double: the program knew that it had arrived")

    def _judge_start(self, key: Key, mail: HandOver) -> None:
        of_line = self.by_line[key.contract, key.line]
        told = [other for other in of_line if other.arrived or other.outcome in DOUBTFUL]
        if told and told[-1].letter.about == mail.letter.about:
            self._judge_double(told[-1:], mail)
        if mail.letter.kind == START and any(
            other.arrived and self._is_known(other) and other.letter.about != mail.letter.about for other in told
        ):
            self._say(mail, "a start that was told before is announced as if it were new")
        if mail.letter.kind == CHANGE and not any(other.letter.about != mail.letter.about for other in told):
            self._say(mail, "a change of a start that was never told")
        of_line.append(mail)

    def _copied(self, mail: HandOver) -> None:
        key = Key("copy", mail.letter.contract, mail.letter.message_id, mail.address)
        self._judge_double(self.mails[key], mail)
        self.mails[key].append(mail)

    def _is_known(self, mail: HandOver) -> bool:
        return mail.is_witnessed and not (self.forgives and id(mail) in self.forgotten)

    def _say(self, mail: HandOver, text: str) -> None:
        self.wrong.append(Wrong(mail.letter.contract, f"{text}: {mail.role} {mail.address}: {mail.letter}"))

    # The ledger, after a run that nothing disturbed

    def audit(self, rows: list[Row], now: datetime) -> None:
        """What ought to have gone out has arrived or has an excuse; what has not, is on the ledger with its reason."""
        by_key: dict[Key, list[Row]] = defaultdict(list)
        for row in rows:
            by_key[key_of(row)].append(row)
            self._audit_row(row)
        for key, verdict in self.now.verdicts.items():
            problem = self._problem(key, verdict, by_key.get(key, []), now)
            if problem:
                found = ", ".join(f"{row.kind} {row.status} {row.reason}" for row in by_key.get(key, [])) or "nothing"
                text = f"{problem}: {key.kind} {key.contract}/{key.line} {key.occasion}; on the ledger: {found}"
                self.wrong.append(Wrong(key.contract, text))

    def audit_chain(self, problems: Iterable[object]) -> None:
        """Whatever happened to the program, its ledger agrees with the chain of hashes."""
        self.wrong += [Wrong("", f"the chain of hashes: {problem}") for problem in problems]

    def _audit_row(self, row: Row) -> None:
        key = key_of(row)
        name = f"{row.kind} {row.contract}/{row.line} {row.occasion} ({row.status} {row.reason})"
        if row.status == "sending":
            self.wrong.append(Wrong(row.contract, f"nobody holds what is being sent: {name}"))
        if row.status == "sent" and key not in self.ended and not any(mail.arrived for mail in self.mails.get(key, ())):
            self.wrong.append(Wrong(row.contract, f"sent on the ledger, but it never arrived: {name}"))
        waits = row.status in ("queued", "held") and row.as_of <= str(self.now.as_of)
        if waits and key not in self.now.verdicts:
            self.wrong.append(Wrong(row.contract, f"waits for nothing: {name}"))

    def _problem(self, key: Key, verdict: Verdict, rows: list[Row], now: datetime) -> str:
        statuses = {row.status for row in rows}
        if self.is_told(key) or (statuses & set(ENDED) and self._has_ended(key, rows, now)):
            return ""
        if verdict.says == SEND:
            return "" if self._is_excused(key, now) else "ought to have gone out"
        if not rows:
            return f"silence without a word ({verdict.says} {verdict.reason})"
        if verdict.says == HOLD:
            return (
                ""
                if {(row.status, row.reason) for row in rows} & {("held", verdict.reason)}
                else f"not held for {verdict.reason}"
            )
        if statuses & {"queued", "held"}:
            return f"still waits although {verdict.reason}"
        skipped = {row.reason for row in rows if row.status == "skipped"}
        return f"skipped for another reason than {verdict.reason}" if skipped - {verdict.reason} else ""

    def is_told(self, key: Key) -> bool:
        """Whether the customer has it; of starts the last one that was told counts."""
        if key.kind != START:
            return any(mail.arrived for mail in self.mails.get(key, ()))
        arrived = [mail for mail in self.by_line.get((key.contract, key.line), ()) if mail.arrived]
        return bool(arrived) and str(arrived[-1].letter.about) == key.occasion

    def _has_ended(self, key: Key, rows: list[Row], now: datetime) -> bool:
        """Whether a final status on the ledger has a cause in what happened."""
        outcomes = [outcome for _, outcome in self.faults.get(key, ())]
        owners = self.now.customers[key.contract].owners
        causes = {
            "failed": REFUSED in outcomes
            or self._is_given_up(key)
            or any(self.admitted(owner) is None for owner in owners),
            "cancelled": key in self.ended,
            "in-doubt": self._is_excused(key, now)
            or BROKEN in outcomes
            or sum(outcome in DOUBTFUL for outcome in outcomes) >= DOUBTS,
            "sent": key in self.ended,
        }
        return any(causes.get(row.status, False) for row in rows)

    def _is_given_up(self, key: Key) -> bool:
        """Whether it was refused for now, or unanswered, for about as long as it is tried, in whatever letters."""
        times = [at for at, outcome in self.faults.get(key, ()) if outcome in (UNAVAILABLE, *DOUBTFUL)]
        return bool(times) and times[-1] - times[0] >= TRIED_FOR

    def _is_excused(self, key: Key, now: datetime) -> bool:
        """Whether it waits for its next try, or its address was refused a moment ago."""
        recent = [outcome for at, outcome in self.faults.get(key, ()) if now - at < PATIENCE]
        return key in self.ended or bool(set(recent) & {UNAVAILABLE, *DOUBTFUL})


def _at(mail: HandOver) -> datetime:
    return mail.at


def key_of(row: Row) -> Key:
    """The key that a notice on the ledger is about."""
    if row.kind in (START, CHANGE):
        return Key(START, row.contract, row.line, row.occasion.partition("/")[0])
    return Key(row.kind, row.contract, row.line, row.occasion)


def _spokesmen(letter: Letter, customer: Customer) -> list[str]:
    """The lines whose notices the letter tells: of a release reminder, the first of each family."""
    if letter.kind != RELEASE:
        return list(letter.lines)
    first: dict[str, str] = {}
    for number in sorted(letter.lines, key=int):
        first.setdefault(customer.line(number).family, number)
    return list(first.values())


def _is_what_it_says(verdict: Verdict, letter: Letter) -> bool:
    """Whether the letter says what ought to be said; the seats of several lines in one mail are not compared."""
    if verdict.says != SEND or verdict.about != letter.about:
        return False
    is_grouped = len(letter.lines) > 1
    return is_grouped or tuple(map(str, verdict.facts)) == letter.facts


__all__ = ["SKIP", "Judge", "Pass", "Wrong", "key_of"]
