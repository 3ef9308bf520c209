"""What the failures have in common that can be foreseen: why, as a code and its values, to be said late."""

from __future__ import annotations

from typing import Any


class ContractsError(ValueError):
    """What was given cannot be. `code` names why; `values` are plain: numbers, days, texts, codes.

    What a person reads of it is said by jobs/language, in his language; its text here is for developers.
    """

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(" ".join([code, *(f"{name}={value}" for name, value in values.items())]))
        self.code = code
        self.values = values
