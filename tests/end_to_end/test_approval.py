"""`approve`: what waits for a person, letting that person see it, and releasing just what was seen."""

from __future__ import annotations

import csv
import io
import json
from email import message_from_bytes, policy

import pytest

from tests.end_to_end.installation import kind_of, sold
from tests.jobs.pages.preview_builders import details, rows

BASE = {"term_start": "2021-02-01", "months": "12"}  # due on 2021-08-02 and 2021-09-01
NEXT_MONTH = {"term_start": "2021-03-01", "months": "12"}  # due on 2021-09-01
MANUAL = '[jobs.renewal-notice]\napproval = "manual"\n'
MONDAY = "2021-08-02"


@pytest.fixture
def waiting(kigen):
    """Two notices that wait for a person."""
    kigen.configure(MANUAL)
    kigen.bring(sold("K-1", **BASE), sold("K-2", **BASE))
    kigen.run("renewal-notice", MONDAY)
    return kigen


@pytest.fixture
def plan(waiting, tmp_path):
    """The plan that was written on Monday."""
    assert waiting.ask("approve", "--write-plan", tmp_path / "plan.json").status == 0
    return tmp_path / "plan.json"


def standing(kigen):
    return kigen.ledger("line", "status", kind="renewal-notice")


BOTH_WAIT = [("K-1/1", "held"), ("K-2/1", "held")]
BOTH_QUEUED = [("K-1/1", "queued"), ("K-2/1", "queued")]


# Looking


def test_what_waits_is_listed_with_whom_it_is_for_what_it_says_and_until_when(waiting):
    (first, _) = waiting.ask("approve", "--format", "json").json

    assert {name: first[name] for name in ("line", "company", "to", "cc", "due_on", "not_after")} == {
        "line": "K-1/1",
        "company": "株式会社K-1",
        "to": ["k-1@example.co.jp"],
        "cc": [],
        "due_on": "2021-08-02",
        "not_after": "2021-12-02",
    }
    assert "株式会社K-1" in first["subject"]


def test_what_waits_can_be_listed_for_a_spreadsheet(waiting):
    found = list(csv.DictReader(io.StringIO(waiting.ask("approve", "--format", "csv").out)))

    assert [row["company"] for row in found] == ["株式会社K-1", "株式会社K-2"]


def test_a_dry_run_shows_what_would_be_approved_and_approves_nothing(waiting):
    said = waiting.ask("approve", "--contract", "K-2", "--dry-run")

    assert "K-2/1" in said.out
    assert "K-1/1" not in said.out
    assert said.out.splitlines()[-1] == "1 would be approved; nothing was changed"
    assert standing(waiting) == BOTH_WAIT


# Choosing


def test_approval_can_be_given_for_what_is_due_on_a_day(waiting):
    waiting.bring(sold("K-3", **NEXT_MONTH))
    waiting.run("renewal-notice", "2021-09-01")
    due = {row["line"]: row["due_on"] for row in waiting.ask("approve", "--format", "json").json}
    assert due["K-3/1"] == "2021-09-01"

    waiting.ask("approve", "--day", "2021-09-01", "--contract", "K-3")

    assert ("K-3/1", "queued") in standing(waiting)
    assert ("K-1/1", "queued") not in standing(waiting)


def test_the_options_that_choose_are_combined(waiting):
    assert waiting.ask("approve", "--day", "2021-08-02", "--contract", "K-1").out.startswith("1 approved")
    assert waiting.ask("approve", "--day", "2021-08-03", "--kind", "renewal-notice").out.startswith("0 approved")


def test_the_confirmation_counts_notices_letters_and_owners_and_names_who(waiting):
    said = waiting.ask("approve", "--all", "--by", "鈴木 花子")

    assert said.status == 0
    assert said.out == (
        "2 approved: renewal-notice 2; 2 letters to 2 owners; on record as approved by 鈴木 花子; "
        "the next run of their job, or `kigen run-job deliver`, sends them\n"
    )


def test_who_approved_and_when_is_told_by_the_story_of_the_notice(waiting):
    waiting.ask("approve", "--contract", "K-1", "--by", "suzuki", at="2021-08-02 01:00:00")
    ((number,),) = waiting.ledger("id", contract="K-1", kind="renewal-notice")

    assert "2021-08-02 10:00:00 JST  suzuki approved it" in waiting.ask("notices", "show", number).out


def test_an_approval_in_json_names_what_it_released(waiting):
    said = waiting.ask("approve", "--contract", "K-1", "--by", "suzuki", "--format", "json").json

    assert said == {
        "approved": 1,
        "letters": 1,
        "by": "suzuki",
        "notices": [{"kind": "renewal-notice", "contract": "K-1", "line": "1", "occasion": "2022-01/5m"}],
        "refused": [],
    }


def test_one_letter_that_tells_several_lines_is_approved_as_a_whole(kigen):
    kigen.configure(MANUAL + 'group_by = "contract"\n')
    kigen.bring(sold("K-1", **BASE), sold("K-1", line="2", menu="rooms", **BASE))
    kigen.run("renewal-notice", MONDAY)
    first = kigen.ask("approve", "--format", "json").json[0]["id"]

    said = kigen.ask("approve", first)

    assert said.out.startswith("2 approved: renewal-notice 2; 1 letter to 1 owner;")


@pytest.mark.parametrize(
    "arguments",
    [
        ("99",),
        ("--kind", "renewal"),
        ("--day", "monday"),
        ("--all", "--by", " "),
        ("--all", "--by", "a\nb"),
        ("--all", "--format", "csv"),
        ("--page", "page", "--format", "json"),
        ("--plan", "plan.json", "--all"),
        ("--plan", "plan.json", "--contract", "K-1"),
        ("--plan", "no-such-plan.json"),
    ],
)
def test_what_cannot_be_meant_is_wrong_usage_and_approves_nothing(waiting, arguments):
    said = waiting.ask("approve", *arguments)

    assert said.status == 2
    assert said.err
    assert standing(waiting) == BOTH_WAIT


# The page


def test_the_page_shows_what_waits_with_the_bytes_that_go_out_and_the_checks(waiting, tmp_path):
    said = waiting.ask("approve", "--page", tmp_path / "page")
    shown = list(details(tmp_path / "page"))
    sources = [one["mail"]["source"] for one in shown]

    waiting.ask("approve", "--plan", tmp_path / "page" / "plan.json")
    waiting.run("deliver", MONDAY)

    assert said.out.startswith("2 wait for approval; nothing was approved\n")
    assert f"kigen approve --plan {tmp_path}/page/plan.json" in said.out
    assert [row["company"] for row in rows(tmp_path / "page")] == ["株式会社K-1", "株式会社K-2"]
    assert all(any(rule == "N1" for rule, *_ in one["checks"]) for one in shown)
    for source, mail in zip(sources, waiting.inbox, strict=True):
        assert kind_of(mail) == "renewal-notice"
        assert message_from_bytes(source.encode(), policy=policy.default)["Message-ID"] in {
            each["Message-ID"] for each in waiting.inbox
        }


def test_the_page_of_some_names_only_these_in_its_plan(waiting, tmp_path):
    waiting.ask("approve", "--page", tmp_path / "page", "--contract", "K-2")

    written = json.loads((tmp_path / "page" / "plan.json").read_text("utf-8"))
    assert [one["contract"] for one in written["notices"]] == ["K-2"]
    assert written["scope"] == {"kind": None, "contract": "K-2", "due_on": None}


def test_a_preview_in_the_same_folder_leaves_no_plan_of_another_page(waiting, tmp_path):
    waiting.ask("approve", "--page", tmp_path / "page")

    waiting.ask("preview", tmp_path / "page", "--date", MONDAY)

    assert not (tmp_path / "page" / "plan.json").exists()


def test_a_page_of_nothing_is_a_page_and_its_plan_approves_nothing(kigen, tmp_path):
    kigen.bring(sold("K-1", **BASE))

    kigen.ask("approve", "--page", tmp_path / "page")

    assert rows(tmp_path / "page") == []
    assert kigen.ask("approve", "--plan", tmp_path / "page" / "plan.json").out == "0 approved\n"
