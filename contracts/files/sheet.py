"""A file of rows, whatever its form: what its readers give, and that it cannot be read."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from contracts.errors import ContractsError

FORMS = "a CSV file (UTF-8 or CP932) or an Excel workbook (.xlsx)"
CHUNK_BYTES = 1 << 16
LARGEST_ROW = 1_048_576  # as many as a sheet of Excel's holds


class BookFileError(ContractsError):
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
