"""From what a reader is told to a letter ready for the ledger: plain data → words → bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from jobs.desk.data import letter_data
from jobs.desk.rows import COLUMNS, rows_of
from jobs.desk.sections import CONTRACT, DESK, JOB, MOST, Letter
from jobs.language.messages import Messages
from jobs.runs.overflow import is_too_long, table
from notify.letters.renderer import Renderer
from notify.letters.words import Words
from notify.mail.headers import Mailbox
from notify.mail.message import Attachment, message_bytes
from notify.record.values import Draft

_FEWER = (20, 5, 1)  # items of a section that a letter shows that would be too long for a mail with more


@dataclass(frozen=True, slots=True)
class DeskComposer:
    """Writes the desk's letters. `sender` is who they are from; `messages` speak their language."""

    renderer: Renderer
    sender: Mailbox
    sender_data: Mapping[str, Any]
    zone: ZoneInfo
    messages: Messages
    images: Sequence[Attachment] = ()

    def draft(self, letter: Letter, as_of: date, now: datetime, anchor: str, *, at_once: bool = False) -> Draft:
        """The daily letter, or one that tells at once.

        Another anchor does not make one that waits untrue: it is no part of what the letter says.

        Raises:
            TemplateProblem: its template cannot be rendered.
        """
        time = f"{now.astimezone(self.zone):%H:%M}" if at_once else ""
        data, words = self._said(letter, as_of, time, anchor)
        rows = list(rows_of(letter, self.messages)) if data["has_table"] else []
        attached = [table(f"{JOB}-{as_of}.csv", COLUMNS, rows, self.messages)] if rows else []
        to, *cc = letter.reader.addresses
        recipients = (("to", to), *(("cc", address) for address in cc))
        words_hash = _hash([data, rows, words.template_hash, recipients])
        key = [CONTRACT, letter.reader.line, JOB, as_of]
        message_id = f"{_hash([key, words_hash, now.isoformat()])[:32]}@{self.sender.address.rpartition('@')[2]}"
        return Draft(
            message_id=message_id,
            subject=words.subject,
            sender=self.sender.address,
            raw=self._bytes(words, letter, message_id, now, attached),
            words_hash=words_hash,
            facts_hash=words_hash,
            template_hash=words.template_hash,
            language=self.messages.language,
            recipients=recipients,
        )

    def _said(self, letter: Letter, as_of: date, time: str, anchor: str) -> tuple[dict[str, Any], Words]:
        """The letter, as data and in words, with as many items of each section as there is room for in one mail."""
        for most in (MOST, *_FEWER):
            data = letter_data(letter, self.messages, as_of, time, most) | {"sender": self.sender_data}
            words = self.renderer.words(JOB, self.messages.language, data | {"anchor": anchor})
            if not is_too_long(words):
                break
        return data, words

    def _bytes(
        self, words: Words, letter: Letter, message_id: str, now: datetime, attached: Sequence[Attachment]
    ) -> bytes:
        to, *cc = letter.reader.addresses
        return message_bytes(
            words,
            sender=self.sender,
            reply_to=None,
            to=[Mailbox(self.sender_data["sales_desk"]["name"] if letter.reader.line == DESK else "", to)],
            cc=[Mailbox("", address) for address in cc],
            message_id=message_id,
            date=now.astimezone(self.zone),
            language=self.messages.language,
            attachments=[*(each for each in self.images if f"cid:{each.content_id}" in words.html), *attached],
        )


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True, default=str).encode()).hexdigest()
