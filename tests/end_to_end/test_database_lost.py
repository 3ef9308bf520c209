"""The command line while PostgreSQL is away, or is lost in the middle of a run: status 75, and the next run does it."""

from __future__ import annotations

import pytest

from notify.ledger.ledger import Ledger
from tests.contracts.builders import a_csv
from tests.end_to_end.installation import Installation, sold
from tests.notify.transports.proxy import a_proxy

DAY = "2021-09-01"
BASE = {"term_start": "2021-02-01", "months": "12"}


@pytest.mark.parametrize("command", [("run-job", "all"), ("notices", "list"), ("import", "book.csv"), ("db", "check")])
def test_a_server_that_is_not_there_is_said_to_be_out_of_reach(tmp_path, command):
    a_csv(tmp_path)
    arguments = [tmp_path / part if part == "book.csv" else part for part in command]

    said = Installation(tmp_path, url="postgresql://kigen@127.0.0.1:1/kigen").ask(*arguments)

    assert said.status == 75
    assert said.err.startswith("kigen: the database cannot be reached: ")


@pytest.fixture
def behind_a_proxy(postgresql, tmp_path):
    with a_proxy(postgresql) as proxy:
        kigen = Installation(tmp_path / "kigen", url=proxy.url)
        kigen.bring(*(sold(f"K-{number}", **BASE) for number in range(5)))
        yield kigen, proxy


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_run_whose_line_breaks_in_a_commit_ends_with_75_and_the_next_one_does_the_rest(
    behind_a_proxy, monkeypatch, moment
):
    kigen, proxy = behind_a_proxy
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "reconcile", breaking(proxy, moment))
        said = kigen.run("all", DAY)

    assert (said.status, proxy.cuts) == (75, 1)
    assert "the database cannot be reached" in said.err
    assert kigen.run("all", DAY).status == 0
    assert kigen.letters == [(f"k-{number}", "renewal-notice") for number in range(5)]


def breaking(proxy, moment):
    reconcile = Ledger.reconcile

    def reconcile_on_a_line_that_breaks(*args):
        proxy.cut_next(moment)
        return reconcile(*args)

    return reconcile_on_a_line_that_breaks
