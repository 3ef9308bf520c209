"""Years of days in seconds: the real runner, ledger and delivery on a virtual clock, against a naive model.

A seed fixes everything that happens: orders and owners, faults of the relay, processes that die, clocks that jump. The
relay in memory is the judge of what arrived, never the ledger.

    make simulate SEEDS=200 START=0
    python -m tests.simulation --seeds 1 --start 17
"""
