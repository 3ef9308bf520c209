"""What a decision and its letter rest on, as one hash. Where it is still the same, deciding again changes nothing.

A delivery decides once more on all that waits (P1). Most of it was decided a moment ago, for the same day, by the same
rules and from the same book: the ledger keeps the grounds beside the notice, and the delivery compares. They are no
record of anything: an empty or a wrong hash costs only the work of deciding again.
"""

from __future__ import annotations

from hashlib import sha256

from contracts.model import Contract
from jobs.decision import Circumstances, bounced_of


def grounds(rules: str, contract: Contract, at: Circumstances) -> str:
    """sha256, hex, over all that decides what is said about the contract on that day.

    `rules` is the hash of what is the same for all contracts: settings, catalogue, templates. Of what the ledger says,
    only what ended or was approved counts: that a notice waits is what comes of a decision.
    """
    settled = sorted(repr(each) for each in at.record.items() if each[1].is_final or each[1].is_approved)
    parts = (rules, at.as_of, at.baseline, bounced_of(contract.account, at.bounced), contract, settled)
    return sha256(repr(parts).encode()).hexdigest()
