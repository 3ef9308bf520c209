"""Relays to measure against, each a process of its own: Postfix's smtp-sink where it is installed, else ours."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

POSTFIX = "/usr/sbin:/usr/local/sbin"  # where distributions put its programs
ROOT = Path(__file__).parents[1]
PATIENCE_SECONDS = 10.0


@dataclass(slots=True)
class Relay:
    """A relay that listens; `taken` is filled in when ours has ended."""

    port: int
    name: str
    taken: dict[str, float] = field(default_factory=dict)


def postfix(program: str) -> str | None:
    """Where that program of Postfix's is; None where it is not installed."""
    return shutil.which(program) or shutil.which(program, path=POSTFIX)


@contextmanager
def cheapest() -> Iterator[Relay]:
    """The relay that costs this machine least."""
    program = postfix("smtp-sink")
    if program is None:
        with ours() as relay:
            yield relay
        return
    relay = Relay(_free_port(), "smtp-sink")
    command = [program, *(["-u", "nobody"] if os.geteuid() == 0 else []), f"127.0.0.1:{relay.port}", "500"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        _wait_for(relay.port, process)
        yield relay
    finally:
        process.kill()
        process.wait()


@contextmanager
def ours(*, answer_ms: float = 0.0, message_ms: float = 0.0) -> Iterator[Relay]:
    """Our own sink, which answers each command and each mail after so long."""
    relay = Relay(_free_port(), "our sink")
    command = [sys.executable, "-m", "benchmarks.sink", relay.port]
    command += ["--answer-ms", answer_ms, "--message-ms", message_ms]
    process = subprocess.Popen(
        [str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        if process.stdout is None or process.stdout.readline() != "ready\n":
            raise OSError("the sink did not start")
        yield relay
        said, _ = process.communicate("", timeout=PATIENCE_SECONDS)
        relay.taken = json.loads(said)
    finally:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < ends_at:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            time.sleep(0.02)
        else:
            return
    raise OSError(f"{process.args} does not listen on port {port}")
