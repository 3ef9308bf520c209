"""From decisions to a letter ready for the ledger: data → words → bytes, fixed before anything is queued."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import chain
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from contracts.model import Contract
from jobs.notices.decision import Decision
from jobs.notices.letter import LetterRules, calendar_lines, lasting, letter_data
from jobs.notices.notice import CalendarEntry, Data, Job
from jobs.notices.shortened import COLUMNS, all_rows, shortened
from jobs.runs.overflow import is_too_long, messages_in, table
from notify.letters.folders import variants_of
from notify.letters.honorifics import without_honorific
from notify.letters.renderer import Renderer
from notify.letters.words import Words
from notify.mail.calendar_file import DayEvent, calendar_attachment, letter_event
from notify.mail.headers import Mailbox, Unsubscribe
from notify.mail.message import Attachment, message_bytes
from notify.record.values import Draft

# Sequences count seconds from here: what is said later counts, and 31 bits last until 2088.
FIRST_SEQUENCE = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class WaysOut:
    """Where readers can say that they want no more of a kind of notice (RFC 2369, RFC 8058): [mail.unsubscribe].

    Only `kinds` offer a way out; what is left empty is none.
    """

    kinds: frozenset[str] = frozenset()
    url: str = ""  # {account}, {kind} and {message} stand for the letter's own
    mailto: str = ""  # an address
    is_one_click: bool = False

    def of(self, kind: str, account: str, message_id: str) -> Unsubscribe | None:
        """What a letter of that kind offers; None where it offers nothing.

        {message} is the part of the Message-ID before its @: nobody can guess it, and the ledger knows whose it is.
        """
        if kind not in self.kinds or not (self.url or self.mailto):
            return None
        own = {"account": account, "kind": kind, "message": message_id.partition("@")[0]}
        filled = {name: quote(value, safe="") for name, value in own.items()}
        url = self.url.format_map(filled)
        subject = quote(f"unsubscribe {kind} {account}", safe="")
        mail = f"mailto:{self.mailto}?subject={subject}" if self.mailto else ""
        return Unsubscribe(tuple(each for each in (url, mail) if each), self.is_one_click)


NO_WAY_OUT = WaysOut()


@dataclass(frozen=True, slots=True)
class Composer:
    """Writes letters. `sender` is who they are from; its address is the return address as well.

    What is seen of an image is part of the words: its Content-ID stands in the HTML and changes with its bytes. Where
    to unsubscribe is not: another address does not make a queued letter untrue, it keeps the bytes that it has.
    """

    renderer: Renderer
    rules: LetterRules
    sender: Mailbox
    reply_to: Mailbox | None
    zone: ZoneInfo
    ways_out: WaysOut = NO_WAY_OUT
    images: Sequence[Attachment] = ()  # travel with the letters whose HTML shows them

    def draft(self, job: Job, decisions: Sequence[Decision], contract: Contract, as_of: date, now: datetime) -> Draft:
        """The letter that tells these decisions of a job; they share a kind, recipients and what their letter says.

        Raises:
            TemplateProblem: the letter's template cannot be rendered with its data.
        """
        first = decisions[0]
        data = letter_data(job, decisions, contract, self.rules, as_of)
        words, attached = self._said(first.kind, contract, data)
        recipients = (*(("to", address) for address in first.to), *(("cc", address) for address in first.cc))
        texts = (words.subject, words.text, words.html, words.event, *(file.data.decode() for file in attached))
        words_hash = _hash_of_texts(*texts, *chain(*recipients))
        message_id = self._message_id(decisions, words_hash, now)
        attached += self._calendar_files(words, data, job, decisions, now)
        return Draft(
            message_id=message_id,
            subject=words.subject,
            sender=self.sender.address,
            raw=self._bytes(words, first, contract, message_id, now, attached),
            words_hash=words_hash,
            facts_hash=_hash([lasting(data), words.template_hash, recipients]),
            template_hash=words.template_hash,
            language=contract.account.language,
            recipients=recipients,
        )

    def _said(self, kind: str, contract: Contract, data: Data) -> tuple[Words, list[Attachment]]:
        """What the letter says. One that is too long for a mail has the first rows of its lists, and a table of all."""
        account = contract.account
        variants = variants_of(account.number, account.partner_name)
        words = self.renderer.words(kind, account.language, data, variants=variants)
        if not is_too_long(words):
            return words, []
        shorter = self.renderer.words(kind, account.language, shortened(data), variants=variants)
        messages = messages_in(account.language)
        rows = [
            [messages.say(f"table.{part}"), *(row.get(column, "") for column in COLUMNS)]
            for part, row in all_rows(data)
        ]
        file = table(f"{kind}-{contract.number}.csv", ("section", *COLUMNS), rows, messages)
        return replace(shorter, subject=words.subject), [file]  # the subject counts all items

    def _calendar_files(
        self, words: Words, data: Data, job: Job, decisions: Sequence[Decision], now: datetime
    ) -> list[Attachment]:
        """The letter's day as a calendar entry, or the entries that it takes back, a file each."""
        first = decisions[0]
        letter = job.letter(first.kind)
        if letter.calendar_entry is None or not words.event:
            return []
        events = [
            self._event(words, data, letter.calendar_entry, f"{first.contract}/{line}", now)
            for line in calendar_lines(letter, decisions, data)
        ]
        if len(events) == 1:
            return [calendar_attachment(events[0], first.kind)]
        return [calendar_attachment(event, f"{first.kind}-{number}") for number, event in enumerate(events, 1)]

    def _event(self, words: Words, data: Data, entry: CalendarEntry, line: str, now: datetime) -> DayEvent:
        desk = self.rules.sender_in(data["language"])["sales_desk"]
        return letter_event(
            words,
            data[entry.day],
            is_deadline=entry.is_deadline,
            is_withdrawn=entry.is_withdrawn,
            said_on=data["as_of"],
            language=data["language"],
            key=f"{line}/{entry.about}",
            sequence=int((now - FIRST_SEQUENCE).total_seconds()),
            stamp=now,
            organizer=Mailbox(desk["name"], desk["email"]) if desk["email"] else self.sender,
        )

    def _bytes(  # noqa: PLR0913, PLR0917 — a mail is all of this
        self,
        words: Words,
        decision: Decision,
        contract: Contract,
        message_id: str,
        now: datetime,
        attachments: list[Attachment],
    ) -> bytes:
        language = contract.account.language
        return message_bytes(
            words,
            sender=self.from_in(language),
            reply_to=self.reply_to,
            to=[Mailbox(without_honorific(contract.account.owner_name), address) for address in decision.to],
            cc=[Mailbox("", address) for address in decision.cc],
            message_id=message_id,
            date=now.astimezone(self.zone),
            language=language,
            attachments=[*(each for each in self.images if f"cid:{each.content_id}" in words.html), *attachments],
            unsubscribe=self.ways_out.of(decision.kind, contract.account.number, message_id),
        )

    def from_in(self, language: str) -> Mailbox:
        """Who letters in that language come from."""
        return Mailbox(self.rules.sender_in(language)["from_name"] or self.sender.name, self.sender.address)

    def _message_id(self, decisions: Sequence[Decision], words_hash: str, now: datetime) -> str:
        keys = [(decision.contract, decision.line, decision.kind, decision.occasion) for decision in decisions]
        domain = self.sender.address.rpartition("@")[2]
        return f"{_hash([keys, words_hash, now.isoformat()])[:32]}@{domain}"


_ENCODE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, default=str).encode


def _hash_of_texts(*texts: str) -> str:
    """Of long texts without their JSON; each is preceded by its length, so that none can pass for another."""
    digest = hashlib.sha256()
    for text in texts:
        octets = text.encode()
        digest.update(b"%d " % len(octets) + octets)
    return digest.hexdigest()


def _hash(value: Any) -> str:
    return hashlib.sha256(_ENCODE(value).encode()).hexdigest()
