"""What the doctor asks about mail: sender, letters, the relay (connected to and left again, without a mail)."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from urllib.parse import urlsplit

from jobs.app import App
from jobs.config.sender import Sender
from jobs.config.settings import Mail
from jobs.doctor.examination import Finding, bad, doubtful, good
from jobs.installation.applications import NoToken
from jobs.language.messages import Messages
from jobs.notices.notice import letters_of
from jobs.views.samples import must_say, samples
from notify.letters.examination import Examination
from notify.transports.smtp_handshake import opened
from notify.transports.smtp_settings import SmtpTimeouts
from notify.transports.transport import DeliveryError, RelayMisconfigured

_PATIENCE = SmtpTimeouts(connect=10.0, greeting=30.0, ehlo=30.0)  # less than a delivery has: a person waits
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def addresses(app: App) -> Iterator[Finding]:
    """Whether the letters come from somebody: not from the sample."""
    mail, sender = app.settings.mail, app.settings.sender
    samples = [
        name
        for name, value, sample in (
            ("mail.from", mail.from_, Mail().from_),
            ("mail.reply_to", mail.reply_to, Mail().reply_to),
            ("sender.company", sender.company, Sender().company),
            ("sender.sales_desk.email", sender.sales_desk.email, Sender().sales_desk.email),
        )
        if value == sample
    ]
    if samples and app.outgoing.reaches_people:
        yield bad(f"still those of the sample: {', '.join(samples)}", "write your own into config.toml")
    elif samples:
        yield doubtful(
            f"still those of the sample: {', '.join(samples)}", "write your own before mail.transport = smtp"
        )
    else:
        yield good(f"letters come from {mail.from_}")
    if not (sender.sales_desk.email or app.settings.jobs.operator_digest.recipients):
        yield doubtful("nobody is told what came back or needs a person", "name sender.sales_desk.email")
    if not mail.reply_to:
        yield doubtful("mail.reply_to is empty: answers go to the sender", "name the desk that reads them")
    if mail.only_to:
        to = f"the rest goes to {mail.redirect_to}" if mail.redirect_to else "the rest is refused"
        yield doubtful(f"mail.only_to: only {', '.join(mail.only_to)} are written to, {to}", "right for staging only")


def templates(app: App, messages: Messages) -> Iterator[Finding]:
    """Whether every letter is there in every language, and sound."""
    letters, languages = letters_of(app.settings.notices), app.settings.templates.languages
    needed = must_say(letters, languages, app.messages.language)
    problems = Examination(app.renderer).problems(needed, partial(samples, letters))
    for problem in problems:
        yield bad(messages.template_problem(problem), "`kigen templates check` says it again once you changed the file")
    if not problems:
        yield good(f"{len(letters)} letters in {len(languages)} languages are sound")


def token(app: App, messages: Messages) -> Iterator[Finding]:
    """Whether the provider gives access tokens, where the relay's login goes by them."""
    tokens = app.outgoing.tokens if app.outgoing.reaches_people else None
    if tokens is None:
        return
    try:
        until = tokens.current().expires_at
    except NoToken as problem:
        yield bad(messages.said(problem), messages.say(f"{problem.code}.do"))
    else:
        mailbox = app.settings.smtp.username
        yield good(messages.say("token.good", endpoint=tokens.endpoint, mailbox=mailbox, until=until))


def relay(app: App) -> Iterator[Finding]:
    """Whether mail could be handed over: connected, greeted, protected, logged in, and left again."""
    if not app.outgoing.reaches_people:
        folder = app.outgoing.maildir
        place = next(each for each in (folder, *folder.resolve().parents) if each.exists())
        may_write = place.is_dir() and os.access(place, os.W_OK)
        yield doubtful(f'mail.transport is "maildir": mails are files in {folder}', "nobody receives them that way")
        if not may_write:
            yield bad(f"{place} cannot be written to", "let this user own it")
        return
    settings = app.outgoing.smtp_settings
    if settings.problem:
        yield bad(settings.problem)
        return
    began_at = time.monotonic()
    try:
        asyncio.run(_greeted(app))
    except DeliveryError as error:
        mend = (
            "smtp.* in config.toml, or the relay"
            if isinstance(error, RelayMisconfigured)
            else "is it up, is it that port?"
        )
        yield bad(f"{settings.host}:{settings.port}: {error.reply}", mend)
        return
    done = {"none": "in clear text", "starttls": "over STARTTLS", "tls": "over TLS"}[settings.security]
    login = f", logged in as {settings.username}" if settings.username else ", without a login"
    yield good(f"{settings.host}:{settings.port} answers {done}{login}, in {time.monotonic() - began_at:.1f} s")


async def _greeted(app: App) -> None:
    settings = replace(app.outgoing.smtp_settings, timeouts=_PATIENCE)
    context = ssl.create_default_context(cafile=settings.ca_file) if settings.security != "none" else None
    line = await opened(settings, context)
    await line.quit(settings.timeouts.quit)


def heartbeat(app: App) -> Iterator[Finding]:
    """Whether somebody notices when nothing runs any more."""
    table = app.settings.monitoring
    for name, secret in (("heartbeat_url", table.heartbeat_url), ("failure_url", table.failure_url)):
        parts = urlsplit(secret.get_secret_value())
        if not parts.hostname:
            remedy = "a dead man's switch tells you when nothing runs any more" if name == "heartbeat_url" else ""
            yield doubtful(f"monitoring.{name} is not set", remedy)
        elif parts.scheme == "http" and parts.hostname not in LOOPBACK:
            yield doubtful(f"monitoring.{name} is not protected: http", "https, where the service has it")
        else:
            yield good(f"monitoring.{name} names {parts.hostname}")
