"""`forget`: what a person who asks is forgotten of, and what has to stay (Art. 28)."""

from __future__ import annotations

import pytest

from tests.end_to_end.installation import Installation, sold
from tests.end_to_end.retention import BASE, DAY, ENDED, NAMES, NOON, chain_of, kept, with_a_notice_sent
from tests.notify.bounces.builders import report_about


@pytest.fixture
def sent(kigen):
    return with_a_notice_sent(kigen)


@pytest.mark.usefixtures("each_database")
def test_a_person_is_forgotten_on_the_ledger_and_in_the_book_and_the_facts_stay(sent):
    """Art. 28."""
    said = sent.ask("forget", "A-K-1", "--reference", "request 7", "--yes", at=ENDED)

    assert said.status == 0
    assert kept(sent) == [(False, False, None)]
    assert [row["company"] for row in sent.ask("notices", "--status", "sent", "--format", "json").json] == [
        "株式会社K-1"
    ]
    assert chain_of(sent) == ()
    again = sent.ask("forget", "A-K-1", "--dry-run", "--format", "json", at=ENDED).json
    assert (again["people"], again["mails"], again["marks"]) == (0, [], 0)


def test_what_is_forgotten_does_not_linger_in_the_file(sent):
    sent.ask("forget", "A-K-1", "--yes", at=ENDED)

    stored = sent.database.read_bytes()
    assert [name for name in NAMES if name in stored] == []


def test_forget_shows_first_and_a_dry_run_changes_nothing(sent):
    before = sent.stored()

    said = sent.ask("forget", "A-K-1", "--dry-run", at=ENDED)

    assert "goes from the book: 2 names and addresses" in said.out
    assert "k-1@example.co.jp" not in said.out
    assert sent.stored() == before


def test_while_a_contract_runs_its_people_and_letters_stay(sent):
    said = sent.ask("forget", "A-K-1", "--yes", at="2022-01-31T03:00:00Z")

    assert (said.status, "contract K-1 runs until 2022-01-31" in said.out) == (1, True)
    assert kept(sent) == [(True, True, "k-1@example.co.jp")]


def test_evidence_within_its_time_stays_and_says_until_when(kigen):
    """N2."""
    kigen.bring(sold("K-1", **BASE, opened_on="2021-01-20"))
    kigen.ask("run-job", "service-start", "--date", "2021-01-21", at="2021-01-21T03:00:00Z")

    said = kigen.ask("forget", "A-K-1", "--yes", at=ENDED)

    assert "1 of service-start: evidence of the contract (N2), kept for 120 months" in said.out
    assert kept(kigen) == [(True, True, "k-1@example.co.jp")]
    assert "owner_email" not in kigen.ask("forget", "A-K-1", "--dry-run", at=ENDED).out


def test_an_import_does_not_bring_a_forgotten_person_back_unsaid(sent):
    sent.ask("forget", "A-K-1", "--yes", at=ENDED)

    said = sent.bring(
        sold("K-1", **BASE, owner_name="山田　太郎", owner_email="K-1@EXAMPLE.co.jp"),
        sold("K-2", **BASE, owner_name="佐藤"),
    )

    flagged = [(flag["column"], flag["value"]) for flag in said.json["flags"] if "forgotten" in flag["reason"]]
    assert sorted(flagged) == [("owner_email", "***"), ("owner_name", "***")]
    assert [name for name in NAMES if name in sent.database.read_bytes()] == []


def test_a_new_owner_of_a_forgotten_account_is_taken_in(sent):
    sent.ask("forget", "A-K-1", "--yes", at=ENDED)

    sent.bring(sold("K-1", **BASE, owner_name="佐藤 花子", owner_email="new@example.co.jp"))

    assert b"new@example.co.jp" in sent.database.read_bytes()


def test_a_person_who_is_back_is_let_in_again(sent):
    sent.ask("forget", "A-K-1", "--yes", at=ENDED)

    assert sent.ask("forget", "A-K-1", "--lift").out.startswith("2 names and addresses")
    sent.bring(sold("K-1", **BASE))

    assert NAMES[0] in sent.database.read_bytes()


def test_a_marked_address_is_forgotten_unless_another_account_has_it(tmp_path):
    kigen = Installation(tmp_path, '\nreturn_path = "bounces@example.jp"\n')
    kigen.bring(sold("K-1", **BASE), sold("K-2", **BASE | {"months": "24"}, owner_email="k-1@example.co.jp"))
    kigen.ask("run-job", "renewal-notice", "--date", DAY, "--only", "K-1", at=NOON)
    (kigen.folder / "report.eml").write_bytes(report_about(kigen.inbox[0]))
    kigen.ask("bounce", kigen.folder / "report.eml", at="2021-09-01T04:00:00Z")

    assert kigen.ask("forget", "A-K-1", "--dry-run", "--format", "json", at=ENDED).json["marks"] == 0

    kigen.bring(sold("K-2", **BASE | {"months": "24"}, owner_email="other@example.co.jp"))
    assert kigen.ask("forget", "A-K-1", "--dry-run", "--format", "json", at=ENDED).json["marks"] == 1


def test_files_that_name_the_person_are_listed_for_somebody_to_look_at(sent):
    box = sent.folder / "var/for-people/new"
    box.mkdir(parents=True)
    (box / "1.a").write_bytes(b"From: K-1@Example.co.jp\n\nhello\n")
    (box / "2.b").write_bytes(b"From: someone@example.com\n\nhello\n")
    (box / "3.c").write_bytes(b'From: "K-1"@example.co.jp\n\nhello\n')

    said = sent.ask("forget", "A-K-1", "--dry-run", "--format", "json", at=ENDED)

    assert (said.status, said.json["files"]) == (1, [str(box / "1.a"), str(box / "3.c")])


def test_what_is_open_stays_and_says_how_to_end_it(sent):
    said = sent.ask("forget", "A-K-2", "--dry-run", at=ENDED)

    assert "1 open: `kigen notices --account A-K-2`" in said.out


def test_that_somebody_was_forgotten_is_on_record_without_who_it_was(sent):
    sent.ask("forget", "A-K-1", "--reference", "request 7", "--yes", at=ENDED)

    engine = sent.engine()
    with engine.connect() as connection:
        (row,) = connection.exec_driver_sql("SELECT account, reference, counts FROM forgettings").all()
    engine.dispose()
    assert (row.account, row.reference) == ("A-K-1", "request 7")
    assert "example" not in str(row)


def test_an_account_that_is_not_in_the_book_is_said_so(sent):
    said = sent.ask("forget", "A-9", "--dry-run")

    assert (said.status, "the book has no account A-9" in said.err) == (2, True)


def test_to_lift_shows_nothing_beforehand(sent):
    said = sent.ask("forget", "A-K-1", "--lift", "--dry-run", at=ENDED)

    assert (said.status, "leave out --dry-run" in said.err) == (2, True)
