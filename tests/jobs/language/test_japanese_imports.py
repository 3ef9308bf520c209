"""Why a row or a file of the feed does not go in is known in Japanese: the desk is written to about it."""

from __future__ import annotations

import ast
import codecs
import inspect
import os
import re
from datetime import date, datetime

import pytest

import jobs.intake.book_files
from contracts.files import book_file, cells, columns, csv_sheet, rows, xlsx_sheet
from contracts.files.catalogue_file import shipped_catalogue
from contracts.files.sheet import BookFileError
from contracts.imports import book_import
from jobs.language.japanese.imports import COLUMNS, FILES, ROWS, why_not
from tests.contracts.builders import a_csv, a_row, an_engine, an_xlsx, csv_text, imported

JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
MIDDAY = datetime(2021, 2, 1, 12)  # noqa: DTZ001 - a workbook knows no zones
BAD_CELLS = [
    {"company": "#REF!"}, {"contract": "9.8E+10"}, {"contract": "K\n1"}, {"contract": "K" * 65}, {"seats": "none"},
    *({"term_start": text} for text in ("2021-02-01 09:30", "44228", "soon", "2021-02-30", "1999-02-01")),
    {"term_start": "平成40年1月1日"}, {"term_start": "令和元年1月1日"}, {"term_end": "2022-02-28"},
    {"company": ""}, {"months": "", "term_end": ""}, {"months": "", "term_end": "2020-01-31"},
    {"menu": "umbrella"}, {"order": "gift"}, {"language": "fr"}, {"contract": "0001"}, {"contract": "1"},
]  # fmt: skip
BAD_WORKBOOK_CELLS = [
    {"company": MIDDAY}, {"company": True}, {"contract": 1e20}, {"company": '="a"&"b"'},
    {"term_start": MIDDAY},
]  # fmt: skip
NOT_MADE = {  # by these tests: too large, of the system, or what no spreadsheet program writes
    "cannot be read: {why}",
    "changed or became unreadable while it was read: {why}",
    "has more than {most:number} rows; split it",
    "has no visible sheet; put the book of contracts on the first sheet",
    "is larger than {most:number} MiB; split it, or save it as CSV",
    "unpacks to more than {most:number} MiB; split it, or save it as CSV",
    "--strict: a row was rejected, so nothing was written",
}


def rejections(folder):
    """Why rows are rejected, each reason once."""
    engine = an_engine(folder)
    imported(engine, a_csv(folder, a_row(contract="00000001")))
    bad = [a_row(**{"contract": f"K-{number}"} | cells) for number, cells in enumerate(BAD_CELLS)]
    twice = [a_row(contract="T-1"), a_row(contract="T-1", seats="3"), a_row(contract="T-1", account_number="1")]
    text = csv_text([*bad, *twice]) + 'x,"a"b\n' + ",".join(["1"] * 30) + "\n"
    file = folder / "bad.csv"
    file.write_text(text, "utf-8")
    book = an_xlsx(folder, *(a_row(**{"contract": f"X-{n}"} | cells) for n, cells in enumerate(BAD_WORKBOOK_CELLS)))
    reports = [imported(engine, each) for each in (file, book)]
    return {each.reason for report in reports for each in report.rejections.shown}


def problems(folder):
    """Why files are refused, each reason once."""
    whole = csv_text([a_row()]).encode()
    contents = {
        "old.xls": b"\xd0\xcf\x11\xe0", "utf16.csv": codecs.BOM_UTF16_LE + "a".encode("utf-16-le"), "empty.csv": b"",
        "quote.csv": b'line,"a\nb\n', "damaged.csv": "会社名\n".encode() + b"\xff\n", "other.csv": b"\xff\xa0\n",
        "nul.csv": b"a\n\0", "blank.csv": b"\n\n", "short.csv": whole.splitlines()[0],
        "header.csv": b"line\nx\n",
        "twice.csv": b"line,line\nx,y\n", "book.xlsx": b"PK\x03\x04nothing",
        "months.csv": csv_text([a_row(months=None, term_end=None)]).encode(),
    }  # fmt: skip
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    (folder / "folder").mkdir()
    os.mkfifo(folder / "pipe")
    names = [*contents, "folder", "pipe", "none.csv"]
    return {problem for name in names if (problem := problem_of(folder / name))}


def problem_of(file):
    try:
        book_file.open_book(file, shipped_catalogue())
    except BookFileError as error:
        return error.problem
    return ""


TOPICS = {"rows": (rejections, ROWS.keys()), "files": (problems, FILES.keys() - NOT_MADE)}


@pytest.fixture(params=TOPICS)
def topic(request, tmp_path):
    """What is said of a topic, and the patterns that are for it."""
    say, patterns = TOPICS[request.param]
    return sorted(say(tmp_path)), patterns


def test_every_reason_fits_one_pattern_and_no_pattern_is_without_a_reason(topic):
    said, patterns = topic
    fitting = {reason: list(why_not().fitting(reason)) for reason in said}

    assert {reason: found for reason, found in fitting.items() if len(found) != 1} == {}
    assert patterns - {found for each in fitting.values() for found in each} == set()


def test_every_reason_is_said_in_japanese(topic):
    assert [reason for reason in topic[0] if not JAPANESE.search(why_not().of(reason))] == []


@pytest.mark.parametrize(
    "module",
    [book_file, book_import, rows, cells, columns, csv_sheet, xlsx_sheet, jobs.intake.book_files],
    ids=lambda module: module.__name__,
)
def test_no_reason_stands_in_the_code_that_no_pattern_has(module):
    """A new reason gets its Japanese in jobs/language/japanese/imports.py before the desk is told of it in English."""
    known = re.sub(r"\{[^}]*\}", "…", "\n".join([*ROWS, *FILES]))

    assert {piece for piece in _reasons(module) if piece not in known} == set()


REFUSE = {"CellError", "HeaderError", "BookFileError", "_reject", "Rejected", "Fed", "_runaway_quote", "SheetRow"}


def _reasons(module):
    """The pieces of text that stand in what refuses a cell, a row or a file."""
    calls = (node for node in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(node, ast.Call))
    refusing = [node for node in calls if getattr(node.func, "attr", getattr(node.func, "id", "")) in REFUSE]
    texts = (node.value for call in refusing for node in ast.walk(call) if isinstance(node, ast.Constant))
    return {text for text in texts if isinstance(text, str) and " " in text.strip()}


def test_every_column_has_its_japanese_name():
    assert [name for name, called in COLUMNS.items() if not JAPANESE.search(called)] == []


@pytest.mark.parametrize("patterns", [ROWS, FILES])
def test_a_japanese_reason_says_all_that_the_english_one_does(patterns):
    places = {english: set(re.findall(r"\{(\w+)", english)) for english in patterns}

    assert {english: set(re.findall(r"\{(\w+)", japanese)) for english, japanese in patterns.items()} == places


def test_days_and_months_are_said_as_japanese_says_them():
    english = f"does not agree with months: 12 from 2021-02 end on {date(2022, 1, 31)} (T2)"

    assert (
        why_not().of(english)
        == "契約月数と合いません。2021年2月から12か月であれば2022年1月31日（月）に終わります（T2）"
    )
