"""One installation of kigen in a folder, whose processes may be killed, frozen and run beside each other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.contracts.builders import a_csv
from tests.end_to_end.installation import QUIET_DESK, sold

CHECKOUT = Path(__file__).parents[2]
CONNECTIONS = 8
SECONDS_FOR_A_COMMAND = 300
CONFIG = """
[database]
url = "{url}"
[mail]
transport = "smtp"
[smtp]
host = "127.0.0.1"
port = {port}
security = "none"
local_host = "kigen.example.com"
connections = {connections}
"""
TOKYO = ZoneInfo("Asia/Tokyo")
ENDED = threading.Event()  # somebody wants the job to end: nothing is started any more
Process = subprocess.Popen[bytes]
Environment = Mapping[str, str]
NONE: Environment = {}


class Site:
    """`wrap` is what its processes are started through, `environment` what they find beside this process's own."""

    def __init__(
        self,
        folder: Path,
        port: int,
        url: str = "",
        *,
        wrap: Sequence[str] = (),
        environment: Environment = NONE,
    ) -> None:
        self.folder, self.url = folder, url or f"sqlite:///{folder}/kigen.db"
        self._wrap, self._own = wrap, environment
        self._customers = 0
        folder.mkdir()
        config = CONFIG.format(url=self.url, port=port, connections=CONNECTIONS) + QUIET_DESK
        (folder / "config.toml").write_text(config, encoding="utf-8")

    def queue(self, mails: int) -> None:
        """Brings new customers into the book, and queues a letter for each."""
        names = [f"K-{number}" for number in range(self._customers, self._customers + mails)]
        self._customers += mails
        today = datetime.now(UTC).astimezone(TOKYO).date()
        facts = {"term_start": today.replace(day=1), "months": 12}
        facts |= {"ordered_on": today - timedelta(days=2), "opened_on": today - timedelta(days=1)}
        self.run("import", a_csv(self.folder, *(sold(name, **facts) for name in names)))
        self.run("run-job", "service-start", "--no-deliver")

    def run(self, *arguments: object) -> None:
        """A command, to its good end."""
        process = self.start(*arguments)
        if status := process.wait(SECONDS_FOR_A_COMMAND):
            raise RuntimeError(f"kigen {' '.join(map(str, arguments))} ended with {status}: {self.log[-2000:]}")

    def start(self, *arguments: object) -> Process:
        """A command as a process of its own; it is the caller's to end."""
        if ENDED.is_set():
            raise RuntimeError("ended by a signal")
        command = [*self._wrap, sys.executable, "-m", "tests.mta.kigen", *map(str, arguments)]
        environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), **self._own}
        with (self.folder / "log").open("ab") as log:
            config = ("--config", str(self.folder / "config.toml"))
            return subprocess.Popen(
                [*command, *config], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, env=environment
            )

    @contextmanager
    def running(self, *arguments: object) -> Iterator[Process]:
        """A command for the duration of the block: ended with it, by force where SIGTERM does not do."""
        process = self.start(*arguments)
        try:
            yield process
        finally:
            end(process)

    @property
    def notebooks(self) -> set[Path]:
        """Those that lie there, of deliveries that live and of such as died."""
        return set(self.folder.rglob("*.notes"))

    def has_mail_in_hand(self, besides: set[Path]) -> bool:
        """Whether one of them, none of those, tells of a mail below its head."""
        return any(file.read_bytes().count(b"\n") > 1 for file in self.notebooks - besides)

    @property
    def log(self) -> str:
        """All that its processes said."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")


def end(process: Process) -> None:
    """Asks the process to end, and makes it."""
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until(it_is_so: Callable[[], bool], seconds: float, pause: float = 0.02) -> bool:
    """Whether it came to be so in that time."""
    ends_at = time.monotonic() + seconds
    while not it_is_so():
        if time.monotonic() > ends_at:
            return False
        time.sleep(pause)
    return True
