"""Failures as a user meets them: one that can be foreseen knows its own sentence and exit status."""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class Exit(IntEnum):
    """Exit statuses that scripts rely on."""

    DONE = 0
    NEEDS_A_PERSON = 1
    WRONG_USAGE = 2
    REFUSED = 3
    UNREACHABLE = 75
    INTERRUPTED = 130


class KigenError(Exception):
    """What was asked for cannot be. Its message is the sentence for the user: what, where, what is allowed."""

    status: ClassVar[Exit] = Exit.WRONG_USAGE
