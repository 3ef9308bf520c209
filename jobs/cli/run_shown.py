"""What `run-job` says: one JSON object, or a summary for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from jobs.day import Outcome
from jobs.desk.daily_letter import DailyLetters
from jobs.intake.book_files import fed_json, fed_text
from jobs.language.messages import Messages
from jobs.log.masks import masked
from jobs.notices.decision import Action
from jobs.notices.listing import DESK
from jobs.runs.decide import Decided
from jobs.terminal.output import say, show_json
from jobs.terminal.speaker import Speaker
from jobs.views.decisions import decision_json, decision_row
from jobs.views.desk import desk_lines, desk_rows

ROWS_SHOWN = 40
_COUNTED = (Action.SEND, Action.SKIP, Action.HOLD)


@dataclass(slots=True)
class Shown:
    """What is printed of the decisions: all of them, or the first that are told; and the page, where one was made."""

    prints_all: bool
    rows: list[dict[str, Any]] = field(default_factory=list)
    page: Path | None = None

    def noted(self, decided: Iterator[Decided]) -> Iterator[Decided]:
        """The decisions, of each of which is kept what is printed in the end."""
        for one in decided:
            if self.prints_all:
                self.rows.append(decision_json(one))
            elif one.decision.action is not Action.SKIP and len(self.rows) < ROWS_SHOWN:
                self.rows.append(decision_row(one))
            yield one


def show_outcome(outcome: Outcome, shown: Shown, form: str, speaker: Speaker, english: Messages) -> None:
    """Prints it: one JSON object in English, or what a person wants to know, the most urgent last."""
    if form == "json":
        show_json(_as_json(outcome, shown, english))
        return
    request = outcome.request
    speaker.say("run.head-dry" if request.dry_run else "run.head", job=request.name, day=request.as_of)
    _say_feed(outcome, speaker)
    _say_decisions(outcome, shown, speaker)
    if not request.dry_run:
        _say_delivery(outcome, speaker)
    for line in desk_lines(outcome.desk, speaker.messages) if outcome.desk is not None else ():
        say(line)
    _say_what_is_left(outcome, speaker)
    for problem in outcome.problems:
        speaker.say("run.not-written", problem=problem)
    if shown.page is not None:
        speaker.say("run.page", page=shown.page)


def _say_delivery(outcome: Outcome, speaker: Speaker) -> None:
    speaker.say("run.delivery", **outcome.delivery)
    if outcome.delivery["lapsed"]:
        speaker.say("run.too-late", count=outcome.delivery["lapsed"])


def _say_what_is_left(outcome: Outcome, speaker: Speaker) -> None:
    if outcome.told_at_once:
        speaker.say("run.told-at-once", count=outcome.told_at_once)
    if outcome.is_cut_short:
        speaker.say("run.cut-short")
    if outcome.stopped:
        speaker.say("run.delivery-stopped", why=outcome.stopped)
    if late := outcome.late.count:
        speaker.say("run.late", count=late, since=outcome.late.since, said=masked(outcome.late.reply))


def _say_feed(outcome: Outcome, speaker: Speaker) -> None:
    if outcome.feed is not None:
        for fed in outcome.feed.fed:
            say(fed_text(fed, speaker.messages))
    if outcome.feed_problem:
        speaker.say("run.feed-problem", problem=outcome.feed_problem)


def _as_json(outcome: Outcome, shown: Shown, messages: Messages) -> dict[str, Any]:
    request = outcome.request
    counts: Counter[str] = sum((result.counts for result in outcome.results), Counter())
    found = {
        "job": request.name,
        "as_of": request.as_of,
        "dry_run": request.dry_run,
        "decisions": shown.rows,
        "counts": {action.value: counts[action] for action in _COUNTED},
        "feed": None if outcome.feed is None else [fed_json(fed, messages) for fed in outcome.feed.fed],
        "feed_problem": outcome.feed_problem or None,
        "delivery": None if request.dry_run else outcome.delivery,
        **({} if outcome.desk is None else _desk_as_json(outcome, outcome.desk, messages)),
        "told_at_once": outcome.told_at_once or None,
        "stopped": outcome.stopped or None,
        "late": asdict(outcome.late) if outcome.late.count else None,
        "problems": outcome.problems or None,
        "preview": None if shown.page is None else str(shown.page),
    }
    return {key: value for key, value in found.items() if value is not None}


def _desk_as_json(outcome: Outcome, desk: DailyLetters, messages: Messages) -> dict[str, Any]:
    """The desk's letters: the decisions of their own job; beside those of the others where all jobs run."""
    rows = desk_rows(desk, messages)
    if outcome.request.name != DESK:
        return {"desk": rows}
    counts = Counter(row["action"] for row in rows)
    return {
        "decisions": rows,
        "counts": {action.value: counts[action] for action in _COUNTED},
    }


def _say_decisions(outcome: Outcome, shown: Shown, speaker: Speaker) -> None:
    if not outcome.results:
        return
    reasons: Counter[tuple[str, str]] = sum((result.reasons for result in outcome.results), Counter())
    if not reasons:
        speaker.say("run.nothing")
        return
    for (action, reason), count in sorted(reasons.items(), key=lambda entry: (-entry[1], entry[0])):
        say(f"  {count:>6}  {speaker.messages.name('action', action)} {speaker.messages.name('reason', reason)}")
    if shown.rows:
        say()
        speaker.rows(shown.rows, ROW_COLUMNS, "table")
        say()
    more = sum(count for (action, _), count in reasons.items() if action != Action.SKIP) - len(shown.rows)
    if more > 0:
        speaker.say("run.more", count=more)
    if outcome.lapsed:
        names = ", ".join(outcome.lapsed[:ROWS_SHOWN]) + (" …" if len(outcome.lapsed) > ROWS_SHOWN else "")
        speaker.say("run.lapsed", count=len(outcome.lapsed), lines=names)


ROW_COLUMNS = {
    "action": "action", "reason": "reason", "kind": "kind", "line": "line", "occasion": "occasion",
    "company": "company", "to": "to", "not_after": "until",
}  # fmt: skip
