"""Pages that tell what is on record, in Japanese and English, to readers without kigen.

Each is one file that asks for nothing from outside; all text is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from contracts.catalogue import Catalogue
from contracts.store.customers import Customer
from jobs.evidence.story import events, waits_for
from jobs.language.messages import Messages
from jobs.pages.mail import mail_shown
from notify.proof.mentions import Mentions
from notify.record.values import Story

_PAGES = Path(__file__).parents[1] / "pages" / "files"
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


def mail_of(message_id: int, raw: bytes | None) -> Mail:
    """The mail with what a reader sees of it."""
    if raw is None:
        return Mail(message_id)
    shown = mail_shown(raw)
    return Mail(message_id, raw, str(shown["text"] or ""), str(shown["html"] or ""))


@dataclass(frozen=True, slots=True)
class Told:
    """A notice with the mails that told it."""

    story: Story
    mails: Sequence[Mail]


def readme() -> str:
    """What an evidence file is and how to check it."""
    return _README.read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of one office. Their times are shown by two clocks, the office's and UTC."""

    catalogue: Catalogue
    zone: ZoneInfo

    def of_evidence(self, told: Sequence[Told], of_chain: Mentions, book: Mapping[str, Any]) -> str:
        """The page of an evidence file."""
        shown = [
            {"story": each.story, "mails": {mail.id: mail for mail in each.mails}, "events": events(each.story)}
            for each in told
        ]
        return self._rendered("evidence.html", told=shown, chain=of_chain, book=book, readme=readme())

    def of_notice(self, told: Told, customer: Customer | None, made_at: datetime) -> str:
        """A notice for a salesperson to open, or to attach to an answer to the customer.

        What was decided and why, each letter with its tries and replies, and what it waits for.
        """
        return self._rendered(
            "notice.html",
            story=told.story,
            customer=customer,
            events=events(told.story),
            waits_for=waits_for(told.story),
            texts={mail.id: mail.text for mail in told.mails if mail.raw is not None},
            made_at=made_at,
        )

    def _rendered(self, name: str, **data: Any) -> str:
        environment = Environment(
            loader=FileSystemLoader(_PAGES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        japanese, english = (Messages(language, self.catalogue, self.zone) for language in ("ja", "en"))
        environment.filters |= {"office": self._at_the_office, "utc": _in_utc}
        environment.globals |= {"japanese": japanese, "english": english, "name": japanese.name}
        return environment.get_template(name).render(data)

    def _at_the_office(self, at: datetime) -> str:
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M:%S %Z}"


def _in_utc(at: datetime) -> str:
    return f"({at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC)"
