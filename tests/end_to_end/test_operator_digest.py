"""`run-job operator-digest`: when the desk's letter is written, beside the other jobs and by the daemon."""

from __future__ import annotations

import asyncio

import pytest

from notify.record.values import Status
from tests.end_to_end.daemons import SetClock, an_app, at_work, in_tokyo, statuses, until
from tests.end_to_end.desk import (
    CLOSING,
    DESK,
    SOUND,
    TABLE,
    VERP,
    commands,
    digest,
    latest,
    subjects,
    to_desk,
    with_a_desk,
)
from tests.end_to_end.installation import sold


@pytest.fixture
def kigen(tmp_path):
    return with_a_desk(tmp_path, VERP + TABLE)


# when there is a letter


def test_where_there_is_nothing_to_say_there_is_no_letter(kigen):
    kigen.bring(sold("K-1", **SOUND))

    assert digest(kigen, "2021-11-25").status == 0
    assert to_desk(kigen) == []


def test_that_all_is_well_is_said_once_a_week(kigen):
    kigen.bring(sold("K-1", **SOUND))

    for day in range(22, 30):  # Monday to Monday
        digest(kigen, f"2021-11-{day}")

    assert subjects(kigen) == [f"【異常なし】ライセンス通知の日報 2021/11/{day}" for day in (22, 29)]


def test_the_letter_says_what_is_to_be_done_and_how(kigen):
    kigen.bring(sold("K-1", **CLOSING))

    assert digest(kigen, "2021-11-25").status == 0

    assert subjects(kigen) == ["【要対応 1件】ライセンス通知の日報 2021/11/25"]
    text = latest(kigen)
    assert "株式会社K-1　K-1/1" in text
    assert "Zoom Workplace ビジネス　10ライセンス" in text
    assert "期限 2021年12月2日（木）、あと7日" in text
    assert "kigen decline K-1/1" in commands(text)


@pytest.mark.usefixtures("each_database")
def test_two_runs_of_a_day_make_one_letter(kigen):
    kigen.bring(sold("K-1", **CLOSING))

    digest(kigen, "2021-11-25")
    kigen.bring(sold("K-1", **CLOSING), sold("K-2", **CLOSING))
    again = digest(kigen, "2021-11-25", "--format", "json")

    assert len(to_desk(kigen)) == 1
    assert again.decisions("line", "action", "reason") == [("sales", "skip", "already-sent")]


def test_all_that_is_open_is_told_again_the_next_day(kigen):
    kigen.bring(sold("K-1", **CLOSING))

    digest(kigen, "2021-11-25")
    digest(kigen, "2021-11-26")

    assert len(to_desk(kigen)) == 2
    assert "あと6日" in latest(kigen)


def test_three_days_without_a_run_are_told_in_one_letter(kigen):
    kigen.bring(sold("K-1", **CLOSING), sold("K-2", **CLOSING | {"term_start": "2021-03-01", "months": "11"}))
    digest(kigen, "2021-12-02")

    digest(kigen, "2021-12-06")

    assert len(to_desk(kigen)) == 2
    assert "期限 2021年12月2日（木）、終了 2022年1月31日（月）" in latest(kigen)


def test_a_window_that_closed_is_told_once(kigen):
    kigen.bring(sold("K-1", **CLOSING))
    for day in (2, 3, 4):  # the last day, the day after it, and one more
        digest(kigen, f"2021-12-0{day}")

    assert subjects(kigen) == [
        "【要対応 1件】ライセンス通知の日報 2021/12/2",
        "【お知らせ 1件】ライセンス通知の日報 2021/12/3",
    ]


# with the other jobs


def test_all_jobs_deliver_first_so_that_the_letter_tells_of_todays_failures(kigen):
    kigen.configure(VERP + 'only_to = ["license-desk@example.co.jp"]\n' + TABLE)
    kigen.bring(sold("K-1"))

    said = digest(kigen, "2021-09-01", job="all")

    assert said.status == 1
    assert subjects(kigen) == ["【要対応 1件】ライセンス通知の日報 2021/9/1"]
    ((number,),) = kigen.ledger("id", status="failed")
    assert f"kigen notices resend {number}" in commands(latest(kigen))


def test_the_desks_letter_is_no_decision_about_a_customer(kigen):
    kigen.bring(sold("K-1", **CLOSING))

    said = digest(kigen, "2021-11-25", "--format", "json", job="all").json

    assert {row["kind"] for row in said["decisions"]} == {"renewal-notice", "service-start"}
    assert said["delivery"]["sent"] == 1
    assert [(row["line"], row["to"], row["action"]) for row in said["desk"]] == [("sales", [DESK], "send")]


def test_a_run_for_one_contract_is_not_the_days_and_tells_nobody(kigen):
    kigen.bring(sold("K-1", **CLOSING))

    digest(kigen, "2021-11-25", "--only", "K-1", job="all")

    assert to_desk(kigen) == []


def test_a_letter_about_one_contract_is_refused(kigen):
    said = digest(kigen, "2021-11-25", "--only", "K-1")

    assert said.status == 2
    assert "--only" in said.err


def test_a_letter_that_is_switched_off_is_not_part_of_all_and_can_be_asked_for(kigen):
    kigen.configure(VERP + TABLE + "on = false\n")
    kigen.bring(sold("K-1", **CLOSING))

    digest(kigen, "2021-11-25", job="all")
    assert to_desk(kigen) == []

    digest(kigen, "2021-11-25")
    assert len(to_desk(kigen)) == 1


def test_a_dry_run_shows_everything_and_writes_nothing(kigen):
    kigen.bring(*(sold(f"K-{number:03}", **CLOSING) for number in range(60)))
    before = kigen.stored()

    said = digest(kigen, "2021-11-25", "--dry-run", "--format", "json")

    (letter,) = said.json["decisions"]
    assert (letter["action"], len(letter["items"])) == ("send", 60)
    assert kigen.stored() == before


def test_a_letter_shows_fifty_and_the_command_that_shows_the_rest(kigen):
    kigen.bring(*(sold(f"K-{number:03}", **CLOSING) for number in range(60)))

    digest(kigen, "2021-11-25")

    assert "ほかに 10件あります。\nrun-job operator-digest --dry-run --format json\n" in latest(kigen)
    assert latest(kigen).count("kigen decline") == 50


def test_the_preview_shows_the_letter_and_the_history_its_run(kigen, tmp_path):
    kigen.bring(sold("K-1", **CLOSING))

    said = digest(kigen, "2021-11-25", "--dry-run", "--preview", tmp_path / "page")
    digest(kigen, "2021-11-25")

    assert said.status == 0
    assert '"operator-digest"' in (tmp_path / "page" / "data" / "entries.js").read_text("utf-8")
    (ran,) = kigen.ask("runs", "--job", "operator-digest", "--format", "json").json
    assert (ran["outcome"], ran["counts"]) == ("done", {"letters": 1, "closing": 1})


# the daemon


def test_the_daemon_writes_one_letter_a_day_after_its_other_jobs_and_one_after_days_of_silence(kigen):
    kigen.bring(sold("K-1", **CLOSING))

    lived(kigen, ["2021-11-25T12:00:00", "2021-11-25T18:00:00", "2021-11-29T12:00:00"])

    assert [row for row in statuses(kigen) if row[0].startswith("operator-digest")] == [
        ("operator-digest 2021-11-25", "done"),
        ("operator-digest 2021-11-29", "done"),
    ]
    assert subjects(kigen) == [f"【要対応 1件】ライセンス通知の日報 2021/11/{day}" for day in (25, 29)]


def lived(kigen, instants):
    """A daemon through these wall times, each until its jobs are done and nothing waits."""

    async def story():
        clock = SetClock(in_tokyo(instants[0]))
        app = an_app(kigen, clock)

        def is_quiet():
            today = clock.today()
            done = {run.job for run in app.runs.latest(50) if run.outcome == "done" and run.as_of == today}
            waits = {Status.QUEUED, Status.SENDING} & app.ledger.counts().keys()
            return done == set(app.timetable.times) and not waits

        async with at_work(app):
            for instant in instants:
                clock.set(instant)
                await until(is_quiet)

    asyncio.run(story())
