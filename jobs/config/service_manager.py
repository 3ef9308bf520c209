"""Who started this process as a service, and wants to hear of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServiceManager:
    """Where the service manager listens, "" for nobody; and how soon it wants a sign of life, None for never."""

    address: str = ""
    watchdog_seconds: float | None = None
