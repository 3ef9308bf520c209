"""The doctor's checks, in the order in which a person would ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import time
from pathlib import Path

from jobs.app import App
from jobs.config.load import load_settings
from jobs.doctor import domain, languages, machine, mail
from jobs.doctor.examination import Check, Finding, bad, doubtful, good
from jobs.doctor.receivers import TextsOf
from jobs.language.messages import Messages
from jobs.notices.listing import FEED
from notify.ledger.switches import paused

NEEDS_TABLES = ("configuration", "database", "schema")


def checks(config: Path | None, messages: Messages, texts_of: TextsOf) -> Iterator[Check]:
    """All of them. The configuration is read by the first; `messages` speak to who asked, `texts_of` looks names up."""
    found: list[App] = []

    def configuration() -> Iterator[Finding]:
        found.append(App(load_settings(config), read_only=True))
        settings = found[0].settings
        # Reading these is what can fail: the catalogue's table, the folders of templates, the relay's contradictions.
        names = f"{len(found[0].jobs)} jobs, {len(list(found[0].catalogue.items))} menu items"
        yield good(f"read from {settings.folder.resolve()}: {names}, {settings.timezone}")

    def check(name: str, ask: Callable[[App], Iterable[Finding]], *needs: str) -> Check:
        return Check(name, lambda: ask(found[0]), needs or ("configuration",))

    yield Check("configuration", configuration)
    yield check("times", _times)
    yield check("database", machine.database)
    yield check("schema", machine.schema, "configuration", "database")
    yield check("database file", machine.database_file, *NEEDS_TABLES)
    yield check("disk", machine.disk)
    yield check("clock", machine.clock, *NEEDS_TABLES)
    yield check("holidays", machine.holidays)
    yield check("secrets", machine.secrets)
    yield check("sender", mail.addresses)
    yield check("languages", lambda app: languages.languages(app, messages))
    yield check("receivers", lambda app: domain.receivers(app, messages, texts_of))
    yield check("templates", lambda app: mail.templates(app, messages))
    yield check("token", lambda app: mail.token(app, messages))
    yield check("relay", mail.relay, "configuration", "token")
    yield check("fence", _fence, *NEEDS_TABLES)
    yield check("pause", _pause, *NEEDS_TABLES)
    yield check("jobs and queue", _health, *NEEDS_TABLES)
    yield check("heartbeat", mail.heartbeat)


def _times(app: App) -> Iterator[Finding]:
    times = app.timetable.times
    feed = times.get(FEED, time.min)
    if early := [job.name for job in app.jobs if times[job.name] < feed]:
        said = f"{', '.join(early)}: before the feed at {feed:%H:%M}, so by the book of the day before"
        yield doubtful(said, "let jobs.feed.at be the earlier one")
    else:
        yield good("no notice is decided on before the feed of its day")


def _fence(app: App) -> Iterator[Finding]:
    why = app.look.why_fenced()
    yield bad(why, "`kigen adopt`") if why else good("this installation may send from this database")


def _pause(app: App) -> Iterator[Finding]:
    with app.engine.connect() as connection:
        pause = paused(connection)
    if pause is None:
        yield good("sending is not paused")
    else:
        why = f": {pause.reason}" if pause.reason else ""
        yield bad(f"sending is paused since {pause.since:%Y-%m-%d %H:%M} UTC by {pause.by}{why}", "`kigen resume`")


def _health(app: App) -> Iterator[Finding]:
    seen = app.look.taken()
    for problem in seen.problems:
        if problem.name not in ("fenced", "paused"):  # said above
            yield (bad if problem.is_failure else doubtful)(problem.sentence, problem.remedy)
    if seen.vitals is not None and not any(problem.is_failure for problem in seen.problems):
        waiting = seen.vitals.waiting + seen.vitals.retrying
        yield good(f"every job is done for its day; {waiting} mail(s) wait")
