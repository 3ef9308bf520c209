"""Colours that can be read on each other (WCAG 2.2)."""

from __future__ import annotations

import re

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_READABLE = 4.5  # the contrast that text needs (WCAG 2.2, 1.4.3, level AA)


def readable_on(background: str, *wished: str) -> str:
    """The first of the wished colours that text on that background can have; white or black where none can.

    White is taken before black wherever both can be read, as on most brands' colours.

    Raises:
        ValueError: a colour is not written as `#1f3a5f`.
    """
    for colour in (*wished, "#ffffff"):
        if contrast(background, colour) >= _READABLE:
            return colour
    return "#000000"  # where white has less than 4.5 to 1, black has more


def contrast(one: str, other: str) -> float:
    """How far two colours are apart, from 1 to 21 (WCAG 2.2, contrast ratio).

    Raises:
        ValueError: a colour is not written as `#1f3a5f`.
    """
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    if not isinstance(colour, str) or not _COLOUR.fullmatch(colour):
        raise ValueError(f"a colour is written like '#1f3a5f', found {colour!r}")
    red, green, blue = (_linear(int(colour[start : start + 2], 16) / 255) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 — sRGB's own
