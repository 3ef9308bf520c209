"""Whose a contract is: looked up for lists, and asked for by account, company or sales partner."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from contracts.addresses import unquoted
from contracts.store.tables import accounts, contracts, pieces

_OF_ACCOUNT = ("company", "partner_name", "contact_department", "contact_name")


@dataclass(frozen=True, slots=True)
class Customer:
    """The account of a contract, as the book names it."""

    account: str
    company: str
    partner: str
    contact: str = ""  # department and person (Art. 7.4)


def contact_of(row: Any) -> str:
    """The customer's contact, department and person, of an account or of a row with these columns; "" for none."""
    return " ".join(filter(None, (row.contact_department, row.contact_name)))


def contracts_of(account: str = "", company: str = "", partner: str = "") -> sa.Select[Any]:
    """A query for the numbers of contracts of that account, of companies and of partners whose name holds the text.

    A partner may also be given by its mail address. Small and capital letters are the same in names.
    """
    query = sa.select(contracts.c.number).join(accounts)
    if account:
        query = query.where(accounts.c.number == account)
    if company:
        query = query.where(accounts.c.company.icontains(company, autoescape=True))
    if partner:
        named = accounts.c.partner_name.icontains(partner, autoescape=True)
        query = query.where(named | (sa.func.lower(accounts.c.partner_email) == unquoted(partner).lower()))
    return query


def customers(connection: sa.Connection, numbers: Iterable[str]) -> dict[str, Customer]:
    """Whose these contracts are; those that the book has not are left out."""
    found: dict[str, Customer] = {}
    for some in pieces(set(numbers)):
        of_account = [accounts.c[name] for name in _OF_ACCOUNT]
        query = sa.select(contracts.c.number, contracts.c.account, *of_account)
        for row in connection.execute(query.join(accounts).where(contracts.c.number.in_(some))):
            found[row.number] = Customer(row.account, row.company, row.partner_name, contact_of(row))
    return found
