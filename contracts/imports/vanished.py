"""What a full export no longer has: lines of the book under way that the file does not speak of. Nothing is deleted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from contracts.files.book_file import BookFile
from contracts.files.cells import CellError, read_code
from contracts.store.tables import accounts, contracts, lines


@dataclass(frozen=True, slots=True)
class Vanished:
    """A line that the book has and the file has not."""

    contract: str
    line: str
    company: str


def vanished_lines(connection: sa.Connection, book: BookFile, today: date) -> list[Vanished]:
    """The book's lines whose term has not ended by today and that the file does not name, in order.

    A rejected row still names its line.

    Raises:
        BookFileError: the file cannot be read to its end.
    """
    named = set(_named(book))
    under_way = (
        sa.select(lines.c.contract, lines.c.line, accounts.c.company)
        .select_from(lines.join(contracts, contracts.c.number == lines.c.contract).join(accounts))
        .where(sa.or_(lines.c.term_end.is_(None), lines.c.term_end >= today))
        .order_by(lines.c.contract, lines.c.line)
    )
    return [Vanished(*row) for row in connection.execute(under_way) if (row.contract, row.line) not in named]


def _named(book: BookFile) -> Iterator[tuple[str, str]]:
    places = book.header.positions["contract"], book.header.positions["line"]
    for row in book.sheet.rows():
        if row.number <= book.header_row:
            continue
        contract, line = (_code(row.cells, place) for place in places)
        yield contract, line


def _code(cells: tuple[object, ...], place: int) -> str:
    try:
        return read_code(cells[place]) if place < len(cells) else ""
    except CellError:
        return ""  # the row is rejected for it
