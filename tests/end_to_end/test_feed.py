"""`kigen feed`: what lands in the drop folder ends in the book and beside its report, whatever happens between."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from jobs.config.settings import Settings
from tests.contracts.builders import a_csv, an_xlsx
from tests.end_to_end.installation import Installation, sold, text_of

NOW = "2021-09-01T00:00:00Z"
STAMP = "20210901T000000Z-"
BEFORE = datetime(2021, 8, 31, 23, 0, tzinfo=UTC).timestamp()
DESK = Settings().sender.sales_desk.email
FEED = '[feed]\nfolder = "drop"\n'
KILLED_BEFORE_THE_MOVE = """
import os, signal, sys
from jobs.cli.main import status_of
from jobs.intake.drop_folder import DropFolder
DropFolder.put = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
status_of(["--config", sys.argv[1], "feed"])
"""


@pytest.fixture
def kigen(tmp_path):
    found = Installation(tmp_path, FEED)
    (tmp_path / "drop").mkdir()
    return found


def drop(kigen, *rows, name="book.csv", at=BEFORE, make=a_csv):
    file = make(kigen.folder / "drop", *rows, name=name)
    os.utime(file, (at, at))
    return file


def feed(kigen, *options):
    return kigen.ask("feed", *options, "--format", "json", at=NOW)


def lies_in(kigen, folder=""):
    return sorted(file.name for file in (kigen.folder / "drop" / folder).iterdir() if file.is_file())


def in_book(kigen):
    with kigen.engine().connect() as connection:
        return sorted(connection.exec_driver_sql("SELECT contract FROM lines").scalars())


def to_desk(kigen):
    return [text_of(mail) for mail in kigen.inbox if mail["Delivered-To"] == DESK]


@pytest.mark.parametrize(("name", "make"), [("book.csv", a_csv), ("台帳.XLSX", an_xlsx)])
def test_a_file_lands_in_the_book_and_moves_beside_its_report(kigen, name, make):
    drop(kigen, sold("K-0001"), name=name, make=make)

    said = feed(kigen)

    assert said.status == 0
    assert in_book(kigen) == ["K-0001"]
    assert lies_in(kigen, "done") == [STAMP + name + end for end in ("", ".report.json", ".report.txt")]
    assert [json.loads((kigen.folder / f"drop/done/{STAMP}{name}.report.json").read_text("utf-8"))] == said.json
    assert (lies_in(kigen), lies_in(kigen, "work"), to_desk(kigen)) == ([], [], [])


def test_the_newer_of_two_files_counts(kigen):
    drop(kigen, sold("K-0001", seats="20"), name="a.csv", at=BEFORE)
    drop(kigen, sold("K-0001", seats="10"), name="b.csv", at=BEFORE - 60)

    assert [one["file"] for one in feed(kigen).json] == ["b.csv", "a.csv"]
    with kigen.engine().connect() as connection:
        assert connection.exec_driver_sql("SELECT seats FROM lines").scalars().all() == [20]


def test_a_file_that_cannot_be_read_fails_with_its_report_and_the_next_goes_in(kigen):
    bad = drop(kigen, sold("K-0001"), name="bad.csv")
    bad.write_bytes(b"no book\n")
    os.utime(bad, (BEFORE - 60, BEFORE - 60))
    drop(kigen, sold("K-0002"))

    said = feed(kigen)

    assert (said.status, in_book(kigen)) == (1, ["K-0002"])
    assert lies_in(kigen, "failed") == [f"{STAMP}bad.csv{end}" for end in ("", ".report.json", ".report.txt")]
    assert said.json[0]["problem"].startswith("the header row lacks the required column(s) account_number")
    told = "".join(to_desk(kigen)[0].split())  # lines are broken where they are too long for a letter
    assert "取り込めませんでした：見出し行に必須の列がありません：account_number/アカウント番号" in told


def test_rejected_rows_are_told_to_the_desk_once_and_the_others_go_in(kigen):
    drop(kigen, sold("K-0001"), sold("K-0002", seats="none"))

    assert feed(kigen).status == 1
    feed(kigen)

    (told,) = to_desk(kigen)
    assert "3 行目 ライセンス数 「none」：1から9999999までの整数にしてください" in told
    assert in_book(kigen) == ["K-0001"]


def test_strict_takes_nothing_of_a_file_with_a_rejected_row(kigen):
    drop(kigen, sold("K-0001"), sold("K-0002", seats="none"))

    assert feed(kigen, "--strict").status == 1
    assert in_book(kigen) == []
    assert f"{STAMP}book.csv" in lies_in(kigen, "failed")


def test_what_the_desk_could_not_be_told_is_told_by_the_next_run(kigen):
    kigen.bring(sold("K-0001"))
    kigen.ask("pause", "--reason", "a test")
    drop(kigen, sold("K-0002", seats="none"))
    assert "could not be told yet" in feed(kigen).err
    assert to_desk(kigen) == []

    kigen.ask("resume")
    feed(kigen)

    assert len(to_desk(kigen)) == 1


def test_a_line_that_vanished_from_a_full_export_is_reported_and_stays_in_the_book(kigen):
    kigen.configure(FEED + "full_export = true\n")
    ended = sold("K-0003", term_start="2019-02-01", ordered_on="2019-01-10", opened_on="2019-01-25")
    kigen.bring(sold("K-0001"), sold("K-0002"), ended, sold("K-0004"))
    drop(kigen, sold("K-0001"), sold("K-0004", seats="none"))

    (one,) = feed(kigen).json

    assert one["missing"] == [{"contract": "K-0002", "line": "1", "company": "株式会社K-0002"}]
    assert in_book(kigen) == ["K-0001", "K-0002", "K-0003", "K-0004"]
    assert "K-0002/1 株式会社K-0002" in to_desk(kigen)[0]


def test_a_file_that_was_imported_but_not_moved_is_taken_up_again(kigen):
    drop(kigen, sold("K-0001"))
    died = subprocess.run([sys.executable, "-c", KILLED_BEFORE_THE_MOVE, str(kigen.config)], check=False, timeout=60)
    assert died.returncode == -signal.SIGKILL
    assert in_book(kigen) == ["K-0001"]
    (left,) = lies_in(kigen, "work")

    (one,) = feed(kigen).json

    assert (one["file"], one["report"]["unchanged"], one["report"]["added"]) == ("book.csv", 1, 0)
    assert left in lies_in(kigen, "done")
    assert lies_in(kigen, "work") == []


def test_of_two_processes_at_once_one_takes_the_files_and_the_other_finds_none_or_is_refused(kigen):
    kigen.bring(sold("K-0000"))
    names = [f"{number}.csv" for number in range(6)]
    for number, name in enumerate(names):
        drop(kigen, sold(f"K-000{number}"), name=name)

    both = [kigen.process("feed", "--format", "json") for _ in range(2)]
    said = [process.communicate(timeout=60)[0] for process in both]

    assert sorted(process.returncode for process in both) in ([0, 0], [0, 3])
    assert sorted(one["file"] for part in said if part for one in json.loads(part)) == names


def test_a_dry_run_says_what_would_change_and_touches_nothing(kigen):
    drop(kigen, sold("K-0001"))

    (one,) = feed(kigen, "--dry-run").json

    assert (one["report"]["added"], one["put"]) == (1, None)
    assert [file.name for file in (kigen.folder / "drop").iterdir()] == ["book.csv"]
    assert not kigen.database.exists()


def test_75_a_database_that_cannot_be_reached_leaves_the_file(kigen):
    drop(kigen, sold("K-0001"))
    environment = {"KIGEN_DATABASE__URL": "postgresql://nobody@127.0.0.1:1/kigen"}

    said = kigen.ask("feed", environment=environment)

    assert (said.status, lies_in(kigen)) == (75, ["book.csv"])


@pytest.mark.parametrize("config", ["", '[feed]\nfolder = "not-there"\n'])
def test_2_no_feed_or_a_folder_that_is_not_there(kigen, config):
    kigen.configure(config)

    said = kigen.ask("feed")

    assert said.status == 2
    assert "feed.folder" in said.err
