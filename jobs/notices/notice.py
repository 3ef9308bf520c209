"""What a kind of notice consists of. Each file of this folder that `listing.py` names ends with one of these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from contracts.calendar import BusinessCalendar
from contracts.catalogue import Catalogue
from contracts.model import Contract, ContractLine
from jobs.notices.candidates import EndingTerms, Openings
from jobs.notices.decision import Circumstances, Decision, Reason
from jobs.notices.rules import NoticeRules

Data = dict[str, Any]
Rules = TypeVar("Rules", bound=NoticeRules)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a letter speaks of: decisions that are alike, and their lines."""

    decisions: Sequence[Decision]
    contract: Contract  # as it is known on that day
    lines: Sequence[ContractLine]
    as_of: date
    catalogue: Catalogue
    calendar: BusinessCalendar  # of the reseller's office

    @property
    def decision(self) -> Decision:
        """The first of them: in what it shares with the others it speaks for all."""
        return next(iter(self.decisions))

    @property
    def line(self) -> ContractLine:
        """The first of its lines: in its start it speaks for all."""
        return next(iter(self.lines))

    @property
    def language(self) -> str:
        """The reader's."""
        return self.contract.account.language

    @property
    def reference(self) -> date:
        """The date that the occasion refers to."""
        if self.decision.reference is None:
            decision = self.decision
            raise ValueError(f"{decision.contract}/{decision.line}: a {decision.kind} was decided without its date")
        return self.decision.reference


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """The day of a letter that goes into the reader's calendar.

    `day` is its name among the letter's facts. Letters about one line with the same `about` make one entry: the later
    takes the place of the earlier. By a deadline something is to be done, so the reader is reminded. One that is
    withdrawn is taken out: the decision says of which lines.
    """

    about: str
    day: str
    is_deadline: bool = False
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Letter(Generic[Rules]):
    """A kind of letter, as the ledger calls it: what it says, and how long it is kept unless [retention] says else."""

    kind: str
    facts: Callable[[Subject, Rules], Data]
    sample: Callable[[str], Data]  # by language: its facts, with what `jobs.notices.samples` gives to all
    calendar_entry: CalendarEntry | None = None
    must_say: tuple[str, ...] = ()  # facts, days and seats, without which it is no such letter
    keep_months: int = 60  # whether it was told in time can be asked for so long (Civil Code, Art. 166)
    makes_contract: bool = False  # evidence that nobody may have forgotten before its time (Art. 5.2)


@dataclass(frozen=True, slots=True)
class Notice(Generic[Rules]):
    """One kind of notice: its name as users type it and as its tables are called, its rules, and its letters.

    The first letter is named like the notice; a second one tells what changed after the first.
    """

    name: str
    rules: type[Rules]
    decisions: Callable[[Contract, Rules, Circumstances], Iterator[Decision]]
    looks_at: EndingTerms | Openings
    letters: tuple[Letter[Rules], ...]
    lapses_for: Reason | None = None  # decided so for the first time, a line is told to whoever runs the job


def letters_of(notices: Iterable[Notice[Any]]) -> dict[str, Letter[Any]]:
    """All letters of these notices by their kinds."""
    return {letter.kind: letter for notice in notices for letter in notice.letters}


@dataclass(frozen=True, slots=True)
class Job:
    """A kind of notice by the configured rules: what a run decides with."""

    notice: Notice[Any]
    rules: NoticeRules
    calendar: BusinessCalendar

    @property
    def name(self) -> str:
        """As users type it."""
        return self.notice.name

    @property
    def kinds(self) -> tuple[str, ...]:
        """Of its letters, as the ledger calls them."""
        return tuple(letter.kind for letter in self.notice.letters)

    def letter(self, kind: str) -> Letter[Any]:
        """Its letter of that kind."""
        return next(letter for letter in self.notice.letters if letter.kind == kind)

    def decide(self, contract: Contract, at: Circumstances) -> Iterator[Decision]:
        """What follows for the contract."""
        return self.notice.decisions(contract, self.rules, at)

    def turns(self, contract: Contract) -> Iterator[date]:
        """The days on which a decision about this contract may become another."""
        return self.notice.looks_at.turns(contract, self.rules, self.calendar)
