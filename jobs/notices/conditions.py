"""What decides whether a notice goes: what all kinds have in common, and how a kind adds its own conditions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from contracts.addresses import AddressError, mailable
from contracts.model import Account, ContractLine
from jobs.notices.decision import Action, Check, Circumstances, Decision, Reason, Value
from jobs.notices.rules import NoticeRules


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that settles a decision where it holds; its check explains either outcome."""

    holds: bool
    action: Action
    reason: Reason
    check: Check


@lru_cache(4096)  # lines have most of what is looked at in common
def skip_when(holds: bool, reason: Reason, rule: str, code: str, **values: Value) -> Condition:  # noqa: FBT001 — the name asks the question
    """A condition under which nothing is to be said."""
    return Condition(holds, Action.SKIP, reason, Check(rule, code, not holds, values))


@lru_cache(4096)
def none_when(holds: bool, reason: Reason, rule: str, code: str, **values: Value) -> Condition:  # noqa: FBT001 — the name asks the question
    """A condition under which the notice has not come into its time, or never will."""
    return Condition(holds, Action.NONE, reason, Check(rule, code, not holds, values))


def settled(
    draft: Decision, conditions: Iterable[Condition], rules: NoticeRules, account: Account, at: Circumstances
) -> Decision:
    """The draft, settled by the first condition that holds; by none: the notice goes to the owner.

    What every kind of notice has in common stands here once: its day, the ledger, the baseline, then the job's own
    conditions, then the owner's address (N8) and approval.
    """
    checks: list[Check] = []
    for condition in (
        *_come_due(draft, at),
        *conditions,
        *_can_be_written_to(account, at),
        *_is_approved(draft, rules, at),
    ):
        checks.append(condition.check)
        if condition.holds:
            to, cc = _addresses(rules, account, at) if condition.reason is Reason.AWAITING_APPROVAL else ((), ())
            return _ended(draft, condition.action, condition.reason, checks, to, cc)
    reason = Reason.LATE if draft.due_on is not None and draft.due_on < at.as_of else Reason.DUE
    return _ended(draft, Action.SEND, reason, checks, *_addresses(rules, account, at))


def not_applicable(kind: str, line: ContractLine, reason: Reason, rule: str, code: str, /, **values: Value) -> Decision:
    """Why a kind of notice has nothing to say about a line: for explanations only."""
    checks = (Check(rule, code, False, values),)
    return Decision(kind, line.contract, line.line, "", Action.NONE, reason, checks=checks)


def _come_due(draft: Decision, at: Circumstances) -> Iterator[Condition]:
    if draft.due_on is None:
        return
    yield none_when(draft.due_on > at.as_of, Reason.NOT_DUE, "", "due-on", due=draft.due_on, today=at.as_of)
    recorded = at.record.get(draft.key)
    if recorded is None:
        yield skip_when(False, Reason.ALREADY_SENT, "", "not-on-the-ledger")
    else:
        yield skip_when(recorded.is_final, Reason.ALREADY_SENT, "", "on-the-ledger", status=recorded.status)
    if at.baseline is not None:
        is_before = draft.due_on < at.baseline
        yield skip_when(
            is_before, Reason.BEFORE_BASELINE, "", "responsible-from", due=draft.due_on, baseline=at.baseline
        )


def _can_be_written_to(account: Account, at: Circumstances) -> Iterator[Condition]:
    if not account.owner_email.strip():
        yield _hold(Reason.OWNER_MISSING, "N8", "owner-missing")
        return
    try:
        address = mailable(account.owner_email)
    except AddressError as problem:
        yield _hold(Reason.OWNER_INVALID, "N8", "owner-invalid", problem=problem.code)
        return
    if address in at.bounced:
        yield _hold(Reason.OWNER_BOUNCED, "N8", "owner-bounced")
        return
    yield Condition(False, Action.HOLD, Reason.OWNER_INVALID, Check("P1", "owner-mailable", True))


def _is_approved(draft: Decision, rules: NoticeRules, at: Circumstances) -> Iterator[Condition]:
    if rules.approval == "manual":
        recorded = at.record.get(draft.key)
        approved = recorded is not None and recorded.is_approved
        code = "approved" if approved else "awaits-approval"
        yield Condition(not approved, Action.HOLD, Reason.AWAITING_APPROVAL, Check("", code, approved))


def bounced_of(account: Account, bounced: Collection[str]) -> list[str]:
    """The account's addresses that mail came back from for good: the owner's (N8), or one that may be copied (P2)."""
    named = (account.owner_email, *account.administrator_emails, account.partner_email) if bounced else ()
    return [text for text in named if _mailable_or_none(text) in bounced]


def _hold(reason: Reason, rule: str, code: str, **values: Value) -> Condition:
    return Condition(True, Action.HOLD, reason, Check(rule, code, False, values))


def _ended(  # noqa: PLR0913, PLR0917 — what a decision is settled with
    draft: Decision,
    action: Action,
    reason: Reason,
    checks: list[Check],
    to: tuple[str, ...],
    cc: tuple[str, ...],
) -> Decision:
    return Decision(
        draft.kind, draft.contract, draft.line, draft.occasion, action, reason,
        due_on=draft.due_on, not_after=draft.not_after, to=to, cc=cc,
        checks=(*draft.checks, *checks), reference=draft.reference, together=draft.together,
        withdraws=draft.withdraws,
    )  # fmt: skip


def _addresses(rules: NoticeRules, account: Account, at: Circumstances) -> tuple[tuple[str, ...], tuple[str, ...]]:
    owner = mailable(account.owner_email)
    return (owner,), _copies(account, rules.copy_to, {*at.bounced, owner})


def _copies(account: Account, copy_to: tuple[str, ...], without: Collection[str]) -> tuple[str, ...]:
    """The addresses to copy (P2), each once, without those that cannot be written to: the book's report names them.

    One that is gone is left out as well: the desk was told of it.
    """
    wanted: list[str] = []
    if "administrators" in copy_to:
        wanted += account.administrator_emails
    if "partner" in copy_to:
        wanted.append(account.partner_email)
    usable = (address for text in wanted if (address := _mailable_or_none(text)) and address not in without)
    return tuple(dict.fromkeys(usable))


def _mailable_or_none(text: str) -> str | None:
    try:
        return mailable(text)
    except ValueError:
        return None
