"""A sheet, opened: which form a file has is told by its first bytes, not by its name."""

from __future__ import annotations

import codecs
from pathlib import Path

from contracts.files.csv_sheet import open_csv
from contracts.files.sheet import FORMS, BookFileError, Sheet
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
        raise BookFileError(path, "is an old or password-protected Excel file; save it as .xlsx without a password")
    if start.startswith(UTF16_STARTS):
        raise BookFileError(path, "is in UTF-16; save it as 'CSV UTF-8'")
    return open_csv(path)


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
