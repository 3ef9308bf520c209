"""Who holds a run or a claim: host, process number, and a mark that tells two lives of the same number apart."""

from __future__ import annotations

import os
import socket

MARK = "#"
PART = "."  # between the mark of a life and what numbers its parts


def this_process() -> str:
    """Host and process number."""
    return f"{socket.gethostname()}:{os.getpid()}"


def marked(mark: str) -> str:
    """This process, with a mark that no other process has."""
    return f"{this_process()}{MARK}{mark}"


def process_of(holder: str) -> str:
    """The holder as people know it, without its mark."""
    return holder.partition(MARK)[0]


def is_gone(owner: str) -> bool:
    """Whether a process of this host has ended; of another host's nothing is known but its lease."""
    host, _, process = owner.rpartition(":")
    if host != socket.gethostname() or not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def has_died(holder: str, alive: frozenset[str] | set[str]) -> bool:
    """Whether whoever held it under this name has ended; `alive` are the marks that live in this process.

    A container's first process has the same number each time: what a dead one of that number held is not ours.
    """
    process, _, mark = holder.partition(MARK)
    life = mark.partition(PART)[0]
    return is_gone(process) or (process == this_process() and bool(life) and life not in alive)
