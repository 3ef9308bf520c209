"""The composition root: settings → engine, book, ledger, letters, transport. Everything is put together here, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from functools import cached_property, partial
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, func, select
from sqlalchemy.engine import make_url

from contracts.addresses import mailable
from contracts.calendar import BusinessCalendar
from contracts.catalogue import Catalogue
from contracts.files.catalogue_file import CatalogueError, load_catalogue, shipped_catalogue
from jobs import __version__
from jobs.clock import Clock
from jobs.config.load import ConfigError
from jobs.config.public_holidays import public_holidays
from jobs.config.settings import Settings
from jobs.config.values import closure
from jobs.database.engines import create_engine_for, sqlite_file
from jobs.day import Day, daily_jobs
from jobs.desk.daily_letter import DailyLetter
from jobs.desk.letter import DeskComposer
from jobs.desk.matters import Matters
from jobs.desk.readers import Readers
from jobs.desk.sections import Section
from jobs.desk.urgent_letter import UrgentLetter
from jobs.installation.fence import Fence
from jobs.installation.notebooks import Notebooks
from jobs.installation.outgoing import Outgoing
from jobs.installation.state_file import StateFile, notebooks_of, this_machine
from jobs.intake.book_files import BookFiles
from jobs.intake.drop_folder import DropFolder
from jobs.intake.feed import Feed
from jobs.intake.returned_mail import ReturnedMail
from jobs.language.messages import Messages
from jobs.monitoring.health import Expected
from jobs.monitoring.look import Look
from jobs.notices.letter import LetterRules
from jobs.notices.listing import CHORES
from jobs.notices.notice import Job, letters_of
from jobs.notices.service_start import CORRECTION
from jobs.retention.purge import Purge
from jobs.runs.agenda import Agenda, AgendaRules
from jobs.runs.compose import Composer, WaysOut
from jobs.runs.corrections import differences
from jobs.runs.decide import Decider
from jobs.runs.deliver import Deliveries
from jobs.runs.history import Runs
from jobs.runs.last_day import doubt_of_today
from jobs.runs.late_mail import LateMail
from jobs.runs.records import Records
from jobs.runs.run import Runner
from jobs.runs.timetable import Timetable
from notify.delivery.lease import seconds_gone
from notify.delivery.retry import RetryPolicy
from notify.ledger.ledger import Ledger
from notify.letters.renderer import Renderer
from notify.mail.headers import Mailbox
from notify.mail.logo import MOST_BYTES, Logo, LogoError, logo_of

_CHORES = {name.replace("-", "_") for name in CHORES}  # no decision depends on when, or how, they run


@dataclass(frozen=True)
class App:
    """All parts of one installation. A part is made when it is first asked for; nothing is opened before.

    With `read_only`, nothing reached through it can write to the database.
    """

    settings: Settings
    read_only: bool = False

    @cached_property
    def clock(self) -> Clock:
        """The present in the contracts' zone."""
        return Clock(ZoneInfo(self.settings.timezone))

    @cached_property
    def database_url(self) -> str:
        """The database, a relative SQLite file from the configuration's folder."""
        url = self.settings.database.url
        file = sqlite_file(url)
        if file is None:
            return url
        return make_url(url).set(database=str(self.settings.path(str(file)))).render_as_string(hide_password=False)

    @cached_property
    def engine(self) -> Engine:
        """The database's engine."""
        return create_engine_for(self.database_url, read_only=self.read_only)

    def hear_the_time(self) -> None:
        """From here on it is by the clock of the database's server, where there is one: machines share it."""
        if self.engine.dialect.name == "postgresql":
            seconds = seconds_gone()
            with self.engine.connect() as connection:
                self.clock.hear(connection.execute(select(func.current_timestamp())).scalar_one(), seconds)

    def doubt_of_today(self) -> str:
        """Why nothing is run for today before a person has looked at the clock; "" where nothing speaks against it."""
        return doubt_of_today(self.engine, self.clock, self.settings.installation.most_days_off)

    def close(self) -> None:
        """Closes what is open of the database; what is asked for afterwards opens it again."""
        if "fence" in self.__dict__:
            self.fence.close()
        if "engine" in self.__dict__:
            self.engine.dispose()

    @cached_property
    def catalogue(self) -> Catalogue:
        """The menu items: the reseller's table, or the shipped one.

        Raises:
            ConfigError: the table cannot be read or holds something that is not allowed.
        """
        file = self.settings.catalogue.file
        try:
            return load_catalogue(self.settings.path(file)) if file else shipped_catalogue()
        except CatalogueError as error:
            raise ConfigError(Messages("en").said(error)) from error

    @cached_property
    def messages(self) -> Messages:
        """What is said to the sales desk."""
        return Messages(self.settings.jobs.operator_digest.language, self.catalogue, self.clock.zone)

    @cached_property
    def english(self) -> Messages:
        """What is said to scripts, whose times are in UTC."""
        return Messages("en", self.catalogue)

    @cached_property
    def ledger(self) -> Ledger:
        """The record of all notices."""
        limit = self.settings.bounces.soft_limit
        return Ledger(self.engine, self.in_doubt, soft_limit=limit, zone=self.clock.zone)

    @property
    def in_doubt(self) -> dict[str, str]:
        """What becomes of a notice whose outcome is unknown, by kind."""
        return {kind: job.rules.in_doubt for job in self.jobs for kind in job.kinds}

    @cached_property
    def runs(self) -> Runs:
        """The record of all runs."""
        return Runs(self.engine, Notebooks(self._notebooks / "runs"))

    @cached_property
    def daily_letter(self) -> DailyLetter:
        """What the desk is told each day."""
        return DailyLetter(
            matters=self._matters,
            readers=self._readers,
            ledger=self.ledger,
            runs=self.runs,
            composer=self._desk_composer,
            calendar=self.calendar,
            all_well=self.settings.jobs.operator_digest.all_well,
        )

    @cached_property
    def urgent_letter(self) -> UrgentLetter:
        """What the desk is told at once."""
        kinds = frozenset(map(Section, self.settings.jobs.operator_digest.urgent))
        return UrgentLetter(
            kinds=kinds,
            matters=self._matters,
            readers=self._readers,
            ledger=self.ledger,
            composer=self._desk_composer,
            deliveries=lambda: self.deliveries,
            clock=self.clock,
        )

    @property
    def _matters(self) -> Matters:
        drop = self.settings.feed.folder
        starts = next(job for job in self.jobs if CORRECTION in job.kinds)
        return Matters(
            engine=self.engine,
            catalogue=self.catalogue,
            zone=self.clock.zone,
            days_ahead=self.settings.jobs.operator_digest.days_ahead,
            late_mail=self.late_mail,
            drop_folder=self.settings.path(drop) if drop else None,
            differences=partial(differences, self.records, starts),
            for_people=self.settings.path(self.settings.bounces.for_people),
        )

    @property
    def _readers(self) -> Readers:
        table, usual = self.settings.jobs.operator_digest, self.settings.sender.sales_desk.email
        desk = table.recipients or ((usual,) if usual else ())
        return Readers(self.engine, [_mailbox(text).address for text in desk], table.by_partner)

    def _desk_composer(self) -> DeskComposer:
        """What the desk's letters are written with.

        Raises:
            TemplateProblem: a configured directory of templates is not there.
            ConfigError: the configured logo cannot be used.
        """
        composer = self.composer
        return DeskComposer(
            self.renderer,
            composer.sender,
            self.senders[self.messages.language],
            self.clock.zone,
            self.messages,
            composer.images,
        )

    @cached_property
    def feed(self) -> Feed:
        """What brings the drop folder's files into the book.

        Raises:
            ConfigError: none is configured.
        """
        table = self.settings.feed
        if not table.folder:
            raise ConfigError('feed.folder is "", so there is no feed; name the folder that the exports are dropped in')
        folder = DropFolder(self.settings.path(table.folder), timedelta(seconds=table.settle_seconds))
        languages = self.settings.templates.languages
        files = BookFiles(folder, self.catalogue, languages, table.full_export, self.english, self.clock)
        return Feed(files, self.engine, self.runs, self.settings.jobs.feed.at, self.clock)

    @cached_property
    def returned_mail(self) -> ReturnedMail:
        """What becomes of mail that came back."""
        return ReturnedMail(self.ledger.bounces, self.settings.path(self.settings.bounces.for_people), self.clock)

    @cached_property
    def purge(self) -> Purge:
        """What is kept for how long, and no longer."""
        return Purge(
            self.ledger.mails, self.runs, self.settings.retention, letters_of(self.settings.notices), self.clock
        )

    @cached_property
    def timetable(self) -> Timetable:
        """When each job of a day runs."""
        names = daily_jobs(self.settings, [job.name for job in self.jobs])
        return Timetable(self.clock.zone, {name: self.settings.jobs.at(name) for name in names})

    @cached_property
    def day(self) -> Day:
        """The story of one day; it raises what `decider` does."""
        return Day(
            feed=self.feed if self.settings.feed.folder else None,
            runner=self.runner,
            deliveries=self.deliveries,
            daily_letter=self.daily_letter,
            urgent_letter=self.urgent_letter,
            purge=self.purge,
            ledger=self.ledger,
            late_mail=self.late_mail,
            clock=self.clock,
        )

    @property
    def late_mail(self) -> LateMail:
        """The mail that waits for too long."""
        return LateMail(self.engine, timedelta(hours=self.settings.delivery.late_hours), self.clock)

    @cached_property
    def look(self) -> Look:
        """How things stand, for whoever watches this installation."""
        table = self.settings.monitoring
        expected = Expected(
            self.timetable,
            overdue=timedelta(minutes=table.overdue_minutes),
            stuck=timedelta(minutes=table.stuck_minutes),
            paused=timedelta(hours=table.paused_hours),
            waits_for_a_person=frozenset(kind for kind, policy in self.in_doubt.items() if policy == "wait"),
        )
        kinds = {str(kind): job.name for job in self.jobs for kind in job.kinds}
        file = self.settings.path(self.settings.installation.file)
        return Look(self.engine, file, self.clock, expected, self.late_mail, kinds)

    @cached_property
    def jobs(self) -> tuple[Job, ...]:
        """The notices with their configured rules, in the order in which they run."""
        notices, tables = self.settings.notices, self.settings.jobs
        return tuple(Job(notice, tables.rules(notice.name), self.calendar) for notice in notices)

    def agenda(self, job: Job) -> Agenda:
        """What that job need not look at again."""
        table = self.settings.scan
        return Agenda(self.engine, job, self._rules_hash, AgendaRules(table.small_book, table.full_every_days))

    def _rules_hash(self) -> str:
        """Of everything beside the book and the ledger that a decision depends on."""
        rules = self.settings.model_dump_json(include={"timezone", "calendar", "jobs"}, exclude={"jobs": _CHORES})
        parts = (__version__, version("holidays"), rules, repr(self.catalogue), str(self.runs.baseline()))
        return sha256("\n".join(parts).encode()).hexdigest()

    @cached_property
    def letters_rest_on(self) -> str:
        """Hash of everything beside the book and the ledger that a letter depends on; nothing is read anew later.

        Raises:
            TemplateProblem: a configured directory of templates is not there.
            ConfigError: the configured logo cannot be used.
        """
        composer = self.composer
        parts = (self._rules_hash(), composer.rules, composer.sender, composer.reply_to, self.renderer.sources_hash())
        return sha256(repr(parts).encode()).hexdigest()

    @cached_property
    def renderer(self) -> Renderer:
        """The letters: the reseller's own directories first, then the shipped ones."""
        return Renderer([self.settings.path(directory) for directory in self.settings.templates.directories])

    @cached_property
    def composer(self) -> Composer:
        """Writes the letters.

        Raises:
            TemplateProblem: a configured directory of templates is not there.
            ConfigError: the configured logo cannot be used.
        """
        mail = self.settings.mail
        rules = LetterRules(self.senders, self.catalogue)
        reply_to = _mailbox(mail.reply_to) if mail.reply_to else None
        ways_out = WaysOut(
            frozenset(mail.unsubscribe.kinds), mail.unsubscribe.url, mail.unsubscribe.mailto, mail.unsubscribe.one_click
        )
        logo = [self.logo.image] if self.logo else []
        return Composer(self.renderer, rules, _mailbox(mail.from_), reply_to, self.clock.zone, ways_out, logo)

    @cached_property
    def senders(self) -> dict[str, dict[str, Any]]:
        """The sender by language, as the letters' templates take it: those of the letters, and the desk's.

        The signature comes by its lines, the logo by what shows it.
        """
        languages = dict.fromkeys((*self.settings.templates.languages, self.messages.language))
        return {language: self._sender_in(language) for language in languages}

    def _sender_in(self, language: str) -> dict[str, Any]:
        data = self.settings.sender.written_in(language)
        logo = self.logo
        shown = (logo.image.content_id, logo.width, logo.height) if logo else ("", 0, 0)
        own = dict(zip(("logo_cid", "logo_width", "logo_height"), shown, strict=True))
        brand = data["brand"] | {"signature": data["brand"]["signature"].splitlines()} | own
        del brand["logo_file"]
        reply_to = _mailbox(self.settings.mail.reply_to).address if self.settings.mail.reply_to else ""
        return data | {"brand": brand, "reply_to": reply_to}

    @cached_property
    def logo(self) -> Logo | None:
        """The picture at the head of the letters; None where none is configured.

        Raises:
            ConfigError: the file cannot be read or is no picture that letters can show.
        """
        name = self.settings.sender.brand.logo_file
        if not name:
            return None
        file = self.settings.path(name)
        try:
            with file.open("rb") as stream:
                data = stream.read(MOST_BYTES + 1)
            return logo_of(data, _mailbox(self.settings.mail.from_).address.rpartition("@")[2])
        except OSError as error:
            raise ConfigError(f"sender.brand.logo_file: {file}: {error.strerror}") from error
        except LogoError as error:
            raise ConfigError(f"sender.brand.logo_file: {file}: {error}") from error

    @cached_property
    def fence(self) -> Fence:
        """Whether this installation may send from its database at this moment."""
        file = self.settings.path(self.settings.installation.file)
        return Fence(self.engine, StateFile(file, this_machine()), self.clock.now, self.clock.hear)

    @cached_property
    def notebooks(self) -> Notebooks:
        """What this installation's deliveries have in hand, written down."""
        return Notebooks(self._notebooks)

    @property
    def _notebooks(self) -> Path:
        return notebooks_of(self.settings.path(self.settings.installation.file))

    @cached_property
    def outgoing(self) -> Outgoing:
        """How mail leaves."""
        return Outgoing(self.settings, self.fence, self.notebooks, self.ledger.bounces.return_key, self.clock.now)

    @cached_property
    def records(self) -> Records:
        """All that decisions go by."""
        return Records(self.engine, self.catalogue, self.ledger, self.runs, self.calendar, self.clock.zone)

    @cached_property
    def decider(self) -> Decider:
        """Decides, and writes the letters.

        Raises:
            TemplateProblem: a configured directory of templates is not there.
            ConfigError: the configured logo cannot be used.
        """
        return Decider(self.records, self.composer, lambda: self.letters_rest_on)

    @cached_property
    def runner(self) -> Runner:
        """Runs the jobs; it raises what `decider` does."""
        return Runner(self.jobs, self.decider, self.agenda, self.clock)

    @cached_property
    def deliveries(self) -> Deliveries:
        """Sends what is queued; it raises what `decider` does."""
        table = self.settings.delivery
        retry = RetryPolicy(attempts=table.attempts, give_up_after=timedelta(hours=table.give_up_hours))
        return Deliveries(self.ledger.outbox, self.runner, self.outgoing, retry, self.clock)

    @cached_property
    def calendar(self) -> BusinessCalendar:
        """The days on which the reseller's office is open."""
        table = self.settings.calendar
        return BusinessCalendar(
            public_holidays(table.holidays) if table.holidays else frozenset(),
            tuple(closure(text) for text in table.closed),
        )


def _mailbox(text: str) -> Mailbox:
    name, address = parseaddr(text)
    return Mailbox(name, mailable(address))
