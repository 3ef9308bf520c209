"""Who holds a run or a claim: a value made when it begins, which nobody else ever has.

Nothing is told from host and process number, which stand before it for people: two containers have both in common.
Whether a holder lives is told by the lock on its notebook, where that lies here; by its lease everywhere else.
"""

from __future__ import annotations

import os
import secrets
import socket

_MARK = "#"


def new_holder() -> str:
    """A holder of its own."""
    return f"{socket.gethostname()}:{os.getpid()}{_MARK}{secrets.token_hex(8)}"


def process_of(holder: str) -> str:
    """The holder as people know it: host and process number."""
    return holder.partition(_MARK)[0]
