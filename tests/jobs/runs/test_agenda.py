"""A job looks at what has come to a turn or was changed; it says the same as if it looked at everything."""

from __future__ import annotations

from datetime import date

import pytest

from jobs.cli.access import open_to_write
from tests.end_to_end.installation import Installation, sold

ALWAYS_BY_AGENDA = '[scan]\nsmall_book = 0\nfull_every_days = 7\n[jobs.renewal-notice]\ncopy_to = ["partner"]\n'


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


def test_a_contract_that_is_to_be_looked_at_again_is_looked_at_by_the_next_run(kigen):
    kigen.run("renewal-notice", "2021-09-01")
    app = open_to_write(kigen.config)

    app.agenda(app.jobs[0]).look_again({"K-JAN"})

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
