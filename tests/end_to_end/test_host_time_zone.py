"""All days are calendar days in Japan, whatever the host's zone."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.end_to_end.installation import sold

BASE = {"term_start": "2021-02-01", "months": "12"}
# The clock stands still at the outer edge only: everything below is the program as it is installed.
SCRIPT = """
import sys
from freezegun import freeze_time
from jobs.cli.main import status_of

with freeze_time(sys.argv[1], real_asyncio=True):
    sys.exit(status_of(sys.argv[2:]))
"""


def run_at(instant, zone, kigen, *arguments):
    """Runs kigen in a process of its own on a host of that zone, at that instant (UTC)."""
    command = [sys.executable, "-c", SCRIPT, instant, *arguments, "--config", str(kigen.config)]
    environment = {**os.environ, "TZ": zone, "PYTHONUTF8": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=environment)
    return json.loads(done.stdout)


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati"])
@pytest.mark.parametrize(
    ("instant", "as_of", "letters"),
    [
        ("2021-08-31T14:59:59Z", "2021-08-31", ["2022-01/5m"]),  # a second before midnight in Tokyo
        ("2021-08-31T15:00:00Z", "2021-09-01", ["2022-01/4m"]),  # New York is at 11 in the morning of August 31
    ],
)
def test_the_business_day_is_tokyo_s_whatever_the_host_s_zone(kigen, zone, instant, as_of, letters):
    kigen.bring(sold("K-1", **BASE))

    found = run_at(instant, zone, kigen, "run-job", "renewal-notice", "--format", "json")

    assert found["as_of"] == as_of
    assert [one["occasion"] for one in found["decisions"] if one["action"] == "send"] == letters
    (mail,) = kigen.inbox
    assert mail["Date"].endswith("+0900")
