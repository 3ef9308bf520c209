"""The desk's letters in the forms that users see: a row, a JSON object, an entry of the gallery."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from jobs.desk.daily_letter import DailyLetters, Written
from jobs.desk.data import items_json
from jobs.desk.sections import CONTRACT, JOB, contents
from jobs.language.messages import Messages
from jobs.pages.preview import Entry
from jobs.views.wording import checks_shown


def desk_rows(result: DailyLetters, messages: Messages) -> list[dict[str, Any]]:
    """Each reader's letter, or why there is none, as an object that scripts rely on."""
    return [_row(one, result.as_of) | {"items": items_json(one.letter.told, messages)} for one in result.written]


def desk_lines(result: DailyLetters, messages: Messages) -> Iterator[str]:
    """The same for people, a line for each reader."""
    if not result.written:
        yield messages.say("run.desk-nobody")
    for one in result.written:
        yield messages.say("run.desk", reader=one.letter.reader.line, reason=one.reason, contents=contents(one.letter))


def desk_entries(result: DailyLetters, messages: Messages) -> Iterator[Entry]:
    """The letters as the gallery shows them."""
    for one in result.written:
        yield Entry(
            day=result.as_of,
            company="",
            partner="",
            checks=checks_shown([contents(one.letter, passed=one.draft is not None)], messages),
            raw=one.draft.raw if one.draft else None,
            **_decision_fields(one, result.as_of),
        )


def desk_entries_to_come(shown: Callable[[], DailyLetters], messages: Messages) -> Iterator[Entry]:
    """The letters that a run would write now; nothing is looked at before the first is asked for."""
    yield from desk_entries(shown(), messages)


def _row(one: Written, as_of: date) -> dict[str, Any]:
    return _decision_fields(one, as_of) | {"subject": one.draft.subject if one.draft else None}


def _decision_fields(one: Written, as_of: date) -> dict[str, Any]:
    """What it says of a letter to the desk that `decision_fields` says of one to a customer."""
    to, *cc = one.letter.reader.addresses
    return {
        "kind": JOB, "contract": CONTRACT, "line": one.letter.reader.line, "occasion": str(as_of),
        "action": "send" if one.draft else "skip", "reason": one.reason, "due_on": as_of, "not_after": None,
        "to": (to,), "cc": tuple(cc),
    }  # fmt: skip
