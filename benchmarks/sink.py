"""`python -m benchmarks.sink PORT`: a relay that takes every mail and only counts, after delays where it is told so.

It answers until its standard input is closed, then prints what it took as JSON. Its address is 127.0.0.1.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass
from typing import cast

END = b"\r\n.\r\n"
REPLIES = {b"EHLO": b"250-sink\r\n250-8BITMIME\r\n250 SIZE 0\r\n", b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}


@dataclass(slots=True)
class Taken:
    """What the sink has taken; instants in seconds of a steady clock."""

    mails: int = 0
    first_at: float = 0.0  # when the first command came
    last_at: float = 0.0  # when the last mail was accepted
    cpu_seconds: float = 0.0  # what the sink itself took


class Sink(asyncio.Protocol):
    """One connection."""

    def __init__(self, taken: Taken, answer_seconds: float, message_seconds: float) -> None:
        self._taken = taken
        self._answer_seconds = answer_seconds
        self._message_seconds = message_seconds
        self._tail = b""
        self._is_text = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greets."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        """Answers a command, or the text when its end is there; a client waits for the answer before it goes on."""
        self._tail = (self._tail + data[-len(END) :])[-len(END) :] if self._is_text else self._tail + data
        if self._is_text and self._tail == END:
            self._is_text, self._tail = False, b""
            self._later(self._message_seconds, b"250 taken\r\n", is_mail=True)
        elif not self._is_text and self._tail.endswith(b"\r\n"):
            word, self._tail = self._tail[:4].upper(), b""
            self._taken.first_at = self._taken.first_at or time.monotonic()
            if word == b"DATA":
                self._is_text, self._tail = True, b"\r\n"
            self._later(self._answer_seconds, REPLIES.get(word, b"250 ok\r\n"))

    def _later(self, seconds: float, reply: bytes, *, is_mail: bool = False) -> None:
        if seconds:
            asyncio.get_running_loop().call_later(seconds, self._answer, reply, is_mail)
        else:
            self._answer(reply, is_mail)

    def _answer(self, reply: bytes, is_mail: bool) -> None:  # noqa: FBT001 - a callback's argument
        if is_mail:
            self._taken.mails += 1
            self._taken.last_at = time.monotonic()
        if not self._transport.is_closing():
            self._transport.write(reply)
        if reply == REPLIES[b"QUIT"]:
            self._transport.close()


async def serve(port: int, answer_seconds: float, message_seconds: float) -> Taken:
    """Takes mail until standard input is closed."""
    taken = Taken()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Sink(taken, answer_seconds, message_seconds), "127.0.0.1", port, backlog=500
    )
    async with server:
        print("ready", flush=True)
        await loop.run_in_executor(None, sys.stdin.read)
    taken.cpu_seconds = time.process_time()
    return taken


def main() -> None:
    """Serves as the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sink", description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--answer-ms", type=float, default=0.0)
    parser.add_argument("--message-ms", type=float, default=0.0)
    asked = parser.parse_args()
    taken = asyncio.run(serve(asked.port, asked.answer_ms / 1000, asked.message_ms / 1000))
    print(json.dumps(asdict(taken)))


if __name__ == "__main__":
    main()
