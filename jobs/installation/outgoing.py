"""How mail leaves this installation: what carries it, what it has to pass, and how much may be on its way at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from functools import cached_property
from pathlib import Path

from contracts.addresses import mailable
from jobs.config.load import ConfigError
from jobs.config.secrets import smtp_password, smtp_token
from jobs.config.settings import Settings
from jobs.installation.fence import Fence
from jobs.installation.notebooks import Notebooks
from jobs.installation.tokens import Tokens, tokens_of
from notify.delivery.gate import Gate
from notify.delivery.limits import DomainLimit, Limits
from notify.delivery.pipeline import Pace
from notify.mail.return_path import ReturnPath
from notify.transports.maildir import MaildirTransport
from notify.transports.smtp import SmtpTransport
from notify.transports.smtp_settings import SmtpSettings
from notify.transports.transport import Transport

FEW, ENOUGH = 20, 300  # mails begun and not on record, without and with a notebook that tells of them after a crash


@dataclass(frozen=True)
class Outgoing:
    """The way out as configured; what stands in the state file and the database may close it at any moment."""

    settings: Settings
    fence: Fence
    notebooks: Notebooks
    return_key: Callable[[], str]  # by which what comes back is known as ours
    now: Callable[[], datetime]

    def transport(self) -> Transport:
        """What carries the mail away.

        Raises:
            ConfigError: its settings contradict each other, or would send a password unprotected.
        """
        if not self.reaches_people:
            return MaildirTransport(self.maildir)
        if self.smtp_settings.problem:
            raise ConfigError(self.smtp_settings.problem)
        return SmtpTransport(self.smtp_settings)

    @cached_property
    def gate(self) -> Gate:
        """Whether mail may leave at this moment, how fast, and whom this installation may write to at all."""
        mail, delivery = self.settings.mail, self.settings.delivery
        redirect_to = _address(mail.redirect_to) if mail.redirect_to else ""
        domains = {name: DomainLimit(**dict(table)) for name, table in delivery.domains.items()}
        limits = Limits(self.per_minute, domains)
        stopped, known = self.fence.stopped, self.fence.known
        return Gate(mail.only_to, redirect_to, stopped=stopped, known=known, limits=limits)

    @cached_property
    def return_path(self) -> ReturnPath:
        """Where mail comes back to that cannot be delivered."""
        address = self.settings.mail.return_path
        return ReturnPath(_address(address), self.return_key()) if address else ReturnPath()

    @cached_property
    def smtp_settings(self) -> SmtpSettings:
        """Where mail is handed over, and how."""
        table, usual = self.settings.smtp, self.settings.smtp.defaults
        return SmtpSettings(
            host=table.host or usual.host,
            port=table.port or usual.port,
            security=table.security or usual.security,
            username=table.username,
            password=smtp_password(self.settings) if table.username else None,
            token=(self.tokens or smtp_token(self.settings)) if table.username else None,
            ca_file=self.settings.path(table.ca_file) if table.ca_file else None,
            allow_clear_text=table.allow_clear_text,
            local_host=table.local_host,
            connections=table.connections or usual.connections,
            mails_per_connection=table.mails_per_connection,
            connection_seconds=table.connection_seconds,
        )

    @cached_property
    def tokens(self) -> Tokens | None:
        """What gives the access tokens to log in with, where kigen fetches them."""
        return tokens_of(self.settings, self.now)

    @property
    def connections(self) -> int:
        """How many mails may be on their way at once."""
        return self.smtp_settings.connections if self.reaches_people else 1

    @property
    def per_minute(self) -> int:
        """How many mails may leave in a minute; 0 is no limit."""
        usual = self.settings.smtp.defaults.per_minute if self.reaches_people else 0
        return self.settings.delivery.per_minute or usual

    @property
    def pace(self) -> Pace:
        """How much is in hand at once: as many are taken from the queue as may be begun, so that it is asked seldom."""
        return Pace(self.settings.delivery.claims or max(100, self.unrecorded), self.connections, self.unrecorded)

    @property
    def unrecorded(self) -> int:
        """How many mails may be begun and not on record: enough that no connection waits for a commit."""
        if self.settings.delivery.unrecorded:
            return self.settings.delivery.unrecorded
        return max(ENOUGH, 3 * self.connections) if self.notebooks.outlive_a_process else FEW

    @property
    def maildir(self) -> Path:
        """The folder that the Maildir transport writes to."""
        return self.settings.path(self.settings.mail.maildir)

    @property
    def reaches_people(self) -> bool:
        """Whether the configured transport hands mail to a relay."""
        return self.settings.mail.transport != "maildir"


def _address(text: str) -> str:
    return mailable(parseaddr(text)[1])
