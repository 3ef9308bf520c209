"""config.toml as frozen values: every table, its defaults, and what is allowed in it."""

from __future__ import annotations

from datetime import date
from email.utils import getaddresses
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from contracts.addresses import mailable
from contracts.calendar import YearlyClosure


class Section(BaseModel):
    """A table of config.toml: frozen, and a key it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("expected the name of a time zone, like 'Asia/Tokyo'") from error
    return name


def _time_of_day(text: str) -> str:
    hour, _, minute = text.partition(":")
    fits = hour.isdecimal() and minute.isdecimal() and len(minute) == 2 and int(hour) < 24 and int(minute) < 60  # noqa: PLR2004 — a clock's own numbers
    if not fits:
        raise ValueError("expected a time of day like '09:00'")
    return text


def _mailbox(text: str) -> str:
    if text:
        found = getaddresses([text])
        if len(found) != 1:
            raise ValueError(
                "expected one mail address, like 'Desk <desk@example.co.jp>'; a name with a comma needs quotes"
            )
        try:
            mailable(found[0][1])
        except ValueError as problem:
            raise ValueError(f"expected one mail address, like 'Desk <desk@example.co.jp>': {problem}") from problem
    return text


def _required_mailbox(text: str) -> str:
    if not text:
        raise ValueError("expected one mail address, like 'Desk <desk@example.co.jp>'")
    return _mailbox(text)


def _day_of_month(value: object) -> int | None:
    if value == "first-business-day":
        return None
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 31:  # noqa: PLR2004 — days of a month
        return value
    raise ValueError("expected 'first-business-day' or a day of the month from 1 to 31")


def _distinct(numbers: tuple[int, ...]) -> tuple[int, ...]:
    if len(set(numbers)) != len(numbers):
        raise ValueError("expected each number once")
    return numbers


def _holidays(country: str) -> str:
    import holidays

    if country and country not in holidays.list_supported_countries():
        raise ValueError("expected the two-letter code of a country, like 'JP', or '' for none")
    return country


class OnceClosed(Section):
    """A company holiday that comes once."""

    first: date
    last: date

    def model_post_init(self, _context: object) -> None:
        """Refuses what ends before it begins."""
        if self.last < self.first:
            raise ValueError("its last day is before its first")

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last


def closure(text: str) -> YearlyClosure | OnceClosed:
    """`12-29..01-03`, `08-15`, `2027-08-13..2027-08-15` or `2027-08-13` as days on which the company is closed.

    Raises:
        ValueError: the text is none of these.
    """
    first, dots, last = text.partition("..")
    last = last if dots else first
    try:
        if len(first) > len("12-29"):
            return OnceClosed(first=date.fromisoformat(first), last=date.fromisoformat(last))
        return YearlyClosure(_month_and_day(first), _month_and_day(last))
    except ValueError as error:
        expected = "expected '12-29..01-03' for each year or '2027-08-13..2027-08-15' for once"
        raise ValueError(f"{expected}, found {text!r}") from error


def _month_and_day(text: str) -> tuple[int, int]:
    day = date.fromisoformat(f"2024-{text}")  # a leap year, so that 02-29 may be named
    return (day.month, day.day)


def _closures(texts: tuple[str, ...]) -> tuple[str, ...]:
    for text in texts:
        closure(text)
    return texts


def _by_domain(tables: dict[str, DomainTable]) -> dict[str, DomainTable]:
    """The tables by their domains as addresses have them: lower-case A-labels."""
    found: dict[str, DomainTable] = {}
    for name, table in tables.items():
        try:
            domain = mailable(f"x@{name}").partition("@")[2]
        except ValueError as problem:
            raise ValueError(f'expected domains like "example.co.jp", found {name!r}, which {problem}') from problem
        if domain in found:
            raise ValueError(f"expected each domain once, found {name!r} again")
        found[domain] = table
    return found


def _addresses_or_domains(entries: tuple[str, ...]) -> tuple[str, ...]:
    """The entries as addresses are compared with them. A mistyped one would keep all mail from everybody."""
    return tuple(_address_or_domain(entry.strip()) for entry in entries)


def _address_or_domain(entry: str) -> str:
    try:
        return mailable(f"x{entry}").removeprefix("x") if entry.startswith("@") else mailable(entry)
    except ValueError as problem:
        expected = "expected addresses like 'a@example.co.jp' or domains like '@example.co.jp'"
        raise ValueError(f"{expected}, found {entry!r}, which {problem}") from problem


MailboxText = Annotated[str, AfterValidator(_mailbox)]
CopyTo = tuple[Literal["administrators", "partner"], ...]


class Database(Section):
    """The table [database]."""

    url: str = "sqlite:///var/kigen.db"


class CatalogueTable(Section):
    """The table [catalogue]."""

    file: str = ""


class Mail(Section):
    """The table [mail]."""

    transport: Literal["maildir", "smtp"] = "maildir"
    maildir: str = "var/maildir"
    from_: Annotated[str, AfterValidator(_required_mailbox)] = Field(
        "ライセンス更新窓口 <noreply@example.co.jp>", alias="from"
    )
    reply_to: MailboxText = "license-desk@example.co.jp"
    only_to: Annotated[tuple[str, ...], AfterValidator(_addresses_or_domains)] = ()
    redirect_to: MailboxText = ""


class DomainTable(Section):
    """The table [delivery.domains."…"]; 0 is no limit."""

    connections: Annotated[int, Field(ge=0, le=500)] = 0
    per_minute: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class Delivery(Section):
    """The table [delivery]. `unrecorded` bounds what one crash can leave in doubt."""

    per_minute: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    claims: Annotated[int, Field(ge=1, le=10_000)] = 100
    unrecorded: Annotated[int, Field(ge=1, le=10_000)] = 20
    attempts: Annotated[int, Field(ge=1, le=1000)] = 46
    give_up_hours: Annotated[int, Field(ge=1, le=24 * 366)] = 120
    domains: Annotated[dict[str, DomainTable], AfterValidator(_by_domain)] = {}


class InstallationTable(Section):
    """The table [installation]."""

    file: Annotated[str, Field(min_length=1)] = "var/installation.json"


class Smtp(Section):
    """The table [smtp]."""

    host: str = "localhost"
    port: Annotated[int, Field(ge=1, le=65535)] = 25
    security: Literal["none", "starttls", "tls"] = "starttls"
    username: str = ""
    password: SecretStr = SecretStr("")
    password_file: str = ""
    token_file: str = ""
    ca_file: str = ""
    allow_clear_text: bool = False
    local_host: str = ""
    connections: Annotated[int, Field(ge=1, le=500)] = 8
    mails_per_connection: Annotated[int, Field(ge=1)] = 100
    connection_seconds: Annotated[int, Field(ge=1)] = 300


class Desk(Section):
    """A desk that customers can ask; an empty phone or hours leaves its line out of the letters."""

    name: Annotated[str, Field(min_length=1)]
    email: MailboxText
    phone: str = ""
    hours: str = ""


class Brand(Section):
    """The table [sender.brand]: how the letters look; what is empty is left out."""

    name: str = ""  # "": the company's
    logo: str = ""  # as text
    colour: Annotated[str, Field(pattern="^#[0-9A-Fa-f]{6}$")] = "#1f3a5f"
    signature: str = ""  # may have several lines
    footer: str = ""


class Sender(Section):
    """The table [sender]."""

    brand: Brand = Brand()

    company: Annotated[str, Field(min_length=1)] = "株式会社サンプル販売"
    admin_site: Annotated[str, Field(min_length=1)] = "https://admin.example.com/"
    sales_desk: Desk = Desk(
        name="営業窓口", email="license-desk@example.co.jp", phone="03-0000-0000", hours="平日 9:00–17:00"
    )
    support_desk: Desk = Desk(
        name="サポートデスク",
        email="support@example.co.jp",
        phone="03-0000-0001",
        hours="受付 24時間365日、回答は平日 9:00–17:00",
    )


class Templates(Section):
    """The table [templates]."""

    directories: tuple[str, ...] = ()


class CalendarTable(Section):
    """The table [calendar]."""

    holidays: Annotated[str, AfterValidator(_holidays)] = "JP"
    closed: Annotated[tuple[str, ...], AfterValidator(_closures)] = ("12-29..01-03",)


class JobTable(Section):
    """What every job's table may say."""

    at: Annotated[str, AfterValidator(_time_of_day)]


class NoticeTable(JobTable):
    """What the table of every job that writes notices may say."""

    copy_to: CopyTo = ()
    approval: Literal["auto", "manual"] = "auto"
    group_by: Literal["line", "contract"] = "line"
    in_doubt: Literal["resend", "wait"] = "resend"


class RenewalTable(NoticeTable):
    """The table [jobs.renewal-notice]."""

    at: Annotated[str, AfterValidator(_time_of_day)] = "09:00"
    months_before: Annotated[tuple[Annotated[int, Field(ge=2, le=24)], ...], AfterValidator(_distinct)] = (5, 4)
    day: Annotated[int | None, BeforeValidator(_day_of_month)] = None
    renewal_months: Annotated[int, Field(ge=1, le=120)] = 12


class LateTable(NoticeTable):
    """The table [jobs.service-start], [jobs.extension-confirmation]."""

    at: Annotated[str, AfterValidator(_time_of_day)] = "09:05"
    late_days: Annotated[int, Field(ge=0, le=366)] = 30


class ReleaseTable(NoticeTable):
    """The table [jobs.license-release]."""

    at: Annotated[str, AfterValidator(_time_of_day)] = "09:10"
    days_before: Annotated[tuple[Annotated[int, Field(ge=0, le=366)], ...], AfterValidator(_distinct)] = (30, 7, 1)


class DeliverTable(JobTable):
    """The table [jobs.deliver]."""

    at: Annotated[str, AfterValidator(_time_of_day)] = "09:30"


class Jobs(Section):
    """The table [jobs.*]."""

    renewal_notice: RenewalTable = Field(RenewalTable(), alias="renewal-notice")
    service_start: LateTable = Field(LateTable(), alias="service-start")
    extension_confirmation: LateTable = Field(LateTable(), alias="extension-confirmation")
    license_release: ReleaseTable = Field(ReleaseTable(), alias="license-release")
    deliver: DeliverTable = DeliverTable()


class Settings(Section):
    """All of config.toml. `folder` is where relative paths start from."""

    timezone: Annotated[str, AfterValidator(_zone)] = "Asia/Tokyo"
    database: Database = Database()
    catalogue: CatalogueTable = CatalogueTable()
    mail: Mail = Mail()
    smtp: Smtp = Smtp()
    delivery: Delivery = Delivery()
    installation: InstallationTable = InstallationTable()
    sender: Sender = Sender()
    templates: Templates = Templates()
    calendar: CalendarTable = CalendarTable()
    jobs: Jobs = Jobs()
    folder: Annotated[Path, Field(exclude=True)] = Path()
    credentials: Annotated[Path | None, Field(exclude=True)] = None  # systemd's, for this service
    password_in_file: Annotated[Path | None, Field(exclude=True)] = None  # the configuration, where it holds a password

    def path(self, text: str) -> Path:
        """A path of the configuration, from the folder of its file where it is relative."""
        return self.folder / Path(text).expanduser()
