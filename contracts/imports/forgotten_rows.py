"""What an import brings of people who were forgotten: it is left out, and said (Art. 28)."""

from __future__ import annotations

from dataclasses import replace

from contracts.addresses import ADDRESS_SEPARATOR
from contracts.files.rows import Flagged, ParsedRow
from contracts.store.forgotten import NOBODY, Hashes


def without_the_forgotten(row: ParsedRow, hashes: Hashes) -> ParsedRow:
    """The row without names and addresses that were forgotten, and with a flag for each column that had one."""
    of_account = hashes.get(row.account)
    if not of_account:
        return row
    since = max(each.forgotten_on for each in of_account)
    values, flags = dict(row.account_values), list(row.flags)
    for column in NOBODY.keys() & values.keys():
        kept = [
            part for part in values[column].split(ADDRESS_SEPARATOR) if not any(left.is_of(part) for left in of_account)
        ]
        if len(kept) < len(values[column].split(ADDRESS_SEPARATOR)):
            values[column] = ADDRESS_SEPARATOR.join(kept)
            flags.append(Flagged(row.row, column, "***", "flag.forgotten", {"account": row.account, "on": since}))
    return replace(row, account_values=values, flags=tuple(flags))
