"""What a mail's bytes are."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from notify.mail.headers import Mailbox
from tests.notify.builders import a_mail

JAPAN = timezone(timedelta(hours=9))


def parsed(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def all_defects(message: EmailMessage) -> list[object]:
    found: list[object] = []
    for part in message.walk():
        part.get_payload(decode=True)  # a body's defects are found when it is decoded
        found += [*part.defects, *(defect for value in part.values() for defect in value.defects)]
    return found


def test_a_parser_finds_text_and_html_as_they_were_written_and_no_defect():
    message = parsed(a_mail(text="更新期限は12月2日です。\n𠮷野家 ①㈱髙\n"))

    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert message.get_body(("plain",)).get_content().replace("\r\n", "\n") == "更新期限は12月2日です。\n𠮷野家 ①㈱髙\n"
    assert "𠮷野家" in message.get_body(("html",)).get_content()
    assert all_defects(message) == []


def test_every_line_is_7_bit_ends_in_crlf_and_stays_within_76_characters():
    many = [Mailbox(f"株式会社サンプル商事 第{n}営業部", f"admin{n}@example.co.jp") for n in range(20)]

    raw = a_mail(text="日本語の長い行" * 200, cc=many)

    assert raw.isascii()
    assert raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n")
    assert max(map(len, raw.split(b"\r\n"))) <= 76


def test_line_ends_of_any_kind_become_crlf_in_the_text():
    text = parsed(a_mail(text="一\n二\r\n三\r四")).get_body(("plain",)).get_payload(decode=True)

    assert text.decode() == "一\r\n二\r\n三\r\n四"


def test_headers_say_who_it_is_from_and_to_and_that_no_one_need_answer():
    message = parsed(
        a_mail(
            reply_to=Mailbox("営業窓口", "sales@example.com"),
            cc=[Mailbox("", "admin@example.co.jp"), Mailbox("Sato, Hanako", "sato@example.co.jp")],
            message_id="abc.1@example.com",
        )
    )

    assert str(message["From"]) == "株式会社サンプル <notices@example.com>"
    assert str(message["To"]) == "山田 太郎 <owner@example.co.jp>"
    assert [(each.display_name, each.addr_spec) for each in message["Cc"].addresses] == [
        ("", "admin@example.co.jp"),
        ("Sato, Hanako", "sato@example.co.jp"),
    ]
    assert message["Reply-To"].addresses[0].addr_spec == "sales@example.com"
    assert message["Message-ID"] == "<abc.1@example.com>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "DR, RN, NRN, OOF, AutoReply"
    assert message["Content-Language"] == "ja"
    assert message["MIME-Version"] == "1.0"


def test_headers_without_anyone_in_them_are_left_out():
    message = parsed(a_mail(cc=[], reply_to=None))

    assert "Cc" not in message
    assert "Reply-To" not in message


def test_the_date_keeps_the_offset_it_was_given():
    message = parsed(a_mail(date=datetime(2021, 9, 1, 9, 0, 5, tzinfo=JAPAN)))

    assert message["Date"] == "Wed, 01 Sep 2021 09:00:05 +0900"


def test_the_same_arguments_give_the_same_bytes_and_another_message_id_another_boundary():
    boundaries = {
        re.findall(rb'boundary="([^"]+)"', a_mail(message_id=each))[0] for each in ("1@a.jp", "1@a.jp", "2@a.jp")
    }

    assert a_mail() == a_mail()
    assert len(boundaries) == 2


def test_carriers_addresses_that_break_the_grammar_can_be_written_to():
    raw = a_mail(to=[Mailbox("", f"{local}@docomo.example") for local in ("a..b", "a.", ".a", "a.b")])

    assert re.findall(rb"<(.+?)@docomo", raw) == [b'"a..b"', b'"a."', b'".a"', b"a.b"]
    assert [each.username for each in parsed(raw)["To"].addresses] == ["a..b", "a.", ".a", "a.b"]
    assert all_defects(parsed(raw)) == []


@pytest.mark.parametrize(
    "address",
    [
        "",
        "owner",
        "a@b@c.jp",
        "a b@c.jp",
        "a@c.jp\r\nBcc: x@y.jp",
        "a,b@c.jp",
        "<a@c.jp>",
        "営業@c.jp",
        "a@日本.jp",
        "a@c.jp\u2028",
    ],
)
def test_an_address_that_cannot_stand_in_a_header_is_refused(address):
    with pytest.raises(ValueError, match="as an address"):
        a_mail(to=[Mailbox("", address)])


@pytest.mark.parametrize("message_id", ["", "no-at-sign", "a@b>\r\nBcc: <x@y", "日本@example.com", "<a@b>"])
def test_a_message_id_that_cannot_stand_in_a_header_is_refused(message_id):
    with pytest.raises(ValueError, match="as a Message-ID"):
        a_mail(message_id=message_id)


def test_a_language_with_a_line_break_is_refused():
    with pytest.raises(ValueError, match="as a language"):
        a_mail(language="ja\r\nBcc: x@y.jp")


def test_a_date_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        a_mail(date=datetime(2021, 9, 1, tzinfo=UTC).replace(tzinfo=None))
