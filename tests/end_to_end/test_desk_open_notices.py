"""The desk hears of customers' notices that nobody has received: those that wait, and those whose last day passed."""

from __future__ import annotations

import pytest

from tests.end_to_end.desk import SOUND, TABLE, VERP, at_once, commands, digest, latest, subjects, with_a_desk
from tests.end_to_end.installation import sold

QUEUED = "2021-09-01"  # the notice of four months before


@pytest.fixture
def kigen(tmp_path):
    """One whose renewal notice of a line was queued, at noon, and not delivered."""
    kigen = with_a_desk(tmp_path, VERP + TABLE)
    kigen.bring(sold("K-1"), sold("K-2", **SOUND))
    kigen.ask("run-job", "renewal-notice", "--date", QUEUED, "--no-deliver", at=f"{QUEUED}T03:00:00Z")
    return kigen


@pytest.mark.usefixtures("each_database")
def test_a_notice_that_waits_for_too_long_is_told_until_it_has_gone(kigen):
    kigen.ask("run-job", "operator-digest", "--date", QUEUED, at=f"{QUEUED}T08:59:00Z")
    assert subjects(kigen) == []

    digest(kigen, "2021-09-02")
    told = latest(kigen)
    assert "■ 送信待ちが長引いている通知（1件）" in told
    assert "2021年9月1日（水）から送信待ち、送信できるのは\n　2021年12月2日（木）まで" in told
    assert commands(told) == ["kigen doctor", "run-job deliver --now"]

    digest(kigen, "2021-09-03", job="deliver")
    digest(kigen, "2021-09-03")
    assert subjects(kigen) == ["【要対応 1件】ライセンス通知の日報 2021/9/2"]


@pytest.mark.usefixtures("each_database")
def test_a_notice_whose_last_day_passed_is_told_once(kigen):
    for day in ("2021-12-03", "2021-12-04"):  # its last day was the 2nd, and nothing ran meanwhile
        digest(kigen, day, job="all")

    assert subjects(kigen) == ["【要対応 1件】ライセンス通知の日報 2021/12/3"]
    assert "■ 期日までに届かなかった通知（1件）" in latest(kigen)
    assert "送信できた最終日 2021年12月2日（木）" in latest(kigen)
    assert "window-closed" in kigen.ask("notices", "show", 1).out


def test_a_notice_whose_last_day_passed_is_told_at_once_and_its_delivery_is_no_success(kigen):
    delivered = kigen.run("deliver", "2021-12-03")

    assert (delivered.status, delivered.json["delivery"]["lapsed"]) == (1, 1)
    assert len(at_once(kigen)) == 1


def test_a_notice_whose_last_day_passed_is_told_though_no_delivery_has_seen_it(kigen):
    digest(kigen, "2021-12-06")

    assert "■ 期日までに届かなかった通知（1件）" in latest(kigen)
    assert commands(latest(kigen)) == ["kigen notices show 1", "kigen explain K-1/1"]  # its line has closed, too


def test_a_notice_that_is_sent_again_by_a_person_has_not_lapsed(kigen):
    digest(kigen, QUEUED, job="deliver")
    kigen.ask("notices", "resend", 1, at=f"{QUEUED}T04:00:00Z")

    digest(kigen, "2021-12-06")

    assert "期日までに届かなかった" not in latest(kigen)
    assert "■ 送信待ちが長引いている通知（1件）" in latest(kigen)


def test_a_notice_that_an_owner_who_is_missing_never_got_has_lapsed(tmp_path):
    kigen = with_a_desk(tmp_path, VERP + TABLE)
    kigen.bring(sold("K-1", owner_email=""), sold("K-2", **SOUND))
    digest(kigen, QUEUED, job="all")
    digest(kigen, "2021-12-03", job="all")

    assert "■ 期日までに届かなかった通知（1件）" in latest(kigen)


@pytest.mark.usefixtures("each_database")
def test_n3_the_desk_is_told_that_book_and_notice_differ_until_a_correction_went_out(tmp_path):
    kigen = with_a_desk(tmp_path, VERP + TABLE)
    start = {"term_start": "2021-09-01", "ordered_on": "2021-08-01", "opened_on": "2021-08-10"}
    kigen.bring(sold("K-1", seats="49", **start))
    digest(kigen, "2021-08-10", job="all")
    kigen.bring(sold("K-1", seats="40", **start))

    for day in ("2021-08-11", "2021-08-12"):
        digest(kigen, day, job="all")
    told = latest(kigen)
    assert "お知らせ：Zoom Workplace ビジネス　49ライセンス" in told
    assert "契約台帳：Zoom Workplace ビジネス　40ライセンス" in told
    assert commands(told) == ["kigen import FILE", "kigen notices correct 1 --dry-run", "kigen notices correct 1"]

    assert kigen.ask("notices", "correct", 1, at="2021-08-12T04:00:00Z").status == 0
    digest(kigen, "2021-08-13", job="all")
    assert subjects(kigen)[1:] == [f"【要対応 1件】ライセンス通知の日報 2021/8/{day}" for day in (11, 12)]
