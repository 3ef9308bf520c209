"""The way to a relay: its addresses tried in turn, and how we name ourselves there."""

from __future__ import annotations

import asyncio
import re
import socket
from ipaddress import ip_address
from typing import Any

_FULL_NAME = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


async def connected_socket(host: str, port: int, seconds: float) -> socket.socket:
    """A socket connected to the first of the host's addresses that answers.

    Each address gets its share of the time, so that one that swallows everything leaves some to the others.

    Raises:
        OSError: the name is unknown, or no address answered in time (then a TimeoutError, or the last one's error).
        UnicodeError: the name cannot be one.
    """
    async with asyncio.timeout(seconds):
        addresses = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    problem = OSError(f"{host} has no address")
    for address in addresses:
        found = await _attempt(address, seconds / len(addresses))
        if isinstance(found, socket.socket):
            return found
        problem = found
    raise problem


async def _attempt(address: tuple[Any, ...], seconds: float) -> socket.socket | OSError:
    family, kind, protocol, _, where = address
    try:
        sock = socket.socket(family, kind, protocol)
    except OSError as problem:  # a host without IPv6, say
        return problem
    try:
        sock.setblocking(False)
        async with asyncio.timeout(seconds):
            await asyncio.get_running_loop().sock_connect(sock, where)
    except OSError as problem:
        sock.close()
        return problem
    except BaseException:
        sock.close()
        raise
    return sock


def own_name(sock: socket.socket) -> str:
    """This host's full name; where it has none, the address it speaks from (RFC 5321 4.1.4). Asks no name server."""
    name = socket.gethostname()
    if _FULL_NAME.fullmatch(name):
        return name
    address = ip_address(sock.getsockname()[0].partition("%")[0])
    return f"[{address}]" if address.version == 4 else f"[IPv6:{address}]"  # noqa: PLR2004 - IPv4
