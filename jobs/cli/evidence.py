"""`evidence`: what proves a notice, in one file."""

from __future__ import annotations

from pathlib import Path

import click

from jobs.app import App
from jobs.cli.access import open_to_read
from jobs.errors import Exit
from jobs.evidence.archive import Evidence, NothingToProve, write
from jobs.evidence.pages import Pages
from jobs.terminal.output import complain, say
from jobs.terminal.progress import progress
from jobs.terminal.whole_file import FileInTheWay, whole_file
from notify.proof.mentions import EntryUnreadable, entry_count


@click.command(epilog="Example:  kigen evidence K-0001 --out K-0001.zip")
@click.argument("which", metavar="CONTRACT|NOTICE")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A new file.", metavar="FILE.zip")
@click.pass_obj
def evidence(config: Path | None, /, which: str, out: Path) -> int:
    """Write what was sent, when, to whom and what the server answered into FILE.zip, with all that proves it.

    Of all notices of a contract, or of one by its id; contract:12 and notice:12 leave no doubt. For a reader without
    kigen: a page, the exact mails, the rows and their chain of hashes, and how to check them. It holds personal data:
    only you can read it.
    """
    app = open_to_read(config)
    found = evidence_of(app)
    try:
        notices = found.named(which)
        with whole_file(out) as draft, progress("entries", entry_count(app.engine)) as advance:
            write(found.files(notices, advance), draft)
    except NothingToProve as error:
        raise click.UsageError(str(error)) from error
    except EntryUnreadable as error:
        complain(f"{error}; nothing was written")
        return Exit.NEEDS_A_PERSON
    except FileInTheWay as error:
        raise click.UsageError(f"{out} is there already; name a new file, evidence replaces nothing") from error
    except OSError as error:
        raise click.UsageError(f"{out}: {error.strerror or error}") from error
    say(f"{out}: {len(notices)} notices, {out.stat().st_size:,} bytes")
    return Exit.DONE


def evidence_of(app: App) -> Evidence:
    """What this installation has on record."""
    return Evidence(app.engine, app.ledger, Pages(app.catalogue, app.clock.zone))
