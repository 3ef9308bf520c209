"""The catalogue of menu items as a table that the reseller can edit, checked whenever it is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from contracts.catalogue import Catalogue, MenuError, MenuItem, Role
from contracts.errors import ContractsError
from contracts.files.cells import (
    HIGHEST_NUMBER,
    CellError,
    is_empty,
    read_code,
    read_date,
    read_text,
    read_whole_number,
)
from contracts.files.columns import Column, Header, HeaderError, column_letter
from contracts.files.forms import open_sheet
from contracts.files.sheet import BookFileError, SheetRow

HIGHEST_RANK = 99
LAST_START_DAY = 28
REQUIRED = ("code", "role", "name_ja")
FURTHER_NAME = re.compile(r"name_([a-z]{2,3}(-[a-z0-9]{2,8}){0,2})")  # a column for each further language
ANSWERS = {"yes": True, "no": False, "true": True, "false": False, "1": True, "0": False}


class CatalogueError(ContractsError):
    """The table of menu items cannot be used. `why` says it; `cell` is a column of the row and what stands in it."""

    def __init__(self, path: Path, why: ContractsError, row: int = 0, cell: tuple[str, str] | None = None) -> None:
        place = {"column": cell[0], "value": cell[1]} if cell else {}
        code = "catalogue.cell" if cell else "catalogue.row" if row else "catalogue.table"
        super().__init__(code, path=str(path), why=why, row=row, **place)


def load_catalogue(path: Path) -> Catalogue:
    """The catalogue that the table (CSV or XLSX) holds.

    Raises:
        CatalogueError: the table cannot be read, or is not consistent in itself.
    """
    try:
        sheet = open_sheet(path)
        rows = list(sheet.rows())
    except BookFileError as error:
        raise CatalogueError(path, error) from error
    if not rows:
        raise CatalogueError(path, BookFileError(path, "file.no-row"))
    header = _header(path, rows[0])
    entries = [_Entry(path, row, header) for row in rows[1:]]
    items = [(entry, entry.item()) for entry in entries]
    _refuse_contradictions(path, items)
    return Catalogue(tuple(item for _, item in items))


@cache
def shipped_catalogue() -> Catalogue:
    """The catalogue that comes with the program."""
    with as_file(files("contracts") / "catalogue.csv") as path:
        return load_catalogue(path)


def _header(path: Path, row: SheetRow) -> Header:
    cells = [str(cell or "") for cell in row.cells]
    further = {cell for cell in cells if FURTHER_NAME.fullmatch(cell)} - READERS.keys()
    columns = [Column(name, required=name in REQUIRED) for name in (*READERS, *sorted(further))]
    try:
        header = Header.of(cells, columns)
    except HeaderError as error:
        raise CatalogueError(path, error, row.number) from error
    for index, text in header.unknown:
        why = HeaderError("file.no-catalogue-column", columns=", ".join(READERS))
        raise CatalogueError(path, why, row.number, (column_letter(index), text))
    return header


@dataclass(frozen=True, slots=True)
class _Entry:
    """One row of the table."""

    path: Path
    row: SheetRow
    header: Header

    def item(self) -> MenuItem:
        if self.row.problem:
            raise self.problem("", CellError("row.quotes", why=self.row.problem))
        if any(not is_empty(cell) for cell in self.row.cells[self.header.width :]):
            raise self.problem("", CellError("row.right-of-last-column"))
        values = {name: read(self, name) for name, read in READERS.items()}
        values["family"] = values["family"] or values["code"]
        return MenuItem(**values, further_names=tuple(self._further_names()))

    def _further_names(self) -> Iterator[tuple[str, str]]:
        for column in sorted(self.header.positions.keys() - READERS.keys()):
            if name := self.read(column, read_text, ""):
                yield column.removeprefix("name_"), name

    def cell(self, name: str) -> object:
        index = self.header.positions.get(name)
        return self.row.cells[index] if index is not None and index < len(self.row.cells) else None

    def problem(self, name: str, why: ContractsError) -> CatalogueError:
        cell = (name, "" if self.cell(name) is None else str(self.cell(name))) if name else None
        return CatalogueError(self.path, why, self.row.number, cell)

    def read(self, name: str, read: Callable[[object], Any], otherwise: Any) -> Any:
        if is_empty(self.cell(name)):
            if name in REQUIRED:
                raise self.problem(name, CellError("row.required"))
            return otherwise
        try:
            return read(self.cell(name))
        except CellError as error:
            raise self.problem(name, error) from error


def _role(cell: object) -> Role:
    try:
        return Role(read_code(cell).casefold())
    except ValueError:
        raise CellError("row.unknown-role", roles=", ".join(Role)) from None


def _several(cell: object) -> tuple[str, ...]:
    return tuple(each.strip() for each in read_text(cell).split(";") if each.strip())


def _answer(cell: object) -> bool:
    found = cell if isinstance(cell, bool) else ANSWERS.get(read_code(cell).casefold())
    if found is None:
        raise CellError("row.yes-or-no")
    return found


def _number(lowest: int = 1, highest: int = HIGHEST_NUMBER) -> Callable[[object], int]:
    return lambda cell: read_whole_number(cell, lowest=lowest, highest=highest)


def _column(read: Callable[[object], Any], otherwise: Any) -> Callable[[_Entry, str], Any]:
    return lambda entry, name: entry.read(name, read, otherwise)


# Each column is a field of MenuItem, with the value that an empty cell stands for.
READERS: dict[str, Callable[[_Entry, str], Any]] = {
    "code": _column(read_code, ""),
    "role": _column(_role, None),
    "name_ja": _column(read_text, ""),
    "name_en": _column(read_text, ""),
    "family": _column(read_code, ""),
    "aliases": _column(_several, ()),
    "rank": _column(_number(0, HIGHEST_RANK), 0),
    "new_from": _column(_number(), 1),
    "addition_from": _column(_number(), 1),
    "addition_to": _column(_number(), None),
    "total_to": _column(_number(), None),
    "minimum": _column(_number(0), 0),
    "falls_to": _column(read_code, ""),
    "january_start_day": _column(_number(1, LAST_START_DAY), 1),
    "no_new_since": _column(read_date, None),
    "fixed_after_closing": _column(_answer, False),
    "own_term": _column(_answer, False),
    "upgrade_at_renewal": _column(_answer, False),
    "not_beside": _column(_several, ()),
}


def _refuse_contradictions(path: Path, items: Iterable[tuple[_Entry, MenuItem]]) -> None:
    known: list[MenuItem] = []
    items = list(items)
    bases = {item.code: item for _, item in items if item.role is Role.BASE}
    if not bases:
        raise CatalogueError(path, MenuError("menu.no-base-item"))
    family = next(iter(bases.values())).family
    for entry, item in items:
        try:
            Catalogue((*known, item))
        except MenuError as error:
            raise entry.problem("code", error) from error
        known.append(item)
        _refuse_item(entry, item, bases, family)


def _refuse_item(entry: _Entry, item: MenuItem, bases: dict[str, MenuItem], family: str) -> None:
    if item.role is Role.BASE and item.family != family:
        raise entry.problem("family", MenuError("menu.base-item-of-another-family", family=family))
    if item.role is not Role.BASE and item.family == family:
        raise entry.problem("family", MenuError("menu.family-of-base-items", family=family))
    if item.role is Role.BASE and not item.rank:
        raise entry.problem("rank", MenuError("menu.rank-required"))
    if item.total_to is not None and item.total_to < item.new_from:
        raise entry.problem("total_to", MenuError("menu.total-below-new-order", least=item.new_from))
    if bool(item.falls_to) != bool(item.minimum):
        raise entry.problem("falls_to", MenuError("menu.minimum-and-fall-together"))
    if item.falls_to and (item.falls_to not in bases or bases[item.falls_to].rank >= item.rank):
        raise entry.problem("falls_to", MenuError("menu.no-lower-base-item", items=", ".join(bases)))
    if not bases.keys() >= set(item.not_beside):
        raise entry.problem("not_beside", MenuError("menu.no-base-items", items=", ".join(bases)))
