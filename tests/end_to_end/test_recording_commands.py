"""`release`, `decline`, `baseline`, `import`, `db`: what a person records, and what follows from it."""

from __future__ import annotations

import stat

import pytest

from tests.contracts.builders import JAPANESE, a_csv, an_xlsx, csv_text
from tests.end_to_end.installation import sold

BASE = {"term_start": "2021-02-01", "months": "12"}
RENEWED = {"order": "continuation", "term_start": "2022-02-01", "ordered_on": "2021-10-01", "opened_on": ""}
REMINDERS = ("2021-12-28", "2022-01-24", "2022-01-28")  # 30, 7 and 1 days before 2022-01-31, on business days


@pytest.fixture
def reduced(kigen):
    """Business 10 and Rooms 3, continued as Business 4 alone: two families with licences to release."""
    kigen.bring(
        sold("K-1", **BASE),
        sold("K-1", **BASE, line="2", menu="rooms", seats="3"),
        sold("K-1", **RENEWED, line="3", seats="4"),
    )
    return kigen


def released_reminders(kigen):
    return [line for line, kind in kigen.ledger("line", "kind", status="sent") if kind == "license-release"]


def test_without_a_recorded_release_each_family_is_reminded_three_times(reduced):  # N5
    for day in REMINDERS:
        reduced.run("license-release", day)

    assert released_reminders(reduced) == ["K-1/1"] * 3 + ["K-1/2"] * 3


def test_a_recorded_release_of_a_line_ends_the_reminders_of_its_family_only(reduced):  # N5
    reduced.run("license-release", REMINDERS[0])

    said = reduced.ask("release", "K-1/1", "--on", "2022-01-10")
    for day in REMINDERS[1:]:
        reduced.run("license-release", day)

    assert (said.status, said.out) == (0, "K-1: released on 2022-01-10: line 1\n")
    assert released_reminders(reduced) == ["K-1/1"] + ["K-1/2"] * 3
    assert reduced.ledger("reason", contract="K-1", status="skipped") == [("released",)] * 2


@pytest.mark.usefixtures("each_database")
def test_a_release_of_the_contract_ends_the_reminders_of_all_its_families(reduced):
    reduced.run("license-release", REMINDERS[0])

    reduced.ask("release", "K-1", "--on", "2022-01-10")
    for day in REMINDERS[1:]:
        reduced.run("license-release", day)

    assert released_reminders(reduced) == ["K-1/1", "K-1/2"]


@pytest.mark.usefixtures("each_database")
def test_an_import_does_not_forget_a_recorded_release(reduced):
    reduced.ask("release", "K-1/1", "--on", "2022-01-10")

    reduced.bring(sold("K-1", **BASE), sold("K-1", **RENEWED, line="3", seats="4"))

    assert ("1", "released") in reduced.run("license-release", "2022-01-24").decisions("line", "reason")


@pytest.mark.usefixtures("each_database")
def test_a_declined_line_gets_no_further_renewal_notice(kigen):  # N1
    kigen.bring(sold("K-1", **BASE), sold("K-1", **BASE, line="2", menu="rooms"))
    kigen.run("renewal-notice", "2021-08-02")

    assert kigen.ask("decline", "K-1/2", "--on", "2021-08-10").out == "K-1: declined on 2021-08-10: line 2\n"
    kigen.run("renewal-notice", "2021-09-01")

    assert kigen.ledger("line", "reason", status="skipped") == [("K-1/2", "declined")]
    assert kigen.letters == [("k-1", "renewal-notice")] * 3


@pytest.mark.usefixtures("each_database")
def test_a_declined_contract_gets_none_for_any_line(kigen):
    kigen.bring(sold("K-1", **BASE), sold("K-1", **BASE, line="2", menu="rooms"))

    kigen.ask("decline", "K-1", "--on", "2021-08-01")

    assert kigen.run("renewal-notice", "2021-08-02").decisions("reason") == [("declined",)] * 2


NOON = "2021-09-02T03:00:00Z"  # of 2 September in Tokyo


# Baseline: what was due before is another system's business


@pytest.fixture
def taken_over(kigen):
    """A book with two renewal notices that would go out today; the other system sent one of them."""
    kigen.bring(sold("K-1", **BASE), sold("K-2", term_start="2021-03-01"))
    return kigen


def test_baseline_shows_what_it_is_about_and_asks(taken_over):

    said = taken_over.ask("baseline", "2021-09-01", answer="n\n", at=NOON)

    assert said.status != 0
    assert "No notice that would go out today was due before 2021-09-01" in said.out
    assert taken_over.run("renewal-notice", "2021-09-02").json["counts"]["send"] == 2


def test_a_baseline_that_is_agreed_to_keeps_back_what_was_due_before_and_says_so_on_record(taken_over):

    said = taken_over.ask("baseline", "2021-09-02", answer="y\n", at=NOON)
    run = taken_over.run("renewal-notice", "2021-09-02")

    assert said.status == 0
    assert "K-1/1" in said.out
    assert "K-2/1" in said.out
    assert run.decisions("contract", "occasion", "reason") == [
        ("K-1", "2022-01/5m", "before-baseline"),
        ("K-1", "2022-01/4m", "before-baseline"),
        ("K-2", "2022-02/5m", "before-baseline"),
    ]
    assert taken_over.inbox == []


def test_what_is_due_from_the_baseline_on_goes_out(taken_over):
    taken_over.ask("baseline", "2021-09-02", "--yes", at=NOON)

    taken_over.run("renewal-notice", "2021-10-01")

    assert taken_over.letters == [("k-2", "renewal-notice")]  # the 4-month one


def test_a_baseline_dry_run_sets_none(taken_over):

    said = taken_over.ask("baseline", "2021-09-02", "--dry-run", "--format", "json", at=NOON)

    assert {row["line"] for row in said.json} == {"K-1/1", "K-2/1"}
    assert taken_over.run("renewal-notice", "2021-09-02").json["counts"]["send"] == 2


# Import


@pytest.mark.parametrize("write", [a_csv, an_xlsx])
@pytest.mark.usefixtures("each_database")
def test_importing_a_book_twice_changes_nothing(kigen, write):
    book = write(kigen.folder, sold("K-1", **BASE), sold("K-2", **BASE))

    first, second = (kigen.ask("import", book, "--format", "json").json for _ in range(2))

    assert (first["rows"], first["added"], first["unchanged"]) == (2, 2, 0)
    assert (second["added"], second["changed"], second["unchanged"]) == (0, 0, 2)


def test_a_dry_run_of_an_import_reports_the_same_and_makes_no_database(kigen):
    book = a_csv(kigen.folder, sold("K-1", **BASE))

    said = kigen.ask("import", book, "--dry-run", "--format", "json").json

    assert (said["added"], said["dry_run"], said["written"]) == (1, True, False)
    assert not kigen.database.exists()


def test_a_book_in_cp932_with_japanese_headers_is_read(kigen):
    book = kigen.folder / "book.csv"
    book.write_bytes(csv_text([sold("K-1", **BASE, owner_name="髙橋 花子")], JAPANESE).encode("cp932"))

    assert kigen.ask("import", book).status == 0
    kigen.run("renewal-notice", "2021-09-01")
    assert "髙橋 花子 様" in kigen.text_of("k-1", "renewal-notice")


# The database


def test_db_upgrade_makes_the_tables_and_db_check_finds_them_sound(kigen):
    assert kigen.ask("db", "upgrade").status == 0
    assert kigen.ask("db", "upgrade").status == 0  # again: nothing to do

    said = kigen.ask("db", "check")

    assert said.status == 0
    assert "every reference in them leads somewhere" in said.out


def test_db_check_finds_rows_that_refer_to_nothing(kigen):
    kigen.bring(sold("K-1", **BASE))
    kigen.sql("DELETE FROM contracts")

    said = kigen.ask("db", "check")

    assert said.status == 1
    assert "table lines" in said.out


def test_a_new_database_can_be_read_by_its_owner_only(kigen):
    kigen.bring(sold("K-1", **BASE))

    assert stat.S_IMODE(kigen.database.stat().st_mode) == 0o600
