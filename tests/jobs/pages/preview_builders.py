"""Entries and mails for the gallery's tests: invented companies, mails as the program would write them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from email.message import EmailMessage
from pathlib import Path

from jobs.pages.preview import CheckShown, Entry

CHECKS = (
    CheckShown("N1", "The notice is due on 2021-09-01, 4 months before the end month", passed=True),
    CheckShown("B1", "The continuation can be bought until 2021-12-02", passed=True),
    CheckShown("B4", "The item is recording storage", passed=None),
)
TEXT = "株式会社みほん商事\n山田 様\n\nご契約の終了予定日が近づいています。\n購入申込書の期限は2021年12月2日です。\n"
HTML = """<!doctype html><html lang="ja"><head><title>更新のご案内</title></head>
<body><h1>更新のご案内</h1><p>購入申込書の期限は<b>2021年12月2日</b>です。</p></body></html>"""


def a_mail(
    subject: str = "【更新のご案内】株式会社みほん商事 12月2日まで", text: str = TEXT, html: str | None = HTML
) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "ライセンス窓口 <desk@example.co.jp>"
    mail["To"] = "山田 太郎 <owner@example.co.jp>"
    mail["Subject"] = subject
    mail.set_content(text, cte="base64")
    if html is not None:
        mail.add_alternative(html, subtype="html", cte="base64")
    return mail


def an_entry(**facts: object) -> Entry:
    usual: dict[str, object] = {
        "day": date(2021, 9, 1),
        "kind": "renewal-notice",
        "contract": "K-0001",
        "line": "1",
        "occasion": "2022-01/4m",
        "company": "株式会社みほん商事",
        "partner": "",
        "action": "send",
        "reason": "due",
        "due_on": date(2021, 9, 1),
        "not_after": date(2021, 12, 2),
        "to": ("owner@example.co.jp",),
        "cc": (),
        "checks": CHECKS,
        "raw": a_mail().as_bytes(),
    }
    return Entry(**(usual | facts))  # type: ignore[arg-type]  # a wrong name fails the test that gives it


def listing(folder: Path) -> dict:
    """What `data/entries.js` hands to the page."""
    script = (folder / "data" / "entries.js").read_text("utf-8")
    assert script.startswith("kigenGallery.list(")
    return json.loads(script.removeprefix("kigenGallery.list(").removesuffix(");\n"))


def rows(folder: Path) -> list[dict]:
    found = listing(folder)
    return [dict(zip(found["fields"], row, strict=True)) for row in found["rows"]]


def chunk(path: Path) -> tuple[str, list[dict]]:
    """The digest and the entries that a `mails-….js` hands to the page."""
    call = re.fullmatch(r'kigenGallery\.mails\((\d+), "([0-9a-f]{16})", (.*)\);\n', path.read_text("utf-8"), re.DOTALL)
    assert call
    assert int(call[1]) == int(path.stem.removeprefix("mails-"))
    return call[2], json.loads(call[3])


def details(folder: Path) -> Iterator[dict]:
    for path in sorted((folder / "data").glob("mails-*.js")):
        yield from chunk(path)[1]


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
