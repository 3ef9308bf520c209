"""`kigen bounce`: reads delivery reports, lists what came back, clears an address that works again."""

from __future__ import annotations

import getpass
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import click

from jobs.cli.access import open_to_read, open_to_write, speaker_of
from jobs.cli.options import ADDRESS, NUMBER, table_json_or_csv
from jobs.cli.signs import tell_desk
from jobs.database.failures import sentence_and_status
from jobs.errors import Exit
from jobs.intake.returned_mail import Handled, Outcome, waiting_mails
from jobs.language.messages import Said
from jobs.terminal.output import complain, say
from notify.ledger.bounce_list import Bounce

COLUMNS = {
    "received_at": "came back", "bounce_class": "class", "status": "code", "role": "as", "address": "address",
    "held": "held", "lines": "about", "diagnostic": "what the server said",
}  # fmt: skip
LONGEST = 20_000_000  # octets: more than any mail server takes


@click.command(epilog="Example:  kigen bounce --maildir /var/mail/bounces")
@click.argument(
    "file", required=False, type=click.Path(path_type=Path, allow_dash=True, readable=False), metavar="[FILE|-]"
)
@click.option(
    "--maildir", type=click.Path(path_type=Path, file_okay=False), help="Read a Maildir's new mails.", metavar="DIR"
)
@click.option("--recipient", default="", help="The address that the mail server took FILE for.", metavar="ADDRESS")
@click.option("--mta", is_flag=True, help="A mail server calls: whatever it is to try again ends with status 75.")
@click.option("--list", "is_list", is_flag=True, help="List what came back.")
@click.option("--limit", type=NUMBER, default=200, show_default=True, help="How many to list, newest first.")
@click.option("--clear", type=ADDRESS, help="The mailbox works again: write to it.")
@table_json_or_csv
@click.pass_obj
def bounce(  # noqa: PLR0913, PLR0917 - one command, its options
    config: Path | None,
    /,
    file: Path | None,
    maildir: Path | None,
    recipient: str,
    clear: str | None,
    limit: int,
    form: str,
    *,
    mta: bool,
    is_list: bool,
) -> int:
    """Read a delivery report from FILE, from standard input (-), or all that wait in a Maildir.

    A mail that came back for good marks its address: what would go to it is held, and the sales desk is told. What
    cannot be matched to a notice is kept for people (bounces.for_people) and ends with status 1.
    """
    if sum((file is not None, maildir is not None, is_list, bool(clear))) != 1:
        raise click.UsageError("say one of FILE, --maildir DIR, --list and --clear ADDRESS")
    if recipient and file is None:
        raise click.UsageError("--recipient goes with FILE")
    if is_list:
        return _list(config, limit, form)
    if clear:
        return _clear(config, clear)
    return _for_a_server(config, file, maildir, recipient) if mta else _read(config, file, maildir, recipient)


def _read(config: Path | None, file: Path | None, maildir: Path | None, recipient: str) -> int:
    app = open_to_write(config)
    counts: Counter[Handled] = Counter()
    if maildir is not None:
        for mail in waiting_mails(maildir):
            try:
                outcome = app.returned_mail.handle_file(mail)
            except FileNotFoundError:
                continue  # another process reads the same folder, and has moved it
            except OSError as problem:  # one that cannot be read keeps no other back
                counts[Handled.LEFT] += 1
                complain(f"{mail.name}: {problem.strerror or problem}; it stays where it is")
                continue
            counts[outcome.handled] += 1
            _tell_of(outcome, f"{mail.name}: ")
        say(", ".join(f"{count} {handled}" for handled, count in counts.items()) or "No new mail.")
    elif file is not None:
        outcome = app.returned_mail.handle(_bytes(file), recipient)
        counts[outcome.handled] += 1
        _tell_of(outcome)
    tell_desk(app)
    if counts[Handled.LEFT]:
        return Exit.UNREACHABLE
    return Exit.NEEDS_A_PERSON if counts[Handled.FOR_PEOPLE] else Exit.DONE


def _for_a_server(config: Path | None, file: Path | None, maildir: Path | None, recipient: str) -> int:
    """A mail server sends back what ends with any status but 0 and 75, and what came back cannot come back again."""
    try:
        status = _read(config, file, maildir, recipient)
    except Exception as error:  # noqa: BLE001 - whatever it is, the server keeps the report and tries again
        sentence = sentence_and_status(error)
        complain(sentence[0] if sentence else f"an unexpected {type(error).__name__}: {error}")
        return Exit.UNREACHABLE
    return Exit.UNREACHABLE if status == Exit.UNREACHABLE else Exit.DONE


def _bytes(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read(LONGEST)
    with file.open("rb") as stream:
        return stream.read(LONGEST)


def _tell_of(outcome: Outcome, which: str = "") -> None:
    (complain if outcome.handled in (Handled.FOR_PEOPLE, Handled.LEFT) else say)(f"{which}{outcome.said}")


def _list(config: Path | None, limit: int, form: str) -> int:
    app = open_to_read(config)
    speaker = speaker_of(app)
    speaker.rows([_row(each) for each in app.ledger.bounces.listed(limit)], COLUMNS, form, Said("bounces.none"))
    folder = app.returned_mail.for_people
    kept = sum(1 for _ in (folder / "new").iterdir()) if (folder / "new").is_dir() else 0
    if kept and form == "table":
        speaker.say("bounces.for-people", count=kept, folder=folder)
    return Exit.DONE


def _clear(config: Path | None, address: str) -> int:
    app = open_to_write(config)
    app.ledger.bounces.clear(address, getpass.getuser(), app.clock.now())
    speaker_of(app).say("bounces.cleared", address=address)
    return Exit.DONE


def _row(each: Bounce) -> dict[str, Any]:
    return {
        "id": each.id, "received_at": each.received_at, "bounce_class": each.bounce_class, "status": each.status,
        "role": each.role, "address": each.address, "is_held": each.is_marked, "held": "yes" if each.is_marked else "",
        "lines": [f"{key.contract}/{key.line}:{key.kind}:{key.occasion}" for key in each.notices],
        "told_at": each.told_at, "diagnostic": each.diagnostic, "reporting_mta": each.reporting_mta,
        "matched_by": each.matched_by,
    }  # fmt: skip
