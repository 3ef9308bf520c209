"""What a letter has no room for: a table that travels with it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from jobs.language.messages import LANGUAGES, Messages
from jobs.terminal.output import harmless, text_of
from notify.letters.words import Words
from notify.mail.headers import clean_name
from notify.mail.message import Attachment

LONGEST_PAGE = 100_000  # octets of HTML; of a longer one Gmail shows 102 KB, and its reader may miss what follows


def is_too_long(words: Words) -> bool:
    """Whether the letter would not be shown whole."""
    signs = len(words.html)  # of one to four octets
    return signs > LONGEST_PAGE or (signs > LONGEST_PAGE // 4 and len(words.html.encode()) > LONGEST_PAGE)


def messages_in(language: str) -> Messages:
    """What speaks to readers of letters in that language: English, where the letters alone have it."""
    return Messages(language if language in LANGUAGES else "en")


def table(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]], messages: Messages) -> Attachment:
    """Rows as CSV that spreadsheets open: UTF-8 with its mark.

    Nothing in a cell is run as a formula, whoever wrote it.

    Raises:
        UnknownMessage: a column has no name.
    """
    text = io.StringIO()
    lines = csv.writer(text)  # ends lines with CRLF (RFC 4180)
    lines.writerow([messages.say(f"table.{column}") for column in columns])
    lines.writerows([[_cell(value) for value in row] for row in rows])
    params = (("charset", "utf-8"), ("header", "present"))
    return Attachment(name, "text", "csv", text.getvalue().encode("utf-8-sig", "replace"), params)


def _cell(value: object) -> str:
    return harmless(clean_name(value)) if isinstance(value, str) else text_of(value)
