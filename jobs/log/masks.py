"""What must not be read in a log: people's addresses, passwords in URLs, signs that act on a terminal."""

from __future__ import annotations

import re

# What ends a local part that stands in running text; possessive, so that no text makes the search slow.
_APART = r"\s<>()\[\],;:\"@\\"
_ADDRESS = re.compile(
    r"(?P<url>://)[^/@\s]*+@"  # its login
    rf'|"(?:[^"\\\n]|\\.)*+"@(?P<quoted>[^{_APART}]+|\[[^\]]*\])'
    rf"|(?<![^{_APART}])(?P<first>[^\w{_APART}]*+\w?+)[^{_APART}]*+@(?P<domain>[^{_APART}]+|\[[^\]]*\])"
)
# SQLAlchemy's errors repeat the values of a statement: names and letters among them.
_PARAMETERS = re.compile(r"\[parameters: .*?(?=\n\(Background on this error|\Z)", re.DOTALL)


def masked(text: str) -> str:
    """The text with each mail address as `o***@example.co.jp`, without logins in URLs and values of statements."""
    if "[parameters: " in text:
        text = _PARAMETERS.sub("[parameters: ***]", text)
    if "@" not in text:
        return text
    return _ADDRESS.sub(_mask, text)


def harmless(text: str, kept: str = "") -> str:
    """The text with control characters, bidirectional marks and lone surrogates as escapes; those in `kept` stay.

    So that one record is one line, and nothing in it acts on a terminal.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in kept or char == "\u3000" else _escape(char) for char in text)


def _mask(found: re.Match[str]) -> str:
    before = found["url"] or found["first"] or ""
    return f"{before}***@{found['quoted'] or found['domain'] or ''}"


def _escape(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")
