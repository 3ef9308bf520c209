"""What the desk's letter says of notices, runs, a pause and files, from when it comes up until it is settled."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import pytest

from tests.end_to_end.desk import (
    CLOSING,
    DESK,
    SOUND,
    TABLE,
    VERP,
    commands,
    digest,
    give_back,
    latest,
    noon,
    subjects,
    to_desk,
    with_a_desk,
)
from tests.end_to_end.installation import sold
from tests.notify.bounces.builders import a_report


@pytest.fixture
def kigen(tmp_path):
    return with_a_desk(tmp_path, VERP + TABLE)


@pytest.mark.usefixtures("each_database")
def test_an_owner_bounces_the_desk_is_told_a_new_owner_gets_the_notice_once_and_the_letter_is_silent_again(kigen):
    """N8: from the bounce to the letter that no longer lists it."""
    kigen.bring(sold("K-1"))
    digest(kigen, "2021-09-01", job="all")
    give_back(kigen, "k-1@example.co.jp", at="2021-09-01T04:00:00Z")
    at_once = [mail["Subject"] for mail in kigen.inbox if "速報" in mail["Subject"]]
    assert at_once == ["【要対応 1件】ライセンス通知の速報 2021/9/1 13:00"]

    digest(kigen, "2021-09-02", job="all")
    told = latest(kigen)
    assert "■ 戻ってきた通知（1件）" in told
    assert "■ 保留中の通知（1件）" in told
    assert commands(told).count("kigen bounce --clear k-1@example.co.jp") == 2

    kigen.bring(sold("K-1", owner_email="new@example.co.jp"))
    digest(kigen, "2021-09-03", job="all")
    digest(kigen, "2021-09-04", job="all")

    assert len([mail for mail in kigen.inbox if mail["Delivered-To"] == "new@example.co.jp"]) == 1
    assert subjects(kigen) == ["【要対応 2件】ライセンス通知の日報 2021/9/2"]


def test_a_bounce_that_is_not_urgent_is_told_by_the_letter_alone(kigen):
    kigen.configure(VERP + TABLE + "urgent = []\n")
    kigen.bring(sold("K-1"))
    digest(kigen, "2021-09-01", job="all")
    give_back(kigen, "k-1@example.co.jp", at="2021-09-01T04:00:00Z")
    digest(kigen, "2021-09-02", job="all")

    assert [mail["Subject"] for mail in kigen.inbox if mail["Delivered-To"] == DESK] == subjects(kigen)
    assert "■ 戻ってきた通知（1件）" in latest(kigen)


def test_a_report_that_matches_nothing_is_told_once(kigen):
    kigen.bring(sold("K-1", **SOUND))
    file = kigen.folder / "report.eml"
    file.write_bytes(a_report())
    kigen.ask("bounce", file)
    (kept,) = (kigen.folder / "var" / "for-people" / "new").iterdir()
    os.utime(kept, (at := datetime(2021, 9, 1, 4, tzinfo=UTC).timestamp(), at))

    digest(kigen, "2021-09-02")
    digest(kigen, "2021-09-03")

    assert subjects(kigen) == ["【要対応 1件】ライセンス通知の日報 2021/9/2"]
    assert "■ 人の確認が必要な返信メール（1件）" in latest(kigen)
    assert "1通：" in latest(kigen)


def test_a_mail_that_cannot_be_looked_at_keeps_no_letter_back(kigen):
    kigen.bring(sold("K-1", **CLOSING))
    folder = kigen.folder / "var" / "for-people" / "new"
    folder.mkdir(parents=True)
    (folder / "1").symlink_to(folder / "1")  # a link to itself: whoever runs the tests may read all else

    said = digest(kigen, "2021-11-25")

    assert len(to_desk(kigen)) == 1, said


def test_a_persons_mail_that_somebody_has_read_is_told_no_more(kigen):
    kigen.bring(sold("K-1", **SOUND))
    file = kigen.folder / "reply.eml"
    file.write_bytes(b"From: k-1@example.co.jp\nSubject: Re: notice\n\nPlease call me.\n")
    kigen.ask("bounce", file)
    (kept,) = (kigen.folder / "var" / "for-people" / "new").iterdir()
    kept.rename(kept.parent.parent / "cur" / f"{kept.name}:2,S")

    digest(kigen, "2021-09-02")

    assert subjects(kigen) == []


def test_what_waits_for_approval_is_counted_and_listed_with_what_releases_it(kigen):
    kigen.configure(VERP + '[jobs.renewal-notice]\napproval = "manual"\n' + TABLE)
    kigen.bring(sold("K-1"), sold("K-2", owner_email=""))

    digest(kigen, "2021-09-01", job="all")

    waits = kigen.ledger("id", contract="K-1", status="held")[0][0]
    assert "内訳：" in latest(kigen)
    assert "承認待ち 1件" in latest(kigen)
    assert f"kigen approve {waits}" in commands(latest(kigen))
    assert kigen.ask("approve", waits, at=noon("2021-09-01")).status == 0


def test_a_doubt_that_is_left_to_a_person_is_told_with_both_answers(kigen):
    kigen.bring(sold("K-1"))
    digest(kigen, "2021-09-01", job="all")
    kigen.sql("UPDATE envelopes SET status = 'in-doubt', next_attempt_at = NULL WHERE role = 'to'")
    kigen.sql("UPDATE notices SET status = 'in-doubt' WHERE status = 'sent'")

    digest(kigen, "2021-09-02")

    ((number,),) = kigen.ledger("id", status="in-doubt")
    assert commands(latest(kigen)) == [
        f"kigen notices settle {number} --sent",
        f"kigen notices settle {number} --not-sent",
    ]
    assert kigen.ask("notices", "settle", number, "--sent").status == 0


def test_a_run_that_failed_is_told_until_a_later_one_has_made_up_for_it(kigen):
    kigen.bring(sold("K-1", **SOUND))
    kigen.ask("run-job", "renewal-notice", "--date", "2021-11-24", at=noon("2021-11-24"))
    kigen.sql("UPDATE runs SET outcome = 'failed', error = 'OSError: disk full, says root@example.com'")

    digest(kigen, "2021-11-25")
    assert "・継続のご案内　2021年11月24日（水）分：\n　OSError: disk full" in latest(kigen)
    assert "root@" not in latest(kigen)
    assert "run-job renewal-notice" in commands(latest(kigen))

    kigen.ask("run-job", "renewal-notice", "--date", "2021-11-26", at=noon("2021-11-26"))
    digest(kigen, "2021-11-26")
    assert len(to_desk(kigen)) == 1


def test_a_pause_that_lasts_is_said_by_the_letter_that_waits_for_its_end(kigen):
    kigen.bring(sold("K-1", **CLOSING))
    kigen.ask("pause", "--reason", "wrong price list", at=noon("2021-11-20"))

    said = digest(kigen, "2021-11-25")
    assert (said.status, to_desk(kigen)) == (3, [])

    kigen.ask("resume")
    digest(kigen, "2021-11-25", job="deliver")
    assert "2021年11月20日（土）から停止中" in latest(kigen)


def test_a_file_of_the_feed_that_failed_is_told_once(kigen):
    drop = kigen.folder / "drop"
    drop.mkdir()
    kigen.configure(VERP + f'[feed]\nfolder = "{drop}"\nsettle_seconds = 0\n' + TABLE)
    kigen.bring(sold("K-1", **SOUND))
    (drop / "book.xlsx").write_bytes(b"no workbook")
    os.utime(drop / "book.xlsx", (0, 0))
    assert kigen.ask("feed", at=noon("2021-11-24")).status == 1

    digest(kigen, "2021-11-25")
    digest(kigen, "2021-11-26")

    assert subjects(kigen) == ["【要対応 1件】ライセンス通知の日報 2021/11/25"]
    assert "book.xlsx（報告：failed/" in latest(kigen)
