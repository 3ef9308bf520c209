"""A connection to PostgreSQL that breaks at a chosen moment: a proxy between the program and a real server."""

from __future__ import annotations

import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from sqlalchemy.engine import make_url

Moment = Literal["before", "after"]  # the COMMIT reaches the server; its answer reaches us
PIECE = 65536
PORT = 5432
COMMIT = b"COMMIT\0"  # the whole statement: a BEGIN says READ COMMITTED


class Proxy:
    """Listens on a socket of its own and passes everything on, until it is told to break the line."""

    def __init__(self, folder: Path, url: str) -> None:
        self._server = make_url(url)
        self.url = (
            self._server.set(host=None, port=None)
            .update_query_dict({"host": str(folder)})
            .render_as_string(hide_password=False)
        )
        self.cuts = 0
        self._cut: Moment | None = None
        self._is_closed = False
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / f".s.PGSQL.{PORT}"))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_next(self, moment: Moment) -> None:
        """The next COMMIT meets a line that breaks, before or after the server has carried it out."""
        self._cut = moment

    def cut_all(self) -> None:
        """Breaks every line there is now."""
        for pair in self._pairs:
            _close(pair)

    def close(self) -> None:
        self._is_closed = True
        self._listener.close()
        self.cut_all()

    def _accept(self) -> None:
        while not self._is_closed:
            try:
                client, _ = self._listener.accept()
                server = self._connected()
            except OSError:
                return
            self._pairs.append((client, server))
            threading.Thread(target=self._from_client, args=(client, server), daemon=True).start()

    def _connected(self) -> socket.socket:
        host = self._server.query.get("host") or self._server.host or "localhost"
        if not str(host).startswith("/"):
            return socket.create_connection((str(host), self._server.port or PORT))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{host}/.s.PGSQL.{self._server.port or PORT}")
        return server

    def _from_client(self, client: socket.socket, server: socket.socket) -> None:
        is_mute, has_answered = threading.Event(), threading.Event()
        back = (client, server, is_mute, has_answered)
        threading.Thread(target=self._from_server, args=back, daemon=True).start()
        with suppress(OSError):
            while piece := client.recv(PIECE):
                if self._cut is not None and COMMIT in piece:
                    moment, self._cut = self._cut, None
                    if moment == "after":
                        is_mute.set()
                        server.sendall(piece)
                        has_answered.wait()
                    self.cuts += 1
                    break
                server.sendall(piece)
        _close((client, server))

    @staticmethod
    def _from_server(
        client: socket.socket, server: socket.socket, is_mute: threading.Event, has_answered: threading.Event
    ) -> None:
        with suppress(OSError):
            while piece := server.recv(PIECE):
                if is_mute.is_set():
                    has_answered.set()
                else:
                    client.sendall(piece)
        has_answered.set()
        _close((client, server))


@contextmanager
def a_proxy(url: str) -> Iterator[Proxy]:
    """A proxy in front of that server; its `url` names the same database."""
    folder = Path(tempfile.mkdtemp(prefix="kigen-proxy-"))  # pytest's own folders are too deep for a socket's name
    proxy = Proxy(folder, url)
    try:
        yield proxy
    finally:
        proxy.close()
        shutil.rmtree(folder)


def _close(pair: tuple[socket.socket, socket.socket]) -> None:
    for each in pair:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()
