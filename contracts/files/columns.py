"""The columns of the book of contracts as a file: their names in English and Japanese, and where a header puts them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from contracts.errors import ContractsError


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `name` is what reports call it, whatever the file does."""

    name: str
    other_names: tuple[str, ...] = ()
    required: bool = False


BOOK_COLUMNS = (
    Column("account_number", ("アカウント番号",), required=True),
    Column("company", ("会社名",), required=True),
    Column("owner_name", ("オーナー氏名",)),
    Column("owner_email", ("オーナーメールアドレス",)),
    Column("administrator_emails", ("管理者メールアドレス",)),
    Column("contact_department", ("連絡窓口部門",)),
    Column("contact_name", ("連絡窓口担当者",)),
    Column("partner_name", ("販売パートナー名",)),
    Column("partner_email", ("販売パートナーメールアドレス",)),
    Column("language", ("言語",)),
    Column("contract", ("契約番号",), required=True),
    Column("line", ("明細番号",), required=True),
    Column("menu", ("メニュー",), required=True),
    Column("order", ("注文区分",), required=True),
    Column("seats", ("ライセンス数",), required=True),
    Column("term_start", ("利用開始日",), required=True),
    Column("months", ("契約月数",)),
    Column("term_end", ("利用終了日",)),
    Column("ordered_on", ("注文日",)),
    Column("opened_on", ("開設日",)),
    Column("declined_on", ("継続辞退日", "更新辞退日")),
    Column("released_on", ("解除確認日",)),
)


class HeaderError(ContractsError):
    """The header row cannot be used."""


@dataclass(frozen=True, slots=True)
class Header:
    """Where each column stands, and what stands in the header that is no column."""

    positions: Mapping[str, int]  # column name → index of its cells, from 0
    width: int  # cells after that many have no column
    unknown: tuple[tuple[int, str], ...]  # index and text of each header cell that no column has

    @classmethod
    def of(cls, cells: Sequence[str], columns: Iterable[Column]) -> Header:
        """The header that these cells make.

        Raises:
            HeaderError: a required column is missing, or one stands there twice.
        """
        columns = tuple(columns)
        names = {_key(spelling): column.name for column in columns for spelling in (column.name, *column.other_names)}
        width = max((index + 1 for index, text in enumerate(cells) if text), default=0)
        positions: dict[str, int] = {}
        unknown = []
        for index, text in enumerate(cells[:width]):
            name = names.get(_key(text))
            if name is None:
                unknown.append((index, text))
            elif name in positions:
                raise HeaderError("file.column-twice", name=name, text=text)
            else:
                positions[name] = index
        _refuse_gaps(positions, columns)
        return cls(positions, width, tuple(unknown))


def _refuse_gaps(positions: Mapping[str, int], columns: Iterable[Column]) -> None:
    missing = [column for column in columns if column.required and column.name not in positions]
    if missing:
        names = ", ".join("/".join((column.name, *column.other_names)) for column in missing)
        raise HeaderError("file.no-required-column", columns=names)


def _key(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in folded if not sign.isspace() and sign not in "_-")


def column_letter(index: int) -> str:
    """What a spreadsheet calls the column of that index, from 0: A, B, … Z, AA."""
    letters = ""
    number = index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
