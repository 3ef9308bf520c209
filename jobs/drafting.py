"""From decisions to a letter ready for the ledger: data → words → bytes, fixed before anything is queued."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from contracts.model import Contract
from jobs.decision import Decision
from jobs.letters import LetterRules, facts, letter_data
from notify.ledger import Draft
from notify.message import Mailbox, message_bytes
from notify.rendering import Renderer, Words


@dataclass(frozen=True, slots=True)
class Composer:
    """Writes letters. `sender` is who they are from; its address is the return address as well."""

    renderer: Renderer
    rules: LetterRules
    sender: Mailbox
    reply_to: Mailbox | None
    zone: ZoneInfo

    def draft(self, decisions: Sequence[Decision], contract: Contract, as_of: date, now: datetime) -> Draft:
        """The letter that tells these decisions; they share a kind, recipients and what their letter says.

        Raises:
            TemplateProblem: the letter's template cannot be rendered with its data.
        """
        first = decisions[0]
        data = letter_data(decisions, contract, self.rules, as_of)
        words = self.renderer.words(first.kind, contract.account.language, data)
        recipients = (*(("to", address) for address in first.to), *(("cc", address) for address in first.cc))
        words_hash = _hash([words.subject, words.text, words.html, recipients])
        message_id = self._message_id(decisions, words_hash, now)
        return Draft(
            message_id=message_id,
            subject=words.subject,
            sender=self.sender.address,
            raw=self._bytes(words, first, contract, message_id, now),
            words_hash=words_hash,
            facts_hash=_hash([facts(data), words.template_hash, recipients]),
            template_hash=words.template_hash,
            language=contract.account.language,
            recipients=recipients,
        )

    def _bytes(self, words: Words, decision: Decision, contract: Contract, message_id: str, now: datetime) -> bytes:
        return message_bytes(
            words,
            sender=self.sender,
            reply_to=self.reply_to,
            to=[Mailbox(contract.account.owner_name, address) for address in decision.to],
            cc=[Mailbox("", address) for address in decision.cc],
            message_id=message_id,
            date=now.astimezone(self.zone),
            language=contract.account.language,
        )

    def _message_id(self, decisions: Sequence[Decision], words_hash: str, now: datetime) -> str:
        keys = [(decision.contract, decision.line, decision.kind, decision.occasion) for decision in decisions]
        domain = self.sender.address.rpartition("@")[2]
        return f"{_hash([keys, words_hash, now.isoformat()])[:32]}@{domain}"


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True, default=str).encode()).hexdigest()
