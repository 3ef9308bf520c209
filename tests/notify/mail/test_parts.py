"""Attachments, inline images, where to unsubscribe, where failures come back; and what other programs read in a mail.

The strict reader here is written from RFC 2046 and RFC 2231 alone. The other parser shares no code with Python's.
"""

from __future__ import annotations

import base64
import re
from urllib.parse import unquote_to_bytes

import fast_mail_parser
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from notify.letters.renderer import Renderer
from notify.letters.words import Words
from notify.mail.headers import Mailbox, Unsubscribe, clean_name
from notify.mail.message import Attachment, message_bytes
from tests.notify.builders import NOW, a_mail
from tests.notify.letters.builders import LANGUAGES, LETTERS, sample

RENDERER = Renderer()

PDF = Attachment("見積書.pdf", "application", "pdf", b"%PDF \x00\xff" * 100)
ICS = Attachment("day.ics", "text", "calendar", "予定\r\n".encode(), (("charset", "utf-8"), ("method", "PUBLISH")))
LOGO = Attachment("logo.png", "image", "png", b"\x89PNG\r\n\x1a\n" * 30, content_id="logo@example.co.jp")


def split(raw: bytes) -> tuple[dict[str, str], bytes]:
    head, _, body = raw.partition(b"\r\n\r\n")
    unfolded = re.sub(r"\r\n[ \t]", " ", head.decode("ascii"))
    return dict(line.split(": ", 1) for line in unfolded.split("\r\n")), body


def tree(raw: bytes):
    """(type, [parts]) for a multipart, (type, headers, content) for a leaf; fails on anything not quite right."""
    headers, body = split(raw)
    kind = headers["Content-Type"].split(";")[0]
    if not kind.startswith("multipart/"):
        lines = body.split(b"\r\n")
        assert all(len(line) == 76 for line in lines[:-1])
        assert len(lines[-1]) <= 76
        return kind, headers, base64.b64decode(b"".join(lines), validate=True)
    boundary = re.search(r'boundary="([^"]{1,70})"', headers["Content-Type"])[1].encode()
    prologue, *inner, epilogue = re.split(rb"(?:^|\r\n)--" + re.escape(boundary) + rb"(?:--)?\r\n", body)
    assert (prologue, epilogue) == (b"", b"")
    assert body.endswith(b"\r\n--" + boundary + b"--\r\n")
    return kind, [tree(part) for part in inner]


def shape(node):
    return node[0] if len(node) == 3 else (node[0], [shape(each) for each in node[1]])


def leaves(node):
    return [node] if len(node) == 3 else [leaf for each in node[1] for leaf in leaves(each)]


def file_name(headers: dict[str, str]) -> str:
    """The name as RFC 2231 reads it: quoted, or extended, or extended in numbered pieces."""
    value = headers["Content-Disposition"]
    if plain := re.search(r'filename="([^"\\]*)"', value):
        return plain[1]
    pieces = re.findall(r"filename\*(?:([0-9]+)\*)?=([^;]+)", value)
    assert [number for number, _ in pieces] in ([""], [str(number) for number in range(len(pieces))])
    joined = "".join(piece for _, piece in pieces)
    assert joined.startswith("utf-8''")
    return unquote_to_bytes(joined.removeprefix("utf-8''")).decode("utf-8")


@pytest.mark.parametrize(
    ("attachments", "expected"),
    [
        ([], ("multipart/alternative", ["text/plain", "text/html"])),
        (
            [ICS, PDF],
            (
                "multipart/mixed",
                [("multipart/alternative", ["text/plain", "text/html"]), "text/calendar", "application/pdf"],
            ),
        ),
        (
            [LOGO],
            ("multipart/alternative", ["text/plain", ("multipart/related", ["text/html", "image/png"])]),
        ),
        (
            [LOGO, ICS],
            (
                "multipart/mixed",
                [
                    ("multipart/alternative", ["text/plain", ("multipart/related", ["text/html", "image/png"])]),
                    "text/calendar",
                ],
            ),
        ),
    ],
)
def test_each_part_stands_where_readers_look_for_it(attachments, expected):
    raw = a_mail(attachments=attachments)

    assert shape(tree(raw)) == expected
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 76
    assert raw == a_mail(attachments=attachments)


def test_files_come_back_byte_for_byte_under_their_names():
    _, _, image, calendar, pdf = leaves(tree(a_mail(attachments=[LOGO, ICS, PDF])))

    assert (image[2], calendar[2], pdf[2]) == (LOGO.data, ICS.data, PDF.data)
    assert calendar[1]["Content-Type"] == "text/calendar; charset=utf-8; method=PUBLISH"
    assert file_name(pdf[1]) == "見積書.pdf"
    assert image[1]["Content-ID"] == "<logo@example.co.jp>"
    assert image[1]["Content-Disposition"].startswith("inline;")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=120))
@example("長い名前の見積書" * 12 + ".pdf")
@example('a"b\\c;d=e.pdf')
@example("../../etc/passwd")
@example("a\r\nX-Evil: 1")
@example("it's 100%.pdf")
def test_any_name_of_a_file_comes_back_as_it_was_and_leads_to_no_folder(name):
    wanted = clean_name(name).replace("/", "-").replace("\\", "-")
    assume(wanted)

    raw = a_mail(attachments=[Attachment(name, "application", "pdf", b"x")])
    headers = leaves(tree(raw))[-1][1]

    assert file_name(headers) == wanted
    assert set(headers) == {"Content-Type", "Content-Disposition", "Content-Transfer-Encoding"}
    assert max(map(len, raw.split(b"\r\n"))) <= 76


@pytest.mark.parametrize(
    "broken",
    [
        Attachment("x", "text/x", "plain", b""),
        Attachment("x", "text", "calendar; x=y", b""),
        Attachment("x", "text", "calendar", b"", (("method", "A B"),)),
        Attachment("x", "text", "calendar", b"", (("me\r\nthod", "A"),)),
        Attachment("x", "image", "png", b"", content_id="a@b>\r\nX: <c"),
        Attachment("x", "image", "png", b"", content_id="no-at-sign"),
    ],
)
def test_what_cannot_stand_in_a_part_s_header_is_refused(broken):
    with pytest.raises(ValueError, match="cannot stand in a header"):
        a_mail(attachments=[broken])


def test_where_to_unsubscribe_is_said_only_when_it_is_given():
    assert b"List-Unsubscribe" not in a_mail()

    raw = a_mail(unsubscribe=Unsubscribe(("mailto:stop@example.co.jp",)))

    assert b"\r\nList-Unsubscribe: <mailto:stop@example.co.jp>\r\n" in raw
    assert b"List-Unsubscribe-Post" not in raw


def test_one_click_unsubscribing_is_offered_in_one_unbroken_line():
    """RFC 8058; a folded or encoded address is of no use to receivers."""
    address = "https://example.co.jp/stop/" + "a1B2" * 40

    raw = a_mail(unsubscribe=Unsubscribe((address,), is_one_click=True))

    assert f"<{address}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n".encode() in raw
    assert split(raw)[0]["List-Unsubscribe"].strip() == f"<{address}>"


def test_several_ways_to_unsubscribe_stand_in_one_header_folded_between_them():
    addresses = ("https://example.co.jp/stop/" + "a1B2" * 20, "mailto:stop@example.co.jp?subject=unsubscribe")

    raw = a_mail(unsubscribe=Unsubscribe(addresses, is_one_click=True))

    assert f"List-Unsubscribe: <{addresses[0]}>,\r\n <{addresses[1]}>\r\n".encode() in raw


@pytest.mark.parametrize(
    "unsubscribe",
    [
        Unsubscribe(("http://example.co.jp/",)),
        Unsubscribe(("https://example.co.jp/>\r\nBcc: <x@y.jp",)),
        Unsubscribe(("https://例示.jp/",)),
        Unsubscribe(("mailto:stop@example.co.jp",), is_one_click=True),
        Unsubscribe(("https://example.co.jp/", "")),
    ],
)
def test_an_unsubscribe_address_that_cannot_be_used_is_refused(unsubscribe):
    with pytest.raises(ValueError, match=r"cannot stand in a header|https: address only"):
        a_mail(unsubscribe=unsubscribe)


# Another program's view


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_another_parser_reads_every_letter_as_it_was_written(letter, language):
    words = RENDERER.words(letter, language, sample(letter, language))
    raw = message_bytes(
        words,
        sender=Mailbox("例示ネットワークス株式会社", "notices@example.co.jp"),
        reply_to=Mailbox("営業 窓口", "sales@example.co.jp"),
        to=[Mailbox("見本 花子", "owner@example.co.jp")],
        cc=[],
        message_id="1@example.co.jp",
        date=NOW,
        language=language,
        attachments=[ICS, PDF, LOGO],
    )

    mail = fast_mail_parser.parse_email(raw)

    assert mail.subject == words.subject
    assert [text.replace("\r\n", "\n") for text in mail.text_plain] == [words.text]
    assert [text.replace("\r\n", "\n") for text in mail.text_html] == [words.html]
    assert {(each.filename, each.mimetype, each.content) for each in mail.attachments} >= {
        ("見積書.pdf", "application/pdf", PDF.data),
        ("logo.png", "image/png", LOGO.data),
    }
    assert mail.headers["From"] == ["例示ネットワークス株式会社 <notices@example.co.jp>"]
    assert mail.headers["Reply-To"] == ["営業 窓口 <sales@example.co.jp>"]
    assert mail.headers["Message-ID"] == ["<1@example.co.jp>"]
    assert mail.warnings == []


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("契約更新の件①㈱髙　 aZ09.,;:<>@\"'()[]\\=?_-&𠮷👨‍👩‍👧‍👦é"), max_size=80))
@example("契約 更新 期限 の ご案内 " * 4)
def test_another_parser_reads_every_subject_as_it_was_written(subject):
    assume(clean_name(subject))
    raw = message_bytes(
        Words(subject=subject, text="本文", html="<p>本文</p>", template_hash=""),
        sender=Mailbox("", "notices@example.co.jp"),
        reply_to=None,
        to=[Mailbox("", "owner@example.co.jp")],
        cc=[],
        message_id="1@example.co.jp",
        date=NOW,
        language="ja",
    )

    assert fast_mail_parser.parse_email(raw).subject == clean_name(subject)
