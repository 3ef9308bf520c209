"""What a service manager is told: ready, reloading, stopping, alive, and what goes on (sd_notify(3)).

One datagram for each message, to the socket that the manager named. Without one nothing is sent.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

from jobs.config.load import ServiceManager


class Notifier:
    """Tells the service manager. `failed` hears once that it cannot be told; the service goes on without."""

    def __init__(self, manager: ServiceManager, failed: Callable[[OSError], None]) -> None:
        # A name with @ is abstract: it lies in no folder (unix(7)).
        self._address = "\0" + manager.address[1:] if manager.address.startswith("@") else manager.address
        self._failed = failed
        self._has_failed = False
        self._status = ""

    def ready(self) -> None:
        """The service has started, or has read its configuration anew."""
        self._send("READY=1")

    def reloading(self) -> None:
        """The service reads its configuration anew; `ready` ends it."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """The service is about to end."""
        self._send("STOPPING=1")

    def alive(self) -> None:
        """A sign of life."""
        self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        """One line about what goes on, where it is another one than before."""
        if text != self._status:
            self._status = text
            self._send(f"STATUS={text}")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                out.setblocking(False)  # a manager that does not listen must not hold up the mail
                out.sendto(message.encode(), self._address)
        except OSError as error:
            if not self._has_failed:
                self._failed(error)
            self._has_failed = True
