"""`purge`: what goes after its time, what stays and why, on both kinds of database (P3)."""

from __future__ import annotations

import pytest

from tests.end_to_end.installation import Installation, sold
from tests.end_to_end.retention import (
    BASE,
    BEFORE_THAT,
    DAY,
    FIVE_YEARS,
    NAMES,
    NOON,
    chain_of,
    kept,
    number_of,
    with_a_notice_sent,
)
from tests.notify.bounces.builders import report_about


@pytest.fixture
def sent(kigen):
    return with_a_notice_sent(kigen)


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

    assert kept(kigen) == [(True, True, "k-1@example.co.jp"), (False, False, None)]  # the other told the desk


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


def story(kigen, number):
    return kigen.ask("notices", "show", number, "--format", "json").json


@pytest.mark.usefixtures("each_database")
@pytest.mark.parametrize("matched_by", ["return-address", "message-id"])
def test_a_report_about_a_purged_mail_is_on_record_and_marks_nobody(tmp_path, kigen, matched_by):
    """Whoever is forgotten soon after a mail was sent may have it come back later."""
    kigen.configure('return_path = "bounces@example.jp"\n')
    (mail,) = with_a_notice_sent(kigen).inbox
    kigen.ask("purge", "--yes", at=FIVE_YEARS)
    if matched_by == "message-id":
        del mail["Return-Path"]
        mail["Return-Path"] = "<bounces@example.jp>"
    report = tmp_path / "report.eml"
    report.write_bytes(report_about(mail))

    assert kigen.ask("bounce", report, at=FIVE_YEARS).status == 0

    (back,) = kigen.ask("bounce", "--list", "--format", "json").json
    assert (back["matched_by"], back["address"], back["is_held"]) == (matched_by, "", False)
    assert chain_of(kigen) == ()
