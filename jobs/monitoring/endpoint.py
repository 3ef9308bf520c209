"""What the daemon shows the outside: /metrics and /healthz over HTTP, a file for node_exporter, a sign of life.

Each is a watcher: started and stopped with the daemon, and told of each run.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable
from datetime import date
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingTCPServer
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest

from jobs.config.load import ConfigError
from jobs.config.settings import Settings
from jobs.config.values import host_and_port
from jobs.log.logger import Logger
from jobs.monitoring.heartbeat import Heartbeat
from jobs.monitoring.look import Seen
from jobs.monitoring.metrics import LedgerCollector, write_textfile
from jobs.monitoring.watcher import Watcher

SILENCE_SECONDS = 10  # a client that says nothing for so long is left

_log = Logger("jobs.monitoring")


def watchers(settings: Settings, look: Callable[[], Seen]) -> tuple[Watcher, ...]:
    """All that [monitoring] asks for. They look from threads of their own."""
    table = settings.monitoring
    found: list[Watcher] = []
    if table.listen:
        found.append(Endpoint(*host_and_port(table.listen), look))
    if table.textfile:
        found.append(Textfile(settings.path(table.textfile), look))
    heartbeat = Heartbeat(table)
    if heartbeat.tells() or heartbeat.tells("failed"):
        found.append(heartbeat)
    return tuple(found)


class Endpoint(Watcher):
    """Answers GET /metrics and GET /healthz at an address; counts and sentences, no data of customers."""

    def __init__(self, host: str, port: int, look: Callable[[], Seen]) -> None:
        self._place = (host, port)
        self._registry = CollectorRegistry()
        self._registry.register(LedgerCollector(look))
        ProcessCollector(registry=self._registry)  # memory and open files of this process
        self._look = look
        self._server: _Server | None = None

    @property
    def port(self) -> int:
        """The port it answers at, once it is started."""
        return self._server.server_address[1] if self._server is not None else self._place[1]

    async def start(self) -> None:
        """Begins to answer, in threads of its own.

        Raises:
            ConfigError: the address cannot be listened at.
        """
        try:
            self._server = _Server(self._place, self._registry, self._look)
        except OSError as error:
            place = f"{self._place[0]}:{self._place[1]}"
            raise ConfigError(f"monitoring.listen: {place} cannot be listened at: {error.strerror}") from error
        threading.Thread(target=self._server.serve_forever, name="monitoring", daemon=True).start()
        _log.info("monitoring started", listen=f"{self._place[0]}:{self.port}")

    async def stop(self) -> None:
        """Answers no more."""
        server, self._server = self._server, None
        if server is not None:
            await asyncio.to_thread(server.shutdown)
            server.server_close()


class Textfile(Watcher):
    """Writes the metrics into a file after each run."""

    def __init__(self, file: Path, look: Callable[[], Seen]) -> None:
        self._file, self._look = file, look

    async def start(self) -> None:
        """Writes how things stand."""
        await asyncio.to_thread(self.write)

    async def after_run(self, job: str, as_of: date, error: str = "") -> None:  # noqa: ARG002 — a watcher's signature
        """Writes it anew."""
        await asyncio.to_thread(self.write)

    def write(self) -> None:
        """Writes it now; a file that cannot be written fails no run."""
        try:
            write_textfile(self._file, self._look)
        except OSError as error:
            _log.warning("metrics were not written", file=str(self._file), reason=error.strerror)


class _Server(ThreadingTCPServer):  # HTTPServer would ask the name service for this host's name
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False  # a client that keeps its line open must not keep the daemon

    def __init__(self, place: tuple[str, int], registry: CollectorRegistry, look: Callable[[], Seen]) -> None:
        self.registry, self.look = registry, look
        self.address_family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
        super().__init__(place, _Answers)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 — the base class's signature
        """A client that went away is no news."""
        _log.debug("a monitoring client failed")


class _Answers(BaseHTTPRequestHandler):
    server: _Server
    timeout = SILENCE_SECONDS
    server_version = "kigen"
    sys_version = ""

    def do_GET(self) -> None:
        """Answers what is asked for."""
        page = {"/metrics": self._metrics, "/healthz": self._health}.get(self.path.partition("?")[0])
        if page is None:
            self._answer(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", b"/metrics and /healthz are here\n")
        else:
            self._answer(*page())

    def do_HEAD(self) -> None:
        """Answers as to GET, without the body."""
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 — the base class's signature
        """Nobody needs a line for each scrape."""

    def _metrics(self) -> tuple[HTTPStatus, str, bytes]:
        return HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest(self.server.registry)

    def _health(self) -> tuple[HTTPStatus, str, bytes]:
        found = self.server.look().problems
        failed = any(problem.is_failure for problem in found)
        listed = [{"name": each.name, "said": each.sentence, "remedy": each.remedy} for each in found]
        body = json.dumps({"healthy": not failed, "problems": listed}, ensure_ascii=False, indent=1)
        status = HTTPStatus.SERVICE_UNAVAILABLE if failed else HTTPStatus.OK
        return status, "application/json; charset=utf-8", f"{body}\n".encode()

    def _answer(self, status: HTTPStatus, form: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", form)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
