"""What an import brings of people who were forgotten: it is left out, and said (Art. 28)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from contracts.addresses import ADDRESS_SEPARATOR
from contracts.files.rows import Flagged, ParsedRow
from contracts.store.forgotten import NOBODY, Hash, Hashes


def without_the_forgotten(row: ParsedRow, hashes: Hashes) -> ParsedRow:
    """The row without names and addresses that were forgotten, and with a flag for each column that had one."""
    of_account = hashes.get(row.account)
    if not of_account:
        return row
    values, flags = dict(row.account_values), list(row.flags)
    for column in NOBODY.keys() & values.keys():
        kept = [
            part for part in values[column].split(ADDRESS_SEPARATOR) if not any(left.is_of(part) for left in of_account)
        ]
        if len(kept) < len(values[column].split(ADDRESS_SEPARATOR)):
            values[column] = ADDRESS_SEPARATOR.join(kept)
            flags.append(Flagged(row.row, column, "***", _why(row.account, of_account)))
    return replace(row, account_values=values, flags=tuple(flags))


def _why(account: str, of_account: Iterable[Hash]) -> str:
    since = max(each.forgotten_on for each in of_account)
    return (
        f"was forgotten on {since} at a person's request and stays out; take it out of the export, or "
        f"`kigen forget {account} --lift` where the person is back"
    )
