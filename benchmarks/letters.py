"""From a due line to a queued mail, step by step: the processor's time for each notice, beside the same done barely.

Each letter is written once, as in a run, so what is kept in memory helps no more here than there.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import TypeVar

from jinja2 import Environment

from benchmarks.book import BUSY_DAY, write_book
from benchmarks.installation import installed
from benchmarks.measure import kigen
from benchmarks.report import Figure
from benchmarks.scale import USUAL, Scale
from contracts.model import Contract
from jobs.app import App
from jobs.cli.access import open_to_write
from jobs.notices.decision import Action, Circumstances, Decision
from jobs.notices.letter import letter_data
from jobs.notices.notice import Data, Job
from jobs.runs.compose import Composer
from jobs.runs.run import wanted
from jobs.runs.search import Search, candidate_contracts
from notify.letters.folders import shipped_templates
from notify.letters.honorifics import addressed
from notify.letters.language import language_in
from notify.letters.sources import SUFFIX, Sources
from notify.letters.words import Words
from notify.mail.headers import Mailbox
from notify.mail.message import message_bytes

LINES, FEW_LINES = 10_000, 500
PART = "letters"
TABLES = ("messages", "notices", "message_notices", "envelopes")
MICROSECONDS = 1_000_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Due:
    """A line with a notice due: its contract, and what was decided."""

    contract: Contract
    decision: Decision


def figures(folder: Path, scale: Scale = USUAL) -> Iterator[Figure]:
    """Each step by itself, then all of them as a run of the job."""
    lines = FEW_LINES if scale.is_small else LINES
    book = write_book(folder / "letters.csv", lines, due=lines)
    # First of all: a process counts as its own what the one that started it held in memory then.
    config = installed(folder / "letters-run", book)
    idle = kigen(config, "run-job", "license-release", "--date", BUSY_DAY, "--no-deliver").cpu_seconds
    cost = kigen(config, "run-job", "renewal-notice", "--date", BUSY_DAY, "--no-deliver")
    app = open_to_write(installed(folder / "letters", book))
    try:
        yield from _steps(app, folder)
    finally:
        app.close()
    each = (cost.cpu_seconds - idle) / lines * MICROSECONDS
    yield Figure(PART, "a run, less one with nothing due", each, "µs a notice")
    yield Figure(PART, "the run, memory", cost.peak_mib, "MiB", goal="< 200")


def _steps(app: App, folder: Path) -> Iterator[Figure]:
    job = next(job for job in app.jobs if job.name == "renewal-notice")
    search, now = Search(job, BUSY_DAY, BUSY_DAY), app.clock.now()
    numbers = [number for page in candidate_contracts(app.engine, search) for number in page]
    contracts, taken = _taking(lambda: app.records.contracts(numbers))
    at = Circumstances(BUSY_DAY, baseline=app.runs.baseline(), calendar=app.calendar)
    due, decided = _taking(lambda: _due(job, contracts, at))
    yield _figure("contracts read", taken, len(due))
    yield _figure("decided", decided, len(due))
    composer = app.composer
    said, wrote = _taking(lambda: [_words(composer, job, one) for one in due])
    _, rendered = _taking(lambda: _only_rendered(composer, job, due))
    yield _figure("words", wrote, len(due), "Jinja alone", rendered, goal="≤ 350")
    _, made = _taking(lambda: [_ours(composer, one, words, now) for one, words in zip(due, said, strict=True)])
    _, legacy = _taking(lambda: [_legacy(composer, one, words, now) for one, words in zip(due, said, strict=True)])
    yield _figure("bytes of text and HTML", made, len(due), "email.mime", legacy)
    _, whole = _taking(lambda: _composed(composer, job, due, now))
    yield _figure("composed: words, calendar, bytes, hashes", whole, len(due), goal="≤ 700")
    queued = 0.0
    for batch in app.decider.batches(search, now):
        changes = wanted(batch, search)
        _, seconds = _taking(lambda changes=changes: app.ledger.reconcile(changes, now))
        queued += seconds
    yield _figure("queued", queued, len(due), "executemany of the rows", _inserted(app, folder / "bare.db"))


def _taking(work: Callable[[], T]) -> tuple[T, float]:
    """What the work gives, and the processor's seconds it took."""
    began = time.process_time()
    return work(), time.process_time() - began


def _figure(  # noqa: PLR0913, PLR0917 - what a figure consists of
    what: str, seconds: float, notices: int, reference: str = "", barely: float | None = None, goal: str = ""
) -> Figure:
    value = None if barely is None else barely / notices * MICROSECONDS
    return Figure(PART, what, seconds / notices * MICROSECONDS, "µs a notice", reference, value, goal)


def _due(job: Job, contracts: Sequence[Contract], at: Circumstances) -> list[Due]:
    return [
        Due(contract, decision)
        for contract in contracts
        for decision in job.decide(contract, at)
        if decision.action is Action.SEND
    ]


def _words(composer: Composer, job: Job, due: Due) -> Words:
    data = letter_data(job, [due.decision], due.contract, composer.rules, BUSY_DAY)
    return composer.renderer.words(due.decision.kind, due.contract.account.language, data)


def _composed(composer: Composer, job: Job, due: Sequence[Due], now: datetime) -> None:
    for one in due:
        composer.draft(job, [one.decision], one.contract, BUSY_DAY, now)


def _only_rendered(composer: Composer, job: Job, due: Sequence[Due]) -> None:
    """The same sources by Jinja as it comes: no sandbox, no marks read, no HTML, no lines broken."""
    plain: dict[str, _Plain] = {}
    for one in due:
        language = one.contract.account.language
        if language not in plain:
            plain[language] = _Plain(language)
        plain[language].render(
            one.decision.kind, letter_data(job, [one.decision], one.contract, composer.rules, BUSY_DAY)
        )


class _Plain:
    """One language's letters in an environment of Jinja's own."""

    def __init__(self, language: str) -> None:
        self._sources = Sources([shipped_templates() / language])
        self._environment = Environment(loader=self._sources, keep_trailing_newline=True)  # noqa: S701 - plain text
        self._environment.filters |= {**language_in(self._sources.folders).filters, "addressed": addressed}

    def render(self, letter: str, data: Data) -> None:
        """Head, body and frame."""
        said = {key: self._said(name, data) for key, name in self._sources.head(letter + SUFFIX).items()}
        body = self._said(letter + SUFFIX, data)
        self._said(f"letter{SUFFIX}", data | {"title": said["title"], "letter": body})

    def _said(self, name: str, data: Data) -> str:
        return self._environment.get_template(name).render(data)


def _ours(composer: Composer, due: Due, words: Words, now: datetime) -> bytes:
    return message_bytes(
        words,
        sender=composer.sender,
        reply_to=composer.reply_to,
        to=[Mailbox(due.contract.account.owner_name, address) for address in due.decision.to],
        cc=[],
        message_id=f"{due.decision.contract}.{due.decision.line}@example.co.jp",
        date=now,
        language=due.contract.account.language,
    )


def _legacy(composer: Composer, due: Due, words: Words, now: datetime) -> bytes:
    mail = MIMEMultipart("alternative")
    mail["From"] = formataddr((composer.sender.name, composer.sender.address))
    mail["To"] = formataddr((due.contract.account.owner_name, due.decision.to[0]))
    mail["Subject"] = Header(words.subject, "utf-8")
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{due.decision.contract}.{due.decision.line}@example.co.jp>"
    mail.attach(MIMEText(words.text, "plain", "utf-8"))
    mail.attach(MIMEText(words.html, "html", "utf-8"))
    return mail.as_bytes()


def _inserted(app: App, path: Path) -> float:
    """The processor's seconds for the rows that are queued, put into empty tables like theirs in one transaction."""
    with closing(sqlite3.connect(app.settings.path("kigen.db"))) as queued, closing(sqlite3.connect(path)) as bare:
        bare.execute("PRAGMA synchronous = FULL")
        for (statement,) in queued.execute("SELECT sql FROM sqlite_master WHERE tbl_name IN (?, ?, ?, ?)", TABLES):
            if statement:
                bare.execute(statement)
        rows = {table: queued.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}  # noqa: S608 - our names
        began = time.process_time()
        for table, found in rows.items():
            marks = ", ".join("?" * len(found[0]))
            bare.executemany(f"INSERT INTO {table} VALUES ({marks})", found)  # noqa: S608 - our names
        bare.commit()
        return time.process_time() - began
