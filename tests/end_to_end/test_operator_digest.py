"""`run-job operator-digest`: the desk's letter through lives, kills and silences: once a day, and only when needed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

import pytest
from bounce_builders import report_about
from cli_builders import Installation, sold, text_of
from daemon_builders import SetClock, an_app, at_work, in_tokyo, statuses, until
from postgres_builders import URL_FILE, database_url

from jobs.daemon_session import timetable

DESK = "license-desk@example.co.jp"
SOUND = {"term_start": "2021-05-01", "ordered_on": "2021-04-10", "opened_on": "2021-04-25"}  # closes on 2022-03-01
CLOSING = {"term_start": "2021-02-01"}  # closes on 2021-12-02
TABLE = "[jobs.operator-digest]\n"
VERP = '\nreturn_path = "bounces@example.jp"\n'


@pytest.fixture
def kigen(tmp_path):
    if (tmp_path / URL_FILE).exists():
        return Installation(tmp_path / "kigen", VERP + TABLE, url=database_url(tmp_path))
    return Installation(tmp_path / "kigen", VERP + TABLE)


def noon(day):
    return f"{day}T03:00:00Z"


def run(kigen, day, *options, job="operator-digest"):
    return kigen.ask("run-job", job, "--date", day, *options, at=noon(day))


def to_desk(kigen, address=DESK):
    """The letters to that address, in the order in which they were written."""
    found = [mail for mail in kigen.inbox if mail["Delivered-To"] == address and "日報" in mail["Subject"]]
    return sorted(found, key=lambda mail: mail["Date"].datetime)


def subjects(kigen, address=DESK):
    return [mail["Subject"] for mail in to_desk(kigen, address)]


def latest(kigen):
    """The plain text of the desk's latest letter."""
    return text_of(to_desk(kigen)[-1]).replace("\r\n", "\n")


# when there is a letter


def test_where_there_is_nothing_to_say_there_is_no_letter(kigen):
    kigen.bring(sold("K-1", **SOUND))

    assert run(kigen, "2021-11-25").status == 0
    assert to_desk(kigen) == []


def test_that_all_is_well_is_said_once_a_week(kigen):
    kigen.bring(sold("K-1", **SOUND))

    for day in range(22, 30):  # Monday to Monday
        run(kigen, f"2021-11-{day}")

    assert subjects(kigen) == [f"【異常なし】ライセンス通知の日報 2021/11/{day}" for day in (22, 29)]


def test_the_letter_says_what_is_to_be_done_and_how(kigen):
    kigen.bring(sold("K-1", **CLOSING))

    assert run(kigen, "2021-11-25").status == 0

    assert subjects(kigen) == ["【要対応 1件】ライセンス通知の日報 2021/11/25"]
    text = latest(kigen)
    assert "株式会社K-1　K-1/1" in text
    assert "Zoom Workplace ビジネス　10ライセンス" in text
    assert "期限 2021年12月2日（木）、あと7日" in text
    assert "  $ kigen decline K-1/1\n" in text


@pytest.mark.usefixtures("each_database")
def test_two_runs_of_a_day_make_one_letter(kigen):
    kigen.bring(sold("K-1", **CLOSING))

    run(kigen, "2021-11-25")
    kigen.bring(sold("K-1", **CLOSING), sold("K-2", **CLOSING))
    again = run(kigen, "2021-11-25", "--format", "json")

    assert len(to_desk(kigen)) == 1
    assert again.decisions("line", "action", "reason") == [("sales", "skip", "already-sent")]


def test_all_that_is_open_is_told_again_the_next_day(kigen):
    kigen.bring(sold("K-1", **CLOSING))

    run(kigen, "2021-11-25")
    run(kigen, "2021-11-26")

    assert len(to_desk(kigen)) == 2
    assert "あと6日" in latest(kigen)


def test_three_days_without_a_run_are_told_in_one_letter(kigen):
    kigen.bring(sold("K-1", **CLOSING), sold("K-2", **CLOSING | {"term_start": "2021-03-01", "months": "11"}))
    run(kigen, "2021-12-02")

    run(kigen, "2021-12-06")

    assert len(to_desk(kigen)) == 2
    assert "期限 2021年12月2日（木）、終了 2022年1月31日（月）" in latest(kigen)


def test_a_window_that_closed_is_told_once(kigen):
    kigen.bring(sold("K-1", **CLOSING))
    for day in (2, 3, 4):  # the last day, the day after it, and one more
        run(kigen, f"2021-12-0{day}")

    assert subjects(kigen) == [
        "【要対応 1件】ライセンス通知の日報 2021/12/2",
        "【お知らせ 1件】ライセンス通知の日報 2021/12/3",
    ]


# with the other jobs


def test_all_jobs_deliver_first_so_that_the_letter_tells_of_todays_failures(kigen):
    kigen.configure(VERP + 'only_to = ["license-desk@example.co.jp"]\n' + TABLE)
    kigen.bring(sold("K-1"))

    said = run(kigen, "2021-09-01", job="all")

    assert said.status == 1
    assert subjects(kigen) == ["【要対応 1件】ライセンス通知の日報 2021/9/1"]
    ((number,),) = kigen.ledger("id", status="failed")
    assert f"  $ kigen notices resend {number}\n" in latest(kigen)


def test_the_desks_letter_is_no_decision_about_a_customer(kigen):
    kigen.bring(sold("K-1", **CLOSING))

    said = run(kigen, "2021-11-25", "--format", "json", job="all").json

    assert {row["kind"] for row in said["decisions"]} == {"renewal-notice", "service-start"}
    assert said["delivery"]["sent"] == 1
    assert [(row["line"], row["to"], row["action"]) for row in said["desk"]] == [("sales", [DESK], "send")]


def test_a_run_for_one_contract_is_not_the_days_and_tells_nobody(kigen):
    kigen.bring(sold("K-1", **CLOSING))

    run(kigen, "2021-11-25", "--only", "K-1", job="all")

    assert to_desk(kigen) == []


def test_a_letter_about_one_contract_is_refused(kigen):
    said = run(kigen, "2021-11-25", "--only", "K-1")

    assert said.status == 2
    assert "--only" in said.err


def test_a_letter_that_is_switched_off_is_not_part_of_all_and_can_be_asked_for(kigen):
    kigen.configure(VERP + TABLE + "on = false\n")
    kigen.bring(sold("K-1", **CLOSING))

    run(kigen, "2021-11-25", job="all")
    assert to_desk(kigen) == []

    run(kigen, "2021-11-25")
    assert len(to_desk(kigen)) == 1


def test_a_dry_run_shows_everything_and_writes_nothing(kigen):
    kigen.bring(*(sold(f"K-{number:03}", **CLOSING) for number in range(60)))
    before = kigen.stored()

    said = run(kigen, "2021-11-25", "--dry-run", "--format", "json")

    (letter,) = said.json["decisions"]
    assert (letter["action"], len(letter["items"])) == ("send", 60)
    assert kigen.stored() == before


def test_a_letter_shows_fifty_and_the_command_that_shows_the_rest(kigen):
    kigen.bring(*(sold(f"K-{number:03}", **CLOSING) for number in range(60)))

    run(kigen, "2021-11-25")

    assert "ほかに 10件あります。\n  $ run-job operator-digest --dry-run --format json\n" in latest(kigen)
    assert latest(kigen).count("kigen decline") == 50


def test_the_preview_shows_the_letter_and_the_history_its_run(kigen, tmp_path):
    kigen.bring(sold("K-1", **CLOSING))

    said = run(kigen, "2021-11-25", "--dry-run", "--preview", tmp_path / "page")
    run(kigen, "2021-11-25")

    assert said.status == 0
    assert '"operator-digest"' in (tmp_path / "page" / "data" / "entries.js").read_text("utf-8")
    (ran,) = kigen.ask("runs", "--job", "operator-digest", "--format", "json").json
    assert (ran["outcome"], ran["counts"]) == ("done", {"letters": 1, "closing": 1})


# once


@pytest.mark.usefixtures("each_database")
def test_a_letter_that_a_relay_did_not_take_gives_way_to_the_next_days(kigen):
    kigen.bring(sold("K-1", **CLOSING))
    run(kigen, "2021-11-25", "--no-deliver")

    run(kigen, "2021-11-26", job="all")

    assert subjects(kigen) == ["【要対応 1件】ライセンス通知の日報 2021/11/26"]
    assert kigen.ledger("occasion", "status", "reason", kind="operator-digest") == [
        ("2021-11-25", "withdrawn", "superseded"),
        ("2021-11-26", "sent", "due"),
    ]


def test_news_of_a_letter_that_never_went_out_is_told_by_the_next(kigen):
    kigen.bring(sold("K-1", **CLOSING))
    run(kigen, "2021-12-02")
    run(kigen, "2021-12-03", "--no-deliver")  # K-1's window has closed

    run(kigen, "2021-12-04")

    assert subjects(kigen)[-1] == "【お知らせ 1件】ライセンス通知の日報 2021/12/4"


def test_a_letter_that_still_waits_is_written_anew_by_a_second_run(kigen):
    kigen.bring(sold("K-1", **CLOSING))
    run(kigen, "2021-11-25", "--no-deliver")
    kigen.bring(sold("K-1", **CLOSING), sold("K-2", **CLOSING))

    run(kigen, "2021-11-25")

    assert subjects(kigen) == ["【要対応 2件】ライセンス通知の日報 2021/11/25"]


def test_a_letter_that_waits_is_taken_back_where_all_was_settled_meanwhile(kigen):
    kigen.bring(sold("K-1", **CLOSING))
    run(kigen, "2021-11-25", "--no-deliver")
    kigen.ask("decline", "K-1", "--on", "2021-11-25")

    run(kigen, "2021-11-25")

    assert to_desk(kigen) == []
    assert kigen.ledger("status", "reason", kind="operator-digest") == [("withdrawn", "nothing-to-say")]


KILLED = """
import os, signal
from jobs.commands import running
from jobs.cli import main

async def die(*_args, **_options):
    os.kill(os.getpid(), signal.SIGKILL)

running.deliver_queued = die
main()
"""


def test_killed_between_queue_and_delivery_it_is_sent_once(kigen):
    kigen.bring(sold("K-1", **CLOSING))
    command = (sys.executable, "-c", KILLED, "run-job", "operator-digest", "--date", "2021-11-25")
    killed = subprocess.run([*command, "--config", str(kigen.config)], check=False, env={**os.environ})
    assert killed.returncode == -signal.SIGKILL
    assert kigen.ledger("status", kind="operator-digest") == [("queued",)]

    kigen.run("operator-digest", "2021-11-25")
    kigen.run("operator-digest", "2021-11-25")

    assert len(to_desk(kigen)) == 1


# lives


def give_back(kigen, owner, at):
    """The owner's mail comes back: there is no such address."""
    (mail,) = (mail for mail in kigen.inbox if mail["Delivered-To"] == owner)
    file = kigen.folder / "report.eml"
    file.write_bytes(report_about(mail))
    assert kigen.ask("bounce", file, at=at).status == 0


@pytest.mark.usefixtures("each_database")
def test_an_owner_bounces_the_desk_is_told_a_new_owner_gets_the_notice_once_and_the_letter_is_silent_again(kigen):
    """N8: from the bounce to the letter that no longer lists it."""
    kigen.bring(sold("K-1"))
    run(kigen, "2021-09-01", job="all")
    give_back(kigen, "k-1@example.co.jp", at="2021-09-01T04:00:00Z")
    at_once = [mail["Subject"] for mail in kigen.inbox if "速報" in mail["Subject"]]
    assert at_once == ["【要対応 1件】ライセンス通知の速報 2021/9/1 13:00"]

    run(kigen, "2021-09-02", job="all")
    told = latest(kigen)
    assert "■ 戻ってきた通知（1件）" in told
    assert "■ 保留中の通知（1件）" in told
    assert told.count("  $ kigen bounce --clear k-1@example.co.jp\n") == 2

    kigen.bring(sold("K-1", owner_email="new@example.co.jp"))
    run(kigen, "2021-09-03", job="all")
    run(kigen, "2021-09-04", job="all")

    assert len([mail for mail in kigen.inbox if mail["Delivered-To"] == "new@example.co.jp"]) == 1
    assert subjects(kigen) == ["【要対応 2件】ライセンス通知の日報 2021/9/2"]


def test_a_bounce_that_is_not_urgent_is_told_by_the_letter_alone(kigen):
    kigen.configure(VERP + TABLE + "urgent = []\n")
    kigen.bring(sold("K-1"))
    run(kigen, "2021-09-01", job="all")
    give_back(kigen, "k-1@example.co.jp", at="2021-09-01T04:00:00Z")
    run(kigen, "2021-09-02", job="all")

    assert [mail["Subject"] for mail in kigen.inbox if mail["Delivered-To"] == DESK] == subjects(kigen)
    assert "■ 戻ってきた通知（1件）" in latest(kigen)


def test_what_waits_for_approval_is_counted_and_listed_with_what_releases_it(kigen):
    kigen.configure(VERP + '[jobs.renewal-notice]\napproval = "manual"\n' + TABLE)
    kigen.bring(sold("K-1"), sold("K-2", owner_email=""))

    run(kigen, "2021-09-01", job="all")

    waits = kigen.ledger("id", contract="K-1", status="held")[0][0]
    assert "内訳：" in latest(kigen)
    assert "承認待ち 1件" in latest(kigen)
    assert f"  $ kigen approve {waits}\n" in latest(kigen)
    assert kigen.ask("approve", waits, at=noon("2021-09-01")).status == 0


def test_a_doubt_that_is_left_to_a_person_is_told_with_both_answers(kigen):
    kigen.bring(sold("K-1"))
    run(kigen, "2021-09-01", job="all")
    kigen.sql("UPDATE envelopes SET status = 'in-doubt', next_attempt_at = NULL WHERE role = 'to'")
    kigen.sql("UPDATE notices SET status = 'in-doubt' WHERE status = 'sent'")

    run(kigen, "2021-09-02")

    ((number,),) = kigen.ledger("id", status="in-doubt")
    assert f"  $ kigen notices settle {number} --sent\n  $ kigen notices settle {number} --not-sent\n" in latest(kigen)
    assert kigen.ask("notices", "settle", number, "--sent").status == 0


def test_a_run_that_failed_is_told_until_a_later_one_has_made_up_for_it(kigen):
    kigen.bring(sold("K-1", **SOUND))
    kigen.ask("run-job", "renewal-notice", "--date", "2021-11-24", at=noon("2021-11-24"))
    kigen.sql("UPDATE runs SET outcome = 'failed', error = 'OSError: disk full, says root@example.com'")

    run(kigen, "2021-11-25")
    assert "・renewal-notice　2021年11月24日（水）分：OSError: disk full" in latest(kigen)
    assert "root@" not in latest(kigen)
    assert "  $ run-job renewal-notice\n" in latest(kigen)

    kigen.ask("run-job", "renewal-notice", "--date", "2021-11-26", at=noon("2021-11-26"))
    run(kigen, "2021-11-26")
    assert len(to_desk(kigen)) == 1


def test_a_pause_that_lasts_is_said_by_the_letter_that_waits_for_its_end(kigen):
    kigen.bring(sold("K-1", **CLOSING))
    kigen.ask("pause", "--reason", "wrong price list", at=noon("2021-11-20"))

    said = run(kigen, "2021-11-25")
    assert (said.status, to_desk(kigen)) == (3, [])

    kigen.ask("resume")
    run(kigen, "2021-11-25", job="deliver")
    assert "2021年11月20日（土）から停止中" in latest(kigen)


def test_a_file_of_the_feed_that_failed_is_told_once(kigen):
    drop = kigen.folder / "drop"
    drop.mkdir()
    kigen.configure(VERP + f'[feed]\nfolder = "{drop}"\nsettle_seconds = 0\n' + TABLE)
    kigen.bring(sold("K-1", **SOUND))
    (drop / "book.xlsx").write_bytes(b"no workbook")
    os.utime(drop / "book.xlsx", (0, 0))
    assert kigen.ask("feed", at=noon("2021-11-24")).status == 1

    run(kigen, "2021-11-25")
    run(kigen, "2021-11-26")

    assert subjects(kigen) == ["【要対応 1件】ライセンス通知の日報 2021/11/25"]
    assert "book.xlsx（報告：failed/" in latest(kigen)


# the book


ODD = {"term_start": "2021-05-15", "ordered_on": "2021-05-01", "opened_on": "2021-05-10"}  # T1


@pytest.mark.usefixtures("each_database")
def test_a_row_that_breaks_a_rule_is_told_once_and_counted_from_then_on(kigen):
    kigen.bring(sold("K-1", **ODD))
    run(kigen, "2021-11-25")
    assert "T1 利用開始日：starts on 2021-05-15" in latest(kigen)

    run(kigen, "2021-11-26")
    assert len(to_desk(kigen)) == 1

    run(kigen, "2021-11-29")
    assert subjects(kigen)[-1].startswith("【異常なし】")
    assert "まだ直っていない契約が 1件あります" in latest(kigen)


def test_a_row_that_was_changed_and_still_breaks_a_rule_is_told_again(kigen):
    kigen.bring(sold("K-1", **ODD))
    run(kigen, "2021-11-25")

    kigen.bring(sold("K-1", **ODD | {"seats": "11"}))
    run(kigen, "2021-11-26")

    assert len(to_desk(kigen)) == 2
    assert "T1 利用開始日" in latest(kigen)


def test_a_row_that_was_put_right_is_not_counted_any_more(kigen):
    kigen.bring(sold("K-1", **ODD))
    run(kigen, "2021-11-25")
    run(kigen, "2021-11-26")
    kigen.bring(sold("K-1", **SOUND))

    run(kigen, "2021-11-29")

    assert "まだ直っていない" not in latest(kigen)


def test_a_flag_of_a_letter_that_never_went_out_is_told_by_the_next(kigen):
    kigen.bring(sold("K-1", **ODD))
    run(kigen, "2021-11-25", "--no-deliver")

    run(kigen, "2021-11-26")

    assert "T1 利用開始日" in latest(kigen)


def test_a_row_of_a_contract_that_has_ended_is_nobodys_work(kigen):
    kigen.bring(sold("K-1", **ODD | {"term_start": "2019-05-15"}))

    run(kigen, "2021-11-25")

    assert to_desk(kigen) == []


# readers


PARTNER = {"partner_name": "サンプル販売株式会社"}


def test_a_partners_contracts_go_to_the_colleague_who_looks_after_it(kigen):
    kigen.configure(VERP + TABLE + 'by_partner = { "サンプル販売株式会社" = "sato@example.co.jp" }\n')
    kigen.bring(sold("K-1", **CLOSING), sold("K-2", **CLOSING | PARTNER))

    run(kigen, "2021-11-25")

    assert "K-2" not in latest(kigen)
    (theirs,) = to_desk(kigen, "sato@example.co.jp")
    assert "K-2/1" in text_of(theirs)
    assert "K-1/1" not in text_of(theirs)


def test_the_ledger_names_nobody(kigen):
    kigen.configure(VERP + TABLE + 'by_partner = { "サンプル販売株式会社" = "sato@example.co.jp" }\n')
    kigen.bring(sold("K-1", **CLOSING), sold("K-2", **CLOSING | PARTNER))

    run(kigen, "2021-11-25")

    assert kigen.ledger("line", kind="operator-digest") == [("desk/partner サンプル販売株式会社",), ("desk/sales",)]


def test_the_letter_goes_to_the_configured_people_in_the_configured_language(kigen):
    kigen.configure(VERP + TABLE + 'recipients = ["a@example.com", "B <b@example.com>"]\nlanguage = "en"\n')
    kigen.bring(sold("K-1", **CLOSING))

    run(kigen, "2021-11-25")

    assert sorted((mail["Delivered-To"], mail["Subject"]) for mail in kigen.inbox) == [
        ("a@example.com", "[1 to settle] Licence notices, 25 Nov 2021"),
        ("b@example.com", "[1 to settle] Licence notices, 25 Nov 2021"),
    ]


def test_without_anybody_to_tell_the_run_says_so(kigen):
    kigen.configure(VERP + TABLE + '[sender.sales_desk]\nname = "営業窓口"\nemail = ""\n')
    kigen.bring(sold("K-1", **CLOSING))

    assert "nobody to tell" in run(kigen, "2021-11-25").out


HOSTILE = '<script>alert(1)</script><img src=x onerror=alert(1)>\r\nBcc: spy@example.com\n=HYPERLINK("http://x")'


def test_a_hostile_company_name_is_a_name_and_nothing_else(kigen):
    kigen.bring(sold("K-1", **CLOSING | {"company": HOSTILE, "partner_name": HOSTILE}))

    run(kigen, "2021-11-25")

    (mail,) = to_desk(kigen)
    html = mail.get_body(("html",)).get_content()
    assert mail["Bcc"] is None
    assert "<script" not in html
    assert "<img src=x" not in html
    assert "&lt;script&gt;" in html
    assert not [line for line in text_of(mail).splitlines() if line.startswith(("Bcc:", "="))]


def test_a_contract_that_is_called_as_the_desk_is_gets_its_notices(kigen):
    kigen.bring(sold("desk"))

    run(kigen, "2021-09-01", job="all")
    run(kigen, "2021-11-25", job="all")
    run(kigen, "2021-11-26", job="all")

    assert [mail["Subject"][:6] for mail in kigen.inbox if mail["Delivered-To"] == "desk@example.co.jp"] != []
    assert len(to_desk(kigen)) == 2


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
            return done == set(timetable(app).times) and not app.ledger.due(clock.now(), today)

        async with at_work(app):
            for instant in instants:
                clock.set(instant)
                await until(is_quiet)

    asyncio.run(story())
