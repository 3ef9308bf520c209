"""Names and subjects that mail programs have broken on, the same ones in every run."""

from __future__ import annotations

from random import Random

from notify.letters.words import Words
from notify.mail.headers import Mailbox
from notify.mail.message import message_bytes
from tests.notify.builders import NOW

SENDER = "notices@example.com"
_RUNS = (
    "株式会社例示商事契約更新期限のご案内見本花子",  # 3 octets a character
    "ｱｲｳﾃﾞﾓ㈱①髙﨑～－―〜",
    "éüñßøÅжλ",  # 2
    "𠮷𡈽😀🗻",  # 4
    "abcXYZ019",  # 1
)
_WHOLE = (
    *(" ", " ", " ", "\u3000", ".", ",", ";", ":", "<", ">", "@", '"', "(", ")", "[", "]", "\\", "'", "_", "=", "?"),
    *("=?utf-8?b?44GC?=", "=?iso-2022-jp?q?x?=", "=?", "?=", "?==?", "=3D", "&lt;", "%E3%81%82", "%s", "{{ x }}"),
    *("a@example.com", "<b@example.com>", ", c@example.com", "Re: ", "[外部]", '"引用"', "(comment", "\\\\", '\\"'),
    *(
        "👨‍👩‍👧‍👦",
        "葛󠄀",
        "が",
        "\u202e逆\u202c",
        "\u200b",
        "\ufeff",
        "שלום",
        "\r\nBcc: x@example.com",
        "\t",
        "\x85",
        "\u2028",
    ),
    *("x" * 70, "長" * 40, "é" * 30, "😀" * 15, "a" + "漢" * 20, "ab" + "漢" * 20, "\x85", "\u2028", "…"),
)


def hostile_texts(count: int, seed: int) -> list[str]:
    """Every third of one script alone with a foreign sign or two in it: what makes the octets of words odd."""
    random = Random(seed)  # noqa: S311 - nothing is kept secret with it
    return [_text(random, is_odd=number % 3 == 0) for number in range(count)]


def mail_of(subject: str, name: str, number: int = 1) -> bytes:
    """A mail with the subject and, as its sender's name and its recipients', the name."""
    return message_bytes(
        Words(subject=subject, text="", html="", template_hash=""),
        sender=Mailbox(name, SENDER),
        reply_to=None,
        to=[Mailbox(name, "owner@example.co.jp"), Mailbox(name, "a..b@docomo.example")],
        cc=[],
        message_id=f"{number}@example.com",
        date=NOW,
        language="ja",
    )


def _text(random: Random, *, is_odd: bool) -> str:
    if is_odd:
        return _spoilt(random, "".join(random.choices(random.choice(_RUNS), k=random.randint(1, 50))))
    return "".join(_part(random) for _ in range(random.randint(1, 9)))


def _spoilt(random: Random, text: str) -> str:
    for _ in range(random.randint(0, 3)):
        place = random.randint(0, len(text))
        text = text[:place] + random.choice("aé漢😀 .") + text[place:]
    return text


def _part(random: Random) -> str:
    if random.random() < 0.5:
        return random.choice(_WHOLE)
    return "".join(random.choices(random.choice(_RUNS), k=random.randint(1, 12)))
