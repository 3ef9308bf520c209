"""Bad input: each gives one clear message on standard error (what, where, what is allowed), no traceback, and one bad
line never stops the others' mail."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import pytest

from jobs.database import schema
from tests.contracts.builders import a_csv, csv_text
from tests.end_to_end.installation import as_a_user_who_may_not_write, kind_of, sold, text_of

BASE = {"term_start": "2021-02-01", "months": "12"}
DAY = "2021-09-01"
GOOD = sold("K-GOOD", **BASE)


def refused(said, *told, status=2):
    """Whether the command ended with that status and one message that says all of these."""
    assert said.status == status, said
    assert said.out == ""
    assert said.err.startswith("kigen: ")
    assert said.err.count("\n") == 1, said.err
    for part in told:
        assert str(part) in said.err
    return True


# The book's file


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"\n\n", "no row"),
        (csv_text([GOOD]).splitlines()[0].encode(), "nothing below it"),
        (csv_text([GOOD]).partition("\n")[2].encode(), "header"),
        (csv_text([{k: v for k, v in GOOD.items() if k != "menu"}]).encode(), "menu"),
        (csv_text([GOOD]).encode("utf-16"), "UTF-16"),
        (csv_text([GOOD]).encode("utf-8")[:-40] + b"\xe6\x97\xff\xff\n", "UTF-8"),
        ((csv_text([GOOD]) + 'A-K-1,"株式会社閉じない,\r\n' + csv_text([GOOD])).encode(), "quote"),
        (b"PK\x03\x04 but no workbook", "workbook"),
        (bytes(range(256)) * 20, ""),
    ],
    ids=[
        "an empty file", "blank lines only", "a header and nothing else", "no header", "a required column missing",
        "UTF-16", "broken UTF-8", "a quote that never ends", "a broken workbook", "no text at all",
    ],
)  # fmt: skip
def test_a_book_that_cannot_be_read_is_refused_by_name_and_leaves_the_book_as_it_was(kigen, content, told):
    kigen.bring(GOOD)
    bad = kigen.folder / "bad.csv"
    bad.write_bytes(content)

    assert refused(kigen.ask("import", bad), bad, told)
    assert kigen.run("renewal-notice", DAY).json["counts"]["send"] == 1


def test_a_folder_is_no_book(kigen):
    assert refused(kigen.ask("import", kigen.folder), kigen.folder, "is a directory")


def test_a_row_that_cannot_be_is_named_with_row_column_value_and_reason_and_the_others_go_in(kigen):
    book = a_csv(kigen.folder, sold("K-BAD", **BASE, ordered_on="2021-02-30"), GOOD)

    said = kigen.ask("import", book)

    assert said.status == 1
    row = next(line for line in said.out.splitlines() if "2021-02-30" in line)
    assert row.split()[:2] == ["2", "ordered_on"]
    kigen.run("renewal-notice", DAY)
    assert kigen.letters == [("k-good", "renewal-notice")]


def test_strict_takes_none_of_a_book_with_a_bad_row(kigen):
    said = kigen.ask("import", a_csv(kigen.folder, sold("K-BAD", **BASE, seats="0"), GOOD), "--strict")

    assert said.status == 1
    assert kigen.run("all", DAY).json["decisions"] == []


# The database


@pytest.mark.alters_the_ledger
def test_a_file_that_is_no_database(kigen):
    kigen.database.write_text("Dear diary, " * 500)

    assert refused(kigen.ask("run-job", "all"), "not a database")


def test_a_database_of_a_newer_kigen_is_left_alone(kigen):
    kigen.bring(GOOD)
    kigen.sql("UPDATE alembic_version SET version_num = '9999'")
    before = kigen.database.read_bytes()

    for command in (
        ("run-job", "all"),
        ("notices",),
        ("import", kigen.folder / "book.csv"),
        ("db", "check"),
        ("db", "upgrade"),
    ):
        assert refused(kigen.ask(*command), "newer kigen", "nothing was done")
    assert kigen.database.read_bytes() == before


@pytest.mark.parametrize("table", ["songs", "accounts"])
def test_another_program_s_database_is_left_alone(kigen, table):
    kigen.sql(f"CREATE TABLE {table} (title TEXT)")
    before = kigen.database.read_bytes()

    for command in (("run-job", "all"), ("notices",), ("import", a_csv(kigen.folder, GOOD)), ("db", "upgrade")):
        assert refused(kigen.ask(*command), "another program's database")
    assert kigen.database.read_bytes() == before


def test_a_database_of_an_older_kigen_asks_for_the_upgrade_and_works_after_it(kigen, tmp_path, monkeypatch):
    kigen.bring(GOOD)
    a_program_with_one_more_revision(tmp_path, monkeypatch)

    assert refused(kigen.ask("run-job", "all"), "older kigen", "kigen db upgrade")
    assert kigen.ask("db", "upgrade").status == 0
    assert kigen.run("renewal-notice", DAY).status == 0


def a_program_with_one_more_revision(folder, monkeypatch):
    migrations = folder / "migrations"
    shutil.copytree(schema.MIGRATIONS, migrations)
    newest = max(migrations.glob("versions/0*.py")).stem.partition("_")[0]
    text = f'revision, down_revision = "9999", "{newest}"\ndef upgrade(): pass\n'
    (migrations / "versions" / "9999_next.py").write_text(text)
    monkeypatch.setattr(schema, "MIGRATIONS", migrations)


def test_a_database_that_may_only_be_read_can_be_looked_at_and_not_written_to(kigen):
    kigen.bring(GOOD)
    assert kigen.run("all", DAY, "--dry-run").status == 0

    with as_a_user_who_may_not_write(kigen.database, kigen.folder):
        looked = kigen.run("all", DAY, "--dry-run")
        wrote = kigen.ask("decline", "K-GOOD", "--on", DAY)
        ran = kigen.ask("run-job", "all", "--date", DAY)

    assert looked.json["counts"]["send"] == 1
    assert refused(wrote, "cannot be written to")
    assert refused(ran, "installation.file", "Permission denied")  # where it would note what it has in hand
    assert kigen.run("all", DAY).status == 0
    assert kigen.letters == [("k-good", "renewal-notice")]


def test_a_run_waits_for_nobody_who_only_reads(kigen, monkeypatch):
    kigen.bring(GOOD)
    with closing(sqlite3.connect(kigen.database)) as other:
        other.execute("SELECT * FROM lines").fetchone()

        assert kigen.run("all", DAY).status == 0


def test_a_menu_item_that_the_catalogue_no_longer_has_is_named_with_its_line(kigen):
    kigen.bring(GOOD)
    kigen.sql("UPDATE lines SET menu = 'zoom-phone'")

    assert refused(kigen.ask("run-job", "all", "--date", DAY), "K-GOOD/1", "zoom-phone")


# The reseller's own templates


def own_template(kigen, name, text):
    """Gives the reseller a template of their own, which is searched first."""
    file = kigen.folder / "own" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    kigen.configure('[templates]\ndirectories = ["own"]\n')
    return file


TEMPLATE_ERRORS = pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ご案内\n{% if closing_day %}", "line 2"),  # never ended
        ("{{ account.company }}\n{{ acount.company }}", "acount"),
        ("{{ account.fax }}", "fax"),
        ("{{ closing_day|shouted }}", "shouted"),
        ("{{ partner }}", "not there for every letter"),
    ],
)


@TEMPLATE_ERRORS
def test_a_template_with_an_error_is_named_with_its_file_and_stops_no_other_letter(kigen, text, told):
    file = own_template(kigen, "ja/renewal-notice.txt", text)
    kigen.bring(GOOD, sold("K-NEW", term_start=DAY, opened_on="2021-08-30"), sold("K-ENGLISH", **BASE, language="en"))

    said = kigen.run("all", DAY)

    assert said.status == 1
    (problem,) = said.json["problems"]
    assert "K-GOOD/1" in problem
    assert str(file) in problem
    assert told in problem
    assert kigen.letters == [("k-english", "renewal-notice"), ("k-new", "service-start")]


def test_what_a_broken_template_kept_back_goes_out_once_when_it_is_mended(kigen):
    file = own_template(kigen, "ja/renewal-notice.txt", "{{ nonsense }}")
    kigen.bring(GOOD)
    kigen.run("all", DAY)

    file.unlink()
    for day in ("2021-09-02", "2021-09-03"):
        kigen.run("all", day)

    assert kigen.letters == [("k-good", "renewal-notice")]


def test_a_queued_mail_that_is_no_longer_true_does_not_go_out_because_the_new_one_cannot_be_written(kigen):  # P1
    kigen.bring(GOOD)
    kigen.run("renewal-notice", DAY, "--no-deliver")

    file = own_template(kigen, "ja/renewal-notice.txt", "{{ nonsense }}")
    kigen.bring(sold("K-GOOD", **BASE, owner_email="new@example.co.jp"))
    kigen.run("deliver", DAY)
    assert kigen.inbox == []

    file.unlink()
    kigen.run("renewal-notice", "2021-09-02")
    assert kigen.letters == [("new", "renewal-notice")]


@TEMPLATE_ERRORS
def test_templates_check_finds_it_before_any_mail_does(kigen, text, told):
    file = own_template(kigen, "ja/renewal-notice.txt", text)

    said = kigen.ask("templates", "check")

    assert said.status == 1
    assert str(file) in said.out
    assert told in said.out


def test_the_shipped_templates_pass_their_check(kigen):
    assert kigen.ask("templates", "check").status == 0


def test_a_directory_of_templates_that_is_not_there_is_an_error_not_a_silent_fallback(kigen):
    kigen.configure('[templates]\ndirectories = ["own"]\n')
    kigen.bring(GOOD)

    assert refused(kigen.ask("run-job", "all", "--date", DAY), kigen.folder / "own", "no such directory")


# Names and addresses


NASTY_NAMES = {
    "a line break": "山田\r\nBcc: thief@example.com",
    "markup": "<script>alert(1)</script>",
    "controls of direction": "山田\u202eリトル\u2066",
    "a look-alike of an encoded word": "=?utf-8?q?x?=",
    "a look-alike that holds a header": "=?utf-8?q?x=0D=0ABcc:_thief=40example.com?=",
    "quotes and brackets": '"x" <thief@example.com>, y',
    "braces of the template": "{{ sender.company }}{% raw %}",
    "an invisible sign": "山田\u200b太郎\x07",
}


@pytest.fixture(params=NASTY_NAMES.values(), ids=NASTY_NAMES.keys())
def mail_of_a_nasty_name(kigen, request):
    """The mail to an owner and company of that name; the other contract's mail went out as well."""
    kigen.bring(sold("K-NASTY", **BASE, company=request.param, owner_name=request.param), GOOD)
    kigen.run("all", DAY)
    assert kigen.letters == [("k-good", "renewal-notice"), ("k-nasty", "renewal-notice")]
    return next(mail for mail in kigen.inbox if mail["Delivered-To"] == "k-nasty@example.co.jp")


def test_a_nasty_name_reaches_nobody_else_and_breaks_no_header(mail_of_a_nasty_name):
    mail = mail_of_a_nasty_name
    assert mail.defects == []
    assert mail["Bcc"] is None
    assert [address.addr_spec for address in mail["To"].addresses] == ["k-nasty@example.co.jp"]
    assert kind_of(mail) == "renewal-notice"
    assert not set("\u202e\u2066\u200b\x07\r\n") & set(str(mail["Subject"]) + str(mail["To"]))


def test_a_nasty_name_is_text_in_both_parts(mail_of_a_nasty_name):
    mail = mail_of_a_nasty_name
    html = mail.get_body(("html",)).get_content()
    assert "<script" not in html
    assert "株式会社サンプル販売" in text_of(mail)  # the letter is whole
    for part in (html, text_of(mail)):
        assert not set("\u202e\u2066\u200b\x07") & set(part)


@pytest.mark.parametrize(
    "address",
    [
        "a@example.com,b@example.com", "a@example.com\nBcc: b@example.com", "nobody", "a b@example.com", "@example.com",
        "a@", "a@localhost", "a@@example.com", "太郎@example.co.jp", "<a@example.com>", "a" * 65 + "@example.com",
    ],
)  # fmt: skip
def test_an_owner_s_address_that_is_none_holds_its_notice_and_no_other_s(kigen, address):  # N8
    kigen.bring(sold("K-BAD", **BASE, owner_email=address), GOOD)

    said = kigen.run("all", DAY)

    assert said.status == 1
    assert ("K-BAD", "hold", "owner-invalid") in said.decisions("contract", "action", "reason")
    assert kigen.letters == [("k-good", "renewal-notice")]


def test_a_contract_number_with_a_slash_works_everywhere(kigen):
    number = "2021/08/K-1"
    renewal = {
        "line": "2",
        "order": "continuation",
        "seats": "4",
        "term_start": "2022-02-01",
        "ordered_on": "2021-10-01",
    }
    owner = {"owner_email": "slash@example.co.jp", "opened_on": ""}
    kigen.bring(sold(number, **BASE, **owner), sold(number, **renewal, **owner), GOOD)

    assert kigen.run("license-release", "2021-12-28", "--only", number).decisions("contract", "line") == [(number, "1")]
    assert kigen.letters == [("slash", "license-release")]
    assert kigen.ask("explain", number, "--date", DAY, "--format", "json").json[1]["line"] == "2"
    assert [one["line"] for one in kigen.ask("explain", f"{number}/1", "--format", "json").json] == ["1"]
    assert kigen.ask("notices", "--contract", number, "--format", "json").json[0]["line"] == f"{number}/1"
    assert kigen.ask("decline", f"{number}/1", "--on", DAY).status == 0
    assert kigen.ask("release", number, "--on", "2022-01-10").status == 0
    reminders = kigen.run("license-release", "2022-01-24", "--only", number)
    assert reminders.decisions("reason") == [("already-sent",), ("released",)]
