"""Rows of cells out of a CSV or XLSX file, one after another: memory does not grow with the file."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TextIO

XLSX_START = b"PK\x03\x04"
OLD_EXCEL_START = b"\xd0\xcf\x11\xe0"
UTF16_STARTS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
FORMS = "a CSV file (UTF-8 or CP932) or an Excel workbook (.xlsx)"
CHUNK_BYTES = 1 << 16
LARGEST_ROW = 1_048_576  # as many as a sheet of Excel's holds
# Two signs of kana or kanji that decode as UTF-8 do not happen by chance in CP932: such a file is UTF-8, but damaged.
ENOUGH_JAPANESE = 2
_JAPANESE = re.compile("[\u3000-\u9fff\uff01-\uff9f]")
_NOT_IN_CP932 = re.compile("[\x80\uf8f0-\uf8f3]")  # what Python makes of bytes that CP932 does not use


class BookFileError(ValueError):
    """The file as a whole cannot be read, and nothing of it counts. The message says why, and what is allowed."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row with something in it. `number` is what a spreadsheet calls it: the header of most files is row 1."""

    number: int
    cells: tuple[object, ...]
    problem: str = ""  # why its cells could not be told apart


class Sheet(Protocol):
    """A file of rows. It can be read through more than once."""

    @property
    def total(self) -> int | None:
        """About how many rows it has, header included; None where the file does not say."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of how it is read."""

    def rows(self) -> Generator[SheetRow]:
        """All rows that are not empty.

        Raises:
            BookFileError: what follows cannot be read.
        """


def open_sheet(path: Path) -> Sheet:
    """The sheet that the file holds, told by its content, not by its name.

    Raises:
        BookFileError: there is no such file, or it holds none.
    """
    start = _first_bytes(path)
    if start.startswith(XLSX_START):
        from contracts.files.xlsx_sheet import open_workbook  # noqa: PLC0415  openpyxl takes long to load; most books are CSV

        return open_workbook(path)
    if start.startswith(OLD_EXCEL_START):
        raise BookFileError(path, "is an old or password-protected Excel file; save it as .xlsx without a password")
    if start.startswith(UTF16_STARTS):
        raise BookFileError(path, "is in UTF-16; save it as 'CSV UTF-8'")
    return _open_csv(path)


def _first_bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise BookFileError(path, f"is a directory; give {FORMS}")
        if not path.exists():
            raise BookFileError(path, f"there is no such file; give {FORMS}")
        if not path.is_file():
            raise BookFileError(path, f"is not a regular file; give {FORMS}")
        with path.open("rb") as file:
            start = file.read(len(XLSX_START))
    except OSError as error:
        raise BookFileError(path, f"cannot be read: {error.strerror}") from error
    if not start:
        raise BookFileError(path, f"is empty; give {FORMS} with a header row")
    return start


@dataclass(frozen=True, slots=True)
class CsvSheet:
    """A CSV file whose encoding is known to fit from the first byte to the last."""

    path: Path
    encoding: str
    delimiter: str
    total: int
    notes: tuple[str, ...] = ()

    def rows(self) -> Generator[SheetRow]:
        """All rows that are not empty; one whose quotes are wrong comes with its problem."""
        try:
            with self.path.open(encoding=self.encoding, newline="") as file:
                yield from self._rows(file)
        except (OSError, UnicodeDecodeError) as error:
            raise BookFileError(self.path, f"changed or became unreadable while it was read: {error}") from error

    def _rows(self, file: TextIO) -> Iterator[SheetRow]:
        records = csv.reader(file, delimiter=self.delimiter, strict=True)
        number = 0
        while True:
            number += 1
            first_line = records.line_num + 1
            try:
                cells = next(records)
            except StopIteration:
                return
            except csv.Error as error:
                # A record over several lines that does not end well: no telling how many rows the quote swallowed.
                if records.line_num > first_line or "end of data" in str(error):
                    raise BookFileError(self.path, _runaway_quote(first_line)) from error
                yield SheetRow(number, (), f"its quotes are wrong ({error}); a quote inside a cell is written twice")
                continue
            if number > LARGEST_ROW:
                raise BookFileError(self.path, f"has more than {LARGEST_ROW} rows; split it")
            if any(cell.strip() for cell in cells):
                yield SheetRow(number, tuple(cells))


def _runaway_quote(line: int) -> str:
    return f"a quote is opened in the record that starts on line {line} and never closed properly; close or remove it"


def _open_csv(path: Path) -> CsvSheet:
    utf8 = _decoded(path, "utf-8-sig")
    if utf8.bad_line is None:
        return CsvSheet(path, "utf-8-sig", utf8.delimiter, utf8.lines)
    if utf8.is_marked or utf8.japanese >= ENOUGH_JAPANESE:
        raise BookFileError(path, f"is UTF-8, but damaged on line {utf8.bad_line}; save it again as 'CSV UTF-8'")
    cp932 = _decoded(path, "cp932")
    if cp932.bad_line is None:
        return CsvSheet(path, "cp932", cp932.delimiter, cp932.lines)
    where = f"UTF-8 (line {utf8.bad_line}) nor CP932 (line {cp932.bad_line})"
    raise BookFileError(path, f"is neither {where}; save it as 'CSV UTF-8'")


@dataclass(slots=True)
class _Decoded:
    """What one reading of a file in one encoding found."""

    is_marked: bool = False  # starts with UTF-8's byte order mark
    lines: int = 0
    bad_line: int | None = None  # the first that does not fit the encoding
    japanese: int = 0  # signs of kana or kanji up to there
    delimiter: str = ","


def _decoded(path: Path, encoding: str) -> _Decoded:
    """Reads the file through once, in pieces, to learn whether the encoding fits.

    Raises:
        BookFileError: it holds a NUL byte, which no text does.
    """
    found = _Decoded()
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        with path.open("rb") as file:
            found.is_marked = file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8
            file.seek(0)
            while found.bad_line is None:
                chunk = file.read(CHUNK_BYTES)
                _decode(found, decoder, chunk, encoding)
                if b"\0" in chunk:
                    line = found.lines - chunk.count(b"\n") + chunk[: chunk.index(b"\0")].count(b"\n") + 1
                    raise BookFileError(path, f"is no text file: it holds a NUL byte on line {line}; give {FORMS}")
                if not chunk:
                    break
    except OSError as error:
        raise BookFileError(path, f"cannot be read: {error.strerror}") from error
    return found


def _decode(found: _Decoded, decoder: codecs.IncrementalDecoder, chunk: bytes, encoding: str) -> None:
    try:
        text = decoder.decode(chunk, final=not chunk)
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        found.bad_line = found.lines + before.count(b"\n") + 1
        text = before.decode(error.encoding, "replace")
    unused = _NOT_IN_CP932.search(text) if encoding == "cp932" else None
    if unused:
        found.bad_line = found.lines + text[: unused.start()].count("\n") + 1
    if found.lines == 0:
        first = text.lstrip().split("\n", 1)[0]
        found.delimiter = "\t" if "\t" in first and "," not in first else ","
    found.lines += chunk.count(b"\n")
    found.japanese += len(_JAPANESE.findall(text))
