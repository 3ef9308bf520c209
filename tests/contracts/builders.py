"""Builders for books of contracts as files, and for databases to import them into."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from openpyxl import Workbook

from contracts.files.book_file import open_book
from contracts.files.catalogue_file import shipped_catalogue
from contracts.imports.book_import import import_book
from contracts.imports.report import ImportReport
from contracts.store.book import Book
from contracts.store.tables import metadata
from jobs.database.engines import create_engine_for
from tests.databases import put_tables
from tests.postgres import database_url

JAPANESE = {
    "account_number": "アカウント番号",
    "company": "会社名",
    "owner_name": "オーナー氏名",
    "owner_email": "オーナーメールアドレス",
    "administrator_emails": "管理者メールアドレス",
    "contact_department": "連絡窓口部門",
    "contact_name": "連絡窓口担当者",
    "partner_name": "販売パートナー名",
    "partner_email": "販売パートナーメールアドレス",
    "language": "言語",
    "contract": "契約番号",
    "line": "明細番号",
    "menu": "メニュー",
    "order": "注文区分",
    "seats": "ライセンス数",
    "term_start": "利用開始日",
    "months": "契約月数",
    "term_end": "利用終了日",
    "ordered_on": "注文日",
    "opened_on": "開設日",
    "declined_on": "継続辞退日",
    "released_on": "解除確認日",
}


def a_row(**changes: Any) -> dict[str, Any]:
    """A row of the book, lawful by default: Business 10 from 2021-02-01 to 2022-01-31. None leaves a column out."""
    usual = {
        "account_number": "98765432",
        "company": "株式会社見本",
        "owner_name": "山田 太郎",
        "owner_email": "owner@example.co.jp",
        "administrator_emails": "",
        "contact_department": "",
        "contact_name": "",
        "partner_name": "",
        "partner_email": "",
        "language": "ja",
        "contract": "K-0001",
        "line": "1",
        "menu": "business",
        "order": "new",
        "seats": "10",
        "term_start": "2021-02-01",
        "months": "12",
        "term_end": "",
        "ordered_on": "2021-01-10",
        "opened_on": "2021-01-25",
        "declined_on": "",
        "released_on": "",
    }
    return {name: value for name, value in (usual | changes).items() if value is not None}


def csv_text(rows: Iterable[Mapping[str, Any]], names: Mapping[str, str] | None = None, delimiter: str = ",") -> str:
    """The rows as CSV, with the header's names replaced by these."""
    rows = list(rows)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow([(names or {}).get(name, name) for name in columns])
    writer.writerows([row.get(name, "") for name in columns] for row in rows)
    return text.getvalue()


def a_csv(folder: Path, *rows: Mapping[str, Any], encoding: str = "utf-8", name: str = "book.csv") -> Path:
    path = folder / name
    path.write_bytes(csv_text(rows or [a_row()]).encode(encoding))
    return path


def an_xlsx(folder: Path, *rows: Mapping[str, Any], name: str = "book.xlsx") -> Path:
    """The rows on the first sheet of a workbook, each value as the cell that openpyxl makes of it."""
    rows = rows or (a_row(),)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(columns)
    for row in rows:
        sheet.append([row.get(name) for name in columns])
    workbook.save(folder / name)
    return folder / name


def an_engine(folder: Path) -> sa.Engine:
    """A database with the book's tables and nothing in them."""
    engine = create_engine_for(database_url(folder, "book.db"))
    if engine.dialect.name == "sqlite":
        put_tables(Path(str(engine.url.database)), metadata)
    return engine


def imported(engine: sa.Engine, path: Path, **options: Any) -> ImportReport:
    with engine.connect() as connection:
        return import_book(connection, open_book(path, shipped_catalogue()), **options)


def in_book(engine: sa.Engine, number: str = "K-0001") -> Any:
    """The contract as it stands in the database; None where there is none."""
    with engine.connect() as connection:
        return Book(connection, shipped_catalogue()).contract(number)


def parsed(path: Path) -> list[Any]:
    """All rows of the file as read, rejected ones included."""
    return list(open_book(path, shipped_catalogue()))
