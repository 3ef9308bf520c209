"""What a value of config.toml may be: the checks and the types that its tables (settings.py) are made of."""

from __future__ import annotations

import re
from datetime import date
from email.utils import getaddresses, parseaddr
from string import Formatter
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, SecretStr

from contracts.addresses import AddressError, mailable
from contracts.calendar import YearlyClosure
from jobs.config.public_holidays import has_holidays
from jobs.language.messages import Messages
from notify.addresses import quoted
from notify.mail.return_path import LONGEST_BASE
from notify.transports.smtp_settings import is_this_machine

_ONE_MAILBOX = "expected one mail address, like 'Desk <desk@example.co.jp>'"
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,2}")
_TENANT = re.compile(r"[A-Za-z0-9.-]*")
SELECTOR = re.compile(r"(?!.*_domainkey)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*")
WAY_OUT_NAMES = frozenset({"account", "kind", "message"})  # what the address of [mail.unsubscribe] may name


class Section(BaseModel):
    """A table of config.toml: frozen, and a key it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("expected the name of a time zone, like 'Asia/Tokyo'") from error
    return name


def _mailable(address: str, expected: str) -> str:
    """The address as mail is sent to it; what was expected, and why it cannot be, else."""
    try:
        return mailable(address)
    except AddressError as problem:
        raise ValueError(expected + Messages("en").name("address", problem.code)) from problem


def _mailbox(text: str) -> str:
    if text:
        found = getaddresses([text])
        if len(found) != 1:
            raise ValueError(f"{_ONE_MAILBOX}; a name with a comma needs quotes")
        _mailable(found[0][1], f"{_ONE_MAILBOX}: ")
    return text


def _required_mailbox(text: str) -> str:
    if not text:
        raise ValueError(_ONE_MAILBOX)
    return _mailbox(text)


def _plain_address(text: str) -> str:
    expected = "expected a mail address without a name, like 'stop@example.co.jp': "
    return _mailable(text, expected) if text else text


def _required_plain_address(text: str) -> str:
    if not text:
        raise ValueError("expected a mail address without a name, like 'sato@example.co.jp'")
    return _plain_address(text)


def _return_path(text: str) -> str:
    """A mailbox whose address has room for the token of an envelope before its @."""
    if text and quoted(mailable(parseaddr(_mailbox(text))[1])).rindex("@") > LONGEST_BASE:
        raise ValueError(f"expected at most {LONGEST_BASE} characters before the @, to have room for a token")
    return text


def _holidays(country: str) -> str:
    if country and not has_holidays(country):
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


def _way_out(url: str) -> str:
    """An https address, with names in braces for what each letter fills in."""
    example = "expected an address like 'https://example.co.jp/stop?m={message}'"
    if not url:
        return url
    try:
        parts = list(Formatter().parse(url))
        names = {f"{name}{form and ':'}{conversion or ''}" for _, name, form, conversion in parts if name is not None}
        host = urlsplit(url).hostname
    except ValueError as problem:
        raise ValueError(f"{example}: {problem}") from problem
    if not (url.startswith("https://") and host and url.isascii() and url.isprintable()) or set(url) & set(' <>"'):
        raise ValueError(f"{example}, in ASCII and without spaces")
    if unknown := names - WAY_OUT_NAMES:
        allowed = ", ".join(f"{{{name}}}" for name in sorted(WAY_OUT_NAMES))
        raise ValueError(f"{example}: in braces it may have {allowed}, not {{{min(map(str, unknown))}}}")
    return url


def _by_domain(tables: dict[str, Any]) -> dict[str, Any]:
    """The tables by their domains as addresses have them: lower-case A-labels."""
    found: dict[str, Any] = {}
    for name, table in tables.items():
        expected = f'expected domains like "example.co.jp", found {name!r}, which '
        domain = _mailable(f"x@{name}", expected).partition("@")[2]
        if domain in found:
            raise ValueError(f"expected each domain once, found {name!r} again")
        found[domain] = table
    return found


def _listen(text: str) -> str:
    """`127.0.0.1:9464`, `[::1]:9464` or `host:9464`; "" for none."""
    if text:
        host_and_port(text)
    return text


def host_and_port(text: str) -> tuple[str, int]:
    """The two parts of `127.0.0.1:9464` or `[::1]:9464`.

    Raises:
        ValueError: the text is not of that form.
    """
    host, colon, port = text.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    fits = bare and colon and port.isdecimal() and int(port) < 65536 and (":" in bare) == host.startswith("[")  # noqa: PLR2004 — ports end there
    if not fits:
        raise ValueError("expected an address and a port like '127.0.0.1:9464' or '[::1]:9464', or '' for none")
    return bare, int(port)


def _secret_url(value: object) -> object:
    """A web address that may hold a secret: the error does not repeat it."""
    if value != "" and not (isinstance(value, str) and _is_web_address(value)):
        raise ValueError(
            "expected a web address like 'https://hc.example.com/ping/…', or '' for none; "
            "what was found is not shown, it may hold a secret"
        )
    return value


def _token_endpoint(url: str) -> str:
    """An https address, or http to this machine: what is said there opens the mailbox."""
    if not url:
        return url
    is_protected = url.startswith("https://") or (
        url.startswith("http://") and is_this_machine(urlsplit(url).hostname or "")
    )
    if not (_is_web_address(url) and is_protected):
        raise ValueError("expected an https address like 'https://login.example.com/token', or http to this machine")
    return url


def _is_protected(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or is_this_machine(parts.hostname or "")


def _tenant(text: str) -> str:
    if not _TENANT.fullmatch(text):
        raise ValueError("expected a tenant's id or domain, like 'example.onmicrosoft.com'")
    return text


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    is_plain = text.isascii() and text.isprintable() and not set(text) & set(' <>"')
    return parts.scheme in ("http", "https") and bool(parts.hostname) and has_port and is_plain


def _web_address(text: str) -> str:
    """An address that a letter shows as a link; "" for none."""
    if text and not _is_web_address(text):
        raise ValueError("expected a web address like 'https://example.co.jp/order', or '' for none")
    return text


def _selector(text: str) -> str:
    if text and not SELECTOR.fullmatch(text):
        raise ValueError("expected the selector of a DKIM key alone, like 'mail2026' for mail2026._domainkey.…")
    return text


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("expected one line without control characters")
    return text


def _languages(codes: tuple[str, ...]) -> tuple[str, ...]:
    """Tags of languages (RFC 5646) as folders, tables and the book's cells are called: in small letters."""
    if not codes or len(set(codes)) < len(codes) or not all(map(LANGUAGE.fullmatch, codes)):
        raise ValueError(f"expected languages, each once and in small letters, like ['ja', 'en'], found {list(codes)}")
    return codes


def _addresses_or_domains(entries: tuple[str, ...]) -> tuple[str, ...]:
    """The entries as addresses are compared with them. A mistyped one would keep all mail from everybody."""
    return tuple(_address_or_domain(entry.strip()) for entry in entries)


def _address_or_domain(entry: str) -> str:
    expected = f"expected addresses like 'a@example.co.jp' or domains like '@example.co.jp', found {entry!r}, which "
    if entry.startswith("@"):
        return _mailable(f"x{entry}", expected).removeprefix("x")
    return _mailable(entry, expected)


Zone = Annotated[str, AfterValidator(_zone)]
MailboxText = Annotated[str, AfterValidator(_mailbox)]
ReturnPathText = Annotated[str, AfterValidator(_return_path)]
RequiredMailboxText = Annotated[str, AfterValidator(_required_mailbox)]
AllowList = Annotated[tuple[str, ...], AfterValidator(_addresses_or_domains)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
Selector = Annotated[str, AfterValidator(_selector)]
Languages = Annotated[tuple[str, ...], AfterValidator(_languages)]
OneLine = Annotated[str, AfterValidator(_one_line)]
WayOut = Annotated[str, AfterValidator(_way_out)]
PlainAddress = Annotated[str, AfterValidator(_plain_address)]
RequiredPlainAddress = Annotated[str, AfterValidator(_required_plain_address)]
Country = Annotated[str, AfterValidator(_holidays)]
Closures = Annotated[tuple[str, ...], AfterValidator(_closures)]
Listen = Annotated[str, AfterValidator(_listen)]
TokenEndpoint = Annotated[str, AfterValidator(_token_endpoint)]
Tenant = Annotated[str, AfterValidator(_tenant)]
SecretUrl = Annotated[SecretStr, BeforeValidator(_secret_url)]
BY_DOMAIN = AfterValidator(_by_domain)
