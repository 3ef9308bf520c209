"""What a letter says: what its templates made of the data, and what a mail is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """What a letter says: a subject of one line, a text part, an HTML part, and which templates said it."""

    subject: str
    text: str
    html: str
    template_hash: str  # sha256, hex, over the sources of all files used
    preheader: str = ""  # what an inbox shows beside the subject; the HTML part has it too
    event: str = ""  # what its calendar entry says: a line for its title, then its description; "": none
