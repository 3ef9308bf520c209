"""What an SMTP transport is told: where the relay is, how the line is protected, how long each step may take."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

_SECURITIES = ("none", "starttls", "tls")
_HOST_NAME = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class SmtpTimeouts:
    """The longest wait at each step, in seconds. The defaults are the least that RFC 5321 4.5.3.2 allows.

    A wait is for the whole answer: a server that drips it byte by byte gets no longer.
    """

    connect: float = 30.0  # looking up the name; reaching the relay at all of its addresses together
    greeting: float = 300.0  # and the handshake of an implicit TLS
    ehlo: float = 300.0  # and STARTTLS with its handshake, and AUTH
    reset: float = 30.0
    mail: float = 300.0
    rcpt: float = 300.0
    data: float = 120.0
    text: float = 180.0  # until all of the text has left this process
    dot: float = 600.0  # too short a wait here makes doubles: the relay has the mail, and we do not know
    quit: float = 5.0


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Where mail is handed over, and how. Who logs in gives a username and either a password or a token.

    Both are asked for at each login, so that a changed one is used from the next connection on. A token that the relay
    refused is given to what gives tokens, "" at first: another one is tried once. A provider may raise a DeliveryError
    of its own choice; of any other exception only the name goes on record.
    """

    host: str = "localhost"
    port: int = 25
    security: str = "starttls"  # "none", "starttls", "tls"
    username: str = ""
    password: Callable[[], str] | None = field(default=None, repr=False)
    token: Callable[[str], Awaitable[str]] | None = field(default=None, repr=False)  # an access token for XOAUTH2
    connections: int = 8
    mails_per_connection: int = 100
    connection_seconds: float = 300.0  # a connection older than this takes no further mail

    allow_clear_text: bool = False  # "none" to another machine
    ca_file: Path | None = None  # trusted in place of the system's authorities
    local_host: str = ""  # how we name ourselves; "" for this host's full name, else its address
    timeouts: SmtpTimeouts = SmtpTimeouts()

    @property
    def problem(self) -> str:
        """Why nothing can be handed over with these settings, as a sentence; "" where nothing stands against it."""
        return next(
            filter(None, (self._problem_of_the_line(), self._problem_of_the_login(), self._other_problem())), ""
        )

    def _problem_of_the_line(self) -> str:
        if self.security not in _SECURITIES:
            return f"smtp.security: expected 'none', 'starttls' or 'tls', found {self.security!r}"
        if self.security != "none":
            return ""
        if self.username:
            return "smtp.security: a login never goes over an unprotected line; use 'starttls' or 'tls', or no username"
        if not (self.allow_clear_text or is_this_machine(self.host)):
            return (
                f"smtp.security: 'none' is for a relay on this machine, and {self.host} may be another one; "
                "use 'starttls' or 'tls', or set smtp.allow_clear_text"
            )
        return ""

    def _problem_of_the_login(self) -> str:
        if not self.username:
            return ""
        if self.password is None and self.token is None:
            return "smtp.username: there is no password and no token for it"
        if self.password is not None and self.token is not None:
            return "smtp.username: there is a password and a token for it; leave one of them out"
        return ""

    def _other_problem(self) -> str:
        if not _HOST_NAME.fullmatch(self.local_host or "x"):
            return "smtp.local_host: expected a host name in ASCII"
        if self.connections < 1 or self.mails_per_connection < 1:
            return "smtp.connections: expected one or more connections, each for one or more mails"
        return ""


def is_this_machine(host: str) -> bool:
    """Whether the host is a loopback address, or the name that is reserved for it (RFC 6761 6.3)."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.rstrip(".").casefold() == "localhost"
