"""`approve`: what waits for a person's word; letting them see it, and releasing what they saw."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from jobs.app import App
from jobs.cli.access import open_to_read, open_to_write, speaker_of
from jobs.cli.options import DAY, table_json_or_csv
from jobs.errors import Exit
from jobs.language.messages import Said
from jobs.notices.listing import LETTERS, NAMES
from jobs.notices.notice import letters_of
from jobs.pages.preview import write_gallery
from jobs.terminal.output import say, show_json
from jobs.terminal.progress import progress
from jobs.terminal.speaker import Speaker
from jobs.views.approval import chosen_letters, confirmation, refused_row, waiting_entries, waiting_rows
from jobs.views.plan import plan_text, read_plan, write_plan
from jobs.views.wording import page_wording
from notify.ledger.approval import Approval, Letter, NotAsReviewed, Review, Scope

LONGEST_NAME = 128
PLAN_FILE = "plan.json"
COLUMNS = {
    "id": "id", "company": "company", "to": "to", "subject": "subject", "kind": "kind", "line": "line",
    "occasion": "occasion", "due_on": "due", "not_after": "until",
}  # fmt: skip
REFUSED_COLUMNS = {
    "kind": "kind", "contract": "contract", "line": "line", "occasion": "occasion", "found": "does not hold",
}  # fmt: skip
EPILOG = f"""\b
Example:  kigen approve --kind {NAMES[0]}
\b
A person reviews it, and meanwhile runs go on:
  kigen approve --page /srv/share/monday            # the letters to look at, and plan.json
  kigen approve --plan /srv/share/monday/plan.json  # just these, or nothing"""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asked for."""

    ids: tuple[int, ...]
    scope: Scope
    everything: bool
    page: Path | None
    plan: Path | None
    write_plan: Path | None
    dry_run: bool
    by: str
    form: str

    @property
    def narrows(self) -> bool:
        """Whether it names notices, one by one or by what they have in common."""
        return bool(self.ids) or self.scope != Scope()

    @property
    def only_looks(self) -> bool:
        """Whether nothing is to be released by it."""
        names_none = not self.narrows and not self.everything and self.plan is None
        return names_none or self.dry_run or self.page is not None or self.write_plan is not None


def _name(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    if value is not None and not (value.strip() and value.isprintable() and len(value) <= LONGEST_NAME):
        raise click.BadParameter(f"expected a name of 1 to {LONGEST_NAME} printable characters, found {value!r}")
    return value


@click.command(epilog=EPILOG)
@click.argument("ids", type=int, nargs=-1, metavar="[ID]...")
@click.option("--kind", type=click.Choice(list(LETTERS)), help="All of this kind that wait.")
@click.option("--contract", help="All of this contract that wait.")
@click.option("--day", "due_on", type=DAY, help="All that wait and are due on this day.", metavar="DAY")
@click.option("--all", "everything", is_flag=True, help="All that wait.")
@click.option(
    "--page", type=click.Path(path_type=Path), help="Only write a page of them, and their plan.", metavar="DIR"
)
@click.option("--write-plan", type=click.Path(path_type=Path), help="Only write their plan.", metavar="FILE")
@click.option("--plan", type=click.Path(path_type=Path), help="Just what this plan names, or nothing.", metavar="FILE")
@click.option("--dry-run", is_flag=True, help="Only show what would be approved.")
@click.option("--by", callback=_name, help="Who approves; your user name where left out.", metavar="NAME")
@table_json_or_csv
@click.pass_obj
def approve(config: Path | None, /, ids: Sequence[int], by: str | None, **options: Any) -> int:
    """Release notices of a job that waits for approval; without arguments, show what waits.

    Options that choose can be combined. What is approved are the facts of a letter: when a run changes them, the
    letter waits again, and a plan that names it is refused as a whole (exit status 3).
    """
    scope = Scope(options.pop("kind"), options.pop("contract"), options.pop("due_on"))
    wish = Wish(ids=tuple(ids), by=by or getpass.getuser(), scope=scope, form=options.pop("form"), **options)
    _refuse_contradictions(wish)
    app = open_to_read(config) if wish.only_looks else open_to_write(config)
    if wish.plan is not None:
        return _approve_plan(app, wish, wish.plan)
    if wish.page is not None or wish.write_plan is not None:
        return _write(app, wish)
    return _look(app, wish) if wish.only_looks else _approve_chosen(app, wish)


def _refuse_contradictions(wish: Wish) -> None:
    if wish.plan is not None and (wish.narrows or wish.everything or wish.page or wish.write_plan):
        raise click.UsageError("--plan names its notices itself: leave out ids and the other options that choose")
    if (wish.page or wish.write_plan) and wish.form != "table":
        raise click.UsageError("--page and --write-plan write files; leave out --format")
    if wish.form == "csv" and not wish.only_looks:
        raise click.UsageError("--format csv is for what waits; an approval is told as table or json")


def _letters(app: App, wish: Wish) -> list[Letter]:
    return chosen_letters(app.ledger.releases, wish.scope, wish.ids)


def _look(app: App, wish: Wish) -> int:
    rows = list(waiting_rows(_letters(app, wish), app.records))
    speaker_of(app).rows(rows, COLUMNS, wish.form, Said("approve.nothing"))
    if wish.dry_run and wish.form == "table":
        speaker_of(app).say("approve.would", count=len(rows))
    return Exit.DONE


def _write(app: App, wish: Wish) -> int:
    letters, now = _letters(app, wish), app.clock.now()
    text = plan_text([letter.reviewed for letter in letters], None if wish.ids else wish.scope, now)
    file, page = wish.write_plan, None
    if wish.page is not None:
        made_for = app.messages.say("page.to-review", count=len(letters), time=now)
        with progress("page", len(letters)) as advance:
            entries = waiting_entries(letters, app.records, app.messages, advance)
            beside = {PLAN_FILE: text}
            wording = page_wording(app.messages)
            page = write_gallery(
                wish.page,
                entries,
                title=app.messages.say("page.approval"),
                made_for=made_for,
                wording=wording,
                beside=beside,
            )
        file = file or wish.page / PLAN_FILE
    if wish.write_plan is not None:
        write_plan(wish.write_plan, text)
    said = speaker_of(app)
    said.say("approve.wait", count=len(letters))
    if page is not None:
        said.say("run.page", page=page)
    said.say("approve.plan", file=file)
    return Exit.DONE


def _approve_chosen(app: App, wish: Wish) -> int:
    letters = _letters(app, wish)
    return _approve(app, wish, Review([letter.reviewed for letter in letters]))


def _approve_plan(app: App, wish: Wish, file: Path) -> int:
    review = read_plan(file, letters_of(app.settings.notices))
    if not wish.dry_run:
        return _approve(app, wish, review)
    refused = app.ledger.releases.not_as_reviewed(review)
    if refused:
        _show_refused(refused, wish, speaker_of(app))
        return Exit.REFUSED
    speaker_of(app).say("approve.plan-holds", count=len(review.reviewed))
    return Exit.DONE


def _approve(app: App, wish: Wish, review: Review) -> int:
    approval = app.ledger.releases.approve(review, wish.by, app.clock.now())
    if wish.form == "json":
        released = [asdict(key) for key in approval.released]
        refused = [refused_row(each) for each in approval.refused]
        show_json({"approved": len(released), "letters": approval.letters, "by": wish.by, "notices": released,
                   "refused": refused})  # fmt: skip
    else:
        if approval.refused:
            _show_refused(approval.refused, wish, speaker_of(app))
        if approval.released or not approval.refused:
            say(confirmation(approval, _owners(review, approval), wish.by, speaker_of(app).messages))
    if approval.refused:
        return Exit.REFUSED if review.all_or_none else Exit.NEEDS_A_PERSON
    return Exit.DONE


def _owners(review: Review, approval: Approval) -> int:
    """How many owners' addresses the released letters go to."""
    released = set(approval.released)
    seen = (each for each in review.reviewed if each.key in released)
    return len({address for each in seen for role, address in each.recipients if role == "to"})


def _show_refused(refused: Sequence[NotAsReviewed], wish: Wish, speaker: Speaker) -> None:
    rows = [refused_row(each) for each in refused]
    speaker.rows(rows, REFUSED_COLUMNS, wish.form)
    if wish.form != "table":
        return
    if wish.plan is not None:
        speaker.say("approve.not-as-reviewed", count=len(rows))
    else:
        speaker.say("approve.changed", count=len(rows))
