"""What the feed put away, as the desk is told of it: from the reports beside the files, once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from jobs.desk.files import fed_files
from tests.jobs.desk.builders import NOW

TAKEN = NOW - timedelta(minutes=20)  # a large file takes its time
MISSING = {"contract": "K-0002", "line": "1", "company": "株式会社見本"}


def put_away(folder, where="failed", name="book.csv", *, is_moved=True, **told):
    """A file and its report, as `kigen feed` leaves them."""
    put = f"{TAKEN:%Y%m%dT%H%M%SZ}-{name}"
    (folder / where).mkdir(exist_ok=True)
    usual = {"file": name, "problem": "", "put": f"{where}/{put}", "put_at": NOW.isoformat(), "report": None}
    report = json.dumps(usual | {"missing": []} | told)
    (folder / where / f"{put}.report.json").write_text(report, "utf-8")
    if is_moved:
        (folder / where / put).touch()


def rejected(rows):
    return {"rows": 9, "rejected": rows, "rejections": []}


def told(folder, since=NOW - timedelta(minutes=1)):
    return [item.facts["file"] for item in fed_files(folder, since)]


@pytest.mark.parametrize(
    "what",
    [
        {"problem": "has no row at all", "code": "file.no-row", "values": {}},
        {"report": rejected(1)},
        {"missing": [MISSING]},
    ],
)
def test_a_file_is_told_of_which_something_did_not_go_in_or_that_lacks_a_line(tmp_path, what):
    put_away(tmp_path, **what)

    assert told(tmp_path) == ["book.csv"]


def test_a_file_that_went_in_whole_is_not_told(tmp_path):
    put_away(tmp_path, "done", report=rejected(0))

    assert told(tmp_path) == []


def test_what_was_put_away_before_is_not_told_again(tmp_path):
    put_away(tmp_path, report=rejected(1))

    assert told(tmp_path, since=NOW) == []


def test_a_file_that_was_taken_before_the_last_letter_and_put_away_after_it_is_told(tmp_path):
    put_away(tmp_path, report=rejected(1))

    assert told(tmp_path, since=TAKEN + timedelta(minutes=1)) == ["book.csv"]


def test_a_report_whose_file_is_still_on_its_way_is_none_yet(tmp_path):
    put_away(tmp_path, report=rejected(1), is_moved=False)

    assert told(tmp_path) == []


def test_a_folder_that_no_feed_has_used_has_nothing_to_tell(tmp_path):
    assert told(tmp_path, since=datetime(2021, 1, 1, tzinfo=UTC)) == []
