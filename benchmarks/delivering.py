"""`python -m benchmarks.delivering CONFIG DAY`: the delivery alone, from the claim to the record, and what it took.

What a delivery decides once more before it is not in the figures; nor is the start of the process.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from datetime import date
from pathlib import Path

from jobs.cli.access import open_to_write
from jobs.runs.deliver import Ready
from notify.record.values import Reconciled


def main() -> None:
    """Delivers all that is queued."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.delivering", description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("day", type=date.fromisoformat)
    asked = parser.parse_args()
    app = open_to_write(asked.config)
    began, cpu = time.perf_counter(), time.process_time()
    done = asyncio.run(app.deliveries.hand_over(asked.day, Ready(app.ledger.outbox.newest_envelope(), Reconciled())))
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu
    app.close()
    print(json.dumps({"mails": done.sent, "seconds": seconds, "cpu_seconds": cpu_seconds, "stopped": done.stopped}))


if __name__ == "__main__":
    main()
