"""The whole story of a notice in the order of time, and what it waits for now. Pure values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jobs.language.messages import Said
from jobs.notices.decision import Reason
from jobs.notices.listing import DESK
from notify.record.values import Attempt, BounceStory, MessageStory, Notice, PersonsAction, Status, Story

_OF_THE_OWNER = (Reason.OWNER_MISSING, Reason.OWNER_INVALID, Reason.OWNER_BOUNCED)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a notice."""

    at: datetime
    what: Said


def events(story: Story) -> list[Event]:
    """All that is on record, the earliest first."""
    found = [*_letters(story), *(_person(action) for action in story.actions)]
    return sorted(found, key=lambda event: event.at)


def waits_for(story: Story) -> Said | None:
    """What the notice waits for, with the command that moves it; None for nothing."""
    notice = story.notice
    if notice.status is Status.QUEUED:
        return _next_try(story)
    if notice.status is Status.HELD:
        return _held(notice)
    if notice.status in {Status.SENDING, Status.IN_DOUBT, Status.FAILED}:
        return Said(f"waits.{notice.status}", {"id": notice.id})
    return None


def _held(notice: Notice) -> Said:
    if notice.reason == Reason.AWAITING_APPROVAL:
        return Said("waits.awaiting-approval", {"id": notice.id})
    if notice.key.kind == DESK:
        return Said("waits.desk")
    return Said(f"waits.{notice.reason}" if notice.reason in _OF_THE_OWNER else "waits.held")


def _letters(story: Story) -> Iterator[Event]:
    for number, message in enumerate(story.messages, start=1):
        name = Said("letter.one", {"number": number}) if len(story.messages) > 1 else Said("letter.only")
        copies = [(copy.role, copy.address) for copy in message.envelopes]
        written = {"letter": name, "subject": message.subject, "copies": copies}
        yield Event(message.created_at, Said("story.written", written))
        if message.withdrawn_at is not None:
            withdrawn = {"letter": name, "reason": message.withdrawn_reason}
            yield Event(message.withdrawn_at, Said("story.withdrawn", withdrawn))
        yield from _mails(name, message)


def _mails(name: Said, message: MessageStory) -> Iterator[Event]:
    for copy in message.envelopes:
        mail = {"letter": name, "address": copy.address}
        for attempt in copy.attempts:
            yield Event(attempt.started_at, _tried(mail, attempt))
        for back in copy.bounces:
            yield Event(back.received_at, Said("story.came-back", mail | {"report": _report(back)}))
            if back.told_at is not None:
                yield Event(back.told_at, Said("story.desk-told", mail))


def _tried(mail: dict[str, Any], attempt: Attempt) -> Said:
    values = mail | {"number": attempt.number, "outcome": _outcome(attempt)}
    if attempt.handed_to:
        return Said("story.try-redirected", values | {"other": attempt.handed_to})
    return Said("story.try", values)


def _outcome(attempt: Attempt) -> Said:
    if attempt.outcome is None or attempt.finished_at is None:
        return Said("try.under-way", {"owner": attempt.owner})
    seconds = (attempt.finished_at - attempt.started_at).total_seconds()
    values = {"outcome": attempt.outcome, "seconds": seconds}
    return Said("try.answered", values | {"reply": attempt.reply}) if attempt.reply else Said("try.over", values)


def _report(back: BounceStory) -> Said:
    details = " ".join(filter(None, (back.status, back.diagnostic)))
    sort = {"sort": back.bounce_class}
    return Said("report.details", sort | {"details": details}) if details else Said("report.bare", sort)


def _person(action: PersonsAction) -> Event:
    values = {"by": action.by, "done": action.action}
    if action.detail:
        return Event(action.at, Said("story.person-detail", values | {"detail": action.detail}))
    return Event(action.at, Said("story.person", values))


def _next_try(story: Story) -> Said:
    """Its To: copy says when; a copy for others does not hold it up."""
    sent_with = [message for message in story.messages if message.id == story.notice.message_id]
    waiting = [copy for message in sent_with for copy in message.envelopes if copy.role == "to"]
    tried = [copy for copy in waiting if copy.attempts and copy.next_attempt_at is not None]
    return Said("waits.delivery-after", {"time": tried[0].next_attempt_at}) if tried else Said("waits.delivery")
