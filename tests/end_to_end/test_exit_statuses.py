"""The exit statuses that cron tables and scripts rely on."""

from __future__ import annotations

import io
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime

import pytest

from jobs.database.engines import create_engine_for
from jobs.installation.notebooks import Notebooks
from jobs.runs.history import Runs
from tests.contracts.builders import a_csv
from tests.end_to_end.installation import sold

BASE = {"term_start": "2021-02-01", "months": "12"}
DAY = "2021-09-01"


def test_0_all_done(kigen):
    assert kigen.bring(sold("K-1", **BASE)).status == 0
    assert kigen.run("all", DAY).status == 0


def test_0_nothing_to_do(kigen):
    kigen.bring(sold("K-1", **BASE))

    assert kigen.run("all", "2021-05-01").status == 0
    assert kigen.run("deliver", "2021-05-01").status == 0


def test_1_a_notice_is_held_and_everyone_elses_mail_goes_out(kigen):  # N8
    kigen.bring(sold("K-1", **BASE, owner_email=""), sold("K-2", **BASE))

    assert kigen.run("all", DAY).status == 1
    assert kigen.letters == [("k-2", "renewal-notice")]


def test_1_a_row_is_rejected_and_the_others_go_in(kigen):
    said = kigen.bring(sold("K-1", **BASE, seats="0"), sold("K-2", **BASE))

    assert said.status == 1
    assert (said.json["added"], said.json["rejected"]) == (1, 1)


def test_1_a_letter_could_not_be_written(kigen):
    folder = kigen.folder / "own" / "ja"
    folder.mkdir(parents=True)
    (folder / "renewal-notice.txt").write_text("{{ nonsense }}", "utf-8")
    kigen.configure('[templates]\ndirectories = ["own"]\n')
    kigen.bring(sold("K-1", **BASE))

    assert kigen.run("all", DAY).status == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("run-job", "birthday-greetings"),
        ("run-job", "all", "--date", "2021-02-30"),
        ("run-job", "all", "--when", "now"),
        ("run-job",),
        ("run-job", "deliver", "--no-deliver"),
        ("run-job", "purge", "--preview", "page"),
        ("run-job", "operator-digest", "--only", "K-1"),
        ("explain", "K-9"),
        ("explain", "K-1/9"),
        ("release", "K-9"),
        ("decline", "K-1/9"),
        ("release", "K-1", "--on", "2999-01-01"),
        ("notices", "show", "99"),
        ("notices", "cancel", "99"),
        ("notices", "--status", "lost"),
        ("approve", "99"),
        ("baseline", "tomorrow"),
        ("forecast", "--days", "0"),
        ("preview", "--date", "2021-09-01", "--to", "2021-08-01"),
        ("import",),
        ("import", "no-such.csv"),
        ("fly",),
    ],
)
def test_2_wrong_usage_says_so_on_stderr_and_does_nothing(kigen, arguments):
    kigen.bring(sold("K-1", **BASE))
    before = kigen.database.read_bytes()

    said = kigen.ask(*arguments)

    assert said.status == 2
    assert said.err.strip()
    assert "Traceback" not in said.err
    assert kigen.database.read_bytes() == before


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ('[jobs.renewal-notice]\nmonths_before = "monthly"', "jobs.renewal-notice.months_before"),
        ('[mial]\nfrom = "x@example.com"', "mial"),
        ("[mail", "not valid TOML"),
    ],
)
def test_2_a_configuration_that_cannot_be_used(kigen, config, told):
    kigen.config.write_text(config, "utf-8")

    said = kigen.ask("run-job", "all")

    assert said.status == 2
    assert str(kigen.config) in said.err
    assert told in said.err
    assert not kigen.database.exists()


def test_2_a_configuration_file_that_is_not_there(kigen):
    kigen.config.unlink()

    said = kigen.ask("run-job", "all")

    assert (said.status, said.out) == (2, "")
    assert f"{kigen.config}: cannot be read" in said.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("run-job", "all", "--dry-run"),
        ("notices",),
        ("runs",),
        ("forecast",),
        ("preview",),
        ("explain", "K-1"),
        ("db", "check"),
    ],
)
def test_2_what_only_reads_makes_no_database(kigen, arguments):
    said = kigen.ask(*arguments)

    assert said.status == 2
    assert "there is no database" in said.err
    assert not kigen.database.exists()


@pytest.mark.parametrize("job", ["renewal-notice", "all"])
def test_3_another_run_of_the_same_job_is_under_way(kigen, job):
    kigen.bring(sold("K-1", **BASE))
    runs = Runs(create_engine_for(f"sqlite:///{kigen.database}"), Notebooks(kigen.folder / "elsewhere"))
    run = runs.start("renewal-notice", date(2021, 9, 1), datetime.now(UTC))

    said = kigen.run(job, DAY)

    assert (said.status, said.out) == (3, "")
    assert "renewal-notice is being run by" in said.err
    assert kigen.letters == []

    runs.finish(run, datetime.now(UTC), {})
    assert kigen.run(job, DAY).status == 0
    assert kigen.letters == [("k-1", "renewal-notice")]


def test_3_the_clock_is_far_from_the_last_run_and_nobody_is_there_to_be_asked(kigen):
    kigen.bring(sold("K-1", **BASE))
    assert kigen.ask("run-job", "all", at="2021-07-01T03:00:00Z").status == 0

    said = kigen.ask("run-job", "all", at="2021-09-01T03:00:00Z")

    assert (said.status, kigen.letters) == (3, [])
    assert "it is 2021-09-01 by the clock, but the last run was on 2021-07-01" in said.err

    assert kigen.ask("run-job", "all", "--date", "2021-09-01", at="2021-09-01T03:00:00Z").status == 0
    assert kigen.ask("run-job", "all", at="2021-09-01T04:00:00Z").status == 0
    assert kigen.letters == [("k-1", "renewal-notice")]


class Terminal(io.StringIO):
    """What a person types."""

    def isatty(self):
        return True


@pytest.mark.parametrize(("answer", "letters"), [("n\n", []), ("y\n", [("k-1", "renewal-notice")])])
def test_at_a_terminal_a_person_is_asked_whether_the_clock_is_right(kigen, monkeypatch, answer, letters):
    kigen.bring(sold("K-1", **BASE))
    kigen.ask("run-job", "all", at="2021-07-01T03:00:00Z")
    monkeypatch.setattr("io.StringIO", Terminal)

    said = kigen.ask("run-job", "all", at="2021-09-01T03:00:00Z", answer=answer)

    assert "Go on?" in said.err
    assert kigen.letters == letters


def test_a_run_of_another_job_is_no_reason_to_refuse(kigen):
    kigen.bring(sold("K-1", **BASE))
    runs = Runs(create_engine_for(f"sqlite:///{kigen.database}"), Notebooks(kigen.folder / "elsewhere"))
    other = runs.start("license-release", date(2021, 9, 1), datetime.now(UTC))

    assert kigen.run("renewal-notice", DAY).status == 0

    runs.finish(other, datetime.now(UTC), {})


@pytest.mark.parametrize("arguments", [("run-job", "all", "--date", DAY), ("import", "book.csv"), ("notices",)])
def test_75_the_database_is_locked_and_nothing_is_done(kigen, monkeypatch, arguments):
    kigen.bring(sold("K-1", **BASE))
    monkeypatch.chdir(kigen.folder)
    monkeypatch.setattr("jobs.database.engines.BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect(kigen.database)) as other:
        other.execute("BEGIN EXCLUSIVE")
        said = kigen.ask(*arguments)

    assert said.status == 75
    assert "locked by another process" in said.err
    assert kigen.inbox == []


def test_75_the_maildir_cannot_be_written_to_and_what_was_queued_stays_queued(kigen):
    kigen.bring(sold("K-1", **BASE))
    (kigen.folder / "maildir").write_text("a file where a folder must be")

    said = kigen.run("all", DAY)

    assert said.status == 75
    assert said.json["delivery"]["queued"] == 1
    (kigen.folder / "maildir").unlink()
    assert kigen.run("deliver", DAY).status == 0
    assert kigen.letters == [("k-1", "renewal-notice")]


def test_75_the_desks_letter_cannot_be_written_where_nothing_else_was_due(kigen):
    kigen.configure('[jobs.operator-digest]\nall_well = "wednesday"\n')
    kigen.bring(sold("K-1", **BASE))
    (kigen.folder / "maildir").write_text("a file where a folder must be")

    said, told = kigen.run("all", "2021-05-12"), kigen.ask("run-job", "all", "--date", "2021-05-12")

    assert (said.status, "maildir" in said.json["stopped"], said.json["delivery"]["queued"]) == (75, True, 1)
    assert (told.status, "delivery stopped: " in told.out) == (75, True)


def test_an_import_of_rejected_rows_only_is_1_and_says_each_reason(kigen):
    said = kigen.ask("import", a_csv(kigen.folder, sold("K-1", seats="0"), sold("", line="")))

    assert said.status == 1
    assert "2 rejected" in said.out
