"""The tables of the book, and what statements on them have in common on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

Value = TypeVar("Value")

AT_A_TIME = 5000  # values in one statement; SQLite takes 32766, PostgreSQL 65535

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("number", sa.Text, primary_key=True),
    sa.Column("company", sa.Text, nullable=False),
    sa.Column("owner_name", sa.Text, nullable=False, server_default=""),
    sa.Column("owner_email", sa.Text, nullable=False, server_default=""),  # as the book gives it, perhaps malformed
    sa.Column("administrator_emails", sa.Text, nullable=False, server_default=""),  # separated by ADDRESS_SEPARATOR
    sa.Column("contact_department", sa.Text, nullable=False, server_default=""),
    sa.Column("contact_name", sa.Text, nullable=False, server_default=""),
    sa.Column("partner_name", sa.Text, nullable=False, server_default=""),
    sa.Column("partner_email", sa.Text, nullable=False, server_default=""),
    sa.Column("language", sa.Text, nullable=False, server_default="ja"),
)

contracts = sa.Table(
    "contracts",
    metadata,
    sa.Column("number", sa.Text, primary_key=True),
    sa.Column("account", sa.ForeignKey("accounts.number"), nullable=False, index=True),
)

lines = sa.Table(
    "lines",
    metadata,
    sa.Column("contract", sa.ForeignKey("contracts.number"), primary_key=True),
    sa.Column("line", sa.Text, primary_key=True),
    sa.Column("menu", sa.Text, nullable=False),  # a code of the catalogue
    sa.Column("order_kind", sa.Text, nullable=False),
    sa.Column("seats", sa.Integer, nullable=False),
    sa.Column("starts_on", sa.Date, nullable=False, index=True),
    sa.Column("term_end", sa.Date, index=True),  # NULL for what has no term
    sa.Column("ordered_on", sa.Date),
    sa.Column("opened_on", sa.Date, index=True),
    sa.Column("declined_on", sa.Date),
    sa.Column("released_on", sa.Date),
    # As people recorded it here. Imports never touch these two; where the book has the same fact, its day counts.
    sa.Column("declined_recorded_on", sa.Date),
    sa.Column("released_recorded_on", sa.Date),
    # Menu, seats or a day of the term is not, or not always was, what the book said first: see Book.write.
    sa.Column("restated", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.CheckConstraint("seats >= 1", name="seats"),
    sa.CheckConstraint("order_kind IN ('new', 'addition', 'continuation')", name="order_kind"),
    sa.CheckConstraint("term_end >= starts_on", name="term"),
    sa.Index(
        "ix_lines_restated", "term_end", sqlite_where=sa.text("restated = 1"), postgresql_where=sa.text("restated")
    ),
)

# What lines break of the domain's rules, and for which day somebody was told of it: see contracts/store/flags.py.
flags = sa.Table(
    "flags",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("contract", sa.ForeignKey("contracts.number"), nullable=False, index=True),
    sa.Column("line", sa.Text, nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("facts", sa.JSON, nullable=False),  # the values of its code, days in ISO 8601
    sa.Column("told_on", sa.Date),
    sqlite_autoincrement=True,  # what a letter has told is told by its number, which no other flag may get
)

# Lines at whose term end something may be left open, by the rule that asks for it: see contracts/store/loose_ends.py.
loose_ends = sa.Table(
    "loose_ends",
    metadata,
    sa.Column("contract", sa.ForeignKey("contracts.number"), primary_key=True),
    sa.Column("line", sa.Text, primary_key=True),
    sa.Column("term_end", sa.Date, primary_key=True),
    sa.Column("rule", sa.Text, primary_key=True),
    sa.Index("ix_loose_ends_rule_term_end", "rule", "term_end"),
)

# Who watches the book, and when each wants to look at a contract again: see contracts/store/looks.py.
watchers = sa.Table("watchers", metadata, sa.Column("name", sa.String(64), primary_key=True))

looks = sa.Table(
    "looks",
    metadata,
    sa.Column("watcher", sa.ForeignKey("watchers.name"), primary_key=True),
    sa.Column("contract", sa.ForeignKey("contracts.number"), primary_key=True),
    sa.Column("look_on", sa.Date, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),  # grows with each change of the contract
    sa.Index("ix_looks_watcher_look_on", "watcher", "look_on"),
)

# Hashes of names and addresses that a person asked to have forgotten, so that no import brings them back unsaid.
forgotten = sa.Table(
    "forgotten",
    metadata,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("salt", sa.String(32), nullable=False),
    sa.Column("forgotten_on", sa.Date, nullable=False),
)


def pieces(values: Iterable[Value]) -> Iterator[list[Value]]:
    """The values in lists that fit into one statement."""
    everything = list(values)
    return (everything[start : start + AT_A_TIME] for start in range(0, len(everything), AT_A_TIME))


def insert_for(connection: sa.Connection) -> Callable[[sa.Table], Any]:
    """INSERT with ON CONFLICT, as this connection's database spells it."""
    return postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
