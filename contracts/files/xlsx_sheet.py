"""Rows of cells out of an XLSX workbook, read as a stream."""

from __future__ import annotations

import re
import warnings
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook

from contracts.files.cells import Uncalculated, is_empty
from contracts.files.sheet import CHUNK_BYTES, LARGEST_ROW, BookFileError, SheetRow

LARGEST_PACKED = 200 * 2**20  # bytes of the file
LARGEST_UNPACKED = 1000 * 2**20  # bytes of what it unpacks to: a hundred thousand rows take about a tenth
ROWS_AT_A_TIME = 500
LONGEST_SAID = 200  # characters of a library's own words
_SHEET_PART = re.compile(r"xl/worksheets/[^/]+\.xml")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_FORMULA_LENGTH = 64  # bytes kept from one piece to the next, so that no tag is cut in two
_ZERO_PADDED = re.compile(r"0{2,20}")
# What zipfile, the XML parser and openpyxl raise where a file is damaged or made to harm: all the same to a user.
UNREADABLE = (
    zipfile.BadZipFile, zlib.error, ParseError, OSError, EOFError, ValueError, KeyError, IndexError, TypeError,
    AttributeError, NotImplementedError, RuntimeError, OverflowError, AssertionError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WorkbookSheet:
    """The first visible sheet of a workbook."""

    path: Path
    title: str
    total: int | None
    has_formulas: bool
    passed_over: tuple[str, ...]

    def rows(self) -> Generator[SheetRow]:
        """All rows that are not empty. A formula without a result is an `Uncalculated` cell."""
        with _as_book_file_error(self.path), _workbook(self.path, results=True) as results:
            values = _cells(results[self.title])
            if not self.has_formulas:
                yield from self._numbered(values)
                return
            with _workbook(self.path, results=False) as formulas:
                both = zip_longest(values, _cells(formulas[self.title]), fillvalue=())
                yield from self._numbered(_told_apart(*pair) for pair in both)

    def _numbered(self, rows: Iterator[tuple[object, ...]]) -> Iterator[SheetRow]:
        number = 0
        while piece := _quietly(rows):
            for cells in piece:
                number += 1
                if number > LARGEST_ROW:
                    raise BookFileError(self.path, "file.too-many-rows", most=LARGEST_ROW)
                if not all(is_empty(cell) for cell in cells):
                    yield SheetRow(number, cells)


def open_workbook(path: Path) -> WorkbookSheet:
    """The first visible sheet of the workbook.

    Raises:
        BookFileError: it is no workbook, is too large, or has no sheet.
    """
    with _as_book_file_error(path):
        has_formulas = _looked_through(path)
        with _workbook(path, results=True) as workbook:
            visible = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
            if not visible:
                raise BookFileError(path, "file.no-visible-sheet")
            first, *others = visible
            total = first.max_row if first.max_row and first.max_row > 1 else None
            return WorkbookSheet(path, first.title, total, has_formulas, tuple(sheet.title for sheet in others))


@contextmanager
def _as_book_file_error(path: Path) -> Iterator[None]:
    try:
        yield
    except BookFileError:
        raise
    except UNREADABLE as error:
        said = next(iter(str(error).splitlines()), type(error).__name__)[:LONGEST_SAID]
        raise BookFileError(path, "file.damaged-excel", why=said) from error


@contextmanager
def _workbook(path: Path, *, results: bool) -> Iterator[Any]:
    """The workbook with the results of its formulas, or with the formulas themselves."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of looks and extensions, which a book of rows has no use for
        workbook = load_workbook(path, read_only=True, data_only=results, keep_links=False)
    with closing(workbook):
        yield workbook


def _looked_through(path: Path) -> bool:
    """Whether any sheet holds a formula.

    Raises:
        BookFileError: the file, or what it unpacks to, is larger than any book of contracts.
    """
    if path.stat().st_size > LARGEST_PACKED:
        raise BookFileError(path, "file.too-large", most=LARGEST_PACKED >> 20)
    with zipfile.ZipFile(path) as archive:
        if sum(part.file_size for part in archive.infolist()) > LARGEST_UNPACKED:
            raise BookFileError(path, "file.unpacks-too-large", most=LARGEST_UNPACKED >> 20)
        sheets = [part for part in archive.infolist() if _SHEET_PART.fullmatch(part.filename)]
        return any(_has_formula(archive, part) for part in sheets)


def _has_formula(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    with archive.open(part) as sheet:
        rest = b""
        while piece := sheet.read(CHUNK_BYTES):
            if _FORMULA.search(rest + piece):
                return True
            rest = piece[-_FORMULA_LENGTH:]
    return False


def _cells(sheet: Any) -> Iterator[tuple[object, ...]]:
    # Some programs write a wrong extent into the file, and openpyxl would cut the sheet to it.
    sheet.reset_dimensions()
    return (tuple(_value(cell) for cell in row) for row in sheet.iter_rows())


def _value(cell: Any) -> object:
    """The cell's value; a number shown with zeros in front ("00000000") as people see it."""
    value = cell.value
    if value is None and cell.data_type == "str":
        return ""  # a formula whose result is no text at all
    if type(value) is int and _ZERO_PADDED.fullmatch(cell.number_format):
        return str(value).zfill(len(cell.number_format))
    return value


def _told_apart(results: tuple[object, ...], formulas: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(
        Uncalculated(str(getattr(formula, "text", formula))) if result is None and formula is not None else result
        for result, formula in zip_longest(results, formulas)
    )


def _quietly(rows: Iterator[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """The next rows, without openpyxl's warnings: a cell that it cannot read comes as an Excel error, and is named."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(islice(rows, ROWS_AT_A_TIME))
