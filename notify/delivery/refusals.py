"""Refusals for good that wait until others' answers tell whose fault they are. Pure.

Whether it is we who are refused, one reply often does not say: words and codes differ from relay to relay. What the
next mails are told does. A relay that takes one of them takes mail from us, so what it refused before was that mail's
or that recipient's fault; one that refuses them all alike refuses us, whatever it says. Until that is known, such
results are kept off the record: nothing was accepted, so nothing can be lost or doubled by that. A mail that was in
hand already may have been the last one of our day: that it is taken tells only of refusals that name their recipient.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from notify.bounces.values import BounceClass
from notify.bounces.words import class_of, status_in
from notify.record.values import Outcome, Result

MOST_KEPT = 10  # then it is decided on what is there
_DOMAINS = 3  # alike for so many of them it is not the recipients' fault; a company that gave its domain up is one
_WHO_IS_REFUSED = 2  # different recipients for whom the relay spoke of us
_ADDRESSES_AND_NUMBERS = re.compile(r"\S+@\S+|[\w.:-]*\d[\w.:-]*")
_FOR_GOOD = "5"


@dataclass(slots=True)
class Refusals:
    """The refusals for good since the relay last took a mail that was begun after them."""

    kept: list[Result] = field(default_factory=list)
    _begun_before: set[int] = field(default_factory=set)  # envelopes that were in hand when one was kept

    def keeps(self, result: Result, in_hand: Collection[int]) -> bool:
        """Whether the result waits here now; what is no refusal for good never does. `in_hand` are the others."""
        if result.outcome is Outcome.ACCEPTED or not result.reply.startswith(_FOR_GOOD):
            return False
        self.kept.append(result)
        self._begun_before.update(in_hand)
        return True

    def settled_by(self, accepted: Result) -> list[Result]:
        """What waits no longer as the relay took that mail."""
        if accepted.envelope.id not in self._begun_before:
            return self.taken()
        kept = self.kept
        self.kept = [each for each in kept if not _names_its_recipient(each)]
        return [each for each in kept if _names_its_recipient(each)]

    def taken(self) -> list[Result]:
        """All that waited; it waits no longer."""
        kept, self.kept = self.kept, []
        self._begun_before.clear()
        return kept

    def against_us(self, *, is_all: bool) -> str:
        """The reply by which we are refused, whoever the mail is for; "" where that is not known, or not so.

        `is_all`: nothing more is to come.
        """
        ours = [each for each in self.kept if each.outcome is Outcome.MISCONFIGURED]
        if ours and (is_all or len({each.envelope.address for each in ours}) >= _WHO_IS_REFUSED):
            return ours[0].reply
        return _said_to_all(self.kept) if is_all else ""


def _names_its_recipient(refused: Result) -> bool:
    """Whether it says that nobody is there, or that the mailbox is full."""
    if refused.outcome is not Outcome.REFUSED:
        return False
    return class_of(status_in(refused.reply), refused.reply) in (BounceClass.HARD, BounceClass.SOFT)


def _said_to_all(refused: Sequence[Result]) -> str:
    """What recipients of several domains were told alike; "" for nothing."""
    domains: dict[str, set[str]] = defaultdict(set)
    for each in refused:
        alike = domains[_ADDRESSES_AND_NUMBERS.sub("", each.reply)]
        alike.add((each.handed_to or each.envelope.address).rpartition("@")[2].casefold())
        if len(alike) >= _DOMAINS:
            return each.reply
    return ""
