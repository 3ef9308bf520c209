"""What a service manager hears, on a real datagram socket."""

from __future__ import annotations

import os
import secrets
import socket

import pytest

from jobs.config.load import ServiceManager, service_manager
from jobs.daemon.systemd import Notifier


@pytest.fixture(params=["in a folder", "abstract"])
def manager(request, tmp_path):
    """Listens as systemd does; the address it puts into NOTIFY_SOCKET."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    address = str(tmp_path / "notify") if request.param == "in a folder" else f"@kigen-{secrets.token_hex(8)}"
    listening.bind("\0" + address[1:] if address.startswith("@") else address)
    listening.settimeout(10)
    yield address, lambda: listening.recv(4096).decode()
    listening.close()


def refuse(error):
    raise AssertionError(error)


def test_each_message_arrives_by_itself(manager):
    address, heard = manager
    notifier = Notifier(ServiceManager(address), refuse)

    notifier.ready()
    notifier.alive()
    notifier.stopping()

    assert [heard() for _ in range(3)] == ["READY=1", "WATCHDOG=1", "STOPPING=1"]


def test_reloading_says_since_when(manager):
    address, heard = manager

    Notifier(ServiceManager(address), refuse).reloading()

    first, since = heard().splitlines()
    assert first == "RELOADING=1"
    assert since.removeprefix("MONOTONIC_USEC=").isdecimal()


def test_a_status_is_told_when_it_changes(manager):
    address, heard = manager
    notifier = Notifier(ServiceManager(address), refuse)

    for text in ("更新", "更新", "waiting"):
        notifier.status(text)

    assert [heard(), heard()] == ["STATUS=更新", "STATUS=waiting"]


def test_without_a_manager_nothing_is_sent():
    Notifier(ServiceManager(), refuse).ready()


def test_a_manager_that_is_gone_is_said_once_and_harms_nobody(tmp_path):
    said = []
    notifier = Notifier(ServiceManager(str(tmp_path / "nobody")), said.append)

    notifier.ready()
    notifier.alive()

    assert [type(error) for error in said] == [FileNotFoundError]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, ServiceManager()),
        ({"NOTIFY_SOCKET": "/run/notify"}, ServiceManager("/run/notify")),
        ({"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "30000000"}, ServiceManager("@n", 30.0)),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, ServiceManager("", 30.0)),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, ServiceManager()),
        ({"WATCHDOG_USEC": "0"}, ServiceManager()),
        ({"WATCHDOG_USEC": "soon"}, ServiceManager()),
    ],
)
def test_the_environment_says_who_wants_to_hear_and_how_often(environment, expected):
    assert service_manager(environment) == expected
