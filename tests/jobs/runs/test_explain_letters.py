"""An explanation writes the letters as a run would: what was approved, and what cannot be written."""

from __future__ import annotations

import pytest

from tests.end_to_end.installation import Installation, sold

DAY = "2021-09-01"
APPROVED = '[jobs.renewal-notice]\napproval = "manual"\n'
OWN = '[templates]\ndirectories = ["own"]\n'


@pytest.fixture
def kigen(tmp_path):
    return Installation(tmp_path)


def explained(kigen, line="K-1/1"):
    """The notice of that line whose occasion is 2022-01/4m, as JSON."""
    (line,) = kigen.ask("explain", line, "--date", DAY, "--format", "json").json
    (notice,) = (each for each in line["notices"] if each["occasion"] == "2022-01/4m")
    return notice


def a_broken_letter(kigen):
    own = kigen.folder / "own" / "ja"
    own.mkdir(parents=True)
    (own / "renewal-notice.txt").write_text("{{ closing_day|days }}", "utf-8")
    kigen.configure(OWN)


def test_what_a_person_approved_and_the_book_changed_waits_again(kigen):
    kigen.configure(APPROVED)
    kigen.bring(sold("K-1", term_start="2021-02-01"))
    kigen.run("renewal-notice", DAY, "--no-deliver")
    kigen.ask("approve", "--kind", "renewal-notice", answer="y\n")
    kept = explained(kigen)
    kigen.bring(sold("K-1", term_start="2021-02-01", seats="11"))

    changed = explained(kigen)

    assert (kept["action"], kept["reason"]) == ("send", "due")
    assert (changed["action"], changed["reason"]) == ("hold", "awaiting-approval")
    last = changed["checks"][-1]
    assert (last["text"], last["passed"]) == ("what a person approved said something else", False)
    run = kigen.run("renewal-notice", DAY, "--dry-run").decisions("occasion", "action", "reason")
    assert ("2022-01/4m", "hold", "awaiting-approval") in run


def test_a_letter_that_cannot_be_written_is_said_with_the_sentence_of_the_run(kigen):
    kigen.bring(sold("K-1", term_start="2021-02-01"))
    a_broken_letter(kigen)

    problem = explained(kigen)["problem"]
    text = kigen.ask("explain", "K-1/1", "--date", DAY)
    run = kigen.run("renewal-notice", DAY, "--dry-run")

    assert "renewal-notice was not written: " in problem
    assert str(kigen.folder / "own" / "ja" / "renewal-notice.txt") in problem
    assert f"✗ {problem}" in text.out
    assert problem in run.err + run.out
    assert text.status == 0


def test_a_letter_that_can_be_written_has_no_problem(kigen):
    kigen.bring(sold("K-1", term_start="2021-02-01"))

    assert explained(kigen)["problem"] is None


def test_a_notice_of_another_line_that_cannot_be_written_is_not_this_line_s_problem(kigen):
    kigen.bring(sold("K-1", term_start="2021-02-01"), sold("K-1", line="2", term_start="2021-02-01", menu="webinar"))
    a_broken_letter(kigen)

    assert "K-1/1" in explained(kigen, "K-1/1")["problem"]
    assert "K-1/2" in explained(kigen, "K-1/2")["problem"]


def test_a_directory_of_templates_that_is_not_there_fails_the_explanation_as_it_fails_the_run(kigen):
    kigen.bring(sold("K-1", term_start="2021-02-01"))
    kigen.configure(OWN)

    said = [kigen.ask("explain", "K-1/1"), kigen.ask("run-job", "all")]

    assert [each.status for each in said] == [2, 2]
    assert all("there is no such directory: make it" in each.err for each in said)
