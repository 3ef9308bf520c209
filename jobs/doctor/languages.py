"""Whether letters in other languages name the sender in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from email.utils import parseaddr
from typing import Any

from jobs.app import App
from jobs.config.sender import Sender
from jobs.doctor.examination import Finding, doubtful, good
from jobs.language.messages import Messages

JAPANESE = re.compile("[\u3040-\u30ff\u3400-\u9fff]")  # kana and kanji
READS_KANJI = ("ja", "zh")


def languages(app: App, messages: Messages) -> Iterator[Finding]:
    """A finding for each language whose letters have something Japanese of the sender's that nobody meant for them."""
    all_languages = app.settings.templates.languages
    mail_name = parseaddr(app.settings.mail.from_)[0]
    found = {language: left_in_japanese(app.settings.sender, mail_name, language) for language in all_languages}
    for language, keys in found.items():
        if keys:
            values = {"language": language, "keys": [f"sender.{language}.{key}" for key in keys]}
            said, remedy = (messages.say(f"doctor.left-in-japanese{end}", **values) for end in ("", ".do"))
            yield doubtful(said, remedy)
    if not any(found.values()):
        yield good(messages.say("doctor.named-in-each-language", languages=all_languages))


def left_in_japanese(sender: Sender, mail_name: str, language: str) -> list[str]:
    """The keys that letters in that language take from [sender], in Japanese; `mail_name` is the one in mail.from."""
    if language.partition("-")[0] in READS_KANJI:
        return []
    meant = _texts(sender.written_for(language))
    said = _texts(sender.written_in(language))
    said["from_name"] = said["from_name"] or mail_name
    return [key for key, text in said.items() if JAPANESE.search(text) and key not in meant]


def _texts(table: Mapping[str, Any]) -> dict[str, str]:
    """The texts of a table and of those in it, by their dotted keys."""
    found: dict[str, str] = {}
    for name, value in table.items():
        inner = _texts(value) if isinstance(value, dict) else {"": value}
        found |= {f"{name}.{key}" if key else name: text for key, text in inner.items()}
    return found
