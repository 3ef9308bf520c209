"""`explain`, `forecast`, `preview`: why there is silence, what is to come, how it will look. None of them writes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.end_to_end.installation import Installation, sold
from tests.jobs.pages.outlook_builders import days_data, foretold

JANUARY_2022 = {"term_start": "2021-02-01", "months": "12"}
RENEWED = {
    "line": "9",
    "order": "continuation",
    "term_start": "2022-02-01",
    "ordered_on": "2021-10-01",
    "opened_on": "",
}


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """One contract for each way of hearing nothing."""
    kigen = Installation(tmp_path_factory.mktemp("book"))
    kigen.bring(
        sold("K-PLAIN", **JANUARY_2022),
        sold("K-NOBODY", **JANUARY_2022, owner_email=""),
        sold("K-BROKEN", **JANUARY_2022, owner_email="a@b@c"),
        sold("K-DECLINED", **JANUARY_2022, declined_on="2021-08-10"),
        sold("K-CUT", **JANUARY_2022),
        sold("K-CUT", **RENEWED, seats="4"),
        sold("K-RELEASED", **JANUARY_2022, released_on="2021-12-20"),
        sold("K-RELEASED", **RENEWED, seats="4"),
        sold("K-FULL", **JANUARY_2022),
        sold("K-FULL", **RENEWED),
        sold("K-REGISTERED", **JANUARY_2022),
        sold("K-REGISTERED", **RENEWED | {"opened_on": "2021-11-01"}),
        sold("K-CLOSED", **JANUARY_2022, opened_on=""),
        sold("K-FIRST", menu="registration", months="", term_start="2021-02-01"),
        sold("K-FIRST", line="2", **JANUARY_2022),
        sold("K-ORDERED-LATER", **JANUARY_2022, ordered_on="2021-12-31"),
    )
    return kigen


def explained(kigen, line, day):
    """Of each notice of the line on that day: kind, occasion, action and reason."""
    (found,) = kigen.ask("explain", line, "--date", day, "--format", "json").json
    return [tuple(notice[key] for key in ("kind", "occasion", "action", "reason")) for notice in found["notices"]]


RENEWAL, START, EXTENSION, RELEASE = "renewal-notice", "service-start", "extension-confirmation", "license-release"


@pytest.mark.parametrize(
    ("line", "day", "why"),
    [
        # renewal notice
        ("K-PLAIN/1", "2021-07-31", (RENEWAL, "2022-01/5m", "none", "not-due")),
        ("K-PLAIN/1", "2021-09-01", (RENEWAL, "2022-01/5m", "skip", "superseded")),
        ("K-PLAIN/1", "2021-12-03", (RENEWAL, "2022-01/4m", "skip", "window-closed")),  # B1
        ("K-PLAIN/1", "2022-02-01", (RENEWAL, "", "none", "term-over")),  # B2
        ("K-CUT/1", "2021-10-01", (RENEWAL, "2022-01/4m", "skip", "continued")),  # N1
        ("K-DECLINED/1", "2021-09-01", (RENEWAL, "2022-01/4m", "skip", "declined")),
        ("K-NOBODY/1", "2021-09-01", (RENEWAL, "2022-01/4m", "hold", "owner-missing")),  # N8
        ("K-BROKEN/1", "2021-09-01", (RENEWAL, "2022-01/4m", "hold", "owner-invalid")),  # N8
        ("K-FIRST/1", "2021-09-01", (RENEWAL, "", "none", "not-its-kind")),
        # service start
        ("K-CLOSED/1", "2021-09-01", (START, "", "none", "not-opened")),  # N2
        ("K-PLAIN/1", "2021-09-01", (START, "2021-02-01", "skip", "window-closed")),
        ("K-CUT/9", "2021-10-01", (START, "", "none", "not-its-kind")),  # N4 speaks of it
        ("K-FIRST/1", "2021-09-01", (START, "", "none", "not-its-kind")),
        ("K-PLAIN/1", "2022-02-01", (START, "", "none", "term-over")),
        # extension confirmation
        ("K-CUT/9", "2021-10-01", (EXTENSION, "", "none", "not-opened")),  # N4
        ("K-REGISTERED/9", "2022-03-04", (EXTENSION, "2022-02-01", "skip", "window-closed")),
        ("K-PLAIN/1", "2021-09-01", (EXTENSION, "", "none", "not-its-kind")),
        # release reminder
        ("K-CUT/1", "2021-12-27", (RELEASE, "2022-01-31/30d", "none", "not-due")),
        ("K-CUT/1", "2022-01-24", (RELEASE, "2022-01-31/30d", "skip", "superseded")),
        ("K-RELEASED/1", "2021-12-28", (RELEASE, "2022-01-31/30d", "skip", "released")),  # N5
        ("K-FULL/1", "2021-12-28", (RELEASE, "2022-01-31/30d", "skip", "nothing-to-release")),
        ("K-PLAIN/1", "2021-12-28", (RELEASE, "2022-01-31/30d", "skip", "nothing-to-release")),  # it ends as a whole
        ("K-PLAIN/1", "2022-02-01", (RELEASE, "", "none", "term-over")),
    ],
)  # fmt: skip
def test_explain_says_why_a_line_hears_nothing(book, line, day, why):
    assert why in explained(book, line, day)


def test_explain_has_an_answer_for_each_of_the_four_notices(book):
    assert {kind for kind, *_ in explained(book, "K-PLAIN/1", "2021-06-01")} == {RENEWAL, START, EXTENSION, RELEASE}


def test_explain_shows_the_arithmetic_the_rule_and_whom_it_goes_to(book):
    said = book.ask("explain", "K-PLAIN/1", "--date", "2021-09-01").out

    for part in (
        "first business day of 2021-09, 4 months before the end month 2022-01 (N1)",
        "can be bought from 2021-07-01 until 2021-12-02, 60 days before the term end 2022-01-31 (B1)",
        "due on 2021-09-01, not after 2021-12-02",
        "to k-plain@example.co.jp",
    ):
        assert part in said


def test_explain_of_a_line_that_is_ordered_later_says_that_nothing_is_decided_about_it_yet(book):
    assert "not ordered yet on that day" in book.ask("explain", "K-ORDERED-LATER/1", "--date", "2021-09-01").out


def test_explain_of_a_contract_explains_each_of_its_lines(book):
    found = book.ask("explain", "K-CUT", "--date", "2021-12-28", "--format", "json").json

    assert [one["line"] for one in found] == ["1", "9"]


def test_explain_says_what_the_run_of_that_day_then_does(book):
    decisions = book.run("all", "2021-12-28", "--dry-run").json["decisions"]

    assert len(decisions) > 10
    for decision in decisions:
        told = explained(book, f"{decision['contract']}/{decision['line']}", "2021-12-28")
        assert tuple(decision[key] for key in ("kind", "occasion", "action", "reason")) in told


def test_explain_tells_what_the_ledger_knows_already_sent_and_before_the_baseline(kigen):
    kigen.bring(sold("K-1", **JANUARY_2022), sold("K-2", **JANUARY_2022))
    kigen.run("renewal-notice", "2021-09-01", "--only", "K-1")
    kigen.ask("baseline", "2021-09-02", "--yes")

    assert (RENEWAL, "2022-01/4m", "skip", "already-sent") in explained(kigen, "K-1/1", "2021-09-03")
    assert (RENEWAL, "2022-01/4m", "skip", "before-baseline") in explained(kigen, "K-2/1", "2021-09-03")
    assert "sent (due)" in kigen.ask("explain", "K-1/1", "--date", "2021-09-03").out


def test_explain_a_year_later_still_knows_what_was_sent_of_a_term_that_is_over(kigen):
    kigen.bring(sold("K-1", **JANUARY_2022))
    kigen.run("renewal-notice", "2021-09-01")

    said = kigen.ask("explain", "K-1/1", "--date", "2022-09-01").out

    assert "renewal-notice 2022-01/4m: sent (due)" in said
    assert "renewal-notice 2022-01/5m: skipped (superseded)" in said


# Forecast


def test_a_forecast_is_what_daily_runs_then_do(kigen):
    """The same decisions with another last step: twenty-four days foretold, then run day by day."""
    renewed = {"line": "2", "order": "continuation", "seats": "8", "term_start": "2021-12-01"}
    kigen.bring(
        sold("K-1", **JANUARY_2022),
        sold("K-2", term_start="2020-12-01", seats="20", opened_on=""),
        sold("K-2", **renewed, ordered_on="2021-09-05", opened_on="2021-09-20"),
        sold("K-3", term_start="2021-10-01", opened_on="2021-09-22"),
    )  # fmt: skip
    foretold = kigen.ask("forecast", "--date", "2021-08-30", "--days", "24", "--lines", "--format", "json").json

    went_out = []
    for day in (date(2021, 8, 30) + timedelta(days=count) for count in range(24)):
        found = kigen.run("all", day).json["decisions"]
        went_out += [
            (str(day), d["kind"], f"{d['contract']}/{d['line']}", d["occasion"]) for d in found if d["action"] == "send"
        ]

    assert [(row["day"], row["kind"], row["line"], row["occasion"]) for row in foretold] == sorted(went_out)
    assert len(went_out) >= 4


def test_a_forecast_counts_by_day_and_kind(book):
    found = book.ask("forecast", "--date", "2021-07-31", "--days", "2", "--format", "json").json
    first_monday = book.ask("forecast", "--date", "2021-08-02", "--days", "1", "--format", "csv").out

    assert [row for row in found if row["kind"] == RENEWAL] == []
    assert first_monday.splitlines()[0] == "day,weekday,kind,action,notices"
    assert "2021-08-02,Mon,renewal-notice,hold,2" in first_monday.splitlines()


def test_a_forecast_of_one_contract_names_each_notice_with_its_line(book):
    said = book.ask(
        "forecast", "--date", "2021-07-31", "--days", "60", "--only", "K-PLAIN", "--lines", "--format", "json"
    )

    assert [(row["day"], row["line"], row["occasion"]) for row in said.json] == [
        ("2021-08-02", "K-PLAIN/1", "2022-01/5m"),
        ("2021-09-01", "K-PLAIN/1", "2022-01/4m"),
    ]


def test_a_forecast_for_people_has_a_column_for_each_kind_and_sums_by_month(book):
    said = book.ask("forecast", "--date", "2021-07-31", "--days", "40", "--only", "K-PLAIN").out

    assert [line.split() for line in said.splitlines()] == [
        ["renewal"],
        ["day", "weekday", "notice", "all"],
        ["2021-08-02", "Mon", "1", "1"],
        ["2021-08", "sum", "1", "1"],
        ["2021-09-01", "Wed", "1", "1"],
        ["2021-09", "sum", "1", "1"],
        ["total", "2", "2"],
    ]


def test_a_forecast_says_which_days_are_no_business_days(book):
    said = book.ask("forecast", "--date", "2021-09-20", "--days", "1")  # a Monday, and a public holiday

    assert "Mon (" in said.out


def test_a_forecast_page_foretells_what_the_forecast_lists_and_writes_nothing(book, tmp_path):
    days = ("--date", "2021-07-31", "--days", "200")
    before = book.database.read_bytes()
    listed = book.ask("forecast", *days, "--lines", "--format", "json").json

    said = book.ask("forecast", *days, "--page", tmp_path / "page")

    sent = sum(row["action"] == "send" for row in listed)
    assert said.out.splitlines() == [
        f"2021-07-31 … 2022-02-15: {sent} to send, {len(listed) - sent} held",
        f"page: {tmp_path}/page/index.html",
    ]
    told = [(row["day"], row["kind"], f"{row['contract']}/{row['line']}") for row in foretold(tmp_path / "page")]
    assert told == [(row["day"], row["kind"], row["line"]) for row in listed]
    assert book.database.read_bytes() == before


def test_a_forecast_page_looks_a_year_ahead_where_nothing_is_said(book, tmp_path):
    book.ask("forecast", "--date", "2021-08-01", "--page", tmp_path / "page")

    shown = days_data(tmp_path / "page")
    assert (shown["first"], shown["last"]) == ("2021-08-01", "2022-08-01")
    assert shown["closed"]["2021-09-20"] != ""  # a public holiday, by its name
    assert shown["closed"]["2021-09-04"] == ""  # a Saturday


@pytest.mark.parametrize("options", [("--format", "json"), ("--lines",)])
def test_a_forecast_page_is_asked_for_alone(book, tmp_path, options):
    assert book.ask("forecast", "--page", tmp_path / "page", *options).status == 2
    assert not (tmp_path / "page").exists()


# Preview


def test_a_preview_of_a_period_shows_every_mail_of_it_and_writes_nothing(book, tmp_path):
    before = book.database.read_bytes()

    said = book.ask("preview", tmp_path / "page", "--date", "2021-07-31", "--to", "2021-09-30", "--only", "K-PLAIN")

    assert said.out.splitlines() == [
        "2021-07-31 … 2021-09-30: 2 to send, 0 held, 0 skipped",
        f"page: {tmp_path}/page/index.html",
    ]
    assert (tmp_path / "page" / "index.html").is_file()
    assert book.database.read_bytes() == before
    assert book.inbox == []


def test_a_preview_of_one_day_counts_what_is_held_and_skipped_too(book, tmp_path):
    run = book.run("all", "2021-09-01", "--dry-run").json["counts"]

    said = book.ask("preview", tmp_path / "page", "--date", "2021-09-01")

    assert said.out.startswith(f"2021-09-01: {run['send']} to send, {run['hold']} held, {run['skip']} skipped")


def test_a_preview_does_not_overwrite_a_folder_that_is_no_preview(book, tmp_path):
    (tmp_path / "thesis.txt").write_text("ten years of work")

    said = book.ask("preview", tmp_path, "--date", "2021-09-01")

    assert said.status == 2
    assert str(tmp_path) in said.err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_preview_of_a_period_shows_that_a_letter_waits_again_after_a_change(kigen, tmp_path):
    kigen.configure('[jobs.renewal-notice]\napproval = "manual"\n')
    kigen.bring(sold("K-1", **JANUARY_2022))
    kigen.run("renewal-notice", "2021-08-02")
    kigen.ask("approve", "--all")
    before = kigen.ask("preview", tmp_path / "before", "--date", "2021-08-02", "--to", "2021-08-03")

    kigen.bring(sold("K-1", **JANUARY_2022, seats="99"))
    after = kigen.ask("preview", tmp_path / "after", "--date", "2021-08-02", "--to", "2021-08-03")

    assert "1 to send, 0 held" in before.out
    assert "0 to send, 1 held" in after.out
