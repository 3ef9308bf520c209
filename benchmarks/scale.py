"""How much is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """`is_small`: little data, once. `lines`: due lines of the pipeline and the peer, where not as they choose."""

    is_small: bool = False
    lines: int | None = None


USUAL = Scale()
