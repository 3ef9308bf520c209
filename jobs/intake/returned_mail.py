"""Delivery reports, from wherever they come: on record, or kept for people. Nothing that was given is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.config.load import ConfigError
from notify.bounces.mail import UnreadableReport
from notify.bounces.report import read_report
from notify.bounces.values import Report, Sort
from notify.ledger.bounces import Recorded, StillInHand
from notify.transports.maildir import is_read, make_maildir, mark_seen, put_mail

if TYPE_CHECKING:
    from jobs.app import App

_FOR_NOBODY = frozenset({Sort.DELAYED, Sort.DELIVERED})  # they say nothing that anyone has to know


class Handled(StrEnum):
    """What became of one mail."""

    RECORDED = "recorded"
    KNOWN = "known already"
    NOT_A_BOUNCE = "not a bounce"
    FOR_PEOPLE = "kept for people"  # a bounce that matches nothing, or what is no mail
    LEFT = "left for later"  # in a Maildir: its mail is still being handed over


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mail, and what to say of it: a sentence without addresses."""

    handled: Handled
    said: str
    recorded: Recorded | None = None


def handle_report(app: App, raw: bytes, recipient: str = "") -> Outcome:
    """Puts a report on record, or keeps what is none for people. `recipient` is where the mail server took it for.

    Raises:
        StillInHand: its mail is being handed over at this moment; nothing was done.
        OSError: what is for people cannot be kept.
        DBAPIError: the database cannot be reached; nothing was done.
    """
    try:
        report = read_report(raw)
    except UnreadableReport as problem:
        return Outcome(Handled.FOR_PEOPLE, f"{problem}; kept as {_keep(app, raw)}")
    if recipient:
        report = replace(report, sent_to=(recipient, *report.sent_to))
    if report.sort is Sort.BOUNCE:
        return _handle_bounce(app, report, raw)
    kept = "" if report.sort in _FOR_NOBODY else f"; kept as {_keep(app, raw)}"
    return Outcome(Handled.NOT_A_BOUNCE, f"no bounce ({report.sort}){kept}")


def waiting_mails(folder: Path) -> Iterator[Path]:
    """The mails in a Maildir's new/, the oldest first.

    Raises:
        ConfigError: the folder is no Maildir.
    """
    if not all((folder / part).is_dir() for part in ("new", "cur")):
        raise ConfigError(f"{folder} is no Maildir: it has no folders new/ and cur/")
    found: list[tuple[float, Path]] = []
    for file in (folder / "new").iterdir():
        if file.is_file() and not file.name.startswith("."):
            with suppress(FileNotFoundError):  # another process has moved it
                found.append((file.stat().st_mtime, file))
    yield from (file for _, file in sorted(found))


def handle_file(app: App, file: Path) -> Outcome:
    """Handles a mail of a Maildir's new/ and moves it to cur/, as read; one that comes too early stays.

    Raises:
        OSError: it cannot be read or moved, or what is for people cannot be kept.
        DBAPIError: the database cannot be reached; nothing was done.
    """
    try:
        outcome = handle_report(app, file.read_bytes())
    except StillInHand as problem:
        return Outcome(Handled.LEFT, str(problem))
    mark_seen(file)
    return outcome


def folder_for_people(app: App) -> Path:
    """The Maildir of what only a person understands."""
    return app.settings.path(app.settings.bounces.for_people)


def kept_since(maildir: Path, since: datetime) -> tuple[int, datetime]:
    """How many mails that were kept for people after that instant nobody has read yet, and when the newest was."""
    new = maildir / "new"
    late: list[datetime] = []
    for file in new.iterdir() if new.is_dir() else ():
        with suppress(FileNotFoundError):  # somebody has read it meanwhile
            late.append(datetime.fromtimestamp(file.stat().st_mtime, UTC))
    late = [at for at in late if at > since]
    return len(late), max(late, default=since)


def _handle_bounce(app: App, report: Report, raw: bytes) -> Outcome:
    recorded = app.ledger.bounces.record(report, app.clock.now())
    found = ", ".join(dict.fromkeys(f"{finding.bounce_class} {finding.status}".strip() for finding in report.findings))
    if recorded.unmatched:
        kept = _keep(app, raw)
        return Outcome(Handled.FOR_PEOPLE, f"a bounce ({found}) of a mail not on record; kept as {kept}", recorded)
    if not recorded.new:
        return Outcome(Handled.KNOWN, f"a bounce ({found}) that is on record already", recorded)
    held = f"; notices held: {' '.join(map(str, recorded.held))}" if recorded.held else ""
    return Outcome(Handled.RECORDED, f"a bounce ({found}) is on record{held}", recorded)


def _keep(app: App, raw: bytes) -> Path:
    """Keeps the mail for people; given again, it is kept once."""
    folder = folder_for_people(app)
    name = f"kigen.{sha256(raw).hexdigest()[:40]}"
    make_maildir(folder)
    if not is_read(folder, name):
        put_mail(folder, name, raw)
    return folder / "new" / name
