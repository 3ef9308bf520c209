"""A file of rows, whatever its form: what its readers give, and that it cannot be read."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from contracts.errors import ContractsError

CHUNK_BYTES = 1 << 16
LARGEST_ROW = 1_048_576  # as many as a sheet of Excel's holds


class BookFileError(ContractsError):
    """The file as a whole cannot be read, and nothing of it counts."""

    def __init__(self, path: Path, code: str, **values: Any) -> None:
        super().__init__(code, **values)
        self.path = path


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row with something in it. `number` is what a spreadsheet calls it: the header of most files is row 1."""

    number: int
    cells: tuple[object, ...]
    problem: str = ""  # what csv says of quotes for which its cells could not be told apart


class Sheet(Protocol):
    """A file of rows. It can be read through more than once."""

    @property
    def total(self) -> int | None:
        """About how many rows it has, header included; None where the file does not say."""

    @property
    def passed_over(self) -> tuple[str, ...]:
        """The names of sheets in the file that are not read."""

    def rows(self) -> Generator[SheetRow]:
        """All rows that are not empty.

        Raises:
            BookFileError: what follows cannot be read.
        """
