"""`evidence`: all that proves what was sent, when, to whom and what the server answered, in one file (N2, Art. 5.2).

The same ledger and book give the same bytes: files are sorted, and their times in the archive are fixed.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path
from typing import Any

from contracts.store.book import Book, Stored
from jobs.app import App
from jobs.evidence.pages import Mail, Told, page, readme
from jobs.terminal.output import plain
from notify.proof.mentions import HashedText, Mentions, mentions
from notify.proof.rows import instant
from notify.record.values import MessageStory, Notice, Story

_MADE = (1980, 1, 1, 0, 0, 0)  # the earliest time that an archive can give a file
_READABLE = 0o644 << 16


class NothingToProve(Exception):  # noqa: N818 - named for what is the matter
    """Nothing of that name is on the ledger, or it names two things."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What goes into the file, by name."""

    files: Mapping[str, bytes]


def named(app: App, text: str) -> list[Notice]:
    """The notices that are meant: all of a contract, or one by its id; "contract:12" and "notice:12" leave no doubt.

    Raises:
        NothingToProve: there are none, or it could be both.
    """
    sort, _, value = text.rpartition(":") if text.startswith(("contract:", "notice:")) else ("", "", text)
    of_contract = app.ledger.notices(contract=value) if sort != "notice" else []
    story = app.ledger.story(int(value)) if sort != "contract" and _is_an_id(value) else None
    if of_contract and story is not None:
        raise NothingToProve(f"{value} is a contract and a notice: say contract:{value} or notice:{value}")
    found = of_contract or ([story.notice] if story is not None else [])
    if not found:
        raise NothingToProve(f"the ledger has no notice of contract {value!r} and no notice of that id")
    return sorted(found, key=lambda notice: notice.id)


def _is_an_id(text: str) -> bool:
    """A contract's number may be longer than any row's."""
    return text.isascii() and text.isdigit() and len(text) < len(str(2**63))


def evidence(app: App, notices: Sequence[Notice], advance: Callable[[int], None]) -> Evidence:
    """Puts the files together."""
    stories = [story for story in (app.ledger.story(notice.id) for notice in notices) if story is not None]
    of_chain = mentions(app.engine, [story.notice.id for story in stories], advance)
    book = _book(app, sorted({story.notice.key.contract for story in stories}))
    mails = {message.id: mail_of(app, message) for story in stories for message in story.messages}
    files: dict[str, bytes] = {}
    for mail in mails.values():
        files |= _readable(mail)
    rows = {_file_of(table, row): (table, row) for table, row in of_chain.rows}
    files |= {name: of_chain.rows[of_row].encode() for name, of_row in rows.items()}
    files["chain.jsonl"] = _lines(of_chain)
    files["texts.json"] = _json([_text(each) for each in of_chain.texts])
    files["book.json"] = _json(book)
    files["check.py"] = Path(__file__).with_name("check.py").read_bytes()
    told = [Told(story, tuple(mails[message.id] for message in story.messages)) for story in stories]
    files["index.html"] = page(app, told, of_chain, book).encode()
    files["README.txt"] = readme().encode()
    files["manifest.json"] = _json(_manifest(files, rows, mails.values(), of_chain))
    return Evidence(dict(sorted(files.items())))


def write(found: Evidence, draft: Path) -> None:
    """Writes the archive."""
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in found.files.items():
            entry = zipfile.ZipInfo(name, _MADE)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, _READABLE
            archive.writestr(entry, content)


def _book(app: App, contracts: Sequence[str]) -> dict[str, Any]:
    with app.engine.connect().execution_options(sqlite_begin="DEFERRED") as connection:
        stored: Stored = Book(connection, app.catalogue).stored([], contracts)
    lines = [{"contract": key[0], "line": key[1], **values} for key, values in sorted(stored.lines.items())]
    accounts = [{"number": number, **values} for number, values in sorted(stored.accounts.items())]
    return {"accounts": accounts, "contracts": stored.account_of, "lines": lines}


def mail_of(app: App, message: MessageStory) -> Mail:
    """The mail as it was handed over, and what a reader sees of it."""
    try:
        raw: bytes | None = app.ledger.raw(message.id)
    except LookupError:  # purged: that is said in its place
        raw = None
    if raw is None:
        return Mail(message.id)
    parsed = message_from_bytes(raw, policy=policy.default)
    return Mail(message.id, raw, _body(parsed, "plain"), _body(parsed, "html"))


def _body(mail: EmailMessage, sort: str) -> str:
    part = mail.get_body((sort,))
    return "" if part is None else str(part.get_content())


def _readable(mail: Mail) -> dict[str, bytes]:
    found = {f"{mail.name}.eml": mail.raw or b"", f"{mail.name}.txt": mail.text.encode()}
    found[f"{mail.name}.html"] = mail.html.encode()
    return {name: content for name, content in found.items() if content}


def _file_of(table: str, row: str) -> str:
    return f"rows/{table}-{row.replace('/', '-')}.json"


def _text(told: HashedText) -> dict[str, str]:
    """A text and the hash of it that is sealed: who reads it here can tell that it is the row's."""
    return {
        "row": _file_of(told.table, told.row), "hash": f"{told.column}_hash", "salt": told.salt, "text": told.text,
    }  # fmt: skip


def _lines(of_chain: Mentions) -> bytes:
    entries = (
        {"seq": e.seq, "at": instant(e.at), "event": e.event, "body": e.body, "before": e.before, "link": e.link}
        for e in of_chain.entries
    )
    return b"".join(json.dumps(entry, ensure_ascii=False).encode() + b"\n" for entry in entries)


def _manifest(
    files: Mapping[str, bytes], rows: Mapping[str, tuple[str, str]], mails: Any, of_chain: Mentions
) -> dict[str, Any]:
    kept = [mail for mail in mails if mail.raw is not None]
    return {
        "head": str(of_chain.head),
        "files": {name: sha256(content).hexdigest() for name, content in sorted(files.items())},
        "rows": [{"table": table, "row": row, "file": name} for name, (table, row) in sorted(rows.items())],
        "mails": [{"file": f"{mail.name}.eml", "row": f"rows/messages-{mail.id}.json"} for mail in kept],
    }


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=plain) + "\n").encode()


__all__ = ["Evidence", "NothingToProve", "Story", "evidence", "mail_of", "named", "write"]
