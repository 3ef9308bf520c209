"""People who asked to be forgotten (Art. 28): taken out of the book, and not brought back by an import unsaid.

The account's row stays, with its company. Of each name and address a salted hash is kept, so that the same row in the
next export is known again; who can read both could still try out an address that he guesses.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from contracts.addresses import ADDRESS_SEPARATOR, mailable
from contracts.store.looks import bring_forward
from contracts.store.tables import accounts, contracts, forgotten, insert_for, lines, pieces

NOBODY = {"owner_name": "", "owner_email": "", "administrator_emails": "", "contact_name": ""}


@dataclass(frozen=True, slots=True)
class People:
    """Who stands in the book for an account."""

    company: str
    owner_name: str
    owner_email: str
    administrator_emails: tuple[str, ...]
    contact_name: str = ""

    @property
    def texts(self) -> tuple[str, ...]:
        """Their names and addresses, as the book has them."""
        found = (self.owner_name, self.owner_email, *self.administrator_emails, self.contact_name)
        return tuple(filter(None, found))

    @property
    def is_nobody(self) -> bool:
        """Whether the account's people are not there, or were forgotten."""
        return not self.texts

    @property
    def addresses(self) -> frozenset[str]:
        """Their addresses as mail is sent to them."""
        return frozenset(_as_sent(text) for text in (self.owner_email, *self.administrator_emails) if text)


@dataclass(frozen=True, slots=True)
class Hash:
    """What is left of a name or an address."""

    hash: str
    salt: str
    forgotten_on: date

    def is_of(self, text: str) -> bool:
        """Whether it is what is left of this text."""
        return bool(text) and _hash(self.salt, text) == self.hash


Hashes = dict[str, list[Hash]]  # by account


def people_of(connection: sa.Connection, account: str) -> People | None:
    """Who stands in the book for the account; None where there is no such account."""
    row = connection.execute(sa.select(accounts).where(accounts.c.number == account)).one_or_none()
    if row is None:
        return None
    return _people(row)


def _people(row: sa.Row[Any]) -> People:
    administrators = tuple(part for part in row.administrator_emails.split(ADDRESS_SEPARATOR) if part)
    return People(row.company, row.owner_name, row.owner_email, administrators, row.contact_name)


def running(connection: sa.Connection, account: str, on: date) -> dict[str, date]:
    """The account's contracts that run on that day or later, each with its last day."""
    last = sa.func.max(lines.c.term_end).label("last")
    query = sa.select(lines.c.contract, last).join(contracts).where(contracts.c.account == account)
    found = connection.execute(query.group_by(lines.c.contract).order_by(lines.c.contract))
    return {row.contract: row.last for row in found if row.last is not None and row.last >= on}


def shared(connection: sa.Connection, account: str, addresses: Iterable[str]) -> set[str]:
    """Those of the addresses, as mail is sent to them, at which another account is written to in whatever spelling."""
    others = connection.execute(sa.select(accounts).where(accounts.c.number != account))
    theirs = {each.casefold() for row in others for each in _people(row).addresses}
    return {address for address in addresses if address.casefold() in theirs}


def take_out(connection: sa.Connection, account: str, people: People, on: date) -> None:
    """Takes the people out of the account's row; hashes of their names and addresses stay."""
    rows = [{"account": account, "forgotten_on": on, **_hashed(text)} for text in people.texts]
    if rows:
        connection.execute(insert_for(connection)(forgotten).on_conflict_do_nothing(), rows)
    connection.execute(sa.update(accounts).where(accounts.c.number == account).values(NOBODY))
    bring_forward(connection, (), [account])


def let_back_in(connection: sa.Connection, account: str) -> int:
    """Imports may bring the account's people back. How many hashes are gone."""
    return connection.execute(sa.delete(forgotten).where(forgotten.c.account == account)).rowcount


def hashes_of(connection: sa.Connection, numbers: Iterable[str]) -> Hashes:
    """What is left of people of these accounts."""
    found: Hashes = {}
    for some in pieces(numbers):
        for row in connection.execute(sa.select(forgotten).where(forgotten.c.account.in_(some))):
            found.setdefault(row.account, []).append(Hash(row.hash, row.salt, row.forgotten_on))
    return found


def _hashed(text: str) -> dict[str, str]:
    salt = secrets.token_hex(16)
    return {"salt": salt, "hash": _hash(salt, text)}


def _hash(salt: str, text: str) -> str:
    return sha256((salt + _as_sent(text).casefold()).encode()).hexdigest()


def _as_sent(text: str) -> str:
    """An address as mail is sent to it; what is none, as it is without its spaces."""
    try:
        return mailable(text)
    except ValueError:
        return "".join(text.split())
