"""When nothing is to be told at once, or cannot be; and how the daemon tells."""

from __future__ import annotations

import asyncio

import pytest

from tests.end_to_end.daemons import SetClock, an_app, at_work, in_tokyo, statuses, until
from tests.end_to_end.desk import (
    BARRED,
    DAY,
    a_drop_folder_that_cannot_be_used,
    at_once,
    hears_of,
    noon,
    run,
    told,
    with_a_desk,
)
from tests.end_to_end.installation import sold


@pytest.fixture
def kigen(tmp_path):
    return with_a_desk(tmp_path, hears_of())


@pytest.mark.parametrize("look", [("run-job", "all", "--dry-run"), ("forecast",), ("preview",), ("doctor",)])
def test_whoever_only_looks_writes_no_letter(kigen, look):
    kigen.bring(sold("K-1", owner_email=""))
    before = kigen.stored()

    kigen.ask(*look, at=noon())

    assert kigen.stored() == before


def test_where_nothing_is_to_be_sent_yet_the_letter_waits_too(kigen):
    kigen.bring(sold("K-1", owner_email=""))

    run(kigen, DAY, "--no-deliver")
    assert kigen.ledger("status", contract="desk") == [("queued",)]

    run(kigen, "2021-09-02", job="deliver")
    assert len(at_once(kigen)) == 1


def test_a_letter_that_still_waits_gives_way_to_the_daily_one(kigen):
    kigen.configure(hears_of(daily=True))
    kigen.bring(sold("K-1", owner_email=""))
    run(kigen, DAY, "--no-deliver", job="renewal-notice")

    run(kigen, "2021-09-02")

    assert kigen.ledger("status", "reason", contract="desk", since="2021-09-01") == [
        ("sent", "due"),
        ("withdrawn", "superseded"),
    ]
    assert at_once(kigen) == []


def test_a_template_that_is_broken_keeps_the_letter_back_and_no_customers(kigen):
    folder = kigen.folder / "own" / "ja"
    folder.mkdir(parents=True)
    (folder / "operator-digest.txt").write_text("{{ nonsense }}", "utf-8")
    kigen.configure(hears_of(more='[templates]\ndirectories = ["own"]\n'))
    kigen.bring(sold("K-1"), sold("K-2", owner_email=""))

    said = run(kigen)

    assert [mail["Delivered-To"] for mail in kigen.inbox] == ["k-1@example.co.jp"]
    assert "the sales desk could not be told at once" in said.err


def test_without_a_desk_nothing_is_told(kigen):
    kigen.configure(hears_of() + '[sender.sales_desk]\nname = "営業窓口"\nemail = ""\n')
    kigen.bring(sold("K-1", owner_email=""))

    run(kigen)

    assert kigen.ledger("line", contract="desk") == []


# the daemon


def test_the_daemon_tells_at_once_what_its_runs_and_its_delivery_found(kigen):
    kigen.configure(hears_of('"failed", "held"', BARRED))
    kigen.bring(sold("K-1"), sold("K-2", owner_email=""))

    async def story():
        clock = SetClock(in_tokyo("2021-09-01T12:00:00"))
        async with at_work(an_app(kigen, clock)):
            await until(lambda: all(f"K-{number}/1" in "".join(told(kigen)) for number in (1, 2)))
            clock.set("2021-09-02T18:00:00")
            await until(lambda: statuses(kigen).count(("license-release 2021-09-02", "done")))

    asyncio.run(story())

    assert kigen.ledger("status", contract="desk") == [("sent",), ("sent",)]


def test_the_daemon_tells_once_of_a_run_that_it_tries_again_and_again(kigen):
    kigen.bring(sold("K-1", term_start="2021-05-01"))
    kigen.configure(hears_of('"run-failed"', a_drop_folder_that_cannot_be_used(kigen)))

    async def story():
        clock = SetClock(in_tokyo("2021-09-01T12:00:00"))
        async with at_work(an_app(kigen, clock)):
            for times in range(1, 4):
                await until(lambda times=times: statuses(kigen).count(("feed 2021-09-01", "failed")) == times)
                await until(lambda: at_once(kigen))
                clock.go_on(hours=2)

    asyncio.run(story())

    assert len(at_once(kigen)) == 1
