"""The worked cases of the domain's rules, through the command line: what is decided, what lies in the inbox, what stays
on the ledger."""

from __future__ import annotations

import pytest

from tests.end_to_end.installation import sold

OCCASION = ("occasion", "action", "reason")
A_YEAR_TO_JANUARY_2022 = {"term_start": "2021-02-01", "months": "12"}


@pytest.mark.parametrize(
    ("start", "end", "notices", "closing_day"),
    [
        ("2021-02-01", "2022-01-31", ("2021-08-02", "2021-09-01"), "2021-12-02"),  # 2021-08-01 was a Sunday
        # a leap February: the end month counts, not the day; 2023-10-01 was a Sunday
        ("2023-03-01", "2024-02-29", ("2023-09-01", "2023-10-02"), "2023-12-31"),
        ("2026-03-01", "2027-02-28", ("2026-09-01", "2026-10-01"), "2026-12-30"),
    ],
)
def test_renewal_notices_go_out_in_the_fifth_and_the_fourth_month_before_the_end_month(  # N1, B1
    kigen, start, end, notices, closing_day
):
    kigen.bring(sold("K-1", term_start=start, months="", term_end=end, opened_on="", ordered_on=""))

    first, second = (kigen.run("renewal-notice", day) for day in notices)

    wanted = ("occasion", "action", "reason", "due_on", "not_after", "to")
    owner = ["k-1@example.co.jp"]
    assert first.decisions(*wanted) == [(f"{end[:7]}/5m", "send", "due", notices[0], closing_day, owner)]
    assert second.decisions(*wanted)[-1] == (f"{end[:7]}/4m", "send", "due", notices[1], closing_day, owner)
    assert kigen.letters == [("k-1", "renewal-notice")] * 2


@pytest.mark.parametrize("day", ["2021-07-30", "2021-08-01"])
def test_nothing_is_said_before_the_first_business_day_of_the_fifth_month(kigen, day):  # N1
    kigen.bring(sold("K-1", **A_YEAR_TO_JANUARY_2022))

    assert kigen.run("renewal-notice", day).decisions(*OCCASION) == []
    assert kigen.letters == []


def test_the_window_to_buy_opens_on_the_first_of_the_sixth_month_and_closes_sixty_days_before_the_end(kigen):  # B1, B2
    """Case: term end 2022-01-31, window 2021-07-01 … 2021-12-02."""
    kigen.configure('[jobs.renewal-notice]\nmonths_before = [6]\nday = "first-business-day"\n')
    kigen.bring(sold("K-1", **A_YEAR_TO_JANUARY_2022))

    assert kigen.run("renewal-notice", "2021-07-01", "--dry-run").decisions(*OCCASION) == [
        ("2022-01/6m", "send", "due")
    ]
    assert kigen.run("renewal-notice", "2021-12-02", "--dry-run").decisions("reason") == [("late",)]
    assert kigen.run("renewal-notice", "2021-12-03", "--dry-run").decisions("reason") == [("window-closed",)]


def test_a_line_first_known_on_2021_10_20_gets_one_notice_the_four_month_one(kigen):
    kigen.bring(sold("K-1", **A_YEAR_TO_JANUARY_2022))

    kigen.run("renewal-notice", "2021-10-20")

    assert kigen.letters == [("k-1", "renewal-notice")]
    assert kigen.ledger("occasion", "status", "reason") == [
        ("2022-01/4m", "sent", "late"),
        ("2022-01/5m", "skipped", "superseded"),
    ]


def test_a_line_first_known_on_2021_12_03_gets_none_and_the_operator_is_told(kigen):  # B1
    kigen.bring(sold("K-1", **A_YEAR_TO_JANUARY_2022))

    said = kigen.ask("run-job", "renewal-notice", "--date", "2021-12-03")

    assert "window-closed" in said.out
    assert "K-1/1" in said.out
    assert kigen.letters == []
    assert kigen.ledger("occasion", "status", "reason") == [
        ("2022-01/4m", "skipped", "window-closed"),
        ("2022-01/5m", "skipped", "window-closed"),
    ]


def test_a_continuation_ordered_on_2021_08_20_and_registered_later_ends_the_notices(kigen):  # N1
    line = sold("K-1", **A_YEAR_TO_JANUARY_2022)
    kigen.bring(line)
    kigen.run("renewal-notice", "2021-08-02")

    continuation = sold(
        "K-1", line="2", order="continuation", term_start="2022-02-01", ordered_on="2021-08-20", opened_on=""
    )
    kigen.bring(line, continuation)
    kigen.run("renewal-notice", "2021-09-01")

    assert kigen.letters == [("k-1", "renewal-notice")]  # August's
    assert kigen.ledger("occasion", "status", "reason") == [
        ("2022-01/4m", "skipped", "continued"),
        ("2022-01/5m", "sent", "due"),
    ]


def a_renewal(menu, seats, **changes):
    usual = {
        "line": "9",
        "order": "continuation",
        "term_start": "2022-02-01",
        "ordered_on": "2021-10-01",
        "opened_on": "",
    }
    return sold("K-1", menu=menu, seats=seats, **usual | changes)


def test_business_49_continued_as_business_30_releases_19_seats_by_the_term_end(kigen):  # N5
    kigen.bring(sold("K-1", seats=49), a_renewal("business", 30))

    kigen.run("license-release", "2021-12-28")

    letter = kigen.text_of("k-1", "license-release")
    assert "19ライセンス" in letter
    assert "2022年1月31日（月）" in letter


def test_business_40_and_an_addition_of_9_continued_as_one_line_of_49_release_nothing(kigen):  # N5
    addition = sold(
        "K-1",
        line="2",
        seats=9,
        order="addition",
        term_start="2021-08-01",
        months="6",
        ordered_on="2021-07-10",
        opened_on="2021-07-25",
    )
    kigen.bring(sold("K-1", seats=40), addition, a_renewal("business", 49))

    said = kigen.run("license-release", "2021-12-28")

    assert said.decisions("line", *OCCASION) == [("1", "2022-01-31/30d", "skip", "nothing-to-release")]
    assert kigen.letters == []


def test_an_upgrade_from_business_49_to_enterprise_59_releases_nothing(kigen):  # N5
    kigen.bring(sold("K-1", seats=49), a_renewal("enterprise-essentials", 59))

    assert kigen.run("license-release", "2021-12-28").decisions("reason") == [("nothing-to-release",)]


def test_a_book_of_500_old_contracts_sets_off_renewal_notices_only_and_only_inside_their_window(kigen):
    # Terms from 2020 on, in five months of 2021 and 2022; each began and was opened more than 30 days ago.
    starts = ["2020-07-01", "2020-10-01", "2020-12-01", "2021-01-01", "2021-02-01"]
    kigen.bring(
        *(sold(f"K-{n}", term_start=starts[n % 5], ordered_on="2020-06-01", opened_on="2020-06-20") for n in range(500))
    )

    said = kigen.run("all", "2021-09-10")

    # 2021-06-30 is over; 2021-09-30 and 2021-11-30 (until 2021-10-01) and 2021-12-31 and 2022-01-31
    in_window = [f"k-{n}" for n in range(500) if starts[n % 5] in {"2020-12-01", "2021-01-01", "2021-02-01"}]
    assert said.status == 0
    assert kigen.letters == sorted((owner, "renewal-notice") for owner in in_window)


def test_a_service_that_was_off_for_40_days_sends_each_line_the_one_latest_notice_that_is_still_true(kigen):
    declined = sold("K-DECLINED", **A_YEAR_TO_JANUARY_2022, declined_on="2021-08-15")
    rows = sold("K-RUNNING", **A_YEAR_TO_JANUARY_2022), declined, sold("K-LATER", term_start="2021-03-01")
    kigen.bring(*rows)
    kigen.run("all", "2021-07-28")

    kigen.run("all", "2021-09-06")
    kigen.run("all", "2021-09-07")

    assert kigen.letters == [("k-later", "renewal-notice"), ("k-running", "renewal-notice")]
    assert kigen.ledger("line", "occasion", "reason", kind="renewal-notice") == [
        ("K-DECLINED/1", "2022-01/4m", "declined"),
        ("K-DECLINED/1", "2022-01/5m", "declined"),
        ("K-LATER/1", "2022-02/5m", "late"),
        ("K-RUNNING/1", "2022-01/4m", "late"),
        ("K-RUNNING/1", "2022-01/5m", "superseded"),
    ]
