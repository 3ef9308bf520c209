"""config.toml as frozen values: every table and its defaults."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

from pydantic import Field, SecretStr, create_model, model_validator

from jobs.config.providers import PROVIDERS, Provider
from jobs.config.sender import SAMPLE_IN_ENGLISH, Sender, SenderIn
from jobs.config.values import (
    BY_DOMAIN,
    AllowList,
    Closures,
    Country,
    Languages,
    Listen,
    MailboxText,
    PlainAddress,
    RequiredMailboxText,
    RequiredPlainAddress,
    ReturnPathText,
    SecretUrl,
    Section,
    Selector,
    Tenant,
    TokenEndpoint,
    WayOut,
    Zone,
)
from jobs.notices.notice import Notice, letters_of
from jobs.notices.rules import NoticeRules, TimeOfDay

ONE_CLICK_PAGE = (
    "an https page of yours that takes a POST without a login or a cookie, is done with it by itself and answers 200 "
    "without a redirect (RFC 8058; docs/deliverability.md)"
)
WAYS = ("secret_file", "certificate_file", "service_account_file")  # to prove who asks for tokens: keys of [smtp.oauth]
_Table = TypeVar("_Table", bound=Section)


class Database(Section):
    """The table [database]."""

    url: str = "sqlite:///var/kigen.db"


class CatalogueTable(Section):
    """The table [catalogue]."""

    file: str = ""


class Feed(Section):
    """The table [feed]; a folder of "" is no feed."""

    folder: str = ""
    settle_seconds: Annotated[int, Field(ge=0, le=86_400)] = 60
    full_export: bool = False


class UnsubscribeTable(Section):
    """The table [mail.unsubscribe]: which kinds of notice offer a way out, and where it leads."""

    kinds: tuple[str, ...] = ()
    url: WayOut = ""
    mailto: PlainAddress = ""
    one_click: bool = False

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if self.kinds and not (self.url or self.mailto):
            raise ValueError("kinds offer a way out, so expected a url or a mailto that it leads to")
        if self.one_click and not self.url:
            raise ValueError(f"one_click: expected a url as well: {ONE_CLICK_PAGE}")
        if self.one_click and "{message}" not in self.url:
            # Who clicks sends nothing but this address (RFC 8058 3.1).
            raise ValueError(
                f"one_click: expected a url with {{message}} in it, which tells whose letter it was: {ONE_CLICK_PAGE}"
            )
        return self


class Mail(Section):
    """The table [mail]."""

    transport: Literal["maildir", "smtp"] = "maildir"
    maildir: str = "var/maildir"
    from_: RequiredMailboxText = Field("ライセンス更新窓口 <noreply@example.co.jp>", alias="from")
    reply_to: MailboxText = "license-desk@example.co.jp"
    return_path: ReturnPathText = ""
    dkim_selector: Selector = ""
    only_to: AllowList = ()
    redirect_to: MailboxText = ""
    unsubscribe: UnsubscribeTable = UnsubscribeTable()


class DomainTable(Section):
    """The table [delivery.domains."…"]; 0 is no limit."""

    connections: Annotated[int, Field(ge=0, le=500)] = 0
    per_minute: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class Delivery(Section):
    """The table [delivery]. `unrecorded` bounds what a power cut can leave in doubt."""

    per_minute: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    claims: Annotated[int, Field(ge=0, le=10_000)] = 0
    unrecorded: Annotated[int, Field(ge=0, le=10_000)] = 0
    attempts: Annotated[int, Field(ge=1, le=1000)] = 46
    give_up_hours: Annotated[int, Field(ge=1, le=24 * 366)] = 120
    late_hours: Annotated[int, Field(ge=1, le=24 * 366)] = 6
    domains: Annotated[dict[str, DomainTable], BY_DOMAIN] = Field(default_factory=dict)


class Bounces(Section):
    """The table [bounces]."""

    for_people: Annotated[str, Field(min_length=1)] = "var/for-people"
    soft_limit: Annotated[int, Field(ge=0, le=100)] = 3


class InstallationTable(Section):
    """The table [installation]."""

    file: Annotated[str, Field(min_length=1)] = "var/installation.json"
    most_days_off: Annotated[int, Field(ge=1, le=36_500)] = 40


class OAuthTable(Section):
    """The table [smtp.oauth]: the application that asks for access tokens, and what proves that it is it."""

    tenant: Tenant = ""
    client: str = ""
    secret_file: str = ""
    certificate_file: str = ""
    key_file: str = ""
    service_account_file: str = ""
    endpoint: TokenEndpoint = ""
    scope: str = ""

    @property
    def way(self) -> str:
        """The key that names what proves it; "" for no application."""
        return next((key for key in WAYS if getattr(self, key)), "")

    @model_validator(mode="after")
    def _is_one_application(self) -> Self:
        given = [key for key in WAYS if getattr(self, key)]
        if len(given) > 1:
            raise ValueError(f"expected one of {', '.join(WAYS)}, found {' and '.join(given)}")
        if self.way in ("secret_file", "certificate_file") and not self.client:
            raise ValueError(f"{self.way} proves who an application is: expected its id as client, found none")
        if bool(self.certificate_file) != bool(self.key_file):
            raise ValueError("expected certificate_file and key_file together, found one of them")
        return self


class Smtp(Section):
    """The table [smtp]. A host, port, security or connections of "" or 0 is the provider's."""

    provider: Literal["", "microsoft365", "google", "ses"] = ""
    host: str = ""
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    security: Literal["", "none", "starttls", "tls"] = ""
    username: str = ""
    password: SecretStr = SecretStr("")
    password_file: str = ""
    token_file: str = ""
    ca_file: str = ""
    allow_clear_text: bool = False
    local_host: str = ""
    connections: Annotated[int, Field(ge=0, le=500)] = 0
    mails_per_connection: Annotated[int, Field(ge=1)] = 100
    connection_seconds: Annotated[int, Field(ge=1)] = 300
    oauth: OAuthTable = OAuthTable()

    @property
    def defaults(self) -> Provider:
        """What holds where this table leaves it open."""
        return PROVIDERS[self.provider]

    @property
    def token_endpoint(self) -> str:
        """Where access tokens are had; "" where that is nowhere."""
        return self.oauth.endpoint or self.defaults.endpoint.format(tenant=self.oauth.tenant)

    @property
    def token_scope(self) -> str:
        """What they are asked for."""
        return self.oauth.scope or self.defaults.scope

    @model_validator(mode="after")
    def _logs_in_with_its_tokens(self) -> Self:
        if not self.oauth.way:
            return self
        if not self.username:
            raise ValueError("oauth: expected the mailbox that mail is sent from as username, found none")
        if self.token_file:
            raise ValueError("oauth: tokens are fetched, so expected no token_file, found one")
        if not self.token_endpoint or not self.token_scope:
            raise ValueError(
                'oauth: expected an endpoint and a scope, or provider = "microsoft365" or "google", found none'
            )
        if not (self.oauth.endpoint or self.oauth.tenant) and "{tenant}" in self.defaults.endpoint:
            raise ValueError("oauth: expected the tenant that the mailbox belongs to, found none")
        return self


class Templates(Section):
    """The table [templates]. The first language is the one of who is not given another."""

    directories: tuple[str, ...] = ()
    languages: Languages = ("ja", "en")


class CalendarTable(Section):
    """The table [calendar]."""

    holidays: Country = "JP"
    closed: Closures = ("12-29..01-03",)


class LogTable(Section):
    """The table [log]."""

    format: Literal["auto", "json", "console"] = "auto"
    level: Literal["auto", "debug", "info", "warning", "error"] = "auto"


class Monitoring(Section):
    """The table [monitoring]; what is "" is not done. The minutes and hours are how long something may last."""

    listen: Listen = ""
    textfile: str = ""
    heartbeat_url: SecretUrl = SecretStr("")
    failure_url: SecretUrl = SecretStr("")
    overdue_minutes: Annotated[int, Field(ge=1, le=24 * 60)] = 60
    stuck_minutes: Annotated[int, Field(ge=1, le=31 * 24 * 60)] = 60
    paused_hours: Annotated[int, Field(ge=1, le=366 * 24)] = 24


class JobTable(Section):
    """What every job's table may say."""

    at: TimeOfDay


class DeliverTable(JobTable):
    """The table [jobs.deliver]."""

    at: TimeOfDay = time(9, 30)


class FeedJobTable(JobTable):
    """The table [jobs.feed]; the job is there where [feed] names a folder."""

    at: TimeOfDay = time(8, 50)


class PurgeTable(JobTable):
    """The table [jobs.purge]."""

    at: TimeOfDay = time(3, 30)
    on: bool = False


Months = Annotated[int, Field(ge=0, le=1200)]


class KeepTable(Section):
    """How long texts and addresses are kept after a notice was sent or ended; 0 is for ever."""

    texts_months: Months = 60
    addresses_months: Months = 60

    @model_validator(mode="after")
    def _addresses_outlive_texts(self) -> Self:
        if self.addresses_months and not 0 < self.texts_months <= self.addresses_months:
            raise ValueError(
                f"addresses_months = {self.addresses_months}: expected texts_months = {self.texts_months} or more "
                "(0 is for ever): a text names whom it is for, so it goes with the address at the latest"
            )
        return self


class DeskTable(KeepTable):
    """The same for letters to our own desk, which name customers."""

    texts_months: Months = 12
    addresses_months: Months = 12


class Retention(Section):
    """The table [retention]: one for the letters to our desk, and one for each kind of notice (`settings_with`)."""

    operator_digest: DeskTable = Field(DeskTable(), alias="operator-digest")

    def of(self, kind: str) -> KeepTable:
        """The table of a kind."""
        table: KeepTable = getattr(self, _field(kind))
        return table


Urgent = Literal["bounced", "failed", "feed-failed", "held", "in-doubt", "lapsed", "run-failed"]  # sections


class DigestTable(JobTable):
    """The table [jobs.operator-digest]: the desk's daily letter."""

    at: TimeOfDay = time(9, 45)
    on: bool = True
    days_ahead: Annotated[int, Field(ge=0, le=366)] = 14
    all_well: Literal["", "monday", "tuesday", "wednesday", "thursday", "friday"] = "monday"
    urgent: tuple[Urgent, ...] = ("bounced", "held", "lapsed", "feed-failed")
    recipients: tuple[RequiredMailboxText, ...] = ()
    by_partner: dict[Annotated[str, Field(min_length=1)], RequiredPlainAddress] = Field(default_factory=dict)
    language: Literal["ja", "en"] = "ja"


class ScanTable(Section):
    """The table [scan]: when a run looks at all of the book. `small_book` counts contracts."""

    small_book: Annotated[int, Field(ge=0)] = 1000
    full_every_days: Annotated[int, Field(ge=1, le=366)] = 7


class Jobs(Section):
    """The table [jobs.*]: of what runs beside the notices, and one for each notice (`settings_with`)."""

    feed: FeedJobTable = FeedJobTable()
    deliver: DeliverTable = DeliverTable()
    purge: PurgeTable = PurgeTable()
    operator_digest: DigestTable = Field(DigestTable(), alias="operator-digest")

    def at(self, job: str) -> time:
        """The job's time of day."""
        table: JobTable | NoticeRules = getattr(self, _field(job))
        return table.at

    def rules(self, notice: str) -> NoticeRules:
        """The table of a notice."""
        table: NoticeRules = getattr(self, _field(notice))
        return table


class Settings(Section):
    """All of config.toml, of an installation with these `notices`. `folder` is where relative paths start from."""

    notices: ClassVar[tuple[Notice[Any], ...]] = ()

    timezone: Zone = "Asia/Tokyo"
    database: Database = Database()
    catalogue: CatalogueTable = CatalogueTable()
    feed: Feed = Feed()
    mail: Mail = Mail()
    smtp: Smtp = Smtp()
    delivery: Delivery = Delivery()
    bounces: Bounces = Bounces()
    installation: InstallationTable = InstallationTable()
    sender: Sender = Sender(en=SAMPLE_IN_ENGLISH)
    templates: Templates = Templates()
    calendar: CalendarTable = CalendarTable()
    jobs: Jobs = Jobs()
    scan: ScanTable = ScanTable()
    retention: Retention = Retention()
    log: LogTable = LogTable()
    monitoring: Monitoring = Monitoring()
    folder: Annotated[Path, Field(exclude=True)] = Path()
    credentials: Annotated[Path | None, Field(exclude=True)] = None  # systemd's, for this service
    password_in_file: Annotated[Path | None, Field(exclude=True)] = None  # the configuration, where it holds a password

    def path(self, text: str) -> Path:
        """A path of the configuration, from the folder of its file where it is relative."""
        return self.folder / Path(text).expanduser()


@cache
def settings_with(notices: tuple[Notice[Any], ...], languages: tuple[str, ...] = ()) -> type[Settings]:
    """The settings with the tables of these notices: one of [jobs] for each, and one of [retention] for each kind.

    [sender] has one for each of these languages as well as for those of the shipped letters.
    """
    letters = letters_of(notices)
    unsubscribe = _extended(UnsubscribeTable, {"kinds": (tuple[Literal[tuple(letters)], ...], ())})  # type: ignore[misc]
    mail = _extended(Mail, {"unsubscribe": (unsubscribe, unsubscribe())})
    jobs = _extended(Jobs, {notice.name: (notice.rules, notice.rules()) for notice in notices})
    retention = _extended(Retention, {kind: _kept(letter.keep_months) for kind, letter in letters.items()})
    further = {language: (SenderIn, SenderIn()) for language in languages if language not in Sender.model_fields}
    sender = _extended(Sender, further)
    tables = {"mail": mail(), "jobs": jobs(), "retention": retention(), "sender": sender(en=SAMPLE_IN_ENGLISH)}
    made = _extended(Settings, {name: (type(table), table) for name, table in tables.items()})
    made.notices = notices
    return made


def _kept(months: int) -> tuple[type[KeepTable], KeepTable]:
    table = _extended(KeepTable, {"texts_months": (Months, months), "addresses_months": (Months, months)})
    return table, table()


def _extended(table: type[_Table], keys: Mapping[str, tuple[Any, Any]]) -> type[_Table]:
    """The table with these keys as well, each with its type and its default."""
    fields: Any = {_field(key): (kind, Field(default, alias=key)) for key, (kind, default) in keys.items()}
    return create_model(table.__name__, __base__=table, **fields)


def _field(key: str) -> str:
    return key.replace("-", "_")
