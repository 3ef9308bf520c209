"""What the failures have in common that can be foreseen."""

from __future__ import annotations


class ContractsError(Exception):
    """What was asked for cannot be. Its message is the sentence for whoever asked: what, where, what is allowed."""
