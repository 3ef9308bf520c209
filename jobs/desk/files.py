"""What the feed put away and a person has to look at, read from the reports that lie beside its files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from jobs.desk.items import fed_file
from jobs.desk.sections import Item
from jobs.intake.drop_folder import DONE, FAILED, STAMP

_REPORT = ".report.json"
_NEEDS_A_PERSON = ("problem", "rejected", "missing")  # of the facts, those with something to look at
_LONGEST_READING = timedelta(days=1)  # from the instant in a file's name, when it was taken, until it is put away


def fed_files(folder: Path, since: datetime) -> Iterator[Item]:
    """The files put away after that instant of which something is not in the book, or that lack what the book has."""
    for where in (folder / DONE, folder / FAILED):
        for report in sorted(where.glob(f"*{_REPORT}")) if where.is_dir() else ():
            if report.name > f"{since - _LONGEST_READING:{STAMP}}" and _is_put_away(report):
                item = fed_file(json.loads(report.read_text("utf-8")))
                if (
                    item.since
                    and item.since > since
                    and any(item.facts[name] for name in ("problem", "rejected", "missing"))
                ):
                    yield item


def _is_put_away(report: Path) -> bool:
    """Whether the file itself has come to its report: it is the last to arrive."""
    return report.with_name(report.name.removesuffix(_REPORT)).exists()
