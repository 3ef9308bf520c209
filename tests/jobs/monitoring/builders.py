"""Builders for what is seen from outside: how things stand, a service that is asked for, what a server answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from zoneinfo import ZoneInfo

from prometheus_client.parser import text_string_to_metric_families

from jobs.monitoring.health import Expected
from jobs.monitoring.vitals import JobVitals, RunSeen, Vitals
from jobs.runs.timetable import Timetable

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2021, 9, 1, 3, 0, tzinfo=UTC)  # noon in Tokyo
TODAY = date(2021, 9, 1)
EXPECTED = Expected(Timetable(TOKYO, {"renewal-notice": time(9)}))


def job_done_for(day: date | None, *, outcome: str = "done", error: str = "", at: datetime = NOW) -> JobVitals:
    seen = RunSeen(at, outcome, error)
    return JobVitals(seen, seen if day else None, day)


def vitals(**changes) -> Vitals:
    """All is well at noon, but for the changes."""
    usual = {"now": NOW, "jobs": {"renewal-notice": job_done_for(TODAY)}}
    return Vitals(**{**usual, **changes})


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Each sample by its name and its labels' values in the order of their names; read by Prometheus' own parser."""
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@dataclass
class Switch:
    """A dead man's switch on this machine: what it was asked for, and how it answers."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)  # one after the other; 200 when they are used up
    silent: threading.Event | None = None  # it does not answer before this is set

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def a_switch(**how) -> Iterator[Switch]:
    switch = Switch(**how)

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            switch.asked.append(self.path)
            if switch.silent is not None:
                switch.silent.wait(30)
            self.send_response(switch.answers.pop(0) if switch.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        switch.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield switch
        finally:
            if switch.silent is not None:
                switch.silent.set()
            server.shutdown()
            thread.join()
