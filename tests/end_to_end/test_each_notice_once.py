"""A job run twice, on 60 days in a row, or after skipping 40 of them sends each notice once. The inbox is the judge."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from tests.databases import on_each_database
from tests.end_to_end.installation import Installation, kind_of, sold

START = "service-start"
RENEWAL, EXTENSION, RELEASE = "renewal-notice", "extension-confirmation", "license-release"
FIRST_DAY = date(2021, 7, 12)
SIXTY_DAYS = [FIRST_DAY + timedelta(days=count) for count in range(60)]  # to 2021-09-09


def a_book():
    """Lines that have something to hear in those sixty days, or must not hear it."""
    long_ago = {"ordered_on": "2020-06-01", "opened_on": "2020-06-20"}
    addition = {"line": "2", "order": "addition", "seats": "3", "term_start": "2021-09-01", "months": "9"}
    renewed = {"line": "2", "order": "continuation", "months": "12"}
    reduced = renewed | {"term_start": "2021-09-01", "seats": "12"}
    return [
        sold("K-DEC", **long_ago, term_start="2021-01-01"),
        sold("K-JAN", **long_ago, term_start="2021-02-01"),
        sold("K-FEB", **long_ago, term_start="2021-03-01"),
        sold("K-NEW", term_start="2021-08-01", ordered_on="2021-07-02", opened_on="2021-07-26"),
        sold("K-ADDS", **long_ago, term_start="2021-06-01"),
        sold("K-ADDS", **addition, ordered_on="2021-08-02", opened_on="2021-08-20"),
        sold("K-REDUCES", **long_ago, term_start="2020-09-01", seats="20"),
        sold("K-REDUCES", **reduced, ordered_on="2021-06-01", opened_on="2021-07-20"),
        sold("K-DECIDES", **long_ago, term_start="2021-02-01"),
        sold("K-DECIDES", **renewed, term_start="2022-02-01", ordered_on="2021-08-20", opened_on="2021-09-06"),
        sold("K-ENDS", **long_ago, term_start="2020-09-01"),
        sold("K-NOBODY", **long_ago, term_start="2021-02-01", owner_email=""),
    ]  # fmt: skip


def mails_by_day(kigen, days, runs_a_day=1):
    """Runs `all` on each of the days; the mails that came into the inbox on each, as owner and kind."""
    found, before = {}, Counter()
    for day in days:
        for _ in range(runs_a_day):
            assert kigen.run("all", day).status in {0, 1}  # 1: K-NOBODY's is held
        now = Counter(kigen.letters)
        if now - before:
            found[str(day)] = sorted((now - before).elements())
        before = now
    return found


EACH_DAY = {
    "2021-07-12": [("k-dec", RENEWAL)],  # July's, a few days late
    "2021-07-20": [("k-reduces", EXTENSION)],
    "2021-07-26": [("k-new", START)],
    "2021-07-30": [("k-reduces", RELEASE)],  # 30 days before the end is Sunday 2021-08-01: the Friday before
    # 2021-08-01 is a Sunday; K-DEC's second, the others' first
    "2021-08-02": [("k-dec", RENEWAL), ("k-decides", RENEWAL), ("k-jan", RENEWAL)],
    "2021-08-20": [("k-adds", START)],
    "2021-08-24": [("k-reduces", RELEASE)],
    "2021-08-30": [("k-reduces", RELEASE)],
    "2021-09-01": [("k-feb", RENEWAL), ("k-jan", RENEWAL)],  # K-DECIDES has ordered by now
    "2021-09-06": [("k-decides", EXTENSION)],
}


@on_each_database
def test_a_job_run_twice_on_a_day_sends_each_notice_once(kigen):
    kigen.bring(*a_book())

    first, second = kigen.run("all", "2021-08-02"), kigen.run("all", "2021-08-02")

    assert first.json["delivery"]["sent"] == len(kigen.letters) > 0
    assert second.json["delivery"]["sent"] == second.json["counts"]["send"] == 0
    assert {reason for (reason,) in second.decisions("reason")} >= {"already-sent"}


# A run looks at all of the book where it is small, else at what has come up since the last look: the same mails.
LOOKS = {"all of the book": 10_000, "what has come up": 0}


@pytest.fixture(scope="module", params=LOOKS.values(), ids=LOOKS)
def looks(request):
    """The configuration under which a run looks at the book in that way."""
    return f"[scan]\nsmall_book = {request.param}\n"


@pytest.fixture(scope="module")
def run_each_day(tmp_path_factory, looks):
    """Sixty days with a run on each: the installation, and what came on which day."""
    kigen = Installation(tmp_path_factory.mktemp("daily"), looks)
    kigen.bring(*a_book())
    return kigen, mails_by_day(kigen, SIXTY_DAYS)


def test_sixty_days_in_a_row_each_notice_goes_out_once_and_on_its_day(run_each_day):
    _, found = run_each_day

    assert found == EACH_DAY


def test_each_mail_is_another_one_and_the_ledger_knows_each_as_sent(run_each_day):
    kigen, _ = run_each_day

    ids = [mail["Message-ID"] for mail in kigen.inbox]
    assert len(set(ids)) == len(ids) == sum(map(len, EACH_DAY.values()))
    told = Counter((line.split("/")[0].lower(), kind) for line, kind in kigen.ledger("line", "kind", status="sent"))
    assert told == Counter((mail["Delivered-To"].partition("@")[0], kind_of(mail)) for mail in kigen.inbox)


def test_running_it_twice_a_day_changes_nothing(kigen):
    kigen.bring(*a_book())
    days = [date.fromisoformat(day) for day in EACH_DAY]

    assert mails_by_day(kigen, days, runs_a_day=2) == EACH_DAY


@pytest.fixture(scope="module")
def off_for_forty_days(tmp_path_factory, looks):
    """Ten days, then forty without a run, then the last ten: the installation, and what came on which day."""
    kigen = Installation(tmp_path_factory.mktemp("off"), looks)
    kigen.bring(*a_book())
    return kigen, mails_by_day(kigen, SIXTY_DAYS[:10] + SIXTY_DAYS[50:])


def test_after_forty_days_without_a_run_what_is_still_true_goes_out_once(off_for_forty_days):
    _, found = off_for_forty_days

    assert found == {
        "2021-07-12": [("k-dec", RENEWAL)],
        "2021-07-20": [("k-reduces", EXTENSION)],
        "2021-08-31": [
            ("k-adds", START),
            ("k-dec", RENEWAL),  # the second
            ("k-jan", RENEWAL),  # the first: the second comes tomorrow
            ("k-new", START),  # 30 days after its start, the last day on which it is worth saying
            ("k-reduces", RELEASE),  # one of three, on the last day of the term
        ],  # K-DECIDES has ordered meanwhile (N1)
        "2021-09-01": [("k-feb", RENEWAL), ("k-jan", RENEWAL)],
        "2021-09-06": [("k-decides", EXTENSION)],
    }


def test_what_forty_days_without_a_run_left_unsaid_is_on_record_with_its_reason(off_for_forty_days):
    kigen, _ = off_for_forty_days

    unsaid = kigen.ledger("line", "kind", "occasion", "reason", status="skipped")

    assert ("K-REDUCES/1", RELEASE, "2021-08-31/30d", "superseded") in unsaid
    assert ("K-REDUCES/1", RELEASE, "2021-08-31/7d", "superseded") in unsaid
    assert ("K-DECIDES/1", RENEWAL, "2022-01/5m", "continued") in unsaid
