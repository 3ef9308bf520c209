"""An explanation is the production decision with all its checks, and what the ledger says of it."""

from __future__ import annotations

import re
from datetime import date

import pytest

from jobs.cli.access import open_to_read
from jobs.runs.book_entries import NoSuchLine
from jobs.runs.explain import explanations
from jobs.views.explanation import as_json, as_text
from tests.end_to_end.installation import Installation, sold

BASE = {"term_start": "2021-02-01", "months": "12"}
RENEWED = {"line": "9", "order": "continuation", "term_start": "2022-02-01", "opened_on": ""}
DAY = date(2021, 9, 1)


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """A book with a contract of two lines, one of a slash, one that is another's line as well; one notice was sent."""
    kigen = Installation(tmp_path_factory.mktemp("explained"))
    kigen.bring(
        sold("K-1", **BASE),
        sold("K-1", **RENEWED, seats="4", ordered_on="2021-10-01"),
        sold("A/1", **BASE, owner_email="a@example.co.jp"),
        sold("B", **BASE),
        sold("B/1", **BASE, owner_email="b@example.co.jp"),
    )
    kigen.run("renewal-notice", "2021-08-02", "--only", "K-1")
    return open_to_read(kigen.config)


def explained(app, text, day):
    return explanations(app.jobs, app.decider, text, day, app.clock.now())


def one(app, text, day=DAY):
    (found,) = explained(app, text, day)
    return found


def test_a_line_is_explained_with_every_check_of_every_notice(app):
    found = as_json(one(app, "K-1/1"), app.english)

    assert (found["line"], found["menu"], found["seats"], found["term_end"]) == ("1", "business", 10, date(2022, 1, 31))
    assert all(notice["checks"] for notice in found["notices"])
    parts = {"rule", "code", "values", "text", "passed"}
    assert all(set(check) == parts for notice in found["notices"] for check in notice["checks"])


def test_what_goes_out_has_passed_all_its_checks(app):
    (sending,) = (notice for notice in as_json(one(app, "K-1/1"), app.english)["notices"] if notice["action"] == "send")

    assert sending["occasion"] == "2022-01/4m"
    assert all(check["passed"] for check in sending["checks"])
    assert sending["to"] == ("k-1@example.co.jp",)


def test_what_does_not_go_out_names_the_one_check_that_stopped_it_last(app):
    silent = [notice for notice in as_json(one(app, "K-1/1"), app.english)["notices"] if notice["action"] != "send"]

    assert len(silent) >= 4
    for notice in silent:
        assert [check["passed"] for check in notice["checks"]].index(False) == len(notice["checks"]) - 1


def test_a_notice_that_was_sent_is_shown_with_what_the_ledger_says(app):
    (sent,) = (
        notice for notice in as_json(one(app, "K-1/1"), app.english)["notices"] if notice["occasion"] == "2022-01/5m"
    )

    assert (sent["ledger"]["status"], sent["ledger"]["reason"]) == ("sent", "due")
    assert (sent["action"], sent["reason"]) == ("skip", "already-sent")


def test_a_notice_of_another_occasion_is_listed_as_earlier(app):
    later = as_json(one(app, "K-1/1", date(2022, 6, 1)), app.english)

    assert [(notice["kind"], notice["occasion"], notice["status"]) for notice in later["earlier"]] == [
        ("renewal-notice", "2022-01/5m", "sent")
    ]


def test_the_text_cites_the_rule_of_each_check(app):
    text = "\n".join(as_text(one(app, "K-1/1", date(2021, 12, 28)), app.english))

    assert set(re.findall(r"\((N\d|B\d|P\d)\)$", text, re.MULTILINE)) >= {"N1", "N2", "N4", "N5"}
    assert "10 seats of base end on 2022-01-31, 4 take up on the next day: 6 to release" in text


def test_a_contract_is_explained_line_by_line(app):
    assert [found.line.line for found in explained(app, "K-1", DAY)] == ["1", "9"]


def test_a_contract_whose_number_holds_a_slash_is_found_and_so_are_its_lines(app):
    assert one(app, "A/1").contract.number == "A/1"
    assert one(app, "A/1/1").line.line == "1"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("K-2", "the book has no contract K-2"),
        ("K-1/7", "contract K-1 has no line 7; it has 1, 9"),
        ("K-2/1", "the book has no contract K-2/1"),
        ("B/1", "the book has both"),
        ("", "the book has no contract"),
    ],
)
def test_a_name_that_means_none_or_two_is_refused_with_what_there_is(app, text, told):
    with pytest.raises(NoSuchLine, match=re.escape(told)):
        list(explained(app, text, DAY))
