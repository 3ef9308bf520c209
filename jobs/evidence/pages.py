"""The page of an evidence file, for a reader who does not know us, in Japanese and English. All text is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.evidence.story import events
from jobs.evidence.story_pages import rendered
from notify.proof.mentions import Mentions
from notify.record.values import Story

if TYPE_CHECKING:
    from jobs.app import App

_README = Path(__file__).with_name("readme.txt")


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it was handed over, and what a reader sees of it; without bytes where they were purged."""

    id: int
    raw: bytes | None = None
    text: str = ""
    html: str = ""

    @property
    def name(self) -> str:
        """Its files' name, without their ending."""
        return f"mails/message-{self.id}"


@dataclass(frozen=True, slots=True)
class Told:
    """A notice with the mails that told it."""

    story: Story
    mails: Sequence[Mail]


def page(app: App, told: Sequence[Told], of_chain: Mentions, book: Mapping[str, Any]) -> str:
    """The page as HTML; it asks for nothing from outside."""
    shown = [
        {"story": each.story, "mails": {mail.id: mail for mail in each.mails}, "events": events(each.story)}
        for each in told
    ]
    return rendered("evidence.html", app, told=shown, chain=of_chain, book=book, readme=readme())


def readme() -> str:
    """What the file is and how to check it."""
    return _README.read_text(encoding="utf-8")
