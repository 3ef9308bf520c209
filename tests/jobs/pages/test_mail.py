"""What the gallery shows of a mail, read from the mail's own bytes."""

from __future__ import annotations

import base64
import json

import pytest

from jobs.pages.mail import mail_shown, script_json
from tests.jobs.pages.preview_builders import HTML, TEXT, a_mail

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def test_text_and_html_are_decoded():
    shown = mail_shown(a_mail().as_bytes())

    assert (shown["text"], str(shown["html"]).strip()) == (TEXT, HTML)


def test_headers_are_decoded_in_their_order():
    shown = mail_shown(a_mail().as_bytes())

    assert shown["headers"][:3] == [
        ("From", "ライセンス窓口 <desk@example.co.jp>"),
        ("To", "山田 太郎 <owner@example.co.jp>"),
        ("Subject", "【更新のご案内】株式会社みほん商事 12月2日まで"),
    ]
    assert shown["subject"] == "【更新のご案内】株式会社みほん商事 12月2日まで"


def test_the_source_is_the_mail_as_it_stands():
    raw = a_mail().as_bytes()

    assert mail_shown(raw)["source"] == raw.decode()


def test_a_mail_of_text_alone_has_no_html():
    assert mail_shown(a_mail(html=None).as_bytes())["html"] is None


def test_attachments_are_listed_with_name_kind_and_size_and_text_ones_can_be_read():
    mail = a_mail()
    mail.add_attachment("BEGIN:VCALENDAR\n", subtype="calendar", filename="購入期限.ics")
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="order.pdf")

    calendar, order = mail_shown(mail.as_bytes())["parts"]

    assert (calendar["name"], calendar["type"], calendar["text"]) == (
        "購入期限.ics",
        "text/calendar",
        "BEGIN:VCALENDAR\n",
    )
    assert (order["name"], order["type"], order["size"], order["text"]) == ("order.pdf", "application/pdf", 8, None)


def test_an_image_inside_the_mail_comes_as_data_for_its_content_id():
    mail = a_mail(html='<img src="cid:logo@example.co.jp">')
    mail.get_payload()[1].add_related(PIXEL, "image", "png", cid="<logo@example.co.jp>")

    (logo,) = mail_shown(mail.as_bytes())["parts"]

    assert logo["contentId"] == "logo@example.co.jp"
    assert logo["image"] == "data:image/png;base64," + base64.b64encode(PIXEL).decode()


def test_an_image_that_is_merely_attached_is_not_copied_into_the_page():
    mail = a_mail()
    mail.add_attachment(PIXEL, maintype="image", subtype="png", filename="map.png")

    (attached,) = mail_shown(mail.as_bytes())["parts"]

    assert (attached["image"], attached["size"]) == (None, len(PIXEL))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"Subject: =?no-such-charset?b?////?=\r\n\r\nx",
        b'From: <a@[\r\nTo: ,,;:<>"\r\nSubject: \xe3\x81\xff\r\n\r\n\xff',
        b"Content-Type: text/plain; charset=no-such-charset\r\n\r\n\x93\xfa\x96\x7b",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>",
        b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!",
    ],
)
def test_a_mail_that_is_broken_is_shown_as_far_as_it_goes(raw):
    shown = mail_shown(raw)

    assert shown["source"] == raw.decode("utf-8", "replace")
    script_json(shown).encode("utf-8")


def test_json_for_a_script_reads_back_as_it_was():
    value = {"<>&\u2028\u2029": ["</script>", "株式会社\u202e", '\0\x7f"\\', None, True, 3]}

    assert json.loads(script_json(value)) == value


def test_half_a_character_becomes_a_question_mark():
    assert script_json("a\udcffb") == '"a?b"'
