"""A Postfix of our own on loopback: all that is its own lies in a folder, and it ends with the block."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.mta.missing import Missing

NOBODY = 65534
SECONDS_TO_EMPTY = 60
MESSAGE_ID = re.compile(rb"^message-id:\s*<([^>]+)>", re.IGNORECASE | re.MULTILINE)
MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = mta.example.com
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_peername_lookup = no
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_timeout = {timeout}s
smtpd_tls_security_level = none
alias_maps =
default_transport = discard
relay_transport = discard
virtual_mailbox_domains = example.co.jp
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:inbox/
virtual_uid_maps = static:{nobody}
virtual_gid_maps = static:{nobody}
virtual_minimum_uid = 1
"""
MASTER = """
{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True, slots=True)
class Postfix:
    """The judge: what it has taken over lies in its mailbox, each time that it was told so."""

    folder: Path
    port: int

    def arrived(self) -> Counter[str]:
        """How many copies of each Message-ID, when all that was taken over has been delivered."""
        self._wait_until_delivered()
        return Counter(_message_id(file) for file in (self.folder / "mail/inbox/new").glob("*"))

    def count(self) -> int:
        """How many mails lie in the mailbox by now."""
        return sum(1 for _ in (self.folder / "mail/inbox/new").glob("*"))

    def _wait_until_delivered(self) -> None:
        ends_at = time.monotonic() + SECONDS_TO_EMPTY
        while any(file.is_file() for name in ("incoming", "active", "deferred") for file in self._queue(name)):
            if time.monotonic() > ends_at:
                raise TimeoutError(f"Postfix has not delivered what it took over: {self.folder}/log")
            time.sleep(0.2)

    def _queue(self, name: str) -> Iterator[Path]:
        return (self.folder / "queue" / name).rglob("*")


@contextmanager
def a_postfix(folder: Path, *, timeout_seconds: int = 300) -> Iterator[Postfix]:
    """Started, and ended with the block. `timeout_seconds`: so long it waits for who says nothing.

    Raises:
        Missing: it cannot be had here.
    """
    program = shutil.which("postfix") or shutil.which("postfix", path="/usr/sbin")
    if program is None:
        raise Missing("Postfix is not installed (Debian: postfix)")
    port = _free_port()
    for name in ("etc", "queue", "data", "mail"):
        (folder / name).mkdir(parents=True)
    shutil.chown(folder / "data", "postfix")
    shutil.chown(folder / "mail", NOBODY, NOBODY)
    main = MAIN.format(folder=folder, timeout=timeout_seconds, nobody=NOBODY)
    (folder / "etc/main.cf").write_text(main, encoding="ascii")
    (folder / "etc/master.cf").write_text(MASTER.format(port=f"127.0.0.1:{port}"), encoding="ascii")
    _command(program, folder, "start")
    try:
        _wait_for(port)
        yield Postfix(folder, port)
    finally:
        _command(program, folder, "stop")


def _command(program: str, folder: Path, what: str) -> None:
    said = subprocess.run([program, "-c", folder / "etc", what], capture_output=True, text=True, check=False)
    if said.returncode:
        log = folder / "log"
        raise Missing(f"postfix {what}: {said.stderr} {log.read_text() if log.exists() else ''}")


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def _wait_for(port: int) -> None:
    ends_at = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except ConnectionRefusedError:
            if time.monotonic() > ends_at:
                raise
            time.sleep(0.05)
        else:
            return


def _message_id(file: Path) -> str:
    with file.open("rb") as mail:
        found = MESSAGE_ID.search(mail.read(8192))
    return found.group(1).decode() if found else file.name
