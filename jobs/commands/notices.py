"""The ledger for people: `notices list|show|resend|cancel|settle|export`."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobs.cli import Exit
from jobs.commands.options import DAY, table_json_or_csv, table_or_json
from notify.ledger_values import Status

if TYPE_CHECKING:
    from notify.ledger import Notice, Story

STATUSES = [status.value for status in Status]
COLUMNS = {
    "id": "id", "status": "status", "reason": "reason", "kind": "kind", "line": "line", "occasion": "occasion",
    "due_on": "due", "not_after": "until", "sent_at": "sent", "updated_at": "changed",
}  # fmt: skip


def _status(_ctx: click.Context, _param: click.Parameter, value: str | None) -> Status | None:
    return None if value is None else Status(value)


class DefaultToList(click.Group):
    """`kigen notices --status held` is `kigen notices list --status held`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The arguments, with `list` put in where no subcommand is named."""
        asks_for_help = args[:1] in (["-h"], ["--help"])
        if not asks_for_help and (not args or args[0] not in self.commands):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=DefaultToList, epilog="Example:  kigen notices --status held")
def notices() -> None:
    """The ledger: what was sent, held, skipped, and why."""


def filters(command: Any) -> Any:
    """The options that choose notices."""
    for option in (
        click.option("--since", type=DAY, help="Changed on or after this day.", metavar="DAY"),
        click.option("--contract", help="Of this contract."),
        click.option("--kind", help="Of this kind, like renewal-notice."),
        click.option("--status", type=click.Choice(STATUSES), callback=_status, help="With this status."),
    ):
        command = option(command)
    return command


@notices.command("list", epilog="Example:  kigen notices list --contract K-0001")
@filters
@click.option("--limit", type=click.IntRange(min=1), default=200, show_default=True, help="How many, newest first.")
@table_json_or_csv
@click.pass_obj
def list_notices(config: Path | None, /, form: str, limit: int, **chosen: Any) -> int:
    """List notices."""
    from jobs.opening import open_to_read
    from jobs.output import show_rows

    show_rows([_row(notice) for notice in open_to_read(config).ledger.notices(**chosen, limit=limit)], COLUMNS, form)
    return Exit.DONE


@notices.command(epilog="Example:  kigen notices export --since 2026-11-01 > notices.csv")
@filters
@click.pass_obj
def export(config: Path | None, /, **chosen: Any) -> int:
    """Print all notices as CSV for a spreadsheet."""
    from jobs.opening import open_to_read
    from jobs.output import write_csv

    write_csv([_row(notice) for notice in open_to_read(config).ledger.notices(**chosen)], COLUMNS, sys.stdout)
    return Exit.DONE


@notices.command(epilog="Example:  kigen notices show 12 --eml > notice.eml")
@click.argument("notice_id", type=int, metavar="ID")
@click.option("--eml", is_flag=True, help="Print the exact bytes of its mail.")
@table_or_json
@click.pass_obj
def show(config: Path | None, /, notice_id: int, form: str, *, eml: bool) -> int:
    """Show the whole story of a notice, or its exact bytes."""
    from jobs.opening import open_to_read
    from jobs.output import show_json

    ledger = open_to_read(config).ledger
    story = ledger.story(notice_id)
    if story is None:
        raise click.UsageError(f"the ledger has no notice {notice_id}")
    if eml:
        if story.notice.message_id is None:
            raise click.UsageError(f"notice {notice_id} is {story.notice.status}: no mail was written for it")
        sys.stdout.flush()
        sys.stdout.buffer.write(ledger.raw(story.notice.message_id))
    elif form == "json":
        from dataclasses import asdict

        show_json(asdict(story))
    else:
        _tell(story)
    return Exit.DONE


@notices.command(epilog="Example:  kigen notices resend 12")
@click.argument("notice_id", type=int, metavar="ID")
@click.pass_obj
def resend(config: Path | None, /, notice_id: int) -> int:
    """Queue the same bytes once more; the next delivery sends them."""
    return _change(config, notice_id, "resend", "queued again; `kigen run-job deliver` sends it")


@notices.command(epilog="Example:  kigen notices cancel 12")
@click.argument("notice_id", type=int, metavar="ID")
@click.pass_obj
def cancel(config: Path | None, /, notice_id: int) -> int:
    """Take a notice off: it is not sent, now or by a later run."""
    return _change(config, notice_id, "cancel", "cancelled")


@notices.command(epilog="Example:  kigen notices settle 12 --sent")
@click.argument("notice_id", type=int, metavar="ID")
@click.option("--sent", is_flag=True, help="It arrived.")
@click.option("--not-sent", is_flag=True, help="It did not: it is queued again.")
@click.pass_obj
def settle(config: Path | None, /, notice_id: int, *, sent: bool, not_sent: bool) -> int:
    """End the doubt about a notice that may or may not have arrived."""
    if sent == not_sent:
        raise click.UsageError("say one of --sent and --not-sent")
    said = "on record as sent" if sent else "queued again; `kigen run-job deliver` sends it"
    return _change(config, notice_id, "settle", said, sent=sent)


def _change(config: Path | None, /, notice_id: int, change: str, said: str, **how: bool) -> int:
    from jobs.opening import open_to_write
    from jobs.output import say

    app = open_to_write(config)
    getattr(app.ledger, change)(notice_id, now=app.clock.now(), by=getpass.getuser(), **how)
    say(f"notice {notice_id}: {said}")
    return Exit.DONE


def _row(notice: Notice) -> dict[str, Any]:
    key = notice.key
    return {
        "id": notice.id, "status": notice.status, "reason": notice.reason, "kind": key.kind,
        "contract": key.contract, "line": f"{key.contract}/{key.line}", "occasion": key.occasion,
        "due_on": notice.due_on, "not_after": notice.not_after, "as_of": notice.as_of,
        "sent_at": notice.sent_at, "updated_at": notice.updated_at,
    }  # fmt: skip


def _tell(story: Story) -> None:
    from jobs.output import say

    notice, key = story.notice, story.notice.key
    say(f"notice {notice.id}: {key.kind} {key.occasion} for {key.contract}/{key.line}")
    say(f"  {notice.status} ({notice.reason}), decided for {notice.as_of}")
    say(f"  due on {notice.due_on or '-'}, not after {notice.not_after or '-'}")
    for check in notice.checks:
        say(f"    {'✓' if check['passed'] else '✗'} {check['text']}" + (f" ({check['rule']})" if check["rule"] else ""))
    for message in story.messages:
        say(f"  message {message.id} <{message.message_id}>: {message.subject}")
        if message.withdrawn_at:
            say(f"    withdrawn {message.withdrawn_at:%Y-%m-%d %H:%M:%S} UTC: {message.withdrawn_reason}")
        for envelope in message.envelopes:
            say(f"    {envelope.role} {envelope.address}: {envelope.status} {envelope.reply}".rstrip())
            for attempt in envelope.attempts:
                ended = f"{attempt.outcome or 'under way'} {attempt.reply}".rstrip()
                say(f"      try {attempt.number}, {attempt.started_at:%Y-%m-%d %H:%M:%S} UTC: {ended}")
            for back in envelope.bounces:
                said = f"{back.bounce_class} {back.status} {back.diagnostic}".rstrip()
                say(f"      came back, {back.received_at:%Y-%m-%d %H:%M:%S} UTC: {said}")
    for action in story.actions:
        say(f"  {action.at:%Y-%m-%d %H:%M:%S} UTC {action.action} by {action.by} {action.detail}".rstrip())
