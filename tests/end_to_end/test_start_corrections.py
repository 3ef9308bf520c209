"""Evidence and book that differ (N3), by the command line: seen, corrected when the desk asks, kept as evidence."""

from __future__ import annotations

import zipfile
from datetime import date

import pytest

from jobs.app import App
from jobs.config.load import load_settings
from jobs.notices.service_start import CORRECTION
from jobs.runs.corrections import differences
from tests.end_to_end.installation import kind_of, sold, text_of

SOLD = {
    "menu": "business", "order": "new", "seats": "49", "term_start": "2026-09-01", "months": "12",
    "ordered_on": "2026-08-01", "opened_on": "2026-08-10",
}  # fmt: skip
DAY = "2026-08-20 01:00"


@pytest.fixture
def told(kigen):
    """Two lines were told with 49 seats; the book says by now that the first has 40."""
    bring(kigen, seats="49")
    kigen.ask("run-job", "service-start", at="2026-08-10 01:00")
    bring(kigen, seats="40")
    return kigen


def bring(kigen, seats, language="ja"):
    first = SOLD | {"seats": seats, "language": language}
    kigen.bring(sold("K-1", line="1", **first), sold("K-1", line="2", **(first | {"menu": "rooms", "seats": "49"})))


def found(kigen):
    """What the desk is to look at: line, the notice that told it and when, what differs."""
    app = App(load_settings(kigen.config))
    job = next(job for job in app.jobs if CORRECTION in job.kinds)
    rows = [
        (str(each.line), each.told.notice, str(each.told.day), each.differs)
        for each in differences(app.records, job, date(2026, 8, 20))
    ]
    app.close()
    return rows


def test_n3_the_desk_is_told_that_evidence_and_book_differ_and_nothing_is_sent_by_itself(told):
    told.ask("run-job", "all", at=DAY)

    assert found(told) == [("K-1/1", 1, "2026-08-10", ("seats",))]
    assert [kind_of(mail) for mail in told.inbox] == ["service-start", "service-start"]


def test_n3_a_dry_run_shows_what_differs_and_the_letter_and_sends_nothing(told):
    shown = told.ask("notices", "correct", "1", "--dry-run", at=DAY)
    told.ask("run-job", "deliver", at=DAY)

    assert "told: Zoom Workplace Business, seats: 49" in shown.out
    assert "book: Zoom Workplace Business, seats: 40" in shown.out
    assert "ライセンス数（誤）：49ライセンス" in shown.out
    assert len(told.inbox) == 2


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "ja",
            [
                "2026年8月10日（月）付",
                "ライセンス数（誤）：49ライセンス",
                "ライセンス数（正）：40ライセンス",
                "に代えて",
            ],
        ),
        ("en", ["Monday, 10 August 2026", "Licences (as told): 49", "Licences (correct): 40", "takes the place of"]),
    ],
)
def test_n3_the_desk_has_it_corrected_and_the_letter_says_what_was_told_and_what_is_right(told, language, said):
    bring(told, seats="40", language=language)

    queued = told.ask("notices", "correct", "1", at=DAY)
    told.ask("run-job", "deliver", at=DAY)

    assert queued.status == 0
    (mail,) = (mail for mail in told.inbox if kind_of(mail) == "service-start-correction")
    text = text_of(mail)
    assert [each for each in said if each not in text] == []
    assert found(told) == []


def test_n3_the_correction_supersedes_on_the_ledger_and_both_name_each_other_in_the_evidence(told, tmp_path):
    told.ask("notices", "correct", "1", at=DAY)
    told.ask("run-job", "deliver", at=DAY)

    archive = tmp_path / "evidence.zip"
    told.ask("evidence", "K-1", "--out", archive)
    with zipfile.ZipFile(archive) as files:
        page = files.read("index.html").decode()
    assert "takes the place of notice 1 of 2026-08-10" in told.ask("notices", "show", "3").out
    assert "had it corrected (notice 3)" in told.ask("notices", "show", "1").out
    assert told.ledger("id", "status") == [(1, "sent"), (2, "sent"), (3, "sent")]
    assert ("通知3" in page or "notice 3" in page, "通知1" in page or "notice 1" in page) == (True, True)
    assert told.ask("ledger", "verify").status == 0


def test_n3_a_correction_that_waits_goes_once_the_book_says_again_what_was_told(told):
    told.ask("notices", "correct", "1", at=DAY)
    bring(told, seats="49")

    told.ask("run-job", "deliver", at=DAY)

    assert told.ledger("id", "status")[2] == (3, "withdrawn")
    assert len(told.inbox) == 2


def test_n3_a_correction_waits_for_approval_where_start_notices_do(told):
    told.configure('[jobs.service-start]\napproval = "manual"\n')

    told.ask("notices", "correct", "1", at=DAY)

    assert told.ledger("id", "status")[2] == (3, "held")
    told.ask("approve", "3", at=DAY)
    told.ask("run-job", "deliver", at=DAY)
    assert told.ledger("id", "status")[2] == (3, "sent")


@pytest.mark.parametrize(("notice", "why"), [("2", "the book says what was told"), ("9", "the ledger has no notice 9")])
def test_n3_what_needs_no_correction_is_refused_with_the_reason(told, notice, why):
    refused = told.ask("notices", "correct", notice, at=DAY)

    assert refused.status != 0
    assert why in refused.err
