"""The book of contracts as a file: which columns it has, then its rows, one after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from contracts.catalogue import Catalogue
from contracts.files.cells import CellError, read_text
from contracts.files.columns import BOOK_COLUMNS, Header, HeaderError, column_letter
from contracts.files.forms import open_sheet
from contracts.files.rows import LANGUAGES, Flagged, ParsedRow, RejectedRow, RowReader, shown
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
    languages: Sequence[str] = LANGUAGES  # of its accounts; the first of who is new and is given none

    @property
    def total(self) -> int | None:
        """About how many rows are to come; None where the file does not say."""
        return None if self.sheet.total is None else max(0, self.sheet.total - self.header_row)

    def __iter__(self) -> Iterator[ParsedRow | RejectedRow]:
        """Each row below the header.

        Raises:
            BookFileError: what follows cannot be read.
        """
        parsed = RowReader(self.header, self.catalogue, self.languages)
        return (parsed.row(row) for row in self.sheet.rows() if row.number > self.header_row)


def open_book(path: Path, catalogue: Catalogue, languages: Sequence[str] = LANGUAGES) -> BookFile:
    """The book of contracts in that file, its header already checked; `languages` are what its column may say.

    Raises:
        BookFileError: the file cannot be read as one.
    """
    sheet = open_sheet(path)
    with closing(sheet.rows()) as rows:
        first, second = next(rows, None), next(rows, None)
    if first is None:
        raise BookFileError(path, "file.no-row")
    if first.problem:
        raise BookFileError(path, "file.quotes", why=first.problem)
    try:
        header = Header.of([_header_text(cell) for cell in first.cells], BOOK_COLUMNS)
    except HeaderError as error:
        raise BookFileError(path, error.code, **error.values) from error
    if not {"months", "term_end"} & set(header.positions):
        raise BookFileError(path, "file.no-end-column")
    if second is None:
        raise BookFileError(path, "file.no-data-row")
    flags = _file_flags(sheet, header, first.number)
    return BookFile(path, sheet, header, first.number, flags, catalogue, languages)


def _header_text(cell: object) -> str:
    try:
        return read_text(cell)
    except CellError:
        return str(cell)


def _file_flags(sheet: Sheet, header: Header, row: int) -> tuple[Flagged, ...]:
    others = [Flagged(None, "", shown(title), "flag.sheet-not-read") for title in sheet.passed_over]
    unknown = [Flagged(row, column_letter(index), shown(text), "flag.no-column") for index, text in header.unknown]
    return (*others, *unknown)
