"""Prometheus metrics: what the database tells, read anew for each scrape, so that no process has to remember."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeHistogramMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from jobs import __version__
from jobs.monitoring.health import NAMES, Expected, Problem
from jobs.monitoring.look import Seen
from jobs.monitoring.vitals import LATELY, OPEN, Delay, Vitals, age
from notify.record.values import Status

BOUNDS = (60, 300, 900, 3600, 4 * 3600, 24 * 3600, 3 * 24 * 3600, 7 * 24 * 3600)  # seconds
_ENDED = (Status.SENT, Status.WITHDRAWN, Status.FAILED, Status.CANCELLED)
_UNWANTED = (Status.WITHDRAWN, Status.CANCELLED, Status.SKIPPED)
_OF_LATE = f"of the letters written in the last {LATELY.days} days"


class LedgerCollector(Collector):
    """Gives the metrics of one look at each scrape."""

    def __init__(self, look: Callable[[], Seen]) -> None:
        self._look = look

    def collect(self) -> Iterator[Metric]:
        """The metrics as they are now."""
        seen = self._look()
        yield InfoMetricFamily("kigen_build", "The program that answers.", value={"version": __version__})
        yield _value("kigen_database_up", "Whether the database could be read.", float(seen.vitals is not None))
        yield _problems(seen.problems)
        yield _value("kigen_fenced", "Whether this installation may not send before `kigen adopt`.", seen.is_fenced)
        if seen.vitals is not None:
            yield from _of_ledger(seen.vitals, seen)
            yield from _of_queue(seen.vitals)
            yield from _of_runs(seen.vitals, seen.expected)

    def describe(self) -> list[Metric]:
        """Nothing: a registry that asked would read the database once more."""
        return []


def registry(look: Callable[[], Seen]) -> CollectorRegistry:
    """A registry of these metrics alone."""
    found = CollectorRegistry()
    found.register(LedgerCollector(look))
    return found


def write_textfile(file: Path, look: Callable[[], Seen]) -> None:
    """Writes the metrics for node_exporter's textfile collector: whole or not at all, readable by others.

    Raises:
        OSError: the file or its folder cannot be written to.
    """
    draft = file.with_name(f".{file.name}.{os.getpid()}")  # the collector reads *.prom only
    try:
        draft.write_bytes(generate_latest(registry(look)))
        draft.chmod(0o644)  # node_exporter is another user, and the service's own mask lets nobody in
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _value(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, about, value=float(value))


def _values(name: str, about: str, labels: Sequence[str], found: Mapping[Any, float]) -> GaugeMetricFamily:
    """A gauge with a value for each of the combinations of its labels."""
    gauge = GaugeMetricFamily(name, about, labels=labels)
    for combination, value in found.items():
        gauge.add_metric(combination, value)
    return gauge


def _problems(found: Sequence[Problem]) -> GaugeMetricFamily:
    counts = Counter(problem.name for problem in found)
    by_name = {(name,): counts[name] for name in NAMES}
    return _values("kigen_problems", "What is wrong, as /healthz says it; 0 is well.", ["problem"], by_name)


def _of_ledger(vitals: Vitals, seen: Seen) -> Iterator[Metric]:
    by = ["kind", "status"]
    now = {(kind, status): vitals.notices.get((kind, status), 0) for kind in seen.kinds for status in OPEN}
    lately = {(kind, status): vitals.lately.get((kind, status), 0) for kind in seen.kinds for status in _ENDED}
    due = {
        (kind,): sum(count for (of, status), count in vitals.lately.items() if of == kind and status not in _UNWANTED)
        + vitals.lapsed.get((kind,), 0)
        for kind in seen.kinds
    }
    lapsed = {(kind,): vitals.lapsed.get((kind,), 0) for kind in seen.kinds}
    replies = {(name,): vitals.replies.get(name, 0) for name in ("2xx", "4xx", "5xx", "none")}
    yield _values("kigen_notices", "Notices that are not at their end, or ended badly.", by, now)
    yield _values("kigen_notices_lately", f"Notices {_OF_LATE}, by where they stand.", by, lately)
    yield _values("kigen_notices_due_lately", f"Notices to be sent {_OF_LATE}.", ["kind"], due)
    about = f"Notices whose last day passed before they went out, {_OF_LATE}."
    yield _values("kigen_notices_lapsed_lately", about, ["kind"], lapsed)
    yield _delays(vitals.delays, seen)
    yield _values("kigen_relay_replies_lately", f"Replies to tries {_OF_LATE}, by class.", ["class"], replies)


def _delays(delays: Sequence[Delay], seen: Seen) -> GaugeHistogramMetricFamily:
    about = f"From a notice's day at its job's time to its first acceptance, {_OF_LATE}; late: decided after its day."
    family = GaugeHistogramMetricFamily("kigen_notice_delay_seconds", about, labels=["kind", "reason"])
    found: dict[tuple[str, str], list[float]] = {(kind, "due"): [] for kind in seen.kinds}
    for delay in delays:
        if delay.kind in seen.kinds:
            ideal = seen.expected.timetable.due_at(seen.kinds[delay.kind], delay.due_on)
            found.setdefault((delay.kind, delay.reason), []).append(age(ideal, delay.sent_at))
    for labels, seconds in found.items():
        family.add_metric(list(labels), _buckets(seconds), gsum_value=sum(seconds))
    return family


def _buckets(seconds: Sequence[float]) -> list[tuple[str, float]]:
    """How many were not slower than each bound, as Prometheus counts them: each bucket holds those before it."""
    counts = Counter(bisect_left(BOUNDS, each) for each in seconds)
    bounds = [*map(str, map(float, BOUNDS)), "+Inf"]
    totals = accumulate(counts[place] for place in range(len(bounds)))
    return list(zip(bounds, map(float, totals), strict=True))


def _of_queue(vitals: Vitals) -> Iterator[Metric]:
    waits = {("delivery",): vitals.waiting, ("retry",): vitals.retrying}
    oldest = age(vitals.oldest_at, vitals.now)
    paused = age(vitals.pause.since if vitals.pause else None, vitals.now)
    about = "Mails that wait: for a delivery, or for their next try."
    yield _values("kigen_queue_envelopes", about, ["wait"], waits)
    yield _value("kigen_queue_oldest_seconds", "Age of the oldest mail that waits; 0 for none.", oldest)
    about = "Mails that have waited for longer than delivery.late_hours, refused or untried."
    yield _value("kigen_queue_late", about, vitals.late.count)
    yield _value("kigen_paused", "Whether a person paused all sending.", vitals.pause is not None)
    yield _value("kigen_paused_seconds", "For how long sending has been paused; 0 while it is not.", paused)


def _of_runs(vitals: Vitals, expected: Expected) -> Iterator[Metric]:
    table, jobs = expected.timetable, vitals.jobs.items()
    done = {(job,): seen.done.at.timestamp() for job, seen in jobs if seen.done}
    days = {job: seen.last_day for job, seen in jobs if seen.last_day and job in table.times}
    day = {(job,): table.due_at(job, last).timestamp() for job, last in days.items()}
    about = "The latest day it was done for, at its time."
    yield _values("kigen_job_last_success_timestamp_seconds", "When the job was last done.", ["job"], done)
    yield _values("kigen_job_last_day_timestamp_seconds", about, ["job"], day)
    ended = CounterMetricFamily("kigen_runs", "Runs on record, by how they ended.", labels=["job", "outcome"])
    for (job, outcome), count in vitals.runs.items():
        if outcome != "running":
            ended.add_metric([job, outcome], count)
    yield ended
