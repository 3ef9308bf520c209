"""`notices` for people: chosen, a page at a time, in files that are whole, and told as a story."""

from __future__ import annotations

import csv
import errno
import io
import json
import stat

import pytest
from openpyxl import load_workbook

from tests.end_to_end.installation import Installation, sold
from tests.notify.bounces.builders import report_about

BASE = {"term_start": "2021-02-01", "months": "12"}
DAY = "2021-09-01"
NOON = "2021-09-01T03:00:00Z"
PARTNER = {"partner_name": "丸の内商会", "partner_email": "Desk@partner.example.com"}


@pytest.fixture
def sent(kigen):
    """K-1 and K-2 sent, K-3 held; K-1 and K-3 are of one account, K-2 came through a partner."""
    kigen.bring(
        sold("K-1", **BASE, account_number="A-1", company="青葉運輸"),
        sold("K-2", **BASE, company="Lotus 出版 100%", **PARTNER),
        sold("K-3", **BASE, account_number="A-1", company="青葉運輸", owner_email="k-1@example.co.jp"),
        sold("K-4", **BASE, owner_email=""),
    )
    assert kigen.ask("run-job", "renewal-notice", "--date", DAY, at=NOON).status == 1
    return kigen


def lines(said):
    return sorted({row["line"] for row in said.json if row["status"] != "skipped"})


@pytest.mark.usefixtures("each_database")
@pytest.mark.parametrize(
    ("options", "found"),
    [
        (("--account", "A-1"), ["K-1/1", "K-3/1"]),
        (("--company", "青葉"), ["K-1/1", "K-3/1"]),
        (("--company", "lotus"), ["K-2/1"]),
        (("--company", "0%"), ["K-2/1"]),  # a sign, not a wildcard
        (("--partner", "丸の内"), ["K-2/1"]),
        (("--partner", "desk@partner.example.com"), ["K-2/1"]),
        (("--address", "k-1@EXAMPLE.co.jp"), ["K-1/1", "K-3/1"]),
        (("--address", "K-2@example.co.jp"), ["K-2/1"]),
        (("--reason", "owner-missing"), ["K-4/1"]),
        (("--reason", "moved"), []),
        (("--by", "due", "--since", "2021-09-01", "--until", "2021-09-01"), ["K-1/1", "K-2/1", "K-3/1", "K-4/1"]),
        (("--by", "due", "--until", "2021-08-01"), []),
        (("--by", "sent", "--since", DAY, "--until", DAY), ["K-1/1", "K-2/1", "K-3/1"]),
        (("--by", "sent", "--since", "2021-09-02"), []),
        (("--bounced",), []),
        (("--account", "A-1", "--partner", "丸の内"), []),
    ],
)
def test_what_a_caller_asks_for_is_found(sent, options, found):
    assert lines(sent.ask("notices", *options, "--format", "json")) == found


def test_each_notice_says_whose_it_is_who_got_it_and_what_it_was_called(sent):
    (row,) = sent.ask("notices", "--contract", "K-2", "--status", "sent", "--format", "json").json

    told = (row["account"], row["company"], row["partner"], row["to"], row["bounced"])
    assert told == ("A-K-2", "Lotus 出版 100%", "丸の内商会", ["k-2@example.co.jp"], False)
    assert "ライセンス継続のお申し込み" in row["subject"]


def test_what_came_back_is_found_with_whom_it_was_for(tmp_path):
    kigen = Installation(tmp_path, '\nreturn_path = "bounces@example.jp"\n')
    kigen.bring(sold("K-1", **BASE), sold("K-2", **BASE))
    kigen.ask("run-job", "renewal-notice", "--date", DAY, at=NOON)
    (mail,) = (each for each in kigen.inbox if each["Delivered-To"] == "k-1@example.co.jp")
    (kigen.folder / "report.eml").write_bytes(report_about(mail))
    kigen.ask("bounce", kigen.folder / "report.eml", at="2021-09-01T04:00:00Z")

    (row,) = kigen.ask("notices", "--bounced", "--format", "json").json

    assert (row["line"], row["status"], row["to"], row["bounced"]) == ("K-1/1", "held", ["k-1@example.co.jp"], True)


def test_a_day_of_sending_is_a_day_in_the_contracts_zone(kigen):
    """2021-08-31 16:00 UTC is the morning of 1 September in Tokyo."""
    kigen.bring(sold("K-1", **BASE))
    kigen.ask("run-job", "renewal-notice", "--date", DAY, at="2021-08-31T16:00:00Z")

    days = {day: kigen.ask("notices", "--by", "sent", "--since", day, "--until", day, "--format", "json").json
            for day in ("2021-08-31", DAY)}  # fmt: skip

    assert {day: len(found) for day, found in days.items()} == {"2021-08-31": 0, DAY: 1}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--kind", "renewal"), "'renewal-notice'"),
        (("--reason", "tired"), "'owner-missing'"),
        (("--address", "owner"), "has no @"),
        (("--since", "2021-09-02", "--until", "2021-09-01"), "2021-09-01 is before --since 2021-09-02"),
        (("--before", "0"), "--before"),
        (("--before", "9" * 23), "is not in the range"),
        (("--limit", "9" * 23), "is not in the range"),
        (("show", "9" * 23), "is not in the range"),
        (("resend", "9" * 23), "is not in the range"),
        (("--by", "sent", "--since", "0001-01-01"), "expected a day from 1970-01-01 to 2999-12-31"),
        (("--by", "sent", "--until", "9999-12-31"), "expected a day from 1970-01-01 to 2999-12-31"),
    ],
)
def test_what_cannot_be_asked_for_is_said_with_what_can(sent, options, said):
    answer = sent.ask("notices", *options)

    assert (answer.status, said in answer.err) == (2, True)


def test_pages_follow_each_other_by_the_command_that_each_names(sent):
    seen, command = [], "notices --company 青葉 --limit 1"
    while command:
        said = sent.ask(*command.split(), "--format", "csv")
        seen += [row["id"] for row in csv.DictReader(io.StringIO(said.out))]
        command = said.err.partition("kigen ")[2].replace("'", "").strip()

    everything = sent.ask("notices", "--company", "青葉", "--format", "json").json
    assert seen == [str(row["id"]) for row in everything]
    assert len(seen) == len(set(seen)) == 4


def test_a_page_says_how_many_there_are_in_all(sent):
    assert "2 of 8; the next:  kigen notices --limit 2 --before" in sent.ask("notices", "--limit", "2").out


def test_a_list_that_is_whole_says_nothing_more(sent):
    said = sent.ask("notices", "--status", "held")

    assert (" of " in said.out, said.err) == (False, "")


# Export


@pytest.mark.usefixtures("each_database")
def test_every_form_of_export_holds_the_same_notices(sent):
    files = {form: sent.folder / f"out.{form}" for form in ("csv", "json", "jsonl", "xlsx")}
    for file in files.values():
        assert sent.ask("notices", "export", file).status == 0

    rows = list(csv.DictReader(io.StringIO(files["csv"].read_text("utf-8-sig"))))
    array = json.loads(files["json"].read_text("utf-8"))
    by_line = [json.loads(line) for line in files["jsonl"].read_text("utf-8").splitlines()]
    sheet = load_workbook(files["xlsx"]).active.iter_rows(values_only=True)
    names = next(sheet)
    cells = [dict(zip(names, row, strict=True)) for row in sheet]

    assert array == by_line
    assert len(array) == 8
    assert [(row["id"], row["company"], row["status"]) for row in cells] == [
        (row["id"], row["company"], row["status"]) for row in array
    ]
    assert [(row["id"], row["company"], row["to"]) for row in rows] == [
        (str(row["id"]), row["company"], " ".join(row["to"])) for row in array
    ]


def test_csv_in_a_file_begins_with_the_mark_by_which_excel_knows_utf_8(sent):
    sent.ask("notices", "export", sent.folder / "out.csv")

    assert (sent.folder / "out.csv").read_bytes().startswith(b"\xef\xbb\xbfid,")
    assert sent.ask("notices", "export").out.startswith("id,")


def test_an_export_of_nothing_is_a_file_of_its_form(sent):
    for form in ("csv", "json", "jsonl", "xlsx"):
        assert sent.ask("notices", "export", sent.folder / f"none.{form}", "--bounced").status == 0

    assert json.loads((sent.folder / "none.json").read_text()) == []
    assert (sent.folder / "none.jsonl").read_text() == ""
    assert load_workbook(sent.folder / "none.xlsx").active.max_row == 1


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＋", "－", "＠", " =", "\u3000=", "'="])
def test_no_cell_of_an_export_is_a_formula(kigen, start):
    kigen.bring(sold("K-1", **BASE, company=f"{start}HYPERLINK(1)"))
    kigen.run("renewal-notice", DAY)
    (given,) = {row["company"] for row in kigen.ask("notices", "--format", "json").json}

    for form in ("csv", "xlsx"):
        kigen.ask("notices", "export", kigen.folder / f"out.{form}", "--status", "sent")

    (row,) = csv.DictReader(io.StringIO((kigen.folder / "out.csv").read_text("utf-8-sig")))
    assert row["company"] == f"'{given}" or given.startswith("'")
    cells = [cell for cell in load_workbook(kigen.folder / "out.xlsx").active[2] if cell.value == given]
    assert [cell.data_type for cell in cells] == ["s"]


def test_control_characters_break_neither_form(kigen):
    kigen.bring(sold("K-1", **BASE))
    kigen.run("renewal-notice", DAY)
    kigen.sql("UPDATE accounts SET company = :name", name="a\x0bb\x1bc\ufffe")

    for form in ("csv", "xlsx"):
        assert kigen.ask("notices", "export", kigen.folder / f"out.{form}", "--status", "sent").status == 0

    assert "a�b�c�" in (kigen.folder / "out.csv").read_text("utf-8-sig")
    assert "a�b�c�" in [cell.value for cell in load_workbook(kigen.folder / "out.xlsx").active[2]]


def test_an_export_is_for_its_owners_eyes_only(sent):
    sent.ask("notices", "export", sent.folder / "out.csv")

    assert stat.S_IMODE((sent.folder / "out.csv").stat().st_mode) == 0o600


def test_an_export_replaces_a_file_only_when_it_is_told_to(sent):
    file = sent.folder / "out.csv"
    file.write_text("mine")

    said = sent.ask("notices", "export", file)
    assert (said.status, "--force" in said.err, file.read_text()) == (2, True, "mine")

    assert sent.ask("notices", "export", file, "--force").status == 0
    assert "K-1" in file.read_text("utf-8-sig")


@pytest.mark.parametrize("form", ["csv", "json", "xlsx"])
def test_a_full_disk_leaves_what_was_there_and_nothing_half_written(sent, monkeypatch, form):
    file = sent.folder / f"out.{form}"
    file.write_text("mine")
    before = set(sent.folder.iterdir())

    def full(_handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("jobs.terminal.whole_file.os.fsync", full)
    said = sent.ask("notices", "export", file, "--force")

    assert (said.status, "No space left" in said.err) == (2, True)
    assert (file.read_text(), set(sent.folder.iterdir())) == ("mine", before)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("out.txt",), "ends in .csv, .xlsx, .json or .jsonl"),
        (("-", "--format", "xlsx"), "needs the name of a FILE"),
        (("nowhere/out.csv",), "there is no such folder"),
        ((".", "--format", "csv"), "found a folder"),
    ],
)
def test_an_export_that_cannot_be_written_is_said_so(sent, monkeypatch, arguments, said):
    monkeypatch.chdir(sent.folder)

    answer = sent.ask("notices", "export", *arguments)

    assert (answer.status, said in answer.err) == (2, True)


# The story


def events(kigen, number):
    return [each["what"] for each in kigen.ask("notices", "show", number, "--format", "json").json["events"]]


def waits_for(kigen, **filters):
    ((number,),) = kigen.ledger("id", **filters)
    return kigen.ask("notices", "show", number, "--format", "json").json["waits_for"]


@pytest.mark.usefixtures("each_database")
def test_the_story_of_a_notice_is_told_in_the_order_of_time(kigen):
    kigen.configure('[jobs.renewal-notice]\napproval = "manual"\n')
    kigen.bring(sold("K-1", **BASE))
    kigen.ask("run-job", "renewal-notice", "--date", "2021-08-02", at="2021-08-02T01:00:00Z")
    kigen.bring(sold("K-1", **BASE, seats="12"))
    kigen.ask("run-job", "renewal-notice", "--date", "2021-08-03", at="2021-08-03T01:00:00Z")
    kigen.ask("approve", "--all", at="2021-08-03T02:00:00Z")
    kigen.ask("run-job", "deliver", "--date", "2021-08-03", at="2021-08-03T03:00:00Z")
    ((number,),) = kigen.ledger("id", status="sent")

    told = events(kigen, number)

    parts = ("letter 1 is written", "letter 1 is withdrawn: changed", "letter 2 is written", "approved it", "accepted")
    assert [next(what for what in told if part in what) for part in parts] == told
    assert kigen.ask("notices", "show", number).out.count(" JST  ") == 5


@pytest.mark.parametrize(
    ("filters", "command"),
    [({"contract": "K-4", "status": "held"}, "kigen import FILE"), ({"contract": "K-1", "status": "sent"}, "")],
)
def test_a_notice_says_what_it_waits_for_and_which_command_moves_it(sent, filters, command):
    said = waits_for(sent, **filters)

    assert command in said
    assert bool(command) == bool(said)


def test_a_queued_notice_waits_for_the_next_delivery(kigen):
    kigen.bring(sold("K-1", **BASE))
    kigen.run("renewal-notice", DAY, "--no-deliver")

    assert waits_for(kigen, status="queued") == "the next delivery: `kigen run-job deliver`"


@pytest.mark.parametrize(
    ("status", "commands"),
    [
        ("in-doubt", ["notices settle {id} --sent", "notices resend {id}"]),
        ("failed", ["notices resend {id}", "notices cancel {id}"]),
    ],
)
def test_what_needs_a_person_names_the_commands_that_settle_it(sent, status, commands):
    ((number,),) = sent.ledger("id", contract="K-1", status="sent")
    sent.sql("UPDATE notices SET status = :status WHERE id = :id", status=status, id=number)

    said = sent.ask("notices", "show", number).out

    assert [command for command in commands if command.format(id=number) not in said] == []
