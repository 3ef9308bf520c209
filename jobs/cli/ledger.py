"""Proof: `ledger verify`, `ledger head`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from jobs.cli.access import open_to_read
from jobs.cli.options import NUMBER, table_json_or_csv
from jobs.errors import Exit
from jobs.terminal.output import say, show_json, show_rows
from jobs.terminal.progress import progress
from notify.proof.findings import Verified
from notify.proof.verify import NoSuchEntry

COLUMNS = {
    "wrong": "what", "table": "table", "row": "row", "notice": "notice", "entry": "entry", "entry_at": "of",
    "says": "says",
}  # fmt: skip


@click.group(epilog="Example:  kigen ledger verify")
def ledger() -> None:
    """Whether the ledger is as it was written: its chain of hashes."""


@ledger.command(epilog="Example:  kigen ledger verify --anchor 4711:0f3c…")
@click.option("--from", "start", type=NUMBER, default=1, metavar="SEQ", help="From this entry on only.")
@click.option("--anchor", metavar="SEQ:LINK", help="A head that was noted: whether the chain still contains it.")
@table_json_or_csv
@click.pass_obj
def verify(config: Path | None, /, start: int, anchor: str | None, form: str) -> int:
    """Look whether anything was changed, taken out or put in.

    Reads the whole ledger, the bytes of each mail too, while kigen runs; changes nothing. With --from, the links from
    that entry on, and the rows that it or a later one tells of. What was cut off at the end, with the rows it told of,
    is seen only by --anchor.
    """
    try:
        verified = open_to_read(config).ledger.verify(start, anchor, progress)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--anchor") from error
    except NoSuchEntry as error:
        raise click.BadParameter(str(error), param_hint="--from") from error
    rows = [asdict(finding) for finding in verified.findings]
    if form == "json":
        found = {"head": str(verified.head), "entries": verified.entries, "rows": verified.rows, "findings": rows}
        show_json(found)
    elif form == "csv":
        show_rows(rows, COLUMNS, form)
    else:
        _tell(verified)
    return Exit.NEEDS_A_PERSON if rows else Exit.DONE


@ledger.command(epilog="Example:  kigen ledger head >> /srv/notes/heads")
@click.pass_obj
def head(config: Path | None, /) -> int:
    """Print the chain's last entry, SEQ:LINK. Note it elsewhere: what is before it can be proved by it later."""
    say(open_to_read(config).ledger.head())
    return Exit.DONE


def _tell(verified: Verified) -> None:
    if verified.findings:
        show_rows([asdict(finding) for finding in verified.findings], COLUMNS, "table")
    found = f"{len(verified.findings)} findings" if verified.findings else "all is as it was written"
    say(f"{verified.entries:,} entries, {verified.rows:,} rows: {found}")
    say(f"head {verified.head}")
