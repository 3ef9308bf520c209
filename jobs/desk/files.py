"""What the feed put away and a person has to look at, read from the reports that lie beside its files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from jobs.desk.items import FedFile, fed_file
from jobs.desk.sections import Item
from jobs.intake.drop_folder import DONE, FAILED, STAMP

_REPORT = ".report.json"
_LONGEST_READING = timedelta(days=1)  # from the instant in a file's name, when it was taken, until it is put away


def fed_files(folder: Path, since: datetime) -> Iterator[Item]:
    """The files put away after that instant of which something is not in the book, or that lack what the book has."""
    for where in (folder / DONE, folder / FAILED):
        for report in sorted(where.glob(f"*{_REPORT}")) if where.is_dir() else ():
            if report.name > f"{since - _LONGEST_READING:{STAMP}}" and _is_put_away(report):
                found = _read(report)
                if found.at > since and (found.problem or found.rejected or found.missing):
                    yield fed_file(found)


def _is_put_away(report: Path) -> bool:
    """Whether the file itself has come to its report: it is the last to arrive."""
    return report.with_name(report.name.removesuffix(_REPORT)).exists()


def _read(file: Path) -> FedFile:
    told = json.loads(file.read_text("utf-8"))
    report = told["report"] or {"rows": 0, "rejected": 0, "rejections": []}
    return FedFile(
        told["file"],
        told["put"],
        datetime.fromisoformat(told["put_at"]),
        {"code": told["code"], "values": told["values"]} if told["problem"] else {},
        report["rows"],
        report["rejected"],
        tuple(report["rejections"]),
        tuple(f"{line['contract']}/{line['line']} {line['company']}" for line in told["missing"]),
    )
