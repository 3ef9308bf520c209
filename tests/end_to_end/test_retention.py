"""`purge`, `legal-hold` and `forget`: what goes, what stays and why, on both kinds of database."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime

import pytest
from bounce_builders import report_about
from cli_builders import Installation, sold

from jobs.app import App
from jobs.chores import daily_jobs
from jobs.config import load_settings
from jobs.purging import run_purge
from jobs.runs import Origin
from jobs.stopping import Stopped

BASE = {"term_start": "2021-02-01", "months": "12"}  # ends on 2022-01-31
DAY = "2021-09-01"
NOON = f"{DAY}T03:00:00Z"
FIVE_YEARS = "2026-09-02T00:00:00Z"
BEFORE_THAT = "2026-08-30T00:00:00Z"
LATER = datetime(2026, 9, 2, tzinfo=UTC)
NAMES = b"k-1@example.co.jp", "山田".encode()


@pytest.fixture
def sent(kigen):
    """A renewal notice for K-1, sent; K-2's is held: its owner has no address."""
    kigen.bring(sold("K-1", **BASE, owner_name="山田 太郎"), sold("K-2", **BASE, owner_email="", owner_name="佐藤"))
    assert kigen.ask("run-job", "renewal-notice", "--date", DAY, at=NOON).status == 1
    return kigen


def number_of(kigen, **filters):
    ((found,),) = kigen.ledger("id", **filters)
    return found


def story(kigen, number):
    return kigen.ask("notices", "show", number, "--format", "json").json


def chain_of(kigen):
    """What a look through the chain of hashes finds wrong."""
    app = App(load_settings(kigen.config))
    try:
        return app.ledger.verify().findings
    finally:
        app.close()


def kept(kigen):
    """Of each mail on the ledger, its subject, whether its bytes are there, and whom it was for."""
    engine = kigen.engine()
    with engine.connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT subject, raw IS NOT NULL, address FROM messages m JOIN envelopes e ON e.message_id = m.id"
        ).all()
    engine.dispose()
    return [(bool(subject), bool(raw), address) for subject, raw, address in found]


# purge


@pytest.mark.usefixtures("each_database")
def test_after_its_time_a_notice_loses_its_text_and_addresses_and_keeps_the_facts(sent):
    """P3, N2: the fact, the time, the hashes and the server's answer stay."""
    number = number_of(sent, status="sent")
    before = story(sent, number)

    assert sent.ask("purge", "--yes", at=FIVE_YEARS).status == 0

    after = story(sent, number)
    assert kept(sent) == [(False, False, None)]
    assert after["notice"] == before["notice"]
    (was,), (now) = before["messages"], after["messages"][0]
    assert now | {"subject": was["subject"], "envelopes": []} == was | {"envelopes": []}
    copy, copy_before = now["envelopes"][0], was["envelopes"][0]
    assert copy | {"address": copy_before["address"]} == copy_before
    assert chain_of(sent) == ()


def test_before_its_time_nothing_goes(sent):
    assert sent.ask("purge", "--yes", at=BEFORE_THAT).out.startswith("Nothing is due")
    assert kept(sent) == [(True, True, "k-1@example.co.jp")]


@pytest.mark.usefixtures("each_database")
def test_a_second_purge_finds_nothing_and_leaves_no_entry(sent):
    sent.ask("purge", "--yes", at=FIVE_YEARS)
    before = sent.stored()

    assert sent.ask("purge", "--yes", at=FIVE_YEARS).out.startswith("Nothing is due")
    assert sent.stored() == before


def test_purge_shows_first_what_would_go_and_a_dry_run_changes_nothing(sent):
    before = sent.stored()

    said = sent.ask("purge", "--dry-run", "--format", "json", at=FIVE_YEARS)

    assert [(row["kind"], row["part"], row["count"]) for row in said.json] == [
        ("renewal-notice", "text", 1), ("renewal-notice", "addresses", 1)
    ]  # fmt: skip
    assert said.json[0]["oldest"].startswith("2021-09-01T03:00")
    assert sent.stored() == before


def test_purge_asks_before_it_takes_anything(sent):
    said = sent.ask("purge", answer="n\n", at=FIVE_YEARS)

    assert said.status == 130
    assert kept(sent) == [(True, True, "k-1@example.co.jp")]


@pytest.mark.parametrize("status", ["queued", "sending", "held", "in-doubt"])
def test_nothing_that_is_open_is_purged(sent, status):
    for table in ("notices", "envelopes"):
        sent.sql(f"UPDATE {table} SET status = :status WHERE status = 'sent'", status=status)  # noqa: S608 - our tables

    sent.ask("purge", "--yes", at="2200-01-01T00:00:00Z")

    assert kept(sent) == [(True, True, "k-1@example.co.jp")]


def test_the_mail_of_a_notice_that_is_held_again_stays(tmp_path):
    """N8: what came back is still to be given to somebody."""
    kigen = Installation(tmp_path, '\nreturn_path = "bounces@example.jp"\n')
    kigen.bring(sold("K-1", **BASE))
    kigen.ask("run-job", "renewal-notice", "--date", DAY, at=NOON)
    (kigen.folder / "report.eml").write_bytes(report_about(kigen.inbox[0]))
    kigen.ask("bounce", kigen.folder / "report.eml", at="2021-09-01T04:00:00Z")

    kigen.ask("purge", "--yes", at="2200-01-01T00:00:00Z")

    assert kept(kigen) == [(True, True, "k-1@example.co.jp")]


def test_what_was_sent_again_has_its_time_from_then_on(sent):
    sent.ask("notices", "resend", number_of(sent, status="sent"), at="2026-08-01T00:00:00Z")
    sent.ask("run-job", "deliver", at="2026-08-01T01:00:00Z")

    sent.ask("purge", "--yes", at=FIVE_YEARS)

    assert kept(sent) == [(True, True, "k-1@example.co.jp")]


def test_the_text_may_go_before_the_addresses(sent):
    sent.configure("[retention.renewal-notice]\ntexts_months = 6\naddresses_months = 12\n")

    sent.ask("purge", "--yes", at="2022-04-01T00:00:00Z")
    assert kept(sent) == [(False, False, "k-1@example.co.jp")]

    sent.ask("purge", "--yes", at="2022-10-01T00:00:00Z")
    assert kept(sent) == [(False, False, None)]
    assert chain_of(sent) == ()


def test_0_months_is_for_ever(sent):
    sent.configure("[retention.renewal-notice]\ntexts_months = 0\naddresses_months = 0\n")

    sent.ask("purge", "--yes", at="2300-01-01T00:00:00Z")

    assert kept(sent) == [(True, True, "k-1@example.co.jp")]


def test_where_the_service_started_is_evidence_for_ten_years_unless_it_is_said_otherwise(kigen):
    """N2: the contract comes into being when this notice is dispatched."""
    kigen.bring(sold("K-1", **BASE, opened_on="2021-01-20"))
    kigen.ask("run-job", "service-start", "--date", "2021-01-21", at="2021-01-21T03:00:00Z")

    kigen.ask("purge", "--yes", at="2031-01-20T00:00:00Z")
    assert kept(kigen) == [(True, True, "k-1@example.co.jp")]

    kigen.ask("purge", "--yes", at="2031-01-23T00:00:00Z")
    assert kept(kigen) == [(False, False, None)]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("texts_months = 24\naddresses_months = 12", "addresses_months = 12: expected texts_months = 24 or more"),
        ("texts_months = 0\naddresses_months = 12", "expected texts_months = 0 or more"),
        ("texts_months = -1", "texts_months"),
        ("texts_days = 3", "texts_days"),
    ],
)
def test_times_that_cannot_be_are_said_so(kigen, table, said):
    kigen.configure(f"[retention.renewal-notice]\n{table}\n")

    answer = kigen.ask("purge", "--dry-run")

    assert (answer.status, "retention.renewal-notice" in answer.err, said.split(" or ")[0] in answer.err) == (
        2,
        True,
        True,
    )


def test_a_day_that_has_not_come_is_only_shown(sent):
    said = sent.ask("purge", "--date", "2030-01-01", at=FIVE_YEARS)

    assert (said.status, "has not come yet" in said.err) == (2, True)
    assert "renewal-notice" in sent.ask("purge", "--date", "2030-01-01", "--dry-run", at=NOON).out


def test_a_purged_notice_can_be_neither_sent_again_nor_shown_and_says_so(sent):
    number = number_of(sent, status="sent")
    sent.ask("purge", "--yes", at=FIVE_YEARS)

    again, shown = sent.ask("notices", "resend", number), sent.ask("notices", "show", number, "--eml")

    assert (again.status, shown.status) == (2, 2)
    assert "its text has been purged" in again.err
    assert "its text has been purged" in shown.err
    assert "(purged)" in sent.ask("notices", "show", number).out


def test_what_is_purged_does_not_linger_in_the_file(sent):
    """Neither in free pages nor in the free places of pages."""
    sent.bring(sold("K-1", **BASE, owner_email="new@example.co.jp"))
    assert NAMES[0] in sent.database.read_bytes()

    sent.ask("purge", "--yes", at=FIVE_YEARS)

    assert NAMES[0] not in sent.database.read_bytes()


# The job


def test_the_job_purges_without_asking_and_its_run_is_on_record(sent):
    said = sent.ask("run-job", "purge", "--format", "json", at=FIVE_YEARS)

    assert [(row["kind"], row["part"], row["count"]) for row in said.json["purged"]] == [
        ("renewal-notice", "text", 1), ("renewal-notice", "addresses", 1)
    ]  # fmt: skip
    assert kept(sent) == [(False, False, None)]
    (run,) = sent.ask("runs", "--job", "purge", "--format", "json").json
    assert (run["outcome"], run["counts"]) == ("done", {"addresses": 1})


def test_a_dry_run_of_the_job_changes_nothing(sent):
    before = sent.stored()

    assert sent.ask("run-job", "purge", "--dry-run", "--format", "json", at=FIVE_YEARS).json["purged"]
    assert sent.stored() == before


def test_all_does_not_purge(sent):
    sent.configure("[jobs.purge]\non = true\n")

    sent.ask("run-job", "all", at=FIVE_YEARS)

    assert kept(sent) == [(True, True, "k-1@example.co.jp")]


@pytest.mark.parametrize("arguments", [("--only", "K-1"), ("--date", "2030-01-01")])
def test_the_job_is_about_all_contracts_and_no_day_to_come(sent, arguments):
    assert sent.ask("run-job", "purge", *arguments, at=FIVE_YEARS).status == 2


@pytest.mark.parametrize(("on", "is_there"), [("true", True), ("false", False)])
def test_the_daemon_purges_where_it_is_told_to(kigen, on, is_there):
    kigen.configure(f"[jobs.purge]\non = {on}\n")
    app = App(load_settings(kigen.config))

    assert ("purge" in daily_jobs(app)) is is_there


def test_a_scheduled_purge_that_is_to_stop_says_so_and_leaves_the_rest_to_the_next(sent):
    app = App(load_settings(sent.config))

    def stopping():
        raise Stopped("asked to stop")

    with pytest.raises(Stopped):
        run_purge(app, date(2026, 9, 2), lambda: LATER, Origin.SCHEDULED, between=stopping)
    app.close()

    (run,) = sent.ask("runs", "--job", "purge", "--format", "json").json
    assert (run["outcome"], run["origin"]) == ("stopped", "scheduled")


DYING = """
import os, signal, sys
from jobs.cli import main
from notify.ledger import Ledger
import notify.ledger_purge as p

p.AT_ONCE = 2
purge, left = Ledger.purge, int(sys.argv.pop(1))

def dying(*args, **kwargs):
    global left
    if left == 0: os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return purge(*args, **kwargs)

Ledger.purge = dying
main()
"""


@pytest.mark.parametrize("pieces", [1, 3])
def test_a_purge_that_dies_half_way_is_finished_by_the_next(kigen, pieces):
    kigen.bring(*(sold(f"K-{number}", **BASE) for number in range(7)))
    kigen.ask("run-job", "renewal-notice", "--date", DAY, at=NOON)
    kigen.sql("UPDATE messages SET created_at = '2001-01-01 00:00:00.000000'")
    kigen.sql("UPDATE envelopes SET updated_at = '2001-01-01 00:00:00.000000'")

    died = subprocess.run(
        [sys.executable, "-c", DYING, str(pieces), "purge", "--yes", "--config", str(kigen.config)],
        capture_output=True, check=False,
    )  # fmt: skip
    assert died.returncode == -9
    assert len([mail for mail in kept(kigen) if mail[1]]) == 7 - 2 * pieces

    assert kigen.ask("purge", "--yes").status == 0
    assert kept(kigen) == [(False, False, None)] * 7


# legal-hold


@pytest.mark.usefixtures("each_database")
@pytest.mark.parametrize("number", ["K-1", "A-K-1"])
def test_what_is_under_legal_hold_is_neither_purged_nor_forgotten(sent, number):
    assert sent.ask("legal-hold", "set", number, "--reason", "lawsuit 12/2026").status == 0

    sent.ask("purge", "--yes", at=FIVE_YEARS)
    said = sent.ask("forget", "A-K-1", "--yes", at=FIVE_YEARS)
    assert kept(sent) == [(True, True, "k-1@example.co.jp")]
    assert "lawsuit 12/2026" in said.out

    sent.ask("legal-hold", "clear", number, "--reason", "settled")
    sent.ask("purge", "--yes", at=FIVE_YEARS)
    assert kept(sent) == [(False, False, None)]


def test_a_hold_stays_on_record_with_who_set_and_cleared_it_when_and_why(sent):
    sent.ask("legal-hold", "set", "K-1", "--reason", "lawsuit", at="2026-01-05T00:00:00Z")
    sent.ask("legal-hold", "clear", "K-1", "--reason", "settled", at="2026-03-05T00:00:00Z")

    (hold,) = sent.ask("legal-hold", "list", "--all", "--format", "json").json

    assert sent.ask("legal-hold", "list", "--format", "json").json == []
    assert (hold["reason"], hold["cleared_reason"]) == ("lawsuit", "settled")
    assert (hold["set_at"][:10], hold["cleared_at"][:10]) == ("2026-01-05", "2026-03-05")
    assert hold["set_by"] == hold["cleared_by"] != ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("set", "K-9", "--reason", "x"), "no contract and no account K-9"),
        (("set", "K-1"), "--reason"),
        (("set", "K-1", "--reason", " "), "expected a few words"),
        (("clear", "K-1", "--reason", "x"), "nothing holds K-1"),
    ],
)
def test_a_hold_that_cannot_be_is_said_so(sent, arguments, said):
    answer = sent.ask("legal-hold", *arguments)

    assert (answer.status, said in answer.err) == (2, True)


def test_what_is_held_is_not_held_twice(sent):
    sent.ask("legal-hold", "set", "K-1", "--reason", "lawsuit")

    assert "held already" in sent.ask("legal-hold", "set", "K-1", "--reason", "lawsuit").err


# forget

ENDED = "2022-02-01T00:00:00Z"


@pytest.mark.usefixtures("each_database")
def test_a_person_is_forgotten_on_the_ledger_and_in_the_book_and_the_facts_stay(sent):
    """Art. 28."""
    said = sent.ask("forget", "A-K-1", "--reference", "request 7", "--yes", at=ENDED)

    assert said.status == 0
    assert kept(sent) == [(False, False, None)]
    assert [row["company"] for row in sent.ask("notices", "--status", "sent", "--format", "json").json] == [
        "株式会社K-1"
    ]
    assert chain_of(sent) == ()
    again = sent.ask("forget", "A-K-1", "--dry-run", "--format", "json", at=ENDED).json
    assert (again["people"], again["mails"], again["marks"]) == (0, [], 0)


def test_what_is_forgotten_does_not_linger_in_the_file(sent):
    sent.ask("forget", "A-K-1", "--yes", at=ENDED)

    stored = sent.database.read_bytes()
    assert [name for name in NAMES if name in stored] == []


def test_forget_shows_first_and_a_dry_run_changes_nothing(sent):
    before = sent.stored()

    said = sent.ask("forget", "A-K-1", "--dry-run", at=ENDED)

    assert "goes from the book: 2 names and addresses" in said.out
    assert "k-1@example.co.jp" not in said.out
    assert sent.stored() == before


def test_while_a_contract_runs_its_people_and_letters_stay(sent):
    said = sent.ask("forget", "A-K-1", "--yes", at="2022-01-31T03:00:00Z")

    assert (said.status, "contract K-1 runs until 2022-01-31" in said.out) == (1, True)
    assert kept(sent) == [(True, True, "k-1@example.co.jp")]


def test_evidence_within_its_time_stays_and_says_until_when(kigen):
    """N2."""
    kigen.bring(sold("K-1", **BASE, opened_on="2021-01-20"))
    kigen.ask("run-job", "service-start", "--date", "2021-01-21", at="2021-01-21T03:00:00Z")

    said = kigen.ask("forget", "A-K-1", "--yes", at=ENDED)

    assert "1 of service-start: evidence of the contract (N2), kept for 120 months" in said.out
    assert kept(kigen) == [(True, True, "k-1@example.co.jp")]
    assert "owner_email" not in kigen.ask("forget", "A-K-1", "--dry-run", at=ENDED).out


def test_an_import_does_not_bring_a_forgotten_person_back_unsaid(sent):
    sent.ask("forget", "A-K-1", "--yes", at=ENDED)

    said = sent.bring(
        sold("K-1", **BASE, owner_name="山田　太郎", owner_email="K-1@EXAMPLE.co.jp"),
        sold("K-2", **BASE, owner_name="佐藤"),
    )

    flagged = [(flag["column"], flag["value"]) for flag in said.json["flags"] if "forgotten" in flag["reason"]]
    assert sorted(flagged) == [("owner_email", "***"), ("owner_name", "***")]
    assert [name for name in NAMES if name in sent.database.read_bytes()] == []


def test_a_new_owner_of_a_forgotten_account_is_taken_in(sent):
    sent.ask("forget", "A-K-1", "--yes", at=ENDED)

    sent.bring(sold("K-1", **BASE, owner_name="佐藤 花子", owner_email="new@example.co.jp"))

    assert b"new@example.co.jp" in sent.database.read_bytes()


def test_a_person_who_is_back_is_let_in_again(sent):
    sent.ask("forget", "A-K-1", "--yes", at=ENDED)

    assert sent.ask("forget", "A-K-1", "--lift").out.startswith("2 names and addresses")
    sent.bring(sold("K-1", **BASE))

    assert NAMES[0] in sent.database.read_bytes()


def test_a_marked_address_is_forgotten_unless_another_account_has_it(tmp_path):
    kigen = Installation(tmp_path, '\nreturn_path = "bounces@example.jp"\n')
    kigen.bring(sold("K-1", **BASE), sold("K-2", **BASE | {"months": "24"}, owner_email="k-1@example.co.jp"))
    kigen.ask("run-job", "renewal-notice", "--date", DAY, "--only", "K-1", at=NOON)
    (kigen.folder / "report.eml").write_bytes(report_about(kigen.inbox[0]))
    kigen.ask("bounce", kigen.folder / "report.eml", at="2021-09-01T04:00:00Z")

    assert kigen.ask("forget", "A-K-1", "--dry-run", "--format", "json", at=ENDED).json["marks"] == 0

    kigen.bring(sold("K-2", **BASE | {"months": "24"}, owner_email="other@example.co.jp"))
    assert kigen.ask("forget", "A-K-1", "--dry-run", "--format", "json", at=ENDED).json["marks"] == 1


def test_files_that_name_the_person_are_listed_for_somebody_to_look_at(sent):
    box = sent.folder / "var/for-people/new"
    box.mkdir(parents=True)
    (box / "1.a").write_bytes(b"From: K-1@Example.co.jp\n\nhello\n")
    (box / "2.b").write_bytes(b"From: someone@example.com\n\nhello\n")

    said = sent.ask("forget", "A-K-1", "--dry-run", "--format", "json", at=ENDED)

    assert (said.status, said.json["files"]) == (1, [str(box / "1.a")])


def test_what_is_open_stays_and_says_how_to_end_it(sent):
    said = sent.ask("forget", "A-K-2", "--dry-run", at=ENDED)

    assert "1 open: `kigen notices --account A-K-2`" in said.out


def test_that_somebody_was_forgotten_is_on_record_without_who_it_was(sent):
    sent.ask("forget", "A-K-1", "--reference", "request 7", "--yes", at=ENDED)

    engine = sent.engine()
    with engine.connect() as connection:
        (row,) = connection.exec_driver_sql("SELECT account, reference, counts FROM forgettings").all()
    engine.dispose()
    assert (row.account, row.reference) == ("A-K-1", "request 7")
    assert "example" not in str(row)


def test_an_account_that_is_not_in_the_book_is_said_so(sent):
    said = sent.ask("forget", "A-9", "--dry-run")

    assert (said.status, "the book has no account A-9" in said.err) == (2, True)
