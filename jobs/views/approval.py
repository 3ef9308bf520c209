"""What waits for a person's word, in the forms in which that person looks at it: rows, a page, a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any

from contracts.model import Account
from jobs.language.messages import Messages
from jobs.pages.preview import Entry
from jobs.runs.records import Records
from jobs.views.wording import recorded_shown
from notify.ledger.approval import Approval, Letter, NotAsReviewed, Scope
from notify.ledger.ledger import Ledger
from notify.ledger.releases import Releases
from notify.record.values import NotPossible

_AT_A_TIME = 500


def chosen_letters(releases: Releases, scope: Scope, ids: Collection[int] = ()) -> list[Letter]:
    """What waits in the scope; with ids, these of it, each with what the same letter tells.

    Raises:
        NotPossible: one of the ids does not wait.
    """
    waiting = releases.waiting(scope)
    if not ids:
        return waiting
    named = {letter.notice.id: letter for letter in waiting if letter.notice.id in ids}
    if others := sorted(set(ids) - named.keys()):
        raise NotPossible(f"not waiting for approval: {', '.join(map(str, others))}; `kigen approve` shows what waits")
    told_by = {letter.notice.message_id for letter in named.values()}
    return [letter for letter in waiting if letter.notice.message_id in told_by]


def waiting_rows(letters: Sequence[Letter], records: Records) -> Iterator[dict[str, Any]]:
    """Each notice that waits, with the company it is for, and whom its letter goes to."""
    for letter, account in _with_accounts(letters, records):
        notice, key = letter.notice, letter.notice.key
        yield {
            "id": notice.id, "kind": key.kind, "contract": key.contract, "line": f"{key.contract}/{key.line}",
            "occasion": key.occasion, "company": account.company if account else "",
            "to": _addresses(letter, "to"), "cc": _addresses(letter, "cc"), "subject": letter.subject,
            "due_on": notice.due_on, "not_after": notice.not_after, "as_of": notice.as_of,
        }  # fmt: skip


def waiting_entries(
    letters: Sequence[Letter], records: Records, messages: Messages, advance: Callable[[int], None]
) -> Iterator[Entry]:
    """Each notice that waits as a page shows it, with the bytes that will be sent and the checks behind it."""
    for number, (letter, account) in enumerate(_with_accounts(letters, records), start=1):
        yield _entry(letter, account, records.ledger, messages)
        advance(number)


def confirmation(approval: Approval, addresses: int, by: str, messages: Messages) -> str:
    """`3 approved: KIND 2, KIND 1; 2 letters to 2 owners; on record as approved by suzuki …`."""
    count = len(approval.released)
    if not count:
        return messages.say("approve.none")
    kinds = Counter(key.kind for key in approval.released).most_common()
    listed = messages.listed(messages.say("approve.kind", kind=kind, count=many) for kind, many in kinds)
    return messages.say("approve.done", count=count, kinds=listed, letters=approval.letters, owners=addresses, by=by)


def refused_row(refused: NotAsReviewed) -> dict[str, Any]:
    """A notice that is not as it was reviewed, as a row."""
    return asdict(refused.key) | {"misfit": refused.misfit, "found": refused.found}


def _addresses(letter: Letter, wanted: str) -> list[str]:
    return [address for role, address in letter.recipients if role == wanted]


def _with_accounts(letters: Sequence[Letter], records: Records) -> Iterator[tuple[Letter, Account | None]]:
    """The letters in order, each with whose contract it is about; None where the book does not have it any more."""
    rest = iter(letters)
    while some := list(islice(rest, _AT_A_TIME)):
        numbers = sorted({letter.notice.key.contract for letter in some})
        accounts = {contract.number: contract.account for contract in records.contracts(numbers)}
        for letter in some:
            yield letter, accounts.get(letter.notice.key.contract)


def _entry(letter: Letter, account: Account | None, ledger: Ledger, messages: Messages) -> Entry:
    notice = letter.notice
    return Entry(
        **asdict(notice.key),
        day=notice.as_of,
        company=account.company if account else "",
        partner=account.partner_name if account else "",
        action="hold",
        reason=notice.reason,
        due_on=notice.due_on,
        not_after=notice.not_after,
        to=tuple(_addresses(letter, "to")),
        cc=tuple(_addresses(letter, "cc")),
        checks=recorded_shown(notice.checks, messages),
        raw=None if notice.message_id is None else ledger.raw(notice.message_id),
    )
