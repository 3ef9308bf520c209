"""Each reason why a row, a file or the catalogue is refused or flagged is provoked, and said in each language."""

from __future__ import annotations

import codecs
import os
from datetime import date, datetime
from itertools import chain
from pathlib import Path

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from contracts.addresses import AddressError, mailable
from contracts.files.book_file import open_book
from contracts.files.catalogue_file import CatalogueError, load_catalogue, shipped_catalogue
from contracts.files.cells import CellError
from contracts.files.rows import Rejected
from contracts.files.sheet import BookFileError
from contracts.model import Account, Contract
from contracts.rules.checks import flags
from contracts.store.book import Book, UnknownMenuError
from contracts.store.forgotten import People, take_out
from contracts.store.tables import lines
from jobs.language.messages import LANGUAGES, Messages, sentences
from tests.contracts.builders import a_csv, a_row, an_engine, an_xlsx, csv_text, imported
from tests.jobs.language.builders import BAD_ADDRESSES, BROKEN

CATALOGUE = shipped_catalogue()
MIDDAY = datetime(2021, 2, 1, 12)  # noqa: DTZ001 - a workbook knows no zones
BAD_CELLS = [
    {"company": "#REF!"}, {"contract": "9.8E+10"}, {"contract": "K\n1"}, {"contract": "K" * 65}, {"seats": "none"},
    *({"term_start": text} for text in ("2021-02-01 09:30", "44228", "soon", "2021-02-30", "1999-02-01")),
    {"term_start": "平成40年1月1日"}, {"term_start": "令和元年1月1日"}, {"term_end": "2022-02-28"},
    {"company": ""}, {"months": "", "term_end": ""}, {"months": "", "term_end": "2020-01-31"},
    {"menu": "umbrella"}, {"order": "gift"}, {"language": "fr"}, {"contract": "0001"}, {"contract": "1"},
]  # fmt: skip
ODD_CELLS = [
    {"company": "a\nb"}, {"company": "a\u202eb"}, {"company": "a\ufffdb"}, {"owner_email": "a@"},
    {"partner_email": "a@"}, {"menu": "registration"}, {"contract": "000000001"}, {"line": "1"},
]  # fmt: skip
BAD_WORKBOOK_CELLS = [
    {"company": MIDDAY}, {"company": True}, {"contract": 1e20}, {"company": '="a"&"b"'},
    {"term_start": MIDDAY},
]  # fmt: skip
WHOLE = csv_text([a_row()]).encode()
NO_BOOKS = {
    "old.xls": b"\xd0\xcf\x11\xe0", "utf16.csv": codecs.BOM_UTF16_LE + "a".encode("utf-16-le"), "empty.csv": b"",
    "quote.csv": b'line,"a\nb\n', "quotes.csv": b'"a"b\nc\n', "damaged.csv": "会社名\n".encode() + b"\xff\n",
    "other.csv": b"\xff\xa0\n", "nul.csv": b"a\n\0", "blank.csv": b"\n\n", "short.csv": WHOLE.splitlines()[0],
    "header.csv": b"line\nx\n", "twice.csv": b"line,line\nx,y\n", "book.xlsx": b"PK\x03\x04nothing",
    "months.csv": csv_text([a_row(months=None, term_end=None)]).encode(),
}  # fmt: skip
HEADER = "code,role,name_ja,family,rank,new_from,total_to,minimum,falls_to,own_term,not_beside"
BASE = "a,base,甲,base,1,,,,,,"
WRONG_ITEMS = [
    "b,gift,乙,base,1,,,,,,", "b,base,乙,base,,,,,,,", "b,base,乙,base,1,,,,,maybe,", "b,base,甲,base,1,,,,,,",
    "b,base,乙,other,1,,,,,,", "b,option,乙,base,,,,,,,", "b,base,乙,base,1,9,8,,,,", "b,base,乙,base,1,,,5,,,",
    "b,base,乙,base,1,,,5,z,,", "b,base,乙,base,1,,,,,,,x", "b,option,乙,,,,,,,,z",
]  # fmt: skip
NO_CATALOGUES = [*(f"{HEADER}\n{BASE}\n{item}" for item in WRONG_ITEMS), HEADER, f"{HEADER},colour\n{BASE}"]
NOT_PROVOKED = {  # too large for a test, of the system, of a workbook that no program writes, or of a command's option
    "file.unreadable", "file.changed-while-read", "file.too-many-rows", "file.no-visible-sheet", "file.too-large",
    "file.unpacks-too-large", "file.strict", "flag.half-in-name",
}  # fmt: skip


def refusals(of, act, *inputs):
    """What these inputs are refused with."""
    for one in inputs:
        try:
            act(one)
        except of as refusal:
            yield refusal


def of_imports(folder):
    """Why rows are rejected, and what rows and lines are flagged for."""
    engine = an_engine(folder)
    imported(engine, a_csv(folder, a_row(contract="00000001")))
    bad = [a_row(**{"contract": f"K-{number}"} | cells) for number, cells in enumerate(BAD_CELLS)]
    odd = [
        a_row(**{"contract": f"O-{number}", "account_number": f"9{number}"} | cells, x="")
        for number, cells in enumerate(ODD_CELLS)
    ]
    again = ({}, {}, {"seats": "3"}, {"account_number": "1"}, {"contract": "T-2", "owner_name": "x"})
    twice = [a_row(**{"contract": "T-1"} | cells) for cells in again]
    a_csv(folder, *bad, *twice, name="bad.csv")
    with (folder / "bad.csv").open("a", encoding="utf-8") as file:
        file.write('x,"a"b\n' + ",".join(["1"] * 30) + "\n")
    book = an_xlsx(
        folder, *(a_row(**{"contract": f"X-{number}"} | cells) for number, cells in enumerate(BAD_WORKBOOK_CELLS))
    )
    workbook = load_workbook(book)
    workbook.create_sheet("old")
    workbook.save(book)
    reports = [imported(engine, file) for file in (folder / "bad.csv", book, a_csv(folder, *odd, name="odd.csv"))]
    with engine.begin() as connection:
        take_out(connection, "98765432", People("", "山田 太郎", "", ()), date(2021, 9, 1))
        connection.execute(sa.update(lines).where(lines.c.contract == "T-1").values(menu="gone"))
    reports.append(imported(engine, a_csv(folder, a_row(contract="T-1", line="2"))))
    for report in reports:
        yield from (*report.rejections.shown, *report.flags.shown)
    with engine.connect() as connection:
        yield from refusals(UnknownMenuError, Book(connection, CATALOGUE).contract, "T-1")


def of_files(folder):
    """Why files are refused."""
    for name, content in NO_BOOKS.items():
        (folder / name).write_bytes(content)
    (folder / "folder").mkdir()
    os.mkfifo(folder / "pipe")
    files = (folder / name for name in (*NO_BOOKS, "folder", "pipe", "none.csv"))
    yield from refusals(BookFileError, lambda file: open_book(file, CATALOGUE), *files)


def of_catalogues(folder):
    """Why tables of menu items are refused."""
    file = folder / "menu.csv"
    for table in NO_CATALOGUES:
        file.write_text(table, "utf-8")
        for refusal in refusals(CatalogueError, load_catalogue, file):
            yield from (refusal, refusal.values["why"])


@pytest.fixture(scope="module")
def provoked(tmp_path_factory):
    """Each finding and refusal of the book that there is, at least once."""
    made = (make(tmp_path_factory.mktemp("book")) for make in (of_imports, of_files, of_catalogues))
    broken = (flag for lines in BROKEN for flag in flags(Contract("K-0001", Account("98765432", "見本"), lines)))
    return [*chain.from_iterable(made), *broken]


def test_no_sentence_of_the_book_is_without_a_cause(provoked):
    known = {code for code in sentences("en") if code.partition(".")[0] in {"row", "file", "flag", "menu", "catalogue"}}

    assert known - {found.code for found in provoked} == NOT_PROVOKED


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_cause_is_said_with_all_its_values(provoked, language):
    messages = Messages(language, CATALOGUE)

    assert [found for found in provoked if not messages.said(found) or "{" in messages.said(found)] == []


def test_each_reason_why_an_address_is_none_has_its_sentence():
    reasons = {f"address.{refusal.code}" for refusal in refusals(AddressError, mailable, *BAD_ADDRESSES)}

    assert reasons == {code for code in sentences("en") if code.startswith("address.")}


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "does not agree with months: 12 from 2021-02 end on 2022-01-31 (T2)"),
        ("ja", "契約月数と合いません。2021年2月から12か月であれば2022年1月31日（月）に終わります（T2）"),
    ],
)
def test_days_and_months_are_said_as_the_language_says_them(language, said):
    values = {"months": 12, "month": "2021-02", "end": date(2022, 1, 31)}

    assert Messages(language).said(Rejected(2, "term_end", "", "row.months-disagree", values)) == said


def test_a_place_in_the_catalogue_is_said_before_its_reason():
    refusal = CatalogueError(Path("menu.csv"), CellError("row.required"), 3, ("code", ""))

    assert Messages("en").said(refusal) == "menu.csv: row 3, column code, '': is required"
