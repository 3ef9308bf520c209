"""`evidence`: all that proves what was sent, when, to whom and what the server answered, in one file (N2, Art. 5.2).

The same ledger and book give the same bytes: files are sorted, and their times in the archive are fixed.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from contracts.store.book import Book, Stored
from contracts.store.customers import Customer, customers
from jobs.evidence.pages import Mail, Pages, Told, mail_of, readme
from jobs.terminal.output import plain
from notify.ledger.ledger import Ledger
from notify.proof.mentions import HashedText, Mentions, mentions
from notify.proof.rows import instant
from notify.record.values import Notice, Story

_MADE = (1980, 1, 1, 0, 0, 0)  # the earliest time that an archive can give a file
_READABLE = 0o644 << 16


class NothingToProve(Exception):  # noqa: N818 - named for what is the matter
    """Nothing of that name is on the ledger, or it names two things."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Finds and puts together what is on record of a notice."""

    engine: Engine
    ledger: Ledger
    pages: Pages

    def named(self, text: str) -> list[Notice]:
        """The notices meant: all of a contract, or one by its id; "contract:12" and "notice:12" leave no doubt.

        Raises:
            NothingToProve: there are none, or it could be both.
        """
        sort, _, value = text.rpartition(":") if text.startswith(("contract:", "notice:")) else ("", "", text)
        of_contract = self.ledger.notices(contract=value) if sort != "notice" else []
        story = self.ledger.story(int(value)) if sort != "contract" and _is_an_id(value) else None
        if of_contract and story is not None:
            raise NothingToProve(f"{value} is a contract and a notice: say contract:{value} or notice:{value}")
        found = of_contract or ([story.notice] if story is not None else [])
        if not found:
            raise NothingToProve(f"the ledger has no notice of contract {value!r} and no notice of that id")
        return sorted(found, key=lambda notice: notice.id)

    def files(self, notices: Sequence[Notice], advance: Callable[[int], None]) -> dict[str, bytes]:
        """The files of the archive, by name."""
        stories = [story for story in (self.ledger.story(notice.id) for notice in notices) if story is not None]
        of_chain = mentions(self.engine, [story.notice.id for story in stories], advance)
        book = self._book(sorted({story.notice.key.contract for story in stories}))
        told = [self.told(story) for story in stories]
        mails = {mail.id: mail for each in told for mail in each.mails}
        files: dict[str, bytes] = {}
        for mail in mails.values():
            files |= _readable(mail)
        rows = {_file_of(table, row): (table, row) for table, row in of_chain.rows}
        files |= {name: of_chain.rows[of_row].encode() for name, of_row in rows.items()}
        files["chain.jsonl"] = _lines(of_chain)
        files["texts.json"] = _json([_text(each) for each in of_chain.texts])
        files["book.json"] = _json(book)
        files["check.py"] = Path(__file__).with_name("check.py").read_bytes()
        files["index.html"] = self.pages.of_evidence(told, of_chain, book).encode()
        files["README.txt"] = readme().encode()
        files["manifest.json"] = _json(_manifest(files, rows, mails.values(), of_chain))
        return dict(sorted(files.items()))

    def told(self, story: Story) -> Told:
        """The notice with its mails; what was purged of them is said in its place."""
        return Told(story, [mail_of(message.id, self._raw(message.id)) for message in story.messages])

    def customer(self, contract: str) -> Customer | None:
        """Whose the contract is; None for what is about no contract of the book."""
        with self.engine.connect().execution_options(sqlite_begin="DEFERRED") as connection:
            return customers(connection, [contract]).get(contract)

    def _raw(self, message_id: int) -> bytes | None:
        try:
            return self.ledger.raw(message_id)
        except LookupError:
            return None

    def _book(self, contracts: Sequence[str]) -> dict[str, Any]:
        with self.engine.connect().execution_options(sqlite_begin="DEFERRED") as connection:
            stored: Stored = Book(connection, self.pages.catalogue).stored([], contracts)
        lines = [{"contract": key[0], "line": key[1], **values} for key, values in sorted(stored.lines.items())]
        accounts = [{"number": number, **values} for number, values in sorted(stored.accounts.items())]
        return {"accounts": accounts, "contracts": stored.account_of, "lines": lines}


def _is_an_id(text: str) -> bool:
    """A contract's number may be longer than any row's."""
    return text.isascii() and text.isdigit() and len(text) < len(str(2**63))


def write(files: Mapping[str, bytes], draft: Path) -> None:
    """Writes the archive."""
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _MADE)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, _READABLE
            archive.writestr(entry, content)


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
    entries = (asdict(entry) | {"at": instant(entry.at)} for entry in of_chain.entries)
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
