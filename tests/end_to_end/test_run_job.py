"""`run-job` and what its options promise: a dry run that writes nothing, one contract only, a page, JSON."""

from __future__ import annotations

import json

from tests.databases import on_each_database
from tests.end_to_end.installation import sold

BASE = {"term_start": "2021-02-01", "months": "12", "opened_on": "2021-01-25"}
DAY = "2021-09-01"
DECISION = {
    "kind": str, "contract": str, "line": str, "occasion": str, "action": str, "reason": str, "due_on": str,
    "not_after": str, "to": list, "cc": list, "subject": (str, type(None)),
}  # fmt: skip


def test_a_dry_run_prints_the_json_of_the_interface(kigen):
    kigen.bring(sold("K-0001", **BASE))

    found = kigen.run("renewal-notice", DAY, "--dry-run").json

    assert list(found) == ["job", "as_of", "dry_run", "decisions", "counts"]
    assert (found["job"], found["as_of"], found["dry_run"]) == ("renewal-notice", DAY, True)
    assert found["counts"] == {"send": 1, "skip": 1, "hold": 0}
    subject = found["decisions"][1].pop("subject")
    assert subject.startswith("【要手続・2021/12/2必着】")
    assert found["decisions"][1] == {
        "kind": "renewal-notice", "contract": "K-0001", "line": "1", "occasion": "2022-01/4m",
        "action": "send", "reason": "due", "due_on": DAY, "not_after": "2021-12-02",
        "to": ["k-0001@example.co.jp"], "cc": [],
    }  # fmt: skip


def test_every_decision_of_a_run_has_the_keys_and_types_of_the_interface(kigen):
    kigen.bring(sold("K-1", **BASE), sold("K-2", **BASE, owner_email=""), sold("K-3", **BASE, declined_on="2021-08-01"))

    decisions = kigen.run("all", DAY).json["decisions"]

    assert {decision["action"] for decision in decisions} == {"send", "skip", "hold"}
    for decision in decisions:
        assert list(decision) == list(DECISION)
        assert all(isinstance(decision[key], kind) for key, kind in DECISION.items())


def test_a_real_run_adds_what_became_of_the_mail(kigen):
    kigen.bring(sold("K-1", **BASE))

    assert kigen.run("renewal-notice", DAY, "--no-deliver").json["delivery"] == {
        "sent": 0, "failed": 0, "in_doubt": 0, "queued": 1, "withdrawn": 0, "lapsed": 0,
    }  # fmt: skip
    assert kigen.run("deliver", DAY).json["delivery"] == {
        "sent": 1, "failed": 0, "in_doubt": 0, "queued": 0, "withdrawn": 0, "lapsed": 0,
    }  # fmt: skip


@on_each_database
def test_all_runs_the_four_jobs_and_delivers_in_one_object(kigen):
    renewal = {"line": "2", "order": "continuation", "seats": "4", "ordered_on": "2021-06-01"}
    kigen.bring(
        sold("K-RENEWS", **BASE),
        sold("K-NEW", term_start=DAY, opened_on="2021-08-30"),
        sold("K-CUTS", term_start="2020-10-01", months="12", opened_on="2020-09-20"),
        sold("K-CUTS", **renewal, term_start="2021-10-01", opened_on="2021-08-31"),
    )

    found = kigen.run("all", DAY).json

    assert found["job"] == "all"
    assert {d["kind"] for d in found["decisions"] if d["action"] == "send"} == {
        "renewal-notice", "service-start", "extension-confirmation", "license-release",
    }  # fmt: skip
    assert found["delivery"]["sent"] == 4
    assert [kind for _, kind in kigen.letters] == [
        "extension-confirmation",
        "license-release",
        "service-start",
        "renewal-notice",
    ]


@on_each_database
def test_a_dry_run_leaves_the_database_and_the_maildir_as_they_were(kigen):
    kigen.bring(sold("K-1", **BASE))
    before = kigen.stored(), sorted(path.name for path in kigen.folder.iterdir())

    for job in ("renewal-notice", "all"):
        assert kigen.run(job, DAY, "--dry-run").json["counts"]["send"] == 1

    assert (kigen.stored(), sorted(path.name for path in kigen.folder.iterdir())) == before


@on_each_database
def test_a_dry_run_decides_and_says_what_the_real_run_then_does(kigen):
    kigen.bring(sold("K-1", **BASE), sold("K-2", **BASE, owner_email=""), sold("K-3", **BASE, declined_on="2021-08-01"))

    dry, real = kigen.run("all", DAY, "--dry-run").json, kigen.run("all", DAY).json

    assert dry["decisions"] == real["decisions"]
    assert dry["counts"] == real["counts"]


@on_each_database
def test_a_run_for_one_contract_looks_at_no_other_and_sends_no_others_mail(kigen):
    kigen.bring(sold("K-1", **BASE), sold("K-2", **BASE))
    kigen.run("renewal-notice", "2021-08-02", "--no-deliver", "--only", "K-1")

    said = kigen.run("renewal-notice", DAY, "--only", "K-2")

    assert {contract for (contract,) in said.decisions("contract")} == {"K-2"}
    assert kigen.letters == [("k-2", "renewal-notice")]


def test_a_run_for_a_contract_that_is_not_in_the_book_does_nothing(kigen):
    kigen.bring(sold("K-1", **BASE))

    assert kigen.run("all", DAY, "--only", "K-9").json["decisions"] == []
    assert kigen.letters == []


def test_a_preview_writes_a_page_with_each_mail_and_why(kigen, tmp_path):
    kigen.bring(sold("K-1", **BASE), sold("K-2", **BASE, declined_on="2021-08-01"))

    said = kigen.run("renewal-notice", DAY, "--dry-run", "--preview", tmp_path / "page")

    assert said.json["preview"] == str(tmp_path / "page" / "index.html")
    written = "".join(
        path.read_text("utf-8") for path in (tmp_path / "page").rglob("*") if path.suffix in {".html", ".js"}
    )
    assert "k-1@example.co.jp" in written
    assert "declined" in written
    assert kigen.inbox == []


def test_facts_dated_after_the_day_do_not_count_yet(kigen):
    later = {"line": "2", "order": "continuation", "term_start": "2022-02-01", "ordered_on": "2021-09-02"}
    kigen.bring(sold("K-1", **BASE), sold("K-1", **later))

    assert kigen.run("renewal-notice", DAY, "--dry-run").decisions("occasion", "action")[-1] == ("2022-01/4m", "send")
    assert kigen.run("renewal-notice", "2021-09-02", "--dry-run").decisions("reason") == [("continued",)] * 2


def test_administrators_and_the_partner_are_copied_where_the_job_says_so_and_only_there(kigen):  # P2
    kigen.configure('[jobs.renewal-notice]\ncopy_to = ["administrators", "partner"]\n')
    people = {"administrator_emails": "a1@example.co.jp;a2@example.co.jp", "partner_email": "p@example.com"}
    kigen.bring(sold("K-1", **BASE, **people), sold("K-2", term_start=DAY, opened_on="2021-08-30", **people))

    said = kigen.run("all", DAY)

    copies = ["a1@example.co.jp", "a2@example.co.jp", "p@example.com"]
    assert said.decisions("kind", "cc")[1:] == [
        ("renewal-notice", copies),
        ("service-start", []),
        ("service-start", []),
    ]
    assert sorted(mail["Delivered-To"] for mail in kigen.inbox) == [
        *copies[:2],
        "k-1@example.co.jp",
        "k-2@example.co.jp",
        "p@example.com",
    ]
    (one,) = {
        bytes(mail)[bytes(mail).index(b"From:") :] for mail in kigen.inbox if mail["Cc"]
    }  # the same bytes for all
    assert b"a1@example.co.jp" in one


def test_lines_of_a_contract_that_are_due_alike_share_a_mail_where_the_job_groups_by_contract(kigen):
    kigen.configure('[jobs.renewal-notice]\ngroup_by = "contract"\n')
    kigen.bring(sold("K-1", **BASE), sold("K-1", **BASE, line="2", menu="rooms", seats="3"))

    said = kigen.run("renewal-notice", "2021-08-02")

    assert said.decisions("line", "action") == [("1", "send"), ("2", "send")]
    assert kigen.letters == [("k-1", "renewal-notice")]
    assert kigen.ledger("line", "status") == [("K-1/1", "sent"), ("K-1/2", "sent")]


def test_a_notice_goes_out_in_the_account_s_language(kigen):
    kigen.bring(sold("K-1", **BASE, language="en", company="Mihon Ltd."))

    kigen.run("renewal-notice", DAY)

    (mail,) = kigen.inbox
    assert mail["Subject"].startswith("Action required by 2 Dec 2021: renew your Zoom licences")
    assert mail["Content-Language"] == "en"


def test_run_job_is_installed_as_a_command_of_its_own_and_says_the_same(kigen):
    kigen.bring(sold("K-1", **BASE))
    options = ("renewal-notice", "--date", DAY, "--dry-run", "--format", "json")

    own = kigen.in_process(*options, program="run-job")
    whole = kigen.in_process("run-job", *options)

    assert (own.status, own.err) == (whole.status, whole.err) == (0, "")
    assert json.loads(own.out) == json.loads(whole.out)


def test_what_is_redirected_has_no_colour_and_no_bar(kigen):
    kigen.bring(*(sold(f"K-{number}", **BASE) for number in range(5)))

    said = kigen.in_process("run-job", "all", "--date", DAY)

    assert said.status == 0
    assert "\x1b" not in said.out + said.err
    assert said.err == ""
