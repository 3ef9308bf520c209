"""Rows of cells out of a CSV file, one after another: memory does not grow with the file."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from contracts.files.sheet import CHUNK_BYTES, LARGEST_ROW, BookFileError, SheetRow

# Two signs of kana or kanji that decode as UTF-8 do not happen by chance in CP932: such a file is UTF-8, but damaged.
ENOUGH_JAPANESE = 2
_JAPANESE = re.compile("[\u3000-\u9fff\uff01-\uff9f]")
_NOT_IN_CP932 = re.compile("[\x80\uf8f0-\uf8f3]")  # what Python makes of bytes that CP932 does not use


@dataclass(frozen=True, slots=True)
class CsvSheet:
    """A CSV file whose encoding is known to fit from the first byte to the last."""

    path: Path
    encoding: str
    delimiter: str
    total: int
    passed_over: tuple[str, ...] = ()

    def rows(self) -> Generator[SheetRow]:
        """All rows that are not empty; one whose quotes are wrong comes with its problem."""
        try:
            with self.path.open(encoding=self.encoding, newline="") as file:
                yield from self._rows(file)
        except (OSError, UnicodeDecodeError) as error:
            raise BookFileError(self.path, "file.changed-while-read", why=str(error)) from error

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
                    raise BookFileError(self.path, "file.open-quote", line=first_line) from error
                yield SheetRow(number, (), str(error))
                continue
            if number > LARGEST_ROW:
                raise BookFileError(self.path, "file.too-many-rows", most=LARGEST_ROW)
            if any(cell.strip() for cell in cells):
                yield SheetRow(number, tuple(cells))


def open_csv(path: Path) -> CsvSheet:
    """The CSV file, its encoding and delimiter found out.

    Raises:
        BookFileError: it is no text in UTF-8 or CP932.
    """
    utf8 = _decoded(path, "utf-8-sig")
    if utf8.bad_line is None:
        return CsvSheet(path, "utf-8-sig", utf8.delimiter, utf8.lines)
    if utf8.is_marked or utf8.japanese >= ENOUGH_JAPANESE:
        raise BookFileError(path, "file.damaged-utf-8", line=utf8.bad_line)
    cp932 = _decoded(path, "cp932")
    if cp932.bad_line is None:
        return CsvSheet(path, "cp932", cp932.delimiter, cp932.lines)
    raise BookFileError(path, "file.unknown-encoding", line=utf8.bad_line, other=cp932.bad_line)


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
                    raise BookFileError(path, "file.nul-byte", line=line)
                if not chunk:
                    break
    except OSError as error:
        raise BookFileError(path, "file.unreadable", why=error.strerror) from error
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
