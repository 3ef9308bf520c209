"""What a person records about the book: a release, a decline; and finding the line they mean."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Engine

from contracts.catalogue import Catalogue
from contracts.model import Contract, ContractLine
from contracts.store.book import Book
from jobs.config.load import ConfigError


class NoSuchLine(ConfigError):  # noqa: N818 — named for what is the matter
    """The book has no contract or line of that name."""


def find_lines(engine: Engine, catalogue: Catalogue, text: str) -> tuple[Contract, ContractLine | None]:
    """The contract, or contract and line, that `CONTRACT[/LINE]` names. A contract's number may hold a slash itself.

    Raises:
        NoSuchLine: there is none, or the text could mean two.
    """
    number, slash, line_number = text.rpartition("/")
    with engine.connect().execution_options(sqlite_begin="DEFERRED") as connection:
        book = Book(connection, catalogue)
        whole = book.contract(text)
        part = book.contract(number) if slash else None
    line = part.line(line_number) if part is not None else None
    if whole is not None and line is not None:
        raise NoSuchLine(f"{text} is a contract, and also line {line_number} of contract {number}: the book has both")
    if whole is not None:
        return whole, None
    if part is None:
        raise NoSuchLine(f"the book has no contract {text}")
    if line is None:
        known = ", ".join(other.line for other in part.lines)
        raise NoSuchLine(f"contract {number} has no line {line_number}; it has {known}")
    return part, line


def record_release(engine: Engine, catalogue: Catalogue, text: str, on: date) -> str:
    """Records the release for the family of that line as it ends with it, or for every line of the contract."""
    contract, line = find_lines(engine, catalogue, text)
    numbers = _numbers(contract, [other for other in contract.lines if _ends_with(other, line, on)], on)
    with engine.begin() as connection:
        Book(connection, catalogue).record_release(contract.number, numbers, on)
    return f"{contract.number}: released on {on}: line {', '.join(numbers)}"


def record_decline(engine: Engine, catalogue: Catalogue, text: str, on: date) -> str:
    """Records the decline for that line, or for every line of the contract that still runs."""
    contract, line = find_lines(engine, catalogue, text)
    chosen = [line] if line is not None else [other for other in contract.lines if _runs(other, on)]
    numbers = _numbers(contract, chosen, on)
    with engine.begin() as connection:
        Book(connection, catalogue).record_decline(contract.number, numbers, on)
    return f"{contract.number}: declined on {on}: line {', '.join(numbers)}"


def _ends_with(other: ContractLine, line: ContractLine | None, on: date) -> bool:
    """Whether a release on that day speaks for the other line: the same family and term end, or the whole contract."""
    if line is None:
        return _runs(other, on)
    return other.family == line.family and _term_end(other) == _term_end(line)


def _term_end(line: ContractLine) -> date | None:
    return line.term.last_day if line.term is not None else None


def _runs(line: ContractLine, on: date) -> bool:
    return line.term is not None and line.term.first_day <= on <= line.term.last_day


def _numbers(contract: Contract, lines: Sequence[ContractLine], on: date) -> list[str]:
    if not lines:
        raise NoSuchLine(f"contract {contract.number} has no line in its term on {on}: nothing to record")
    return [line.line for line in lines]
