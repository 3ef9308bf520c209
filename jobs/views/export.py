"""Rows into files for spreadsheets and scripts, one after the other: memory does not grow with them.

What stands in a cell is text, a number or a day. Nothing in it is run as a formula, whoever wrote it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import chain, repeat
from pathlib import Path
from typing import Any, TextIO

from openpyxl import Workbook
from openpyxl.cell.cell import Cell, WriteOnlyCell
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from jobs.terminal.output import harmless, plain, text_of

Row = Mapping[str, Any]
Write = Callable[[Row], object]
FORMS = ("csv", "xlsx", "json", "jsonl")
ROWS_OF_A_SHEET = 1_048_576  # Excel's own limit, the heading included
LONGEST_CELL = 32_767  # characters; Excel's own limit


@contextmanager
def writer_to(draft: Path, form: str, columns: Sequence[str]) -> Iterator[Write]:
    """Takes rows and writes them to the file: csv (UTF-8 with the mark by which Excel knows it), xlsx, json, jsonl.

    Raises:
        OSError: the file cannot be written.
    """
    if form == "xlsx":
        with _xlsx(draft, columns) as write:
            yield write
        return
    with (
        draft.open("w", encoding="utf-8-sig" if form == "csv" else "utf-8", newline="") as stream,
        writer_on(stream, form, columns) as write,
    ):
        yield write


@contextmanager
def writer_on(stream: TextIO, form: str, columns: Sequence[str]) -> Iterator[Write]:
    """Takes rows and writes them to the stream as csv, one json array, or jsonl: an object a line."""
    if form == "csv":
        rows = csv.writer(stream)
        rows.writerow(columns)
        yield lambda row: rows.writerow([harmless(_printable(text_of(row.get(key)))) for key in columns])
    elif form == "jsonl":
        yield lambda row: stream.write(f"{_json(row)}\n")
    else:
        before = chain(["[\n"], repeat(",\n"))
        yield lambda row: stream.write(f"{next(before)}{_json(row)}")
        stream.write("[]\n" if next(before) == "[\n" else "\n]\n")


def _json(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False, default=plain)


@contextmanager
def _xlsx(draft: Path, columns: Sequence[str]) -> Iterator[Write]:
    book = Workbook(write_only=True)
    sheets = _Sheets(book, columns)
    yield sheets.write
    book.save(draft)


class _Sheets:
    """Sheets of a workbook, filled one after the other. A sheet that is full is followed by another."""

    def __init__(self, book: Workbook, columns: Sequence[str]) -> None:
        self._book, self._columns = book, columns
        self._sheet, self._rows = self._next(), 1

    def write(self, row: Row) -> None:
        """Adds a row."""
        if self._rows == ROWS_OF_A_SHEET:
            self._sheet, self._rows = self._next(), 1
        self._sheet.append([self._cell(row.get(key)) for key in self._columns])
        self._rows += 1

    def _next(self) -> WriteOnlyWorksheet:
        sheet: WriteOnlyWorksheet = self._book.create_sheet()
        sheet.freeze_panes = "A2"
        sheet.append(list(self._columns))
        return sheet

    def _cell(self, value: object) -> Cell | int | date | None:
        """Days and numbers as such. Text stays text: openpyxl would make a formula of what starts with `=`."""
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        cell = WriteOnlyCell(self._sheet, _printable(text_of(value))[:LONGEST_CELL])
        cell.data_type = "s"
        return cell


def _printable(text: str) -> str:
    """The text without what neither XML nor a terminal takes: control characters and lone surrogates."""
    if text.isprintable():
        return text
    return "".join("�" if _is_control(sign) else sign for sign in text)


def _is_control(sign: str) -> bool:
    return (
        (sign < " " and sign not in "\t\n\r")
        or "\x7f" <= sign <= "\x9f"
        or "\ud800" <= sign <= "\udfff"
        or sign in "\ufffe\uffff"
    )
