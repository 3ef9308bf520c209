"""`approve --plan`: exactly what was reviewed is approved, or nothing, with the list of what no longer holds."""

from __future__ import annotations

import json

import pytest

from tests.end_to_end.installation import sold

BASE = {"term_start": "2021-02-01", "months": "12"}  # due on 2021-08-02 and 2021-09-01
MANUAL = '[jobs.renewal-notice]\napproval = "manual"\n'
MONDAY, TUESDAY = "2021-08-02", "2021-08-03"
BOTH_WAIT = [("K-1/1", "held"), ("K-2/1", "held")]
BOTH_QUEUED = [("K-1/1", "queued"), ("K-2/1", "queued")]
BOTH_SENT = [("K-1/1", "sent"), ("K-2/1", "sent")]


@pytest.fixture
def waiting(kigen):
    """Two notices that wait for a person."""
    kigen.configure(MANUAL)
    kigen.bring(sold("K-1", **BASE), sold("K-2", **BASE))
    kigen.run("renewal-notice", MONDAY)
    return kigen


@pytest.fixture
def plan(waiting, tmp_path):
    """The plan of both, as it was written on Monday."""
    assert waiting.ask("approve", "--write-plan", tmp_path / "plan.json").status == 0
    return tmp_path / "plan.json"


def standing(kigen):
    return kigen.ledger("line", "status", kind="renewal-notice")


def refused(kigen, plan):
    """Why the plan does not hold: contract and misfit of each; nothing may have been approved."""
    before = standing(kigen)
    said = kigen.ask("approve", "--plan", plan, "--format", "json")
    assert (said.status, said.json["approved"]) == (3, 0)
    assert standing(kigen) == before
    return [(one["contract"], one["misfit"]) for one in said.json["refused"]]


def edited(plan, **changes):
    """The plan's file with other values at its top."""
    plan.write_text(json.dumps(json.loads(plan.read_text("utf-8")) | changes, ensure_ascii=False), "utf-8")


def edit_first(plan, **changes):
    written = json.loads(plan.read_text("utf-8"))
    written["notices"][0] |= changes
    plan.write_text(json.dumps(written, ensure_ascii=False), "utf-8")


# It holds


def test_the_reviewed_plan_is_approved_and_its_mark_is_on_record(waiting, plan):
    said = waiting.ask("approve", "--plan", plan, "--by", "suzuki")
    ((number,),) = waiting.ledger("id", contract="K-1")

    assert (said.status, standing(waiting)) == (0, BOTH_QUEUED)
    assert "suzuki approved it (plan " in waiting.ask("notices", "show", number).out


def test_the_days_left_that_a_night_changes_do_not_break_the_plan(waiting, plan):
    """Approval is of the facts, not of the count of days (docs/design.md, Notices that wait)."""
    ((before,),) = waiting.ledger("updated_at", contract="K-1", kind="renewal-notice")
    waiting.run("all", TUESDAY)
    ((after,),) = waiting.ledger("updated_at", contract="K-1", kind="renewal-notice")
    assert after != before  # its letter was written anew

    assert waiting.ask("approve", "--plan", plan).status == 0
    waiting.run("all", "2021-08-04")

    assert standing(waiting) == BOTH_SENT
    assert len(waiting.inbox) == 2


def test_a_plan_that_names_its_notices_one_by_one_does_not_mind_others(waiting, tmp_path):
    first = waiting.ask("approve", "--format", "json").json[0]["id"]
    waiting.ask("approve", first, "--write-plan", tmp_path / "one.json")

    assert waiting.ask("approve", "--plan", tmp_path / "one.json").out.startswith("1 approved")


def test_a_plan_of_a_kind_does_not_mind_what_is_new_of_another(kigen, tmp_path):
    kigen.configure(MANUAL + '[jobs.service-start]\napproval = "manual"\n')
    kigen.bring(sold("K-1", **BASE))
    kigen.run("renewal-notice", MONDAY)
    kigen.ask("approve", "--kind", "renewal-notice", "--write-plan", tmp_path / "plan.json")
    kigen.bring(sold("K-1", **BASE), sold("K-9", term_start="2021-09-01", months="12", opened_on=MONDAY))
    kigen.run("service-start", TUESDAY)

    assert kigen.ask("approve", "--plan", tmp_path / "plan.json").status == 0
    assert kigen.ledger("status", kind="service-start", contract="K-9") == [("held",)]


def test_a_dry_run_says_whether_the_plan_holds(waiting, plan):
    said = waiting.ask("approve", "--plan", plan, "--dry-run")
    waiting.ask("decline", "K-1", "--on", MONDAY)
    waiting.run("renewal-notice", TUESDAY)

    assert said.out == "The plan holds: 2 would be approved; nothing was changed\n"
    assert waiting.ask("approve", "--plan", plan, "--dry-run").status == 3
    assert standing(waiting) == [("K-1/1", "withdrawn"), ("K-2/1", "held")]


# It does not hold


def test_a_letter_that_says_something_else_now_stops_the_whole_plan(waiting, plan):
    waiting.bring(sold("K-1", **BASE, seats="11"), sold("K-2", **BASE))
    waiting.run("renewal-notice", TUESDAY)

    assert refused(waiting, plan) == [("K-1", "words-changed")]


def test_an_owner_who_changed_stops_the_whole_plan(waiting, plan):
    waiting.bring(sold("K-1", **BASE, owner_email="new@example.co.jp"), sold("K-2", **BASE))
    waiting.run("renewal-notice", TUESDAY)

    assert refused(waiting, plan) == [("K-1", "recipients-changed")]
    assert "goes to new@example.co.jp; reviewed was k-1@example.co.jp" in waiting.ask("approve", "--plan", plan).out


def test_a_notice_that_is_withdrawn_stops_the_whole_plan(waiting, plan):
    waiting.ask("decline", "K-1", "--on", MONDAY)
    waiting.run("renewal-notice", TUESDAY)

    assert refused(waiting, plan) == [("K-1", "not-waiting")]


def test_a_notice_that_came_after_the_review_stops_a_plan_of_all(waiting, plan):
    waiting.bring(sold("K-1", **BASE), sold("K-2", **BASE), sold("K-3", **BASE))
    waiting.run("renewal-notice", TUESDAY)

    assert refused(waiting, plan) == [("K-3", "new")]


def test_a_plan_is_not_approved_twice(waiting, plan):
    waiting.ask("approve", "--plan", plan, "--by", "suzuki")

    assert refused(waiting, plan) == [("K-1", "not-waiting"), ("K-2", "not-waiting")]
    assert "suzuki approved it on" in waiting.ask("approve", "--plan", plan).out


def test_a_notice_taken_out_of_the_file_by_hand_stops_the_plan_because_it_waits_in_its_scope(waiting, plan):
    edited(plan, notices=json.loads(plan.read_text("utf-8"))["notices"][1:])

    assert refused(waiting, plan) == [("K-1", "new")]


def test_a_notice_put_into_the_file_by_hand_is_not_known(waiting, plan):
    edit_first(plan, contract="K-0815")

    assert ("K-0815", "unknown") in refused(waiting, plan)


def test_the_refusal_names_each_notice_and_what_to_do(waiting, plan):
    waiting.ask("decline", "K-1", "--on", MONDAY)
    waiting.run("renewal-notice", TUESDAY)

    said = waiting.ask("approve", "--plan", plan).out.splitlines()

    assert said[1].split()[:4] == ["renewal-notice", "K-1", "1", "2022-01/5m"]
    assert said[1].endswith("is withdrawn (declined)")
    assert said[-1].startswith("1 not as reviewed: nothing was approved.")


# It is none


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda plan: plan.write_text("no plan"), "not a plan"),
        (lambda plan: plan.write_text("[]"), "the plan: "),
        (lambda plan: edited(plan, format="kigen plan 2"), "format: expected 'kigen plan 1', found 'kigen plan 2'"),
        (lambda plan: edited(plan, approved=True), "approved: no such key in a plan, found True"),
        (lambda plan: edited(plan, made_at="Monday"), "made_at: "),
        (lambda plan: edited(plan, scope={"kind": "renewal-notice"}), "scope.contract: is missing"),
        (lambda plan: edit_first(plan, kind="greeting"), "found 'greeting'"),
        (lambda plan: edit_first(plan, facts="0"), "notices[0].facts: "),
        (lambda plan: edit_first(plan, to="owner@example.co.jp"), "notices[0].to: "),
        (
            lambda plan: edit_first(plan, contract="K-2"),
            "notices[1]: renewal-notice 2022-01/5m of K-2/1 is named twice",
        ),
    ],
)
def test_a_file_that_is_no_plan_is_wrong_usage_and_the_sentence_names_file_key_and_value(
    waiting, plan, spoil, sentence
):
    spoil(plan)

    said = waiting.ask("approve", "--plan", plan)

    assert said.status == 2
    assert f"{plan}: " in said.err
    assert sentence in said.err
    assert standing(waiting) == BOTH_WAIT


def test_a_plan_does_not_take_the_place_of_another_file(waiting, tmp_path):
    (tmp_path / "thesis.json").write_text("ten years of work")

    said = waiting.ask("approve", "--write-plan", tmp_path / "thesis.json")

    assert (said.status, (tmp_path / "thesis.json").read_text()) == (2, "ten years of work")


def test_a_plan_takes_the_place_of_an_earlier_one(waiting, plan):
    waiting.ask("approve", "--contract", "K-1")

    waiting.ask("approve", "--write-plan", plan)

    assert [one["contract"] for one in json.loads(plan.read_text("utf-8"))["notices"]] == ["K-2"]
