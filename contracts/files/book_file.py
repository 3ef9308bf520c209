"""The book of contracts as a file: which columns it has, then its rows, one after another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from contracts.catalogue import Catalogue
from contracts.files.cells import CellError, read_text
from contracts.files.columns import BOOK_COLUMNS, Header, HeaderError, column_letter
from contracts.files.opening import open_sheet
from contracts.files.rows import Flagged, ParsedRow, RejectedRow, RowReader, shown
from contracts.files.sheet import BookFileError, Sheet


@dataclass(frozen=True, slots=True)
class BookFile:
    """A book of contracts that can be read, row by row and more than once, without holding it in memory."""

    path: Path
    sheet: Sheet
    header: Header
    header_row: int
    flags: tuple[Flagged, ...]  # on the file as a whole
    catalogue: Catalogue

    @property
    def total(self) -> int | None:
        """About how many rows are to come; None where the file does not say."""
        return None if self.sheet.total is None else max(0, self.sheet.total - self.header_row)

    def __iter__(self) -> Iterator[ParsedRow | RejectedRow]:
        """Each row below the header.

        Raises:
            BookFileError: what follows cannot be read.
        """
        parsed = RowReader(self.header, self.catalogue)
        return (parsed.row(row) for row in self.sheet.rows() if row.number > self.header_row)


def open_book(path: Path, catalogue: Catalogue) -> BookFile:
    """The book of contracts in that file, its header already checked.

    Raises:
        BookFileError: the file cannot be read as one.
    """
    sheet = open_sheet(path)
    with closing(sheet.rows()) as rows:
        first, second = next(rows, None), next(rows, None)
    if first is None or first.problem:
        raise BookFileError(path, first.problem if first else "has no row at all; the first row must be the header")
    try:
        header = Header.of([_header_text(cell) for cell in first.cells], BOOK_COLUMNS)
    except HeaderError as error:
        raise BookFileError(path, str(error)) from error
    if not {"months", "term_end"} & set(header.positions):
        missing = "months/契約月数 or term_end/利用終了日"
        raise BookFileError(path, f"the header row lacks a required column: {missing}")
    if second is None:
        raise BookFileError(path, "has a header row and nothing below it")
    return BookFile(path, sheet, header, first.number, _file_flags(sheet, header, first.number), catalogue)


def _header_text(cell: object) -> str:
    try:
        return read_text(cell)
    except CellError:
        return str(cell)


def _file_flags(sheet: Sheet, header: Header, row: int) -> tuple[Flagged, ...]:
    notes = [Flagged(None, "", "", note) for note in sheet.notes]
    unknown = [
        Flagged(row, column_letter(index), shown(text), "is no column of the book, so its cells are not read")
        for index, text in header.unknown
    ]
    return (*notes, *unknown)
