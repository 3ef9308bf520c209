"""What `run-job` does and says: the jobs in turn, the delivery, the page, the summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from jobs.app import App
from jobs.candidates import Search, count_candidates
from jobs.cli import Exit
from jobs.decision import Action, Kind, Reason
from jobs.delivering import deliver_queued
from jobs.output import progress, say, show_json, show_rows
from jobs.runner import Batch, Decided, RunResult, ledger_key, run_job, show_job
from jobs.showing import decision_json, decision_row, gallery_entries
from notify.delivery import Delivered
from notify.gallery import write_gallery
from notify.ledger import Status

ROWS_SHOWN = 40


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What the user asked for. `jobs` is empty for a delivery alone."""

    name: str
    jobs: tuple[str, ...]
    as_of: date
    dry_run: bool = False
    deliver: bool = False
    only: str | None = None
    preview: Path | None = None


@dataclass(slots=True)
class Outcome:
    """What came of it."""

    request: RunRequest
    decided: list[Decided] = field(default_factory=list)
    results: list[RunResult] = field(default_factory=list)
    delivered: Delivered | None = None
    waiting: int = 0  # notices still queued when all was done
    page: Path | None = None
    lapsed: list[str] = field(
        default_factory=list
    )  # lines whose closing day passed, said by this run for the first time

    @property
    def problems(self) -> list[str]:
        """Letters that could not be written."""
        return [problem for result in self.results for problem in result.problems]

    @property
    def delivery(self) -> dict[str, int]:
        """What became of the mail: handed over in this run, still queued, withdrawn in this run."""
        delivered = self.delivered or Delivered()
        withdrawn = delivered.withdrawn + sum(result.ledger["withdrawn"] for result in self.results)
        return {
            "sent": delivered.sent, "failed": delivered.failed, "in_doubt": delivered.in_doubt,
            "queued": self.waiting, "withdrawn": withdrawn,
        }  # fmt: skip

    @property
    def status(self) -> int:
        """The exit status."""
        delivered = self.delivered
        if delivered is not None and delivered.stopped:
            return Exit.UNREACHABLE
        wrong = delivered is not None and (delivered.failed or delivered.in_doubt)
        return Exit.NEEDS_A_PERSON if wrong or any(result.needs_a_person for result in self.results) else Exit.DONE


async def carry_out(app: App, request: RunRequest) -> Outcome:
    """The jobs in turn, then the delivery, then the page to look at."""
    outcome = Outcome(request)
    for job in app.jobs:
        if job.name not in request.jobs:
            continue
        search = Search(job, request.as_of, request.as_of, request.only)
        with progress(job.name, count_candidates(app.engine, search)) as advance:
            observe = _observer(outcome, advance)
            if request.dry_run:
                outcome.results.append(show_job(app, search, app.clock.now(), observe))
            else:
                outcome.results.append(run_job(app, search, app.clock.now, observe))
    if not request.dry_run:
        if request.deliver:
            outcome.delivered = await deliver_queued(app, request.as_of, request.only)
        outcome.waiting = app.ledger.counts().get(Status.QUEUED, 0)
    if request.preview is not None:
        entries = gallery_entries(outcome.decided, request.as_of)
        title = f"kigen: {request.name}"
        outcome.page = write_gallery(request.preview, entries, title=title, made_for=f"{request.as_of}")
    return outcome


def show_outcome(outcome: Outcome, form: str) -> None:
    """Prints it: one JSON object, or what a person wants to know, the most urgent last."""
    if form == "json":
        show_json(_as_json(outcome))
        return
    request = outcome.request
    say(f"{request.name} for {request.as_of}" + (" (dry run: nothing was written)" if request.dry_run else ""))
    _say_decisions(outcome)
    if not request.dry_run:
        say("delivery: " + ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in outcome.delivery.items()))
    if outcome.delivered is not None and outcome.delivered.stopped:
        say(f"delivery stopped: {outcome.delivered.stopped}")
    for problem in outcome.problems:
        say(f"not written: {problem}")
    if outcome.page is not None:
        say(f"page: {outcome.page}")


def _observer(outcome: Outcome, advance: Callable[[int], None]) -> Callable[[Batch], None]:
    looked_at = 0

    def observe(batch: Batch) -> None:
        nonlocal looked_at
        outcome.decided += batch.decided
        outcome.lapsed += _newly_lapsed(batch)
        looked_at += batch.contracts
        advance(looked_at)

    return observe


def _newly_lapsed(batch: Batch) -> list[str]:
    """The lines that get no renewal notice any more because their window closed (B2), where the ledger is silent."""
    lines = {
        f"{decision.contract}/{decision.line}": None
        for decision in (decided.decision for decided in batch.decided)
        if decision.kind is Kind.RENEWAL_NOTICE and decision.reason is Reason.WINDOW_CLOSED
        and ledger_key(decision.key) not in batch.record
    }  # fmt: skip
    return list(lines)


def _as_json(outcome: Outcome) -> dict[str, Any]:
    request = outcome.request
    counts: Counter[str] = sum((result.counts for result in outcome.results), Counter())
    found: dict[str, Any] = {
        "job": request.name,
        "as_of": request.as_of,
        "dry_run": request.dry_run,
        "decisions": [decision_json(decided) for decided in outcome.decided],
        "counts": {action.value: counts[action] for action in (Action.SEND, Action.SKIP, Action.HOLD)},
    }
    if not request.dry_run:
        found["delivery"] = outcome.delivery
    if outcome.problems:
        found["problems"] = outcome.problems
    if outcome.page is not None:
        found["preview"] = str(outcome.page)
    return found


def _say_decisions(outcome: Outcome) -> None:
    if not outcome.results:
        return
    reasons: Counter[tuple[str, str]] = sum((result.reasons for result in outcome.results), Counter())
    if not reasons:
        say("no line is inside a notice's time")
        return
    for (action, reason), count in sorted(reasons.items(), key=lambda entry: (-entry[1], entry[0])):
        say(f"  {count:>6}  {action} {reason}")
    told = [decided for decided in outcome.decided if decided.decision.action is not Action.SKIP]
    if told:
        say()
        show_rows([decision_row(decided) for decided in told[:ROWS_SHOWN]], ROW_COLUMNS, "table")
        say()
    if len(told) > ROWS_SHOWN:
        say(f"… and {len(told) - ROWS_SHOWN} more; --format json shows all, --preview DIR makes a page")
    if outcome.lapsed:
        names = ", ".join(outcome.lapsed[:ROWS_SHOWN]) + (" …" if len(outcome.lapsed) > ROWS_SHOWN else "")
        say(f"look at: the closing day of {len(outcome.lapsed)} line(s) passed, they end on their term end: {names}")


ROW_COLUMNS = {
    "action": "action", "reason": "reason", "kind": "kind", "line": "line", "occasion": "occasion",
    "company": "company", "to": "to", "not_after": "until",
}  # fmt: skip
