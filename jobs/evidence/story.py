"""The whole story of a notice in the order of time, and what it waits for now. Pure values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from jobs.names import DESK
from jobs.notices.decision import Reason
from notify.record.values import Attempt, MessageStory, Notice, Outcome, PersonsAction, Status, Story

_OUTCOMES = {
    Outcome.ACCEPTED: "accepted",
    Outcome.REFUSED: "refused for good",
    Outcome.UNMAILABLE: "refused for good, whoever it is for",
    Outcome.BARRED: "not on our own allow-list, nothing was handed over",
    Outcome.UNAVAILABLE: "not taken for now",
    Outcome.MISCONFIGURED: "the relay or the configuration is at fault",
    Outcome.UNKNOWN: "no clear answer: it may have arrived",
    Outcome.RELEASED: "given back untried",
    Outcome.LOST: "the process ended meanwhile: it may have arrived",
}
_ACTIONS = {
    "resend": "asked for the same mail once more",
    "cancel": "cancelled it",
    "settle": "settled the doubt",
    "approve": "approved it",
}
_WAITS_FOR = {
    Status.SENDING: "its hand-over, which is under way: look again when its outcome is on record",
    Status.IN_DOUBT: (
        "a person who knows whether it arrived: `kigen notices settle {id} --sent` or `--not-sent`, "
        "or `kigen notices resend {id}`"
    ),
    Status.FAILED: "a person: `kigen notices resend {id}` or `kigen notices cancel {id}`",
}
_PURGED = "(purged)"
_MEND_THE_BOOK: dict[str, str] = {
    Reason.OWNER_MISSING: "the owner has no address: put one into the book (`kigen import FILE`)",
    Reason.OWNER_INVALID: "the owner's address cannot be written to: correct it in the book (`kigen import FILE`)",
    Reason.OWNER_BOUNCED: (
        "nobody is at the owner's address: put the new owner into the book (`kigen import FILE`), or say that it works "
        "again (`kigen bounce --clear ADDRESS`)"
    ),
}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a notice."""

    at: datetime
    what: str


def events(story: Story) -> list[Event]:
    """All that is on record, the earliest first."""
    found = [*_letters(story), *(_person(action) for action in story.actions)]
    return sorted(found, key=lambda event: event.at)


def waits_for(story: Story) -> str:
    """What the notice waits for, with the command that moves it; "" for nothing."""
    notice = story.notice
    if notice.status is Status.QUEUED:
        return _next_try(story)
    if notice.status is Status.HELD:
        return _held(notice)
    return _WAITS_FOR.get(notice.status, "").format(id=notice.id)


def _held(notice: Notice) -> str:
    if notice.reason == Reason.AWAITING_APPROVAL:
        return f"a person's approval: `kigen approve {notice.id}`"
    if notice.key.kind == DESK:
        return (
            "the next `run-job operator-digest`, whose letter takes its place; see that the address in the "
            "configuration is right (sender.sales_desk.email, [jobs.operator-digest])"
        )
    mend = _MEND_THE_BOOK.get(notice.reason, "what it was held for")
    return f"{mend}; the next `kigen run-job all` sends it"


def _letters(story: Story) -> Iterator[Event]:
    for number, message in enumerate(story.messages, start=1):
        name = f"letter {number}" if len(story.messages) > 1 else "the letter"
        to = ", ".join(f"{copy.role} {_kept(copy.address)}" for copy in message.envelopes)
        subject = repr(message.subject) if message.subject else _PURGED
        yield Event(message.created_at, f"{name} is written: {subject}, {to}")
        if message.withdrawn_at is not None:
            yield Event(message.withdrawn_at, f"{name} is withdrawn: {message.withdrawn_reason}")
        yield from _mails(name, message)


def _mails(name: str, message: MessageStory) -> Iterator[Event]:
    for copy in message.envelopes:
        for attempt in copy.attempts:
            yield Event(
                attempt.started_at, f"{name} to {_kept(copy.address)}, try {attempt.number}{_what_came_of(attempt)}"
            )
        for back in copy.bounces:
            said = " ".join(filter(None, (back.bounce_class, back.status, back.diagnostic)))
            yield Event(back.received_at, f"{name} to {_kept(copy.address)} came back: {said}")
            if back.told_at is not None:
                yield Event(back.told_at, f"the sales desk is told that {name} to {_kept(copy.address)} came back")


def _what_came_of(attempt: Attempt) -> str:
    where = f", redirected to {attempt.handed_to}" if attempt.handed_to else ""
    if attempt.outcome is None or attempt.finished_at is None:
        return f"{where}: under way, by {attempt.owner}"
    seconds = (attempt.finished_at - attempt.started_at).total_seconds()
    reply = f": {attempt.reply}" if attempt.reply else ""
    return f"{where}: {_OUTCOMES[attempt.outcome]} after {seconds:.1f} s{reply}"


def _kept(address: str) -> str:
    return address or _PURGED


def _person(action: PersonsAction) -> Event:
    detail = f" ({action.detail})" if action.detail else ""
    return Event(action.at, f"{action.by or 'a person'} {_ACTIONS.get(action.action, action.action)}{detail}")


def _next_try(story: Story) -> str:
    """Its To: copy says when; a copy for others does not hold it up."""
    sent_with = [message for message in story.messages if message.id == story.notice.message_id]
    waiting = [copy for message in sent_with for copy in message.envelopes if copy.role == "to"]
    tried = [copy for copy in waiting if copy.attempts and copy.next_attempt_at is not None]
    at = f" after {tried[0].next_attempt_at:%Y-%m-%d %H:%M:%S} UTC" if tried else ""
    return f"the next delivery{at}: `kigen run-job deliver`"
