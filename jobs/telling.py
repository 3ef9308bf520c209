"""The sales desk is told at once what came back, and what a new owner has to do (N8)."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from contracts.store import Book

if TYPE_CHECKING:
    from jobs.app import App
    from notify.bounces_reading import Bounce
    from notify.ledger import Envelope

_AT_ONCE = 50  # bounces that one mail tells of; `kigen bounce --list` has them all
_SECONDS = 30  # a mail server waits for us while we tell
SUBJECT = "通知メールが届きませんでした"
_CLASSES = {
    "hard": "宛先不明（アドレスが使われていません）",
    "soft": "一時的な理由（メールボックスの容量超過など）で配信を断念",
    "policy": "受信側の方針・フィルタによる拒否（アドレスの問題ではありません）",
    "unknown": "理由不明",
}
_HELD = """\
このオーナー宛の通知は保留しています。

お願いしたいこと:
  1. お客様に連絡し、新しいオーナーを決めていただいてください。オーナーの変更は、
     新しいオーナーのメールアドレスから申請していただく必要があります。
  2. 登録が済んだら、新しいアドレスを契約台帳に入れて取り込んでください (kigen import FILE)。
     保留中の通知は、次の配信で新しいオーナーに一度だけ送られます。
  3. 同じアドレスが再び使えるようになった場合: kigen bounce --clear {address}
"""
_NOT_HELD = {
    "soft": "続くようであれば保留に切り替わります。急ぐ通知は別の方法でお客様にお伝えください。",
    "policy": "送信側（当社）の設定や評判の確認が必要です。内容は別の方法でお客様にお伝えください。",
    "unknown": "応答の内容をご確認のうえ、必要なら別の方法でお客様にお伝えください。",
}
_COPY = "これは写し (cc) の宛先です。オーナー宛の通知は止めていません。"


async def tell_desk(app: App) -> str:
    """Tells the desk of what it has not been told of; "" where that was done or there is nothing, else why not.

    Nothing is told at once where the configuration leaves it to the daily letter.
    What was not told is told by the next delivery or report. Told twice is possible, after a crash; not told is not.

    Raises:
        ConfigError: the transport's configuration cannot be used, or the state file.
        DBAPIError: the database cannot be reached.
    """
    desk, is_urgent = app.settings.sender.sales_desk.email, "bounced" in app.settings.jobs.operator_digest.urgent
    found = app.ledger.untold_bounces(_AT_ONCE) if desk and is_urgent else []
    if not found:
        return ""
    why = await mail_desk(app, _subject(found), _text(app, found))
    if not why:
        app.ledger.note_told(found, app.clock.now())
    return why


async def mail_desk(app: App, subject: str, text: str) -> str:
    """Mails the desk through the same gate as the notices; "" where that was done or there is no desk, else why not.

    Raises:
        ConfigError: the transport's configuration cannot be used, or the state file.
        DBAPIError: the database cannot be reached.
    """
    desk = app.settings.sender.sales_desk.email
    if not desk:
        return ""
    from jobs.trial_mail import Trial, hand_over_one

    try:
        async with asyncio.timeout(_SECONDS):
            came_of, said, _ = await hand_over_one(app, _envelope(app, desk, subject, text))
    except TimeoutError:
        return f"no answer within {_SECONDS} seconds"
    return "" if came_of is Trial.ACCEPTED else said or str(came_of)


def _subject(found: Sequence[Bounce]) -> str:
    needs_a_person = any(bounce.is_marked and bounce.role == "to" for bounce in found)
    return f"【要対応】{SUBJECT}" if needs_a_person else f"【お知らせ】{SUBJECT}"


def _text(app: App, found: Sequence[Bounce]) -> str:
    with app.engine.connect().execution_options(sqlite_begin="DEFERRED") as connection:
        book = Book(connection, app.catalogue)
        parts = [_told(bounce, _customers(book, bounce)) for bounce in found]
    return "\n".join(["次の通知メールは、宛先に届きませんでした。\n", *parts, "一覧: kigen bounce --list\n"])


def _customers(book: Book, bounce: Bounce) -> list[str]:
    numbers = dict.fromkeys(key.contract for key in bounce.notices)
    contracts = book.contracts(list(numbers))
    return [f"{each.account.company}（契約 {each.number}）" for each in contracts]


def _told(bounce: Bounce, customers: Iterable[str]) -> str:
    lines = [
        f"■ {'、'.join(customers) or '（契約台帳にありません）'}",
        f"  宛先: {bounce.address}（{'オーナー' if bounce.role == 'to' else '写し'}）",
        *(f"  通知: {key.kind} {key.contract}/{key.line} {key.occasion}" for key in bounce.notices),
        f"  種類: {_CLASSES[bounce.bounce_class]}",
        f"  応答: {' '.join(filter(None, (bounce.status, bounce.diagnostic))) or '（なし）'}",
        "",
    ]
    return "\n".join(lines) + _to_do(bounce)


def _to_do(bounce: Bounce) -> str:
    if bounce.role != "to":
        return f"{_COPY}\n"
    if bounce.is_marked:
        return _HELD.format(address=bounce.address)
    return f"{_NOT_HELD.get(bounce.bounce_class, _NOT_HELD['unknown'])}\n"


def _envelope(app: App, desk: str, subject: str, text: str) -> Envelope:
    from email.utils import parseaddr

    from contracts.addresses import mailable
    from notify.ledger import Envelope
    from notify.message import Mailbox, message_bytes
    from notify.rendering import Words

    composer = app.composer
    sender, address = composer.sender.address, mailable(parseaddr(desk)[1])
    message_id = f"desk.{secrets.token_hex(16)}@{sender.rpartition('@')[2]}"
    raw = message_bytes(
        Words(subject, text, f"<pre>{escape(text)}</pre>\n", template_hash=""),
        sender=composer.sender,
        reply_to=None,
        to=[Mailbox(app.settings.sender.sales_desk.name, address)],
        cc=[],
        message_id=message_id,
        date=app.clock.now().astimezone(app.clock.zone),
        language="ja",
    )
    return Envelope(
        id=0, message=0, message_id=message_id, kind="desk", role="to", sender=app.return_path.base or sender,
        address=address, raw=raw, owner="", attempt=1, tries=0, resends=0,
    )  # fmt: skip
