"""Whether all is well, decided from what the database tells. A problem has a name and a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from jobs.monitoring.vitals import JobVitals, Vitals
from jobs.notices.listing import DESK
from jobs.runs.late_mail import late_said
from jobs.runs.timetable import Timetable
from notify.record.values import Status


@dataclass(frozen=True, slots=True)
class Expected:
    """What ought to be: which job at which time of day, and how long something may last."""

    timetable: Timetable
    overdue: timedelta = timedelta(hours=1)
    stuck: timedelta = timedelta(hours=1)
    paused: timedelta = timedelta(days=1)
    waits_for_a_person: frozenset[str] = field(default_factory=frozenset)  # kinds whose doubts a person settles

    def last_day_of(self, job: str, now: datetime) -> date:
        """The latest day whose run of the job ought to be done by now."""
        today = now.astimezone(self.timetable.zone).date()
        is_due = now >= self.timetable.due_at(job, today) + self.overdue
        return today if is_due else today - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is not as it ought to be. `is_failure` where notices do not go out, or may not."""

    name: str
    sentence: str
    remedy: str = ""
    is_failure: bool = True


UNREACHABLE = "database-unreachable"
NAMES = (
    UNREACHABLE, "fenced", "job-overdue", "run-failed", "queue-stuck", "mail-late", "paused", "in-doubt",
    "desk-unreachable",
)  # fmt: skip


def problems(vitals: Vitals, expected: Expected, fenced: str = "") -> list[Problem]:
    """What is wrong, the gravest first; [] where all is well. `fenced` is the sentence that says why, "" for not."""
    found = [Problem("fenced", fenced, "`kigen adopt` shows first what would be sent")] if fenced else []
    found += _jobs(vitals, expected)
    found += _queue(vitals, expected)
    found += _late(vitals)
    found += _pause(vitals, expected)
    return [*found, *_doubts(vitals, expected), *_desk(vitals)]


def unreachable(said: str) -> Problem:
    """The database cannot be read."""
    return Problem(UNREACHABLE, f"the database cannot be read: {said}", "look at the database server, or at the file")


def _jobs(vitals: Vitals, expected: Expected) -> Iterator[Problem]:
    for job in expected.timetable.times:
        seen = vitals.jobs.get(job)
        yield from _overdue(job, seen, expected, vitals.now)
        if seen is not None and seen.latest.outcome in ("failed", "died"):
            when = f"{seen.latest.at:%Y-%m-%d %H:%M} UTC"
            said = f"the last run of {job} {seen.latest.outcome} at {when}: {seen.latest.error}"
            yield Problem("run-failed", said, f"`run-job {job}` once the cause is mended")


def _overdue(job: str, seen: JobVitals | None, expected: Expected, now: datetime) -> Iterator[Problem]:
    wanted = expected.last_day_of(job, now)
    if seen is not None and seen.last_day is not None:
        if seen.last_day < wanted:
            said = f"{job} is overdue: it was last done for {seen.last_day}, and ought to be for {wanted}"
            yield Problem("job-overdue", said, "see that the daemon or the timer runs; `run-job all` does it now")
    elif wanted == now.astimezone(expected.timetable.zone).date():
        yield Problem("job-overdue", f"{job} was never done", "see that the daemon or the timer runs")


def _queue(vitals: Vitals, expected: Expected) -> Iterator[Problem]:
    since = vitals.due_since
    if since is None or vitals.pause is not None or vitals.now - since < expected.stuck:
        return
    if vitals.last_try_at is None or vitals.last_try_at < vitals.now - expected.stuck:
        said = f"the queue is stuck: {vitals.waiting} mail(s) wait, the longest since {since:%Y-%m-%d %H:%M} UTC"
        yield Problem("queue-stuck", f"{said}, and nothing was tried since", "`run-job deliver` tries now and says why")


def _late(vitals: Vitals) -> Iterator[Problem]:
    if said := late_said(vitals.late):
        yield Problem("mail-late", said, "`kigen notices --status queued`; once mended, `run-job deliver --now`")


def _pause(vitals: Vitals, expected: Expected) -> Iterator[Problem]:
    pause = vitals.pause
    if pause is not None and vitals.now - pause.since >= expected.paused:
        why = f" ({pause.reason})" if pause.reason else ""
        yield Problem("paused", f"sending is paused since {pause.since:%Y-%m-%d %H:%M} UTC{why}", "`kigen resume`")


def _doubts(vitals: Vitals, expected: Expected) -> Iterator[Problem]:
    count = sum(
        count
        for (kind, status), count in vitals.notices.items()
        if status is Status.IN_DOUBT and kind in expected.waits_for_a_person
    )
    if count:
        said = f"{count} notice(s) are in doubt and wait for a person"
        yield Problem(
            "in-doubt", said, "`kigen notices --status in-doubt`, then `kigen notices settle`", is_failure=False
        )


def _desk(vitals: Vitals) -> Iterator[Problem]:
    """Nobody can be told by a letter that letters to the desk do not arrive."""
    if vitals.desk_letter in (Status.FAILED, Status.HELD):
        said = "the latest letter to the sales desk was refused or came back: what needs a person is told to nobody"
        remedy = f"`kigen notices --kind {DESK}`; sender.sales_desk.email and [jobs.operator-digest] in config.toml"
        yield Problem("desk-unreachable", said, remedy, is_failure=False)
