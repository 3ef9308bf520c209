"""A job looks at what has come to a turn or was changed; it says the same as if it looked at everything."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.calendar import BusinessCalendar, YearlyClosure
from contracts.model import OrderKind, Term
from jobs.cli.access import open_to_write
from jobs.notices import extension_confirmation, license_release, renewal_notice, service_start
from jobs.runs.agenda import next_turn, turns
from tests.contracts.values import BUSINESS, ROOMS, a_line
from tests.end_to_end.installation import Installation, sold
from tests.jobs.builders import a_job, a_mailable_contract, on

ALWAYS_BY_AGENDA = '[scan]\nsmall_book = 0\nfull_every_days = 7\n[jobs.renewal-notice]\ncopy_to = ["partner"]\n'
FIRST, LAST = date(2021, 1, 1), date(2022, 12, 31)
days = st.dates(FIRST, LAST)
ENDING = st.one_of(
    st.builds(
        partial(a_job, renewal_notice.NOTICE),
        months_before=st.sampled_from([(5, 4), (2,), (3, 12), ()]),
        day=st.sampled_from(["first-business-day", 1, 15, 31]),
    ),
    st.builds(partial(a_job, license_release.NOTICE), days_before=st.sampled_from([(30, 7, 1), (0,), (90, 3), ()])),
)
OPENING = st.builds(
    a_job, st.sampled_from([service_start.NOTICE, extension_confirmation.NOTICE]), late_days=st.integers(0, 40)
)


@st.composite
def lines(draw, number):
    start = draw(days)
    term = Term(start, start + timedelta(days=draw(st.integers(0, 500))))
    facts = {name: draw(st.none() | days) for name in ("ordered_on", "opened_on", "declined_on", "released_on")}
    order, menu = draw(st.sampled_from(OrderKind)), draw(st.sampled_from([BUSINESS, ROOMS]))
    return a_line(str(number), menu, draw(st.integers(1, 20)), order=order, term=term, **facts)


@st.composite
def contracts(draw):
    found = [draw(lines(number)) for number in range(1, draw(st.integers(1, 3)) + 1)]
    if draw(st.booleans()):  # a continuation that takes up where the first line ends
        after = Term(found[0].term.next_day, found[0].term.next_day + timedelta(days=364))
        found.append(replace(found[0], line="9", order=OrderKind.CONTINUATION, term=after, starts_on=after.first_day))
    return a_mailable_contract(*found)


def answers(job, contract, day):
    """What the job says of the contract on that day, but for how late it says it."""
    return {
        (decision.key, decision.action, decision.to, "" if decision.action == "send" else decision.reason)
        for decision in job.decide(contract, on(day))
    }


@given(ENDING | OPENING, contracts(), days)
def test_a_decision_becomes_another_only_on_a_turn(job, contract, day):
    changed = answers(job, contract, day) != answers(job, contract, day - timedelta(days=1))

    assert not changed or day in turns(job, contract)


@given(ENDING, days, st.integers(0, 800))
def test_the_latest_end_of_which_something_is_due_is_neither_too_early_nor_too_late(job, day, later):
    end = day + timedelta(days=later)
    contract = a_mailable_contract(a_line(term=Term(day - timedelta(days=10), end), opened_on=None))

    comes = [decision.reason for decision in job.decide(contract, on(day)) if decision.occasion]

    last_end = job.notice.looks_at.last_end(day, job.rules, job.calendar)
    assert (end <= last_end) == any(reason != "not-due" for reason in comes) or later == 0


def test_n5_a_reminder_that_a_long_closure_moves_far_forward_is_found_on_its_day():
    summer = BusinessCalendar(closed=(YearlyClosure((7, 1), (8, 31)),))
    job = a_job(license_release.NOTICE, summer, days_before=(0,))

    assert job.notice.looks_at.last_end(date(2022, 6, 30), job.rules, summer) == date(2022, 8, 31)


def test_the_next_turn_is_the_first_after_the_day_and_none_after_the_last():
    contract = a_mailable_contract(a_line())  # ends on 2022-01-31
    renewal = a_job(renewal_notice.NOTICE)

    assert next_turn(renewal, contract, date(2021, 8, 2)) == date(2021, 9, 1)  # N1
    assert next_turn(renewal, contract, date(2021, 9, 1)) == date(2021, 12, 3)  # B1: the closing day is 2021-12-02
    assert next_turn(renewal, contract, date(2022, 2, 1)) is None


@pytest.fixture
def kigen(tmp_path):
    kigen = Installation(tmp_path / "kigen", ALWAYS_BY_AGENDA)
    kigen.bring(sold("K-JAN", term_start="2021-02-01"), sold("K-FEB", term_start="2021-03-01"))
    return kigen


def looked_at(kigen, day, job="renewal-notice"):
    """The contracts of which the run of that day says anything."""
    return sorted({contract for (contract,) in kigen.run(job, day).decisions("contract")})


def test_the_day_after_a_run_nothing_is_looked_at_again(kigen):
    assert looked_at(kigen, "2021-09-01") == ["K-FEB", "K-JAN"]

    assert looked_at(kigen, "2021-09-02") == []


def test_a_contract_is_looked_at_on_its_turn(kigen):
    kigen.run("renewal-notice", "2021-08-30")
    kigen.configure(ALWAYS_BY_AGENDA)

    assert kigen.run("renewal-notice", "2021-09-01").decisions("contract", "occasion", "action") == [
        ("K-FEB", "2022-02/5m", "send"),
        ("K-JAN", "2022-01/5m", "skip"),
        ("K-JAN", "2022-01/4m", "send"),
    ]


def test_a_changed_contract_is_looked_at_before_its_turn(kigen):
    kigen.run("renewal-notice", "2021-09-01")

    kigen.bring(sold("K-JAN", term_start="2021-02-01", seats="12"))

    assert looked_at(kigen, "2021-09-02") == ["K-JAN"]


def test_a_run_that_was_missed_is_made_good_by_the_next(kigen):
    kigen.run("renewal-notice", "2021-07-30")  # nothing is due yet

    assert looked_at(kigen, "2021-09-03") == ["K-FEB", "K-JAN"]


@pytest.mark.parametrize(
    ("change", "day"),
    [
        (lambda _: None, "2021-09-01"),  # the same day again: somebody wants to see it
        (lambda _: None, "2021-08-30"),
        (lambda _: None, "2021-09-08"),  # seven days later
        (lambda kigen: kigen.configure(ALWAYS_BY_AGENDA + "day = 15\n"), "2021-09-02"),
        (lambda kigen: kigen.configure(ALWAYS_BY_AGENDA + '[calendar]\nclosed = ["2021-09-01"]\n'), "2021-09-02"),
        (lambda kigen: kigen.ask("baseline", "2021-08-01", answer="y\n"), "2021-09-02"),
        (lambda kigen: kigen.configure(""), "2021-09-02"),  # a small book
    ],
    ids=["same day", "earlier day", "a week later", "other rules", "other calendar", "baseline", "small book"],
)
def test_all_of_the_book_is_looked_at_where_the_last_look_does_not_answer_for_it(kigen, change, day):
    kigen.run("renewal-notice", "2021-09-01")

    change(kigen)

    assert "K-JAN" in looked_at(kigen, day)


def test_a_dry_run_and_a_run_of_one_contract_leave_the_agenda_as_it_was(kigen):
    kigen.run("renewal-notice", "2021-08-30")

    kigen.run("renewal-notice", "2021-09-01", "--dry-run")
    kigen.run("renewal-notice", "2021-09-01", "--only", "K-FEB")

    assert looked_at(kigen, "2021-09-01") == ["K-FEB", "K-JAN"]


def test_a_run_that_was_stopped_leaves_the_rest_for_the_next(kigen):
    app = open_to_write(kigen.config)
    job = app.jobs[0]
    search = app.agenda(job).search(date(2021, 9, 1))
    app.agenda(job).begin(search)

    app.agenda(job).put_off(search, {}, set(), {})  # it looked at nothing, and did not come to its end

    assert looked_at(kigen, "2021-09-02") == ["K-FEB", "K-JAN"]


def test_a_letter_that_could_not_be_written_is_tried_again_by_the_next_run(kigen, tmp_path):
    broken = tmp_path / "letters" / "ja" / "renewal-notice.txt"
    broken.parent.mkdir(parents=True)
    broken.write_text("{{ no_such_name }}", encoding="utf-8")
    kigen.configure(f'{ALWAYS_BY_AGENDA}[templates]\ndirectories = ["{tmp_path / "letters"}"]\n')
    kigen.run("renewal-notice", "2021-09-01")

    broken.unlink()

    assert looked_at(kigen, "2021-09-02") == ["K-FEB", "K-JAN"]
