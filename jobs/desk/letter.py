"""From what a reader is told to a letter ready for the ledger: plain data → words → bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from contracts.files.columns import BOOK_COLUMNS
from contracts.rules.flag import Flag
from jobs.desk.items import ALL_ITEMS, MORE
from jobs.desk.sections import CONTRACT, DESK, JOB, Item, Letter, Section, Told
from jobs.language.messages import Messages
from notify.letters.renderer import Renderer
from notify.mail.headers import Mailbox
from notify.mail.message import Attachment, message_bytes
from notify.record.values import Draft

_COLUMNS = {column.name: column.other_names[0] for column in BOOK_COLUMNS}  # as Japanese books call them


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
        data = letter_data(letter, self.sender_data, self.messages, as_of, time)
        words = self.renderer.words(JOB, self.messages.language, data | {"anchor": anchor})
        to, *cc = letter.reader.addresses
        recipients = (("to", to), *(("cc", address) for address in cc))
        words_hash = _hash([data, words.template_hash, recipients])
        key = [CONTRACT, letter.reader.line, JOB, as_of]
        message_id = f"{_hash([key, words_hash, now.isoformat()])[:32]}@{self.sender.address.rpartition('@')[2]}"
        raw = message_bytes(
            words,
            sender=self.sender,
            reply_to=None,
            to=[Mailbox(self.sender_data["sales_desk"]["name"] if letter.reader.line == DESK else "", to)],
            cc=[Mailbox("", address) for address in cc],
            message_id=message_id,
            date=now.astimezone(self.zone),
            language=self.messages.language,
            attachments=[each for each in self.images if f"cid:{each.content_id}" in words.html],
        )
        return Draft(
            message_id=message_id,
            subject=words.subject,
            sender=self.sender.address,
            raw=raw,
            words_hash=words_hash,
            facts_hash=words_hash,
            template_hash=words.template_hash,
            language=self.messages.language,
            recipients=recipients,
        )


def letter_data(
    letter: Letter, sender: Mapping[str, Any], messages: Messages, as_of: date, at_once: str = ""
) -> dict[str, Any]:
    """The data of one letter for its templates; `at_once` is the time of day of one that tells at once."""
    return {
        "language": messages.language,
        "as_of": as_of,
        "sender": sender,
        "to_settle": letter.to_settle,
        "informs": letter.informs,
        "sections": [section_data(told, messages) for told in letter.told],
        "standing": letter.standing,
        "is_desk": letter.reader.is_desk,
        "at_once": at_once,
    }


def section_data(told: Told, messages: Messages) -> dict[str, Any]:
    """One section, its items by partner."""
    return {
        "name": told.section.value,
        "count": told.count,
        "reasons": [{"reason": reason, "count": count} for reason, count in told.reasons.items()],
        "groups": [
            {
                "partner": partner,
                "items": [item_data(item, messages) | {"called": called(item.facts, messages)} for item in items],
            }
            for partner, items in told.by_partner()
        ],
        "more": told.more,
        "more_command": MORE.get(told.section, ALL_ITEMS),
    }


def item_data(item: Item, messages: Messages) -> dict[str, Any]:
    """One item: whose it is, what its section's words need, and what settles it."""
    facts = dict(item.facts)
    menu = facts.get("menu")
    if isinstance(menu, dict):
        facts["menu"] = menu[messages.language]
    broken = facts.pop("broken", None)
    if isinstance(broken, Flag):
        facts |= {"text": messages.said(broken), "code": broken.code, "values": broken.values}
    line = f"{item.contract}/{item.line}" if item.contract else ""
    details = list(_of_file(facts, messages)) if item.section is Section.FEED else []
    return {"company": item.company, "line": line, "commands": list(item.commands), "details": details, **facts}


def called(facts: Mapping[str, Any], messages: Messages) -> str:
    """What the letter calls the notice, or the job, that an item is about; "" for neither."""
    return messages.name("title", facts.get("kind") or facts.get("job") or "")


def _of_file(facts: Mapping[str, Any], messages: Messages) -> Iterator[str]:
    """What a person has to know of a file of the feed, a sentence each."""
    if facts["problem"]:
        yield messages.say("feed.problem", why=messages.on_record(facts["problem"]))
    if facts["rejected"]:
        yield messages.say("feed.rejected", count=facts["rejected"], rows=facts["rows"])
        yield from (_of_cell(cell, messages) for cell in facts["rejections"])
    if facts["missing"]:
        yield messages.say("feed.missing", count=facts["missing"])
        yield from facts["lines"]
    if more := facts["missing"] - len(facts["lines"]):
        yield messages.say("feed.more", count=more)


def _of_cell(cell: Mapping[str, Any], messages: Messages) -> str:
    """The row, its column as books of that language call it, what stands there, and why it cannot be."""
    column = _COLUMNS.get(cell["column"], cell["column"]) if messages.language == "ja" else cell["column"]
    value = messages.say("feed.value", value=cell["value"]) if cell["value"] else ""
    place = " ".join(filter(None, (messages.say("feed.row", row=cell["row"]), column, value)))
    return messages.say("feed.rejection", place=place, why=messages.on_record(cell))


def items_json(told: Iterable[Told], messages: Messages) -> list[dict[str, Any]]:
    """All items as scripts read them."""
    return [
        {"section": each.section.value, "partner": item.partner} | item_data(item, messages)
        for each in told
        for item in each.items
    ]


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True, default=str).encode()).hexdigest()
