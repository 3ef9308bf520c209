"""A log says how far a run has come."""

from __future__ import annotations

import re

from jobs.runs import search
from jobs.terminal import progress
from tests.end_to_end.installation import sold


def test_the_contracts_that_a_run_has_settled_still_count_in_how_many_there_are(kigen, monkeypatch):
    monkeypatch.setattr(search, "BATCH", 2)
    monkeypatch.setattr(progress, "PLAIN_LINE_SECONDS", 0.0)
    opened_long_ago = {"opened_on": "2021-02-01", "term_start": "2021-02-01"}  # settled for good: too late for a notice
    kigen.bring(*(sold(f"K-{number}", **opened_long_ago) for number in range(6)))

    said = kigen.ask("run-job", "service-start", "--date", "2021-08-10", "--no-deliver")

    lines = re.findall(r"service-start: (\d+) of (\d+)", said.err)
    assert lines == [("2", "6"), ("4", "6"), ("6", "6")]
