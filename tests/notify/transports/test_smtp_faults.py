"""The fault table of docs/delivery-outcomes.md: what each fault of a relay leads to, over the real delivery loop."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from notify.delivery.delivery import Delivered
from notify.ledger.ledger import Ledger
from notify.record.values import Envelope, Status
from notify.transports.smtp import SmtpTransport
from notify.transports.transport import (
    MessageRefused,
    OutcomeUnknown,
    RecipientRefused,
    RelayMisconfigured,
    RelayUnavailable,
    SenderRefused,
)
from tests.notify.builders import NOW, TODAY, a_delivery, a_draft, a_key, the_notice, wanted
from tests.notify.transports.relays import (
    GENEROUS,
    Certificates,
    Relay,
    Script,
    accept,
    an_open_ledger,
    certificates_in,
    drip,
    ehlo,
    hang_up,
    in_turn,
    keep_silent,
    log_in,
    reach,
    read_some_of_the_text,
    reset,
    say,
    settings_for,
    short,
    start_tls,
    stop_reading,
    take,
    talk_on,
    then,
)

LARGE = 8_000_000  # octets: more than the sockets on both sides hold
DOCUMENT = Path(__file__).parents[3] / "docs" / "delivery-outcomes.md"
CLOSED, KEPT, NONE = "closed", "kept", "none"  # what became of the connection; none was asked for
OUTCOME_ON_LEDGER = {
    "accepted": Status.SENT,
    "RecipientRefused": Status.FAILED,
    "MessageRefused": Status.FAILED,
    "RelayUnavailable": Status.QUEUED,
    "RelayMisconfigured": Status.QUEUED,
    "SenderRefused": Status.QUEUED,
    "OutcomeUnknown": Status.IN_DOUBT,
    "CancelledError": Status.IN_DOUBT,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One fault, and how it ends for the last of the mails."""

    script: Script | Callable[[Certificates], Script]
    outcome: type[BaseException] | None  # None: accepted
    connection: str = CLOSED
    settings: dict[str, object] = field(default_factory=dict)
    mails: int = 1
    octets: int = 0
    is_listening: bool = True
    is_cancelled: bool = False
    connections: int = 1  # to how many it came
    short: str = ""  # the step at which the wait is short
    says: str = ""  # a part of what goes on record
    is_held: bool = False  # nobody is there: the notice waits for another owner

    @property
    def outcome_name(self) -> str:
        return self.outcome.__name__ if self.outcome else "accepted"

    @property
    def stands(self) -> Status:
        return Status.HELD if self.is_held else OUTCOME_ON_LEDGER[self.outcome_name]


def over_tls(certificate: str) -> Callable[[Certificates], Script]:
    return lambda all_of_them: Script(tls=getattr(all_of_them, certificate))


def offering_tls(certificate: str) -> Callable[[Certificates], Script]:
    return lambda all_of_them: Script(ehlo=ehlo("STARTTLS"), starttls=start_tls(getattr(all_of_them, certificate)))


def at_login(offer: str = "AUTH PLAIN LOGIN", auth=None) -> Callable[[Certificates], Script]:
    return lambda all_of_them: Script(tls=all_of_them.right, ehlo=ehlo(offer), auth=auth or log_in())


STARTTLS = {"security": "starttls"}
TLS = {"security": "tls"}
LOGIN = {"security": "tls", "username": "kigen", "password": lambda: "s3cret"}
NO_REPLY = say("whatever you say")
SILENT_AFTER_THE_DOT = then(take, keep_silent)

ROWS = {
    "accepted": Row(Script(), None, KEPT),
    # The way there
    "connect-refused": Row(Script(), RelayUnavailable, NONE, is_listening=False, says="no connection to 127.0.0.1"),
    "connect-unknown-name": Row(
        Script(),
        RelayUnavailable,
        NONE,
        {"host": "relay.example.com", "allow_clear_text": True},
        says="no connection to relay.example.com",
    ),
    "connect-reset": Row(Script(greeting=reset), RelayUnavailable, says="lost [greeting]"),
    "clear-text-to-another-machine": Row(
        Script(), RelayMisconfigured, NONE, {"host": "relay.example.com"}, says="smtp.security"
    ),
    "login-over-clear-text": Row(
        Script(), RelayMisconfigured, NONE, {**LOGIN, "security": "none"}, says="smtp.security"
    ),
    "greeting-never": Row(
        Script(greeting=keep_silent), RelayUnavailable, says="no answer in time [greeting]", short="greeting"
    ),
    "greeting-dripped": Row(
        Script(greeting=drip("220 relay.example.com")),
        RelayUnavailable,
        says="no answer in time [greeting]",
        short="greeting",
    ),
    "greeting-endless": Row(Script(greeting=talk_on("220-welcome")), RelayUnavailable, says="not an SMTP reply"),
    "greeting-malformed": Row(Script(greeting=NO_REPLY), RelayUnavailable, says="not an SMTP reply: whatever you say"),
    "greeting-421": Row(Script(greeting=say("421 4.3.2 too busy")), RelayUnavailable),
    "greeting-refused": Row(Script(greeting=say("554 5.7.1 you are on a list")), RelayMisconfigured),
    "ehlo-reset": Row(Script(ehlo=reset), RelayUnavailable, says="lost [EHLO]"),
    "ehlo-silent": Row(Script(ehlo=keep_silent), RelayUnavailable, says="in time [EHLO]", short="ehlo"),
    "ehlo-endless": Row(Script(ehlo=talk_on("250-X-MORE")), RelayUnavailable),
    "ehlo-malformed": Row(Script(ehlo=NO_REPLY), RelayUnavailable),
    "ehlo-421": Row(Script(ehlo=say("421 4.3.2 closing")), RelayUnavailable),
    "ehlo-refused": Row(Script(ehlo=say("550 5.7.1 no such name")), RelayMisconfigured),
    # The protection of the line
    "starttls-stripped": Row(Script(), RelayMisconfigured, CLOSED, STARTTLS, says="does not offer STARTTLS"),
    "starttls-refused": Row(Script(ehlo=ehlo("STARTTLS")), RelayMisconfigured, CLOSED, STARTTLS, says="502"),
    "starttls-refused-for-now": Row(
        Script(ehlo=ehlo("STARTTLS"), starttls=say("454 4.7.0 no TLS for now")), RelayUnavailable, CLOSED, STARTTLS
    ),
    "starttls-malformed": Row(Script(ehlo=ehlo("STARTTLS"), starttls=NO_REPLY), RelayUnavailable, CLOSED, STARTTLS),
    "starttls-silent": Row(
        Script(ehlo=ehlo("STARTTLS"), starttls=keep_silent),
        RelayUnavailable,
        CLOSED,
        STARTTLS,
        says="in time [STARTTLS]",
        short="ehlo",
    ),
    "starttls-reset": Row(
        Script(ehlo=ehlo("STARTTLS"), starttls=reset), RelayUnavailable, CLOSED, STARTTLS, says="lost [STARTTLS]"
    ),
    "handshake-lost": Row(
        Script(ehlo=ehlo("STARTTLS"), starttls=then(say("220 go ahead"), hang_up)),
        RelayUnavailable,
        CLOSED,
        STARTTLS,
        says="lost [STARTTLS]",
    ),
    "handshake-silent": Row(
        Script(ehlo=ehlo("STARTTLS"), starttls=then(say("220 go ahead"), keep_silent)),
        RelayUnavailable,
        CLOSED,
        STARTTLS,
        says="in time [STARTTLS]",
        short="ehlo",
    ),
    "certificate-right": Row(offering_tls("right"), None, KEPT, STARTTLS),
    "certificate-wrong-host": Row(offering_tls("wrong_host"), RelayMisconfigured, CLOSED, STARTTLS, says="mismatch"),
    "certificate-expired": Row(offering_tls("expired"), RelayMisconfigured, CLOSED, STARTTLS, says="expired"),
    "certificate-unknown-authority": Row(offering_tls("stranger"), RelayMisconfigured, CLOSED, STARTTLS, says="issuer"),
    "tls-certificate-right": Row(over_tls("right"), None, KEPT, TLS),
    "tls-certificate-wrong-host": Row(over_tls("wrong_host"), RelayMisconfigured, NONE, TLS, says="mismatch"),
    "tls-certificate-expired": Row(over_tls("expired"), RelayMisconfigured, NONE, TLS, says="expired"),
    "tls-certificate-unknown-authority": Row(over_tls("stranger"), RelayMisconfigured, NONE, TLS, says="issuer"),
    "tls-handshake-lost": Row(Script(greeting=hang_up), RelayUnavailable, CLOSED, TLS, says="lost [greeting]"),
    "tls-handshake-silent": Row(
        Script(greeting=keep_silent), RelayUnavailable, CLOSED, TLS, says="in time [greeting]", short="greeting"
    ),
    "tls-to-a-clear-port": Row(Script(), RelayMisconfigured, CLOSED, TLS, says="no TLS with the relay"),
    # The login
    "auth-accepted": Row(at_login(), None, KEPT, LOGIN),
    "auth-not-offered": Row(at_login("SIZE 1000000"), RelayMisconfigured, CLOSED, LOGIN),
    "auth-no-way-fits": Row(
        at_login("AUTH CRAM-MD5 GSSAPI"), RelayMisconfigured, CLOSED, LOGIN, says="cram-md5 gssapi"
    ),
    "auth-refused": Row(at_login(auth=say("535 5.7.8 bad credentials")), RelayMisconfigured, CLOSED, LOGIN, says="535"),
    "auth-refused-for-now": Row(at_login(auth=say("454 4.7.0 ask later")), RelayUnavailable, CLOSED, LOGIN),
    "auth-421": Row(at_login(auth=say("421 4.3.2 closing")), RelayUnavailable, CLOSED, LOGIN),
    "auth-reset": Row(at_login(auth=reset), RelayUnavailable, CLOSED, LOGIN, says="lost [AUTH]"),
    "auth-silent": Row(
        at_login(auth=keep_silent), RelayUnavailable, CLOSED, LOGIN, says="in time [AUTH]", short="ehlo"
    ),
    "auth-malformed": Row(at_login(auth=NO_REPLY), RelayUnavailable, CLOSED, LOGIN),
    # MAIL
    "mail-reset": Row(Script(mail=reset), RelayUnavailable, says="lost [MAIL]"),
    "mail-silent": Row(Script(mail=keep_silent), RelayUnavailable, says="in time [MAIL]", short="mail"),
    "mail-malformed": Row(Script(mail=NO_REPLY), RelayUnavailable),
    "mail-421": Row(Script(mail=say("421 4.3.2 closing")), RelayUnavailable),
    "mail-refused-for-now": Row(Script(mail=say("451 4.3.0 try later")), RelayUnavailable, KEPT),
    "mail-refused": Row(Script(mail=say("553 5.7.1 not your address")), SenderRefused, KEPT),
    "mail-needs-login": Row(Script(mail=say("530 5.7.0 authenticate first")), SenderRefused, KEPT),
    "mail-too-big": Row(Script(mail=say("552 5.3.4 too big")), MessageRefused, KEPT),
    "mail-out-of-turn": Row(Script(mail=say("354 go on")), RelayUnavailable),
    "mail-two-replies": Row(Script(mail=say("250 ok", "250 ok")), RelayUnavailable, says="not an SMTP reply"),
    "size-exceeded": Row(Script(ehlo=ehlo("SIZE 500")), MessageRefused, KEPT, says="takes 500 at most"),
    # RCPT
    "rcpt-reset": Row(Script(rcpt=reset), RelayUnavailable, says="lost [RCPT]"),
    "rcpt-silent": Row(Script(rcpt=keep_silent), RelayUnavailable, says="in time [RCPT]", short="rcpt"),
    "rcpt-malformed": Row(Script(rcpt=NO_REPLY), RelayUnavailable),
    "rcpt-421": Row(Script(rcpt=say("421 4.3.2 closing")), RelayUnavailable),
    "rcpt-greylisted": Row(
        Script(rcpt=say("450 4.7.1 greylisted, come back")), RelayUnavailable, KEPT, says="450 4.7.1 greylisted"
    ),
    "rcpt-too-many": Row(Script(rcpt=say("452 4.5.3 too many recipients")), RelayUnavailable, KEPT),
    "rcpt-too-many-by-an-old-server": Row(Script(rcpt=say("552 too many recipients")), RelayUnavailable, KEPT),
    "rcpt-unknown": Row(
        Script(rcpt=say("550 5.1.1 no such user")), RecipientRefused, KEPT, says="550 5.1.1 no such user", is_held=True
    ),
    "rcpt-mailbox-full": Row(Script(rcpt=say("552 5.2.2 mailbox full")), RecipientRefused, KEPT),
    "rcpt-refused": Row(Script(rcpt=say("550 no")), RecipientRefused, KEPT),
    "rcpt-relaying-denied": Row(Script(rcpt=say("554 5.7.1 relaying denied")), SenderRefused, KEPT),
    "rcpt-needs-login": Row(Script(rcpt=say("530 authenticate first")), SenderRefused, KEPT),
    "rcpt-will-forward": Row(Script(rcpt=say("251 will forward")), None, KEPT),
    "rcpt-out-of-turn": Row(Script(rcpt=say("354 go on")), RelayUnavailable),
    # DATA, before 354
    "data-reset": Row(Script(data=reset), RelayUnavailable, says="lost [DATA]"),
    "data-silent": Row(Script(data=keep_silent), RelayUnavailable, says="in time [DATA]", short="data"),
    "data-malformed": Row(Script(data=NO_REPLY), RelayUnavailable),
    "data-421": Row(Script(data=say("421 4.3.2 closing")), RelayUnavailable),
    "data-refused-for-now": Row(Script(data=say("451 4.3.0 try later")), RelayUnavailable, KEPT),
    "data-refused": Row(Script(data=say("554 no")), MessageRefused, KEPT),
    "data-bad-sequence": Row(Script(data=say("503 5.5.1 RCPT first")), SenderRefused, KEPT),
    "data-out-of-turn": Row(Script(data=say("250 ok")), RelayUnavailable),
    # The text, before its final dot
    "text-cut": Row(
        Script(data=then(read_some_of_the_text(10_000), reset)), RelayUnavailable, octets=LARGE, says="lost [text]"
    ),
    "text-not-read": Row(
        Script(data=then(say("354 go on"), stop_reading)),
        RelayUnavailable,
        octets=LARGE,
        says="in time [text]",
        short="text",
    ),
    "text-interrupted": Row(
        Script(data=then(read_some_of_the_text(10_000), say("552 5.3.4 that is enough"), keep_silent)),
        MessageRefused,
        octets=LARGE,
        says="552",
    ),
    "text-accepted-too-early": Row(
        Script(data=then(read_some_of_the_text(10_000), say("250 ok"), keep_silent)),
        RelayUnavailable,
        octets=LARGE,
        says="250",
    ),
    # After the final dot
    "dot-reset": Row(Script(text=then(take, reset)), OutcomeUnknown, says="lost [final dot]"),
    "dot-reset-and-not-taken": Row(Script(text=reset), OutcomeUnknown),
    "dot-hung-up": Row(Script(text=then(take, hang_up)), OutcomeUnknown),
    "dot-silent": Row(Script(text=SILENT_AFTER_THE_DOT), OutcomeUnknown, says="in time [final dot]", short="dot"),
    "dot-dripped": Row(
        Script(text=then(take, drip("250 2.0.0 queued"))), OutcomeUnknown, says="in time [final dot]", short="dot"
    ),
    "dot-endless": Row(Script(text=then(take, talk_on("250-queued"))), OutcomeUnknown, says="too long [final dot]"),
    "dot-malformed": Row(Script(text=then(take, NO_REPLY)), OutcomeUnknown, says="whatever you say [final dot]"),
    "dot-out-of-turn": Row(Script(text=then(take, say("354 go on"))), OutcomeUnknown),
    "dot-cancelled": Row(Script(text=then(take, reach, keep_silent)), asyncio.CancelledError, is_cancelled=True),
    "dot-another-2xx": Row(Script(text=then(take, say("252 queued, I think"))), None, KEPT, says="252"),
    "dot-accepted-then-421": Row(Script(text=then(take, say("250 queued", "421 closing"))), None),
    "dot-421": Row(Script(text=say("421 4.3.2 closing")), RelayUnavailable),
    "dot-refused-for-now": Row(Script(text=say("452 4.3.1 no room")), RelayUnavailable, KEPT),
    "dot-unknown-recipient": Row(Script(text=say("550 5.1.1 no such user")), RecipientRefused, KEPT, is_held=True),
    "dot-mailbox-full": Row(Script(text=say("552 5.2.2 mailbox full")), RecipientRefused, KEPT),
    "dot-policy": Row(Script(text=say("554 5.7.1 not of this kind")), RelayUnavailable, KEPT),
    "dot-system": Row(Script(text=say("554 5.3.0 broken")), SenderRefused, KEPT),
    "dot-content": Row(Script(text=say("554 5.6.0 broken MIME")), MessageRefused, KEPT),
    "dot-too-big": Row(Script(text=say("552 too big")), MessageRefused, KEPT),
    "dot-refused": Row(Script(text=say("554 no")), MessageRefused, KEPT),
    # The mail after it, on the same connection
    "next-reset-hangs": Row(
        lambda _: Script(text=in_turn(say("550 5.1.1 no"), accept), rset=keep_silent),
        None,
        KEPT,
        mails=2,
        connections=2,
        short="reset",
    ),
    "next-reset-refused": Row(
        lambda _: Script(text=in_turn(say("550 5.1.1 no"), accept), rset=say("502 what?")),
        None,
        KEPT,
        mails=2,
        connections=2,
    ),
    "next-finds-it-lost": Row(
        lambda _: Script(mail=in_turn(say("250 ok"), reset, say("250 ok"))), None, KEPT, mails=2, connections=2
    ),
    "next-finds-421": Row(
        lambda _: Script(mail=in_turn(say("250 ok"), say("421 idle"), say("250 ok"))),
        None,
        KEPT,
        mails=2,
        connections=2,
    ),
    "next-finds-it-silent": Row(
        lambda _: Script(mail=in_turn(say("250 ok"), keep_silent, say("250 ok"))),
        None,
        KEPT,
        mails=2,
        connections=2,
        short="mail",
    ),
    "next-finds-the-new-one-lost-too": Row(
        lambda _: Script(mail=in_turn(say("250 ok"), reset)), RelayUnavailable, CLOSED, mails=2, connections=2
    ),
}


class Watched:
    """The transport, with what it raised last."""

    def __init__(self, transport: SmtpTransport) -> None:
        self.error: BaseException | None = None
        self.reply = ""
        self._transport = transport

    async def hand_over(self, envelope: Envelope, **asked: Any) -> str:
        try:
            self.error = None
            self.reply = await self._transport.hand_over(envelope, **asked)
        except BaseException as error:
            self.error, self.reply = error, str(error)
            raise
        return self.reply

    async def close(self) -> None:
        await self._transport.close()


@dataclass(frozen=True, slots=True)
class Played:
    error: BaseException | None
    reply: str
    delivered: Delivered | None
    relay: Relay


@pytest.fixture(scope="module")
def certificates(tmp_path_factory) -> Certificates:
    return certificates_in(tmp_path_factory.mktemp("certificates"))


def fill(ledger: Ledger, row: Row) -> None:
    """One notice per mail, K-0000 and on; the last one is told in so many octets."""
    for number in range(row.mails):
        draft = a_draft(recipients=[("to", f"owner{number}@example.co.jp")], number=number)
        line = b"x" * 70 + b"\r\n"
        raw = draft.raw + line * (row.octets // len(line)) if number == row.mails - 1 else draft.raw
        ledger.reconcile([wanted(key=a_key(f"K-{number:04}"), draft=replace(draft, raw=raw))], NOW)


async def play(row: Row, ledger: Ledger, certificates: Certificates) -> Played:
    fill(ledger, row)
    script = row.script if isinstance(row.script, Script) else row.script(certificates)
    relay = Relay(script)
    settings = settings_for(relay, ca_file=certificates.ca_file, timeouts=short(row.short), **row.settings)
    transport = Watched(SmtpTransport(settings))
    delivery = a_delivery(ledger, transport).run(TODAY)
    async with relay if row.is_listening else relay.deaf():
        task = asyncio.create_task(delivery)
        if row.is_cancelled:
            await relay.reached.wait()
            task.cancel()
        delivered = None
        with suppress(asyncio.CancelledError):
            delivered = await task
        if row.connection is CLOSED:
            await relay.emptied()  # at once, not when the transport takes leave
        await transport.close()
        await relay.emptied()
    return Played(transport.error, transport.reply, delivered, relay)


def connection_of(relay: Relay) -> str:
    if not relay.peers:
        return NONE
    return KEPT if relay.peers[-1].said[-1:] == ["QUIT"] else CLOSED


@pytest.mark.parametrize("name", ROWS)
def test_a_fault_leads_where_the_table_says(name, tmp_path, certificates, monkeypatch):
    row = ROWS[name]
    if name == "connect-unknown-name":
        monkeypatch.setattr(socket, "getaddrinfo", no_such_name)

    last = row.mails - 1

    with an_open_ledger(tmp_path) as ledger:
        played = asyncio.run(asyncio.wait_for(play(row, ledger, certificates), GENEROUS.quit / 2))
        notice = the_notice(ledger, a_key(f"K-{last:04}"))

    assert (type(played.error) if played.error else None) is row.outcome
    assert notice.status is row.stands
    assert row.says in played.reply
    assert played.reply.isprintable()
    assert connection_of(played.relay) == row.connection
    assert len(played.relay.peers) == (0 if row.connection is NONE else row.connections)
    taken = sum(f"<as-is.{last}@example.co.jp>".encode() in each for each in played.relay.inbox)
    if row.outcome not in (OutcomeUnknown, asyncio.CancelledError):
        assert taken == (row.outcome is None)
    if row.outcome in (RelayMisconfigured, SenderRefused):
        assert played.delivered.stopped.endswith(played.reply)
    if row.outcome in (None, RecipientRefused, MessageRefused):
        assert played.delivered.stopped == ""


def no_such_name(*_args: object, **_options: object) -> None:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def test_the_document_has_the_same_rows_as_these_tests():
    rows = re.findall(
        r"^\| `([a-z0-9-]+)` \|.*\| (\w+) \| ([\w-]+) \| (\w+) \|$", DOCUMENT.read_text("utf-8"), re.MULTILINE
    )

    assert {name: tuple(rest) for name, *rest in rows} == {
        name: (row.outcome_name, str(row.stands), row.connection) for name, row in ROWS.items()
    }
    assert len(rows) == len(ROWS)
