"""The drop folder: which files are taken up, under which name each ends, and what is left alone."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from jobs.config.load import ConfigError
from jobs.intake.drop_folder import DONE, DropFolder, given_name

NOW = datetime(2021, 9, 1, tzinfo=UTC)
RESTED = NOW - timedelta(hours=1)


@pytest.fixture
def folder(tmp_path):
    found = DropFolder(tmp_path, timedelta(seconds=60))
    found.prepare()
    return found


def dropped(folder, name="book.csv", at=RESTED):
    file = folder.path / name
    file.write_bytes(b"a book")
    os.utime(file, (at.timestamp(), at.timestamp()))
    return file


def put_away(folder, file):
    taken = folder.take(file, NOW)
    folder.put(taken, DONE, {".report.txt": "said"})
    return taken.name


def test_the_file_that_was_written_first_comes_first(folder):
    newer, older = dropped(folder, "a.csv"), dropped(folder, "b.XLSX", RESTED - timedelta(seconds=1))

    assert folder.waiting(NOW) == [older, newer]


def test_a_file_that_may_be_half_written_waits(folder):
    dropped(folder, at=NOW - timedelta(seconds=59))

    assert (folder.waiting(NOW), folder.still_written(NOW)) == ([], ["book.csv"])


@pytest.mark.parametrize("name", [".book.csv", "~$book.xlsx", "book.csv.part", "book.csv.tmp"])
def test_a_name_that_says_it_is_not_ready_is_left_alone(folder, name):
    dropped(folder, name)

    assert (folder.waiting(NOW), folder.still_written(NOW)) == ([], [])


def test_a_link_that_leads_out_of_the_folder_is_left_alone(folder, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "book.csv"
    outside.write_bytes(b"a book")
    (folder.path / "book.csv").symlink_to(outside)

    assert folder.waiting(NOW + timedelta(days=1)) == []


def test_a_folder_for_the_files_that_leads_elsewhere_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "done").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(ConfigError, match="is a link"):
        DropFolder(tmp_path, timedelta()).prepare()


def test_a_file_ends_beside_what_is_said_of_it(folder):
    name = put_away(folder, dropped(folder))

    assert sorted(file.name for file in (folder.path / DONE).iterdir()) == [name, f"{name}.report.txt"]
    assert (folder.path / DONE / name).read_bytes() == b"a book"
    assert folder.left_in_work() == []


def test_the_same_name_again_overwrites_nothing(folder):
    names = [put_away(folder, dropped(folder)) for _ in range(2)]

    assert names == ["20210901T000000Z-book.csv", "20210901T000001Z-book.csv"]


def test_a_file_that_another_process_took_is_not_taken_again(folder):
    file = dropped(folder)
    folder.take(file, NOW)

    assert folder.take(file, NOW) is None


@pytest.mark.parametrize("name", ["x\\..\\..\\y.csv", "a\nb.csv", "--help.csv", "名" * 80 + ".csv"])
def test_an_odd_name_stays_inside_the_folder(folder, name):
    taken = folder.take(dropped(folder, name), NOW)
    folder.put(taken, DONE, {".report.json": "{}", ".report.txt": "said"})

    assert len(list((folder.path / DONE).iterdir())) == 3
    assert "\n" not in given_name(taken)
