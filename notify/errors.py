"""What the failures have in common that can be foreseen."""

from __future__ import annotations

from typing import ClassVar


class NotifyError(Exception):
    """What was asked for cannot be. Its message is the sentence for whoever asked: what, where, what is allowed."""

    passes: ClassVar[bool] = False  # whether it may be asked for again in a moment
