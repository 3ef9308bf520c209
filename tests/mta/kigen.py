"""`kigen`, whose lease and patience are as short as the environment says: so that they can be waited for."""

from __future__ import annotations

import os
from datetime import timedelta
from functools import partial

import jobs.runs.deliver
import notify.delivery.delivery
from jobs.cli.main import main

LEASE, PATIENCE = "TESTS_LEASE_SECONDS", "TESTS_PATIENCE_SECONDS"  # names that are no settings of kigen


def shorten() -> None:
    """What is not named stays as it is."""
    if seconds := os.environ.get(LEASE):
        delivery = jobs.runs.deliver.Delivery
        jobs.runs.deliver.Delivery = partial(delivery, lease=timedelta(seconds=float(seconds)))
    if seconds := os.environ.get(PATIENCE):
        ledger_thread = notify.delivery.delivery.LedgerThread
        notify.delivery.delivery.LedgerThread = partial(ledger_thread, patience_seconds=float(seconds))


if __name__ == "__main__":
    shorten()
    main()
