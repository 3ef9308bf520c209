"""A sheet, opened: which form a file has is told by its first bytes, not by its name."""

from __future__ import annotations

import codecs
from pathlib import Path

from contracts.files.csv_sheet import open_csv
from contracts.files.sheet import BookFileError, Sheet
from contracts.files.xlsx_sheet import open_workbook

XLSX_START = b"PK\x03\x04"
OLD_EXCEL_START = b"\xd0\xcf\x11\xe0"
UTF16_STARTS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def open_sheet(path: Path) -> Sheet:
    """The sheet that the file holds, told by its content, not by its name.

    Raises:
        BookFileError: there is no such file, or it holds none.
    """
    start = _first_bytes(path)
    if start.startswith(XLSX_START):
        return open_workbook(path)
    if start.startswith(OLD_EXCEL_START):
        raise BookFileError(path, "file.old-excel")
    if start.startswith(UTF16_STARTS):
        raise BookFileError(path, "file.utf-16")
    return open_csv(path)


def _first_bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise BookFileError(path, "file.directory")
        if not path.exists():
            raise BookFileError(path, "file.no-such-file")
        if not path.is_file():
            raise BookFileError(path, "file.no-regular-file")
        with path.open("rb") as file:
            start = file.read(len(XLSX_START))
    except OSError as error:
        raise BookFileError(path, "file.unreadable", why=error.strerror) from error
    if not start:
        raise BookFileError(path, "file.empty")
    return start
