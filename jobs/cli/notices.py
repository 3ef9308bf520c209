"""The ledger for people: `notices list|show|resend|cancel|settle|correct|export`."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import click

from jobs.app import App
from jobs.cli.access import open_to_read, open_to_write, speaker_of
from jobs.cli.evidence import evidence_of
from jobs.cli.notice_filters import as_typed, chosen_by, filters
from jobs.cli.options import DAY, NUMBER, table_json_or_csv, table_or_json
from jobs.errors import Exit
from jobs.evidence.pages import mail_of
from jobs.evidence.story import events, waits_for
from jobs.language.messages import Messages, Said
from jobs.notices.notice import Job
from jobs.notices.service_start import CORRECTION
from jobs.runs.corrections import Correction, drafted, ordered
from jobs.terminal.output import complain, say, show_json
from jobs.terminal.progress import progress
from jobs.terminal.speaker import Speaker
from jobs.terminal.whole_file import FileInTheWay, whole_file
from jobs.views.corrections import difference_lines
from jobs.views.explanation import check_line
from jobs.views.export import FORMS, writer_on, writer_to
from jobs.views.notices import COLUMNS, MORE_COLUMNS, all_rows, rows_of
from notify.ledger.lists import Chosen, Listed, NoticeLists, Span
from notify.record.values import Notice, Status, Story


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


@notices.command("list", epilog="Example:  kigen notices --address owner@example.co.jp --by sent --since 2026-04-01")
@filters
@click.option("--limit", type=NUMBER, default=200, show_default=True, help="How many, newest first.")
@click.option("--before", type=NUMBER, help="The page after: only ids below this one.", metavar="ID")
@table_json_or_csv
@click.pass_obj
def list_notices(config: Path | None, /, form: str, limit: int, before: int | None, **options: Any) -> int:
    """List notices, the latest first; --account, --company or --address tell what a caller was sent."""
    app = open_to_read(config)
    lists, chosen = NoticeLists(app.engine), chosen_by(options, app.clock.zone)
    found = lists.page(chosen, limit, before)
    speaker_of(app).rows(
        rows_of(app.engine, found), COLUMNS if form == "csv" else COLUMNS | {"company": "company"}, form
    )
    if len(found) == limit or before is not None:
        typed = f"{as_typed(options)} --limit {limit}".strip()
        where = _where(lists, chosen, found, typed, speaker_of(app).messages)
        _tell(form, where)
    return Exit.DONE


def _where(lists: NoticeLists, chosen: Chosen, found: Sequence[Listed], typed: str, messages: Messages) -> str:
    """How many there are in all, and the command for the next page; "" where all of them are seen."""
    total, last = lists.total(chosen), found[-1].id if found else 0
    if found and lists.page(chosen, 1, last):
        return messages.say("notices.more", shown=len(found), total=total, typed=typed, last=last)
    return messages.say("notices.last", shown=len(found), total=total) if total > len(found) else ""


def _tell(form: str, text: str) -> None:
    """Says it to people only: scripts read the list."""
    if text:
        (say if form == "table" else complain)(text)


@notices.command(epilog="Example:  kigen notices export --company サンプル notices.xlsx")
@click.argument("file", default="-", type=click.Path(path_type=Path, allow_dash=True), metavar="[FILE|-]")
@filters
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "xlsx", "json", "jsonl"]),
    help="Default: as FILE ends, else csv. json is one array, jsonl an object a line.",
)
@click.option("--force", is_flag=True, help="Replace FILE.")
@click.pass_obj
def export(config: Path | None, /, file: Path, form: str | None, *, force: bool, **options: Any) -> int:
    """Write notices to a file for a spreadsheet or a script, or to standard output (-).

    All that match, the latest first; FILE is there whole or not at all, and only its owner may read it. CSV in a
    FILE begins with the mark by which Excel knows UTF-8. Text never becomes a formula.
    """
    is_stdout = str(file) == "-"
    form = form or ("csv" if is_stdout else file.suffix.lower().removeprefix("."))
    if form not in FORMS:
        raise click.UsageError(f"{file}: expected a name that ends in .csv, .xlsx, .json or .jsonl, or --format")
    if is_stdout and form == "xlsx":
        raise click.UsageError("xlsx needs the name of a FILE")
    app = open_to_read(config)
    lists, columns = NoticeLists(app.engine), (*COLUMNS, *MORE_COLUMNS)
    ids = lists.ids(chosen_by(options, app.clock.zone))
    with ExitStack() as stack:
        if is_stdout:
            write = stack.enter_context(writer_on(sys.stdout, form, columns))
        else:
            draft = stack.enter_context(whole_file(file, replace=force))
            write = stack.enter_context(writer_to(draft, form, columns))
        advance_to = stack.enter_context(progress("export", len(ids)))
        for done, row in enumerate(all_rows(app.engine, lists, ids), start=1):
            write(row)
            advance_to(done)
    if not is_stdout:
        complain(speaker_of(app).messages.say("notices.exported", count=len(ids), file=file))
    return Exit.DONE


@notices.command(epilog="Example:  kigen notices show 12 --eml > notice.eml")
@click.argument("notice_id", type=NUMBER, metavar="ID")
@click.option("--eml", is_flag=True, help="Print the exact bytes of its mail.")
@click.option("--page", type=click.Path(path_type=Path), help="Write the story as a page, a new file.", metavar="FILE")
@table_or_json
@click.pass_obj
def show(config: Path | None, /, notice_id: int, form: str, page: Path | None, *, eml: bool) -> int:
    """Show the whole story of a notice, or its exact bytes; or write the story as a page for people.

    The page is one file that asks for nothing from outside. It holds personal data: only you can read it.
    """
    if page is not None and (eml or form == "json"):
        raise click.UsageError("--page writes a file; it goes with neither --eml nor --format json")
    app = open_to_read(config)
    ledger = app.ledger
    story = ledger.story(notice_id)
    if story is None:
        raise click.UsageError(f"the ledger has no notice {notice_id}")
    if page is not None:
        _write_page(app, story, page)
    elif eml:
        if not story.messages:
            raise click.UsageError(f"notice {notice_id} is {story.notice.status}: no mail was written for it")
        try:
            raw = ledger.raw(story.messages[-1].id)  # of one that came back as well, which has none of its own now
        except LookupError:
            raise click.UsageError(
                f"notice {notice_id}: its text has been purged; when it was sent stands on record"
            ) from None
        sys.stdout.flush()
        sys.stdout.buffer.write(raw)
    elif form == "json":
        story_in_time = [
            {"at": event.at, "what": app.english.said(event.what), "code": event.what.code} for event in events(story)
        ]
        waits = app.english.said(waiting) if (waiting := waits_for(story)) else ""
        checks = [check | {"text": app.english.on_record(check)} for check in map(dict, story.notice.checks)]
        notice = asdict(story.notice) | {"checks": checks}
        show_json(asdict(story) | {"notice": notice, "events": story_in_time, "waits_for": waits})
    else:
        _tell_story(story, speaker_of(app))
    return Exit.DONE


@notices.command(epilog="Example:  kigen notices resend 12\n\nkigen notices resend --failed --since 2026-12-01")
@click.argument("notice_id", type=NUMBER, required=False, metavar="[ID]")
@click.option("--failed", is_flag=True, help="All that failed and whose last day has not passed; asks first.")
@click.option("--since", type=DAY, help="With --failed: that failed on or after this day.", metavar="DAY")
@click.option("--dry-run", is_flag=True, help="With --failed: only show which.")
@click.option("--yes", is_flag=True, help="With --failed: do not ask.")
@click.pass_obj
def resend(  # noqa: PLR0913 - one parameter for each option
    config: Path | None, /, notice_id: int | None, since: date | None, *, failed: bool, dry_run: bool, yes: bool
) -> int:
    """Queue the same bytes once more; the next delivery sends them."""
    if failed == (notice_id is not None) or (notice_id is not None and (since or dry_run or yes)):
        raise click.UsageError("name one notice, or say --failed and since which day")
    if notice_id is not None:
        return _change(config, notice_id, "resend", "notices.queued-again")
    if since is None:
        raise click.UsageError("--failed: say --since which day")
    app = (open_to_read if dry_run else open_to_write)(config)
    speaker, found = speaker_of(app), _failed_since(app, since)
    nothing = Said("notices.none-failed", {"day": since})
    speaker.rows(rows_of(app.engine, found), COLUMNS | {"company": "company"}, "table", nothing)
    if found and not dry_run:
        if not yes:
            click.confirm(speaker.messages.say("notices.resend-question", count=len(found)), abort=True, err=True)
        again = sum(_is_queued_again(app, each.id) for each in found)
        speaker.say("notices.all-queued-again", count=again)
    return Exit.DONE


def _failed_since(app: App, since: date) -> list[Listed]:
    """What may still go out: the letter of a notice whose last day has passed is not true any more."""
    start = datetime.combine(since, time.min, app.clock.zone)
    lists, today = NoticeLists(app.engine), app.clock.today()
    failed = Chosen(status=Status.FAILED, updated_at=Span(start))
    rows = (each for some in lists.of_ids(lists.ids(failed)) for each in some)
    return [each for each in rows if each.not_after is None or each.not_after >= today]


def _is_queued_again(app: App, notice_id: int) -> bool:
    """Whether it was: one mail may tell several notices, and queues them all."""
    story = app.ledger.story(notice_id)
    if story is None or story.notice.status is not Status.FAILED:
        return False
    app.ledger.people.resend(notice_id, now=app.clock.now(), by=getpass.getuser())
    return True


@notices.command(epilog="Example:  kigen notices cancel 12")
@click.argument("notice_id", type=NUMBER, metavar="ID")
@click.pass_obj
def cancel(config: Path | None, /, notice_id: int) -> int:
    """Take a notice off: it is not sent, now or by a later run."""
    return _change(config, notice_id, "cancel", "notices.cancelled")


@notices.command(epilog="Example:  kigen notices settle 12 --sent")
@click.argument("notice_id", type=NUMBER, metavar="ID")
@click.option("--sent", is_flag=True, help="It arrived.")
@click.option("--not-sent", is_flag=True, help="It did not: it is queued again.")
@click.pass_obj
def settle(config: Path | None, /, notice_id: int, *, sent: bool, not_sent: bool) -> int:
    """End the doubt about a notice that may or may not have arrived."""
    if sent == not_sent:
        raise click.UsageError("say one of --sent and --not-sent")
    said = "notices.recorded-as-sent" if sent else "notices.queued-again"
    return _change(config, notice_id, "settle", said, sent=sent)


@notices.command(epilog="Example:  kigen notices correct 12 --dry-run")
@click.argument("notice_id", type=NUMBER, metavar="ID")
@click.option("--dry-run", is_flag=True, help="Only show what differs and what the letter would say.")
@click.pass_obj
def correct(config: Path | None, /, notice_id: int, *, dry_run: bool) -> int:
    """Correct a start notice whose menu item, seats or term the book has otherwise by now: the owner is written to.

    The letter says what was told and what is right. What was told stays on record, with the notice that took its place.
    """
    app = (open_to_read if dry_run else open_to_write)(config)
    story = app.ledger.story(notice_id)
    if story is None:
        raise click.UsageError(f"the ledger has no notice {notice_id}")
    today, now = app.clock.today(), app.clock.now()
    wish = drafted(app.decider, _job_of(app, story.notice), story.notice, today, now)
    speaker = speaker_of(app)
    for line in difference_lines(wish.difference, speaker.messages):
        say(line)
    if dry_run:
        _say_letter(wish)
    else:
        new = ordered(app.ledger, wish, today, now, getpass.getuser())
        speaker.say(f"notices.correction-{wish.decided.decision.action}", id=new, corrected=notice_id)
    return Exit.DONE


def _job_of(app: App, notice: Notice) -> Job:
    """The job of the start notices, if that notice is one."""
    job = next((job for job in app.jobs if CORRECTION in job.kinds), None)
    if job is None or notice.key.kind not in job.kinds:
        raise click.UsageError(f"notice {notice.id} is a {notice.key.kind}: only what told a start can be corrected")
    return job


def _say_letter(wish: Correction) -> None:
    draft = wish.decided.draft
    if draft is not None:
        say(f"\n{draft.subject}\n\n{mail_of(0, draft.raw).text}")


def _change(config: Path | None, /, notice_id: int, change: str, said: str, **how: bool) -> int:
    app = open_to_write(config)
    getattr(app.ledger.people, change)(notice_id, now=app.clock.now(), by=getpass.getuser(), **how)
    speaker_of(app).say(said, id=notice_id)
    return Exit.DONE


def _write_page(app: App, story: Story, page: Path) -> None:
    found = evidence_of(app)
    text = found.pages.of_notice(found.told(story), found.customer(story.notice.key.contract), app.clock.now())
    try:
        with whole_file(page) as draft:
            draft.write_text(text, "utf-8")
    except FileInTheWay as error:
        raise click.UsageError(f"{page} is there already; name a new file") from error
    except OSError as error:
        raise click.UsageError(f"{page}: {error.strerror or error}") from error
    speaker_of(app).say("notices.page", page=page, id=story.notice.id)


def _tell_story(story: Story, speaker: Speaker) -> None:
    notice, key, messages = story.notice, story.notice.key, speaker.messages
    speaker.say("notice.head", id=notice.id, kind=key.kind, occasion=key.occasion, contract=key.contract, line=key.line)
    say(f"  {messages.say('notice.status', status=notice.status, reason=notice.reason, day=notice.as_of)}")
    say(f"  {messages.say('explain.due', due=notice.due_on or '-', last=notice.not_after or '-')}")
    for check in notice.checks:
        say(f"    {check_line(messages, check)}")
    for event in events(story):
        say(f"  {messages.time(event.at)}  {messages.said(event.what)}")
    if waits := waits_for(story):
        say(f"  {messages.say('notice.waits', what=waits)}")
