"""`notices`, `approve`, `runs`: what people ask the ledger, and what they may change on it."""

from __future__ import annotations

import csv
import io
from email import message_from_string, policy

import pytest

from tests.databases import on_each_database
from tests.end_to_end.installation import sold

BASE = {"term_start": "2021-02-01", "months": "12"}
DAY = "2021-09-01"


def notice_id(kigen, **filters):
    """The one notice on the ledger that these filters leave."""
    ((found,),) = kigen.ledger("id", **filters)
    return found


@pytest.fixture
def sent(kigen):
    """One notice sent, one skipped, one held."""
    kigen.bring(sold("K-1", **BASE), sold("K-2", owner_email="", term_start="2021-03-01"))
    kigen.run("renewal-notice", DAY)
    return kigen


@pytest.fixture
def queued(kigen):
    """One notice that waits to be sent."""
    kigen.bring(sold("K-1", **BASE))
    kigen.run("renewal-notice", "2021-08-02", "--no-deliver")
    return kigen


def test_notices_lists_what_is_on_the_ledger(sent):
    assert sent.ledger("line", "occasion", "status", "reason") == [
        ("K-1/1", "2022-01/4m", "sent", "due"),
        ("K-1/1", "2022-01/5m", "skipped", "superseded"),
        ("K-2/1", "2022-02/5m", "held", "owner-missing"),
    ]


@on_each_database
@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"status": "held"}, {"K-2/1"}),
        ({"contract": "K-1"}, {"K-1/1"}),
        ({"kind": "license-release"}, set()),
        ({"since": "2999-01-01"}, set()),
        ({"kind": "renewal-notice", "status": "sent"}, {"K-1/1"}),
    ],
)
def test_notices_can_be_chosen(sent, filters, found):
    assert {line for (line,) in sent.ledger("line", **filters)} == found


def test_notices_alone_lists_as_well(sent):
    assert sent.ask("notices", "--status", "held").out == sent.ask("notices", "list", "--status", "held").out


def test_show_tells_the_whole_story(sent):
    said = sent.ask("notices", "show", notice_id(sent, status="sent"))

    for part in ("renewal-notice 2022-01/4m for K-1/1", "sent (due)", "k-1@example.co.jp", "in the maildir as", "(N1)"):
        assert part in said.out


@on_each_database
def test_show_eml_prints_the_very_bytes_that_lie_in_the_maildir(sent):
    eml = sent.ask("notices", "show", notice_id(sent, status="sent"), "--eml").out

    (file,) = (sent.folder / "maildir" / "new").iterdir()
    assert file.read_bytes().endswith(eml.encode())
    mail = message_from_string(eml, policy=policy.default)
    assert mail["To"].addresses[0].addr_spec == "k-1@example.co.jp"


def test_a_notice_without_a_mail_has_no_bytes_to_show(sent):
    said = sent.ask("notices", "show", notice_id(sent, status="skipped"), "--eml")

    assert said.status == 2
    assert "no mail was written" in said.err


def test_export_is_csv_with_all_notices(sent):
    rows = list(csv.DictReader(io.StringIO(sent.ask("notices", "export").out)))

    assert sorted((row["line"], row["status"]) for row in rows) == [
        ("K-1/1", "sent"),
        ("K-1/1", "skipped"),
        ("K-2/1", "held"),
    ]


def test_export_gives_a_spreadsheet_no_formula_to_run(kigen):
    kigen.bring(sold("=1+1", **BASE, owner_email="o@example.co.jp"))
    kigen.run("renewal-notice", DAY)

    rows = list(csv.DictReader(io.StringIO(kigen.ask("notices", "export").out)))

    assert {row["line"] for row in rows} == {"'=1+1/1"}


def test_a_cancelled_notice_is_not_sent_now_or_by_a_later_run(queued):
    assert queued.ask("notices", "cancel", notice_id(queued, status="queued")).status == 0

    queued.run("deliver", "2021-08-02")
    queued.run("all", "2021-08-03")

    assert queued.inbox == []
    assert queued.ledger("occasion", "status", kind="renewal-notice") == [("2022-01/5m", "cancelled")]


def test_what_went_out_cannot_be_cancelled(sent):
    said = sent.ask("notices", "cancel", notice_id(sent, status="sent"))

    assert said.status == 2
    assert said.err.startswith("kigen: ")


@on_each_database
def test_a_resent_notice_goes_out_once_more_with_the_same_bytes(sent):
    number = notice_id(sent, status="sent")
    before = sent.ask("notices", "show", number, "--eml").out

    assert sent.ask("notices", "resend", number).status == 0
    for _ in range(2):
        sent.run("all", DAY)

    assert sent.letters == [("k-1", "renewal-notice")] * 2
    assert len({mail["Message-ID"] for mail in sent.inbox}) == 1
    assert sent.ask("notices", "show", number, "--eml").out == before


def test_a_resent_notice_goes_out_even_when_the_customer_has_decided_since(sent):
    sent.ask("notices", "resend", notice_id(sent, status="sent"))
    sent.ask("decline", "K-1", "--on", DAY)

    sent.run("deliver", "2021-09-02")

    assert sent.letters == [("k-1", "renewal-notice")] * 2


@pytest.fixture
def failed(kigen):
    """Two notices that failed."""
    kigen.bring(sold("K-1", **BASE), sold("K-2", term_start="2021-03-01", months="12"))
    kigen.configure('only_to = ["@elsewhere.example.com"]\n')
    kigen.run("renewal-notice", DAY)
    kigen.configure("")
    return kigen


def test_all_that_failed_is_queued_again_with_one_command(failed):
    lines = {line for (line,) in failed.ledger("line", status="failed")}
    at = f"{DAY}T09:00:00Z"

    assert lines == {"K-1/1", "K-2/1"}
    assert lines <= set(
        failed.ask("notices", "resend", "--failed", "--since", "2021-01-01", "--dry-run", at=at).out.split()
    )
    assert failed.ask("notices", "resend", "--failed", "--since", "2021-01-01", "--yes", at=at).status == 0
    assert {line for (line,) in failed.ledger("line", status="queued")} == lines


def test_what_failed_before_that_day_or_has_its_last_day_behind_it_is_not_queued_again(failed):
    for since, now in (("2999-01-01", f"{DAY}T09:00:00Z"), ("2021-01-01", "2022-06-01T09:00:00Z")):
        assert failed.ask("notices", "resend", "--failed", "--since", since, "--yes", at=now).status == 0
        assert not failed.ledger("line", status="queued")


@pytest.mark.parametrize("words", [(), ("12", "--failed"), ("--failed",), ("12", "--since", DAY)])
def test_one_notice_is_named_or_a_day_is(kigen, words):
    assert kigen.ask("notices", "resend", *words).status == 2


def test_what_was_never_written_cannot_be_resent(sent):
    assert sent.ask("notices", "resend", notice_id(sent, status="skipped")).status == 2


# Approval


@pytest.fixture
def waiting(kigen):
    """Two notices that wait for a person."""
    kigen.configure('[jobs.renewal-notice]\napproval = "manual"\n')
    kigen.bring(sold("K-1", **BASE), sold("K-2", **BASE))
    said = kigen.run("renewal-notice", "2021-08-02")
    assert said.status == 1
    assert said.decisions("action", "reason", "to") == [
        ("hold", "awaiting-approval", ["k-1@example.co.jp"]),
        ("hold", "awaiting-approval", ["k-2@example.co.jp"]),
    ]
    return kigen


def test_approve_alone_shows_what_waits_and_changes_nothing(waiting):
    said = waiting.ask("approve")

    assert "K-1/1" in said.out
    assert "K-2/1" in said.out
    assert waiting.ledger("status") == [("held",), ("held",)]


def test_what_waits_for_approval_is_not_sent(waiting):
    waiting.run("deliver", "2021-08-03")
    waiting.run("all", "2021-08-03")

    assert waiting.inbox == []


@pytest.mark.parametrize("job", ["deliver", "all"])
def test_an_approved_notice_goes_out_once_and_the_others_wait_on(waiting, job):
    waiting.ask("approve", notice_id(waiting, contract="K-1"))

    waiting.run(job, "2021-08-03")
    waiting.run("all", "2021-08-04")

    assert waiting.letters == [("k-1", "renewal-notice")]
    assert waiting.ledger("line", "status", kind="renewal-notice") == [("K-1/1", "sent"), ("K-2/1", "held")]


@on_each_database
def test_approval_can_be_given_by_contract_by_kind_and_for_all(waiting):
    assert waiting.ask("approve", "--contract", "K-2").out.startswith("1 approved")
    assert waiting.ask("approve", "--kind", "renewal-notice").out.startswith("1 approved")
    assert waiting.ask("approve", "--all").out.startswith("0 approved")


def test_what_changed_after_it_was_approved_waits_for_another_approval(waiting):
    waiting.ask("approve", "--all")
    waiting.bring(sold("K-1", **BASE, seats="11"), sold("K-2", **BASE))

    waiting.run("all", "2021-08-03")

    assert waiting.letters == [("k-2", "renewal-notice")]
    assert waiting.ledger("status", "reason", contract="K-1", kind="renewal-notice") == [("held", "awaiting-approval")]


def test_what_waits_and_is_no_longer_true_is_withdrawn(waiting):
    waiting.ask("decline", "K-1", "--on", "2021-08-02")
    waiting.run("renewal-notice", "2021-08-03")

    assert waiting.ledger("status", "reason", contract="K-1") == [("withdrawn", "declined")]


# Runs


@on_each_database
def test_runs_shows_each_job_that_ran_with_its_day_and_counts_newest_first(sent):
    sent.run("all", "2021-09-02")

    found = sent.ask("runs", "--format", "json").json

    assert [(run["job"], run["as_of"], run["outcome"]) for run in found] == [
        ("license-release", "2021-09-02", "done"),
        ("extension-confirmation", "2021-09-02", "done"),
        ("service-start", "2021-09-02", "done"),
        ("renewal-notice", "2021-09-02", "done"),
        ("renewal-notice", DAY, "done"),
    ]
    assert found[-1]["counts"]["send"] == 1
    assert found[-1]["finished_at"] >= found[-1]["started_at"]


def test_a_dry_run_is_no_run(sent):
    sent.run("all", "2021-09-02", "--dry-run")

    assert len(sent.ask("runs", "--format", "json").json) == 1


def test_a_run_that_failed_says_why(sent):
    sent.sql("UPDATE lines SET menu = 'zoom-phone'")
    sent.run("renewal-notice", "2021-09-02")

    (latest, *_) = sent.ask("runs", "--limit", "1", "--format", "json").json

    assert latest["outcome"] == "failed"
    assert "zoom-phone" in latest["error"]
