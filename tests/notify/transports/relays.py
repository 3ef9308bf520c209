"""A relay on 127.0.0.1 that plays a script, and builders for what is handed over to it."""

from __future__ import annotations

import asyncio
import ssl
import struct
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import AF_INET, SO_LINGER, SO_RCVBUF, SOL_SOCKET, socket
from types import TracebackType
from typing import Self

import trustme

from notify.ledger.ledger import Ledger
from notify.record.values import Envelope
from notify.transports.smtp import SmtpTransport
from notify.transports.smtp_settings import SmtpSettings, SmtpTimeouts
from tests.notify.builders import a_ledger_s_engine, a_mail

SHORT = 0.2  # seconds: what a test waits for a relay that does not answer
GENEROUS = SmtpTimeouts(*[10.0] * 10)  # a busy machine must not look like a silent relay
HOST = "127.0.0.1"
USERNAME, SECRET = "kigen", "s3cret"


class Gone(Exception):  # noqa: N818 - named for what happened
    """This connection's part is over."""


@dataclass(slots=True)
class Peer:
    """One connection, seen from the relay."""

    relay: Relay
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    said: list[str] = field(default_factory=list)  # what the client said, line by line
    text: bytes = b""  # of the mail under way, as it travelled
    is_reading_text: bool = False

    async def say(self, *lines: str) -> None:
        self.is_reading_text = lines[-1].startswith("3")
        await self.send("".join(f"{line}\r\n" for line in lines).encode())

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def next_line(self) -> str:
        line = await self.reader.readline()
        if not line:
            raise Gone
        self.said.append(line.decode("utf-8", "replace").rstrip("\r\n"))
        return self.said[-1]

    def take(self) -> None:
        """Takes the mail over."""
        self.relay.inbox.append(self.text)

    @property
    def recipients(self) -> list[str]:
        return [line.partition("<")[2].rstrip(">") for line in self.said if line.startswith("RCPT")]


Act = Callable[[Peer], Awaitable[None]]


def say(*lines: str) -> Act:
    async def act(peer: Peer) -> None:
        await peer.say(*lines)

    return act


def then(*acts: Act) -> Act:
    """One act after the other."""

    async def act(peer: Peer) -> None:
        for each in acts:
            await each(peer)

    return act


def in_turn(*acts: Act) -> Act:
    """Another act each time; the last one from then on."""
    left = list(acts)

    async def act(peer: Peer) -> None:
        await (left.pop(0) if len(left) > 1 else left[0])(peer)

    return act


async def take(peer: Peer) -> None:
    """Takes the mail over, and does not say so."""
    peer.take()


accept: Act = then(take, say("250 2.0.0 queued as 4F1A"))


async def hang_up(peer: Peer) -> None:
    peer.writer.close()
    raise Gone


async def reset(peer: Peer) -> None:
    """Breaks the connection, as a firewall does."""
    peer.writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    peer.writer.transport.abort()
    raise Gone


async def keep_silent(peer: Peer) -> None:
    while await peer.reader.read(65536):
        pass
    raise Gone


async def stop_reading(peer: Peer) -> None:
    """Reads nothing while anyone waits for it."""
    await peer.relay.nobody_waits.wait()
    await keep_silent(peer)


def drip(text: str) -> Act:
    """Says it byte by byte, too slowly for anyone's patience."""

    async def act(peer: Peer) -> None:
        for each in text.encode():
            await peer.send(bytes([each]))
            await asyncio.sleep(SHORT / 8)
        await keep_silent(peer)

    return act


def talk_on(line: str) -> Act:
    """Says it again and again."""

    async def act(peer: Peer) -> None:
        while True:
            await peer.send(f"{line}\r\n".encode() * 100)

    return act


def read_some_of_the_text(octets: int) -> Act:
    async def act(peer: Peer) -> None:
        await peer.say("354 go on")
        await peer.reader.readexactly(octets)

    return act


async def reach(peer: Peer) -> None:
    """Tells the test that it has come to this."""
    peer.relay.reached.set()


def ehlo(*extensions: str) -> Act:
    async def act(peer: Peer) -> None:
        lines = ["relay.example.com", *extensions]
        await peer.say(*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}")

    return act


def start_tls(context: ssl.SSLContext) -> Act:
    async def act(peer: Peer) -> None:
        await peer.say("220 go ahead")
        await peer.writer.start_tls(context)

    return act


def log_in(username: str = USERNAME, secret: str = SECRET) -> Act:
    """Lets in who knows the secret, by PLAIN, LOGIN or XOAUTH2."""

    async def act(peer: Peer) -> None:
        _, way, first = peer.said[-1].split(" ")
        given = b64decode(first).decode()
        if way == "LOGIN":
            await peer.say("334 UGFzc3dvcmQ6")
            given += "\0" + b64decode(await peer.next_line()).decode()
        known = {
            "PLAIN": f"\0{username}\0{secret}",
            "LOGIN": f"{username}\0{secret}",
            "XOAUTH2": f"user={username}\1auth=Bearer {secret}\1\1",
        }
        if given == known[way]:
            await peer.say("235 2.7.0 welcome")
            return
        if way == "XOAUTH2":
            await peer.say("334 eyJzdGF0dXMiOiI0MDAifQ==")
            await peer.next_line()
        await peer.say("535 5.7.8 bad credentials")

    return act


GREET = say("220 relay.example.com ESMTP")
OFFER_NOTHING = ehlo()
NOT_HERE = say("502 5.5.1 not here")
OK = say("250 2.0.0 ok")
GO_ON = say("354 go on")
LET_IN = log_in()
PART = then(say("221 2.0.0 bye"), hang_up)


@dataclass(frozen=True, slots=True)
class Script:
    """What the relay does at each step. Left alone it is friendly and offers nothing."""

    greeting: Act = GREET
    ehlo: Act = OFFER_NOTHING
    starttls: Act = NOT_HERE
    auth: Act = LET_IN
    mail: Act = OK
    rcpt: Act = OK
    data: Act = GO_ON
    text: Act = accept  # after the final dot
    rset: Act = OK
    quit: Act = PART
    tls: ssl.SSLContext | None = None  # from the first byte on


class Relay:
    """A server that plays the script; the inbox holds what it has taken over, whatever it said about that."""

    def __init__(self, script: Script | None = None) -> None:
        self.inbox: list[bytes] = []
        self.peers: list[Peer] = []
        self.open_now = 0
        self.most_open = 0
        self.reached, self.nobody_waits, self._is_empty = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._script = script or Script()
        self._socket = socket(AF_INET)
        self._socket.setsockopt(SOL_SOCKET, SO_RCVBUF, 8192)  # so that a large text does not fit in between
        self._socket.bind((HOST, 0))
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_empty.set()

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    async def emptied(self) -> None:
        """Until no connection is open any more.

        Raises:
            TimeoutError: one is, after a good while.
        """
        self.nobody_waits.set()
        async with asyncio.timeout(GENEROUS.quit):
            await self._is_empty.wait()

    @asynccontextmanager
    async def deaf(self) -> AsyncIterator[Relay]:
        """The port is taken, and nobody listens."""
        yield self
        self._socket.close()

    def said(self, word: str) -> int:
        """How often clients said a command."""
        return sum(line.upper().startswith(word) for peer in self.peers for line in peer.said)

    @property
    def recipients(self) -> list[str]:
        return [address for peer in self.peers for address in peer.recipients]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, sock=self._socket, ssl=self._script.tls)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for each in self._tasks:
            each.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(self, reader, writer)
        self.peers.append(peer)
        task = asyncio.get_running_loop().create_task(self._play(peer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _play(self, peer: Peer) -> None:
        self.open_now += 1
        self._is_empty.clear()
        self.most_open = max(self.most_open, self.open_now)
        try:
            with suppress(Gone, OSError, asyncio.IncompleteReadError):  # an SSLError is an OSError
                await self._script.greeting(peer)
                while True:
                    await self._answer(peer, await peer.next_line())
        finally:
            self.open_now -= 1
            if not self.open_now:
                self._is_empty.set()
            peer.writer.transport.abort()

    async def _answer(self, peer: Peer, line: str) -> None:
        step = line.partition(" ")[0].lower()
        act: Act = getattr(self._script, step, say("500 5.5.1 what?"))
        await act(peer)
        if step == "data" and peer.is_reading_text:
            await self._read_text(peer)
            await self._script.text(peer)

    async def _read_text(self, peer: Peer) -> None:
        lines: list[bytes] = []  # to join them at last is quick, to add each to the others is not
        try:
            while (line := await peer.reader.readuntil(b"\r\n")) != b".\r\n":
                lines.append(line)
        finally:
            peer.text = b"".join(lines)


@contextmanager
def an_open_ledger(folder: Path) -> Iterator[Ledger]:
    """On a real database, closed afterwards: Python 3.13 warns of one that is not."""
    engine = a_ledger_s_engine(folder)
    try:
        yield Ledger(engine)
    finally:
        engine.dispose()


def an_envelope(number: int = 1, address: str = "", **changes: object) -> Envelope:
    envelope = Envelope(
        id=number,
        message=number,
        message_id=f"{number}@example.com",
        kind="renewal-notice",
        role="to",
        sender="notices@example.com",
        address=address or f"owner{number}@example.co.jp",
        raw=a_mail(message_id=f"{number}@example.com"),
        owner="test",
        attempt=1,
        tries=0,
        resends=0,
    )
    return replace(envelope, **changes)  # type: ignore[arg-type]


def short(step: str) -> SmtpTimeouts:
    """Waits that are short at this step only, or "" at none."""
    return replace(GENEROUS, **({step: SHORT} if step else {}))


def settings_for(relay: Relay, **changes: object) -> SmtpSettings:
    """In clear text to this machine, save for what is changed."""
    settings = SmtpSettings(
        host=HOST, port=relay.port, security="none", timeouts=GENEROUS, local_host="kigen.example.co.jp"
    )
    return replace(settings, **changes)  # type: ignore[arg-type]


async def handed_over(script: Script, *envelopes: Envelope, **changes: object) -> tuple[list[str | Exception], Relay]:
    """Each envelope handed over after the other, on one transport; then it takes leave. How each ended."""
    async with Relay(script) as relay:
        transport = SmtpTransport(settings_for(relay, **changes))
        outcomes = [await outcome_of(transport, each) for each in envelopes or (an_envelope(),)]
        await transport.close()
    return outcomes, relay


async def outcome_of(transport: SmtpTransport, envelope: Envelope) -> str | Exception:
    try:
        return await transport.hand_over(envelope)
    except Exception as error:  # noqa: BLE001 - it is what the test looks at
        return error


@dataclass(frozen=True, slots=True)
class Certificates:
    """Servers' certificates: three of the authority in `ca_file`, one of another."""

    ca_file: Path
    right: ssl.SSLContext
    wrong_host: ssl.SSLContext
    expired: ssl.SSLContext
    stranger: ssl.SSLContext


def certificates_in(folder: Path) -> Certificates:
    authority, another = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    long_ago = datetime(2021, 1, 1, tzinfo=UTC)
    return Certificates(
        ca_file=folder / "ca.pem",
        right=_context(authority.issue_cert(HOST)),
        wrong_host=_context(authority.issue_cert("other.example.com")),
        expired=_context(authority.issue_cert(HOST, not_before=long_ago, not_after=long_ago + timedelta(days=90))),
        stranger=_context(another.issue_cert(HOST)),
    )


def _context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return context
