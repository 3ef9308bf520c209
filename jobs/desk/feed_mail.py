"""A mail to the sales desk that is on no ledger: what the drop folder had to say, whether or not there is a ledger."""

from __future__ import annotations

import asyncio
import secrets
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobs.app import App
    from notify.record.values import Envelope

_SECONDS = 30  # a mail server waits for us while we tell


async def mail_desk(app: App, subject: str, text: str) -> str:
    """Mails the desk through the same gate as the notices; "" where that was done or there is no desk, else why not.

    Raises:
        ConfigError: the transport's configuration cannot be used, or the state file.
        DBAPIError: the database cannot be reached.
    """
    desk = app.settings.sender.sales_desk.email
    if not desk:
        return ""
    from jobs.runs.trial_mail import Trial, hand_over_one

    try:
        async with asyncio.timeout(_SECONDS):
            came_of, said, _ = await hand_over_one(app, _envelope(app, desk, subject, text))
    except TimeoutError:
        return f"no answer within {_SECONDS} seconds"
    return "" if came_of is Trial.ACCEPTED else said or str(came_of)


def _envelope(app: App, desk: str, subject: str, text: str) -> Envelope:
    from email.utils import parseaddr

    from contracts.addresses import mailable
    from notify.letters.renderer import Words
    from notify.mail.headers import Mailbox
    from notify.mail.message import message_bytes
    from notify.record.values import Envelope

    composer = app.composer
    sender, address = composer.sender.address, mailable(parseaddr(desk)[1])
    message_id = f"desk.{secrets.token_hex(16)}@{sender.rpartition('@')[2]}"
    raw = message_bytes(
        Words(subject, text, f"<pre>{escape(text)}</pre>\n", template_hash=""),
        sender=composer.sender,
        reply_to=None,
        to=[Mailbox(app.settings.sender.sales_desk.name, address)],
        cc=[],
        message_id=message_id,
        date=app.clock.now().astimezone(app.clock.zone),
        language="ja",
    )
    return Envelope(
        id=0, message=0, message_id=message_id, kind="desk", role="to", sender=app.return_path.base or sender,
        address=address, raw=raw, owner="", attempt=1, tries=0, resends=0,
    )  # fmt: skip
