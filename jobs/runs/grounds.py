"""What a decision and its letter rest on, as one hash. Where it is still the same, deciding again changes nothing.

A delivery decides once more on all that waits (P1). Most of it was decided a moment ago, for the same day, by the same
rules and from the same book: the ledger keeps the grounds beside the notice, and the delivery compares. They are no
record of anything: an empty or a wrong hash costs only the work of deciding again.
"""

from __future__ import annotations

from dataclasses import fields
from hashlib import sha256
from operator import attrgetter

from contracts.model import Account, Contract, ContractLine, Term
from jobs.notices.conditions import bounced_of
from jobs.notices.decision import Circumstances


def grounds(rules: str, contract: Contract, at: Circumstances) -> str:
    """sha256, hex, over all that decides what is said about the contract on that day.

    `rules` is the hash of what is the same for all contracts: settings, catalogue, templates. Of what the ledger says,
    only what ended or was approved counts: that a notice waits is what comes of a decision.
    """
    settled = sorted(repr(each) for each in at.record.items() if each[1].is_final or each[1].is_approved)
    sold = (contract.number, _OF_ACCOUNT(contract.account), [_plain(line) for line in contract.lines])
    parts = (rules, at.as_of, at.baseline, bounced_of(contract.account, at.bounced), sold, settled)
    return sha256(repr(parts).encode()).hexdigest()


# The values of all fields, as tuples: a dataclass takes three times as long to write itself out.
_OF_ACCOUNT = attrgetter(*(field.name for field in fields(Account)))
_OF_TERM = attrgetter(*(field.name for field in fields(Term)))
_OF_LINE = attrgetter(
    "menu.code", *(field.name for field in fields(ContractLine) if field.name not in {"menu", "term"})
)


def _plain(line: ContractLine) -> tuple[object, ...]:
    """The line's values; of its menu item the code, since the catalogue is among the rules."""
    return (_OF_LINE(line), line.term and _OF_TERM(line.term))
