"""One mail to try the way that notices go. It is no notice, and on no ledger."""

from __future__ import annotations

import secrets
from dataclasses import replace
from enum import StrEnum

from jobs.clock import Clock
from jobs.installation.outgoing import Outgoing
from jobs.runs.compose import Composer
from notify.letters.words import Words
from notify.mail.headers import Mailbox
from notify.mail.message import message_bytes
from notify.record.values import Envelope
from notify.transports.transport import (
    OutcomeUnknown,
    RecipientRefused,
    RelayMisconfigured,
    RelayUnavailable,
    Transport,
)

SUBJECT = "kigen: test mail"
TEXT = """\
This mail was asked for with `kigen send-test`. That it arrived shows that kigen's notices can leave this way.
このメールは kigen send-test で送信した試験メールです。届いていれば、同じ経路で通知を送信できます。
"""
HTML = "".join(f"<p>{line}</p>\n" for line in TEXT.splitlines())


class Trial(StrEnum):
    """What came of a test mail."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # for good, for this address
    MISCONFIGURED = "misconfigured"  # the relay or the configuration, the allow-list among it
    STOPPED = "stopped"  # paused or fenced
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"  # it may have been accepted


async def send_test_mail(outgoing: Outgoing, composer: Composer, clock: Clock, address: str) -> tuple[Trial, str]:
    """Sends one mail to the address through the gate and the configured transport; what came of it, and what to say.

    Raises:
        ConfigError: the transport's configuration cannot be used, or the state file.
        DBAPIError: the database cannot be reached.
    """
    envelope = _envelope(composer, clock, address)
    came_of, said, used = await _sent(outgoing, envelope)
    to = used if used in ("", envelope.address) else f"{used} (mail.redirect_to)"
    return came_of, f"test mail to {to}: {came_of}: {said}" if used else said


async def _sent(outgoing: Outgoing, envelope: Envelope) -> tuple[Trial, str, str]:
    """What came of it, what the other side said or why it was not let through, and the address used; "" for none."""
    if why := outgoing.fence.refusal():
        return Trial.STOPPED, why, ""
    transport = outgoing.transport()
    try:
        return await _handed_over(outgoing, transport, envelope)
    finally:
        await transport.close()
        outgoing.fence.close()


async def _handed_over(outgoing: Outgoing, transport: Transport, envelope: Envelope) -> tuple[Trial, str, str]:
    async with outgoing.gate.passage(envelope) as admission:
        if admission.stop:
            return Trial.STOPPED, admission.stop, ""
        if admission.address is None:
            return Trial.MISCONFIGURED, admission.reason, ""
        came_of, reply = await _tried(transport, replace(envelope, address=admission.address))
    return came_of, reply, admission.address


async def _tried(transport: Transport, envelope: Envelope) -> tuple[Trial, str]:
    try:
        return Trial.ACCEPTED, await transport.hand_over(envelope)
    except RecipientRefused as problem:
        return Trial.REFUSED, problem.reply
    except RelayMisconfigured as problem:
        return Trial.MISCONFIGURED, problem.reply
    except RelayUnavailable as problem:
        return Trial.UNREACHABLE, problem.reply
    except OutcomeUnknown as problem:
        return Trial.UNKNOWN, problem.reply


def _envelope(composer: Composer, clock: Clock, address: str) -> Envelope:
    message_id = f"test.{secrets.token_hex(16)}@{composer.sender.address.rpartition('@')[2]}"
    raw = message_bytes(
        Words(SUBJECT, TEXT, HTML, template_hash=""),
        sender=composer.sender,
        reply_to=composer.reply_to,
        to=[Mailbox("", address)],
        cc=[],
        message_id=message_id,
        date=clock.now().astimezone(clock.zone),
        language="en",
    )
    return Envelope(
        id=0, message=0, message_id=message_id, kind="test", role="to", sender=composer.sender.address,
        address=address, raw=raw, owner="", attempt=1, tries=0, resends=0,
    )  # fmt: skip
