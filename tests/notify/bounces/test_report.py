"""Delivery reports read: each form as its servers write it, what is no bounce, and input that means harm."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notify.bounces.mail import LONGEST, UnreadableReport
from notify.bounces.report import read_report
from notify.bounces.values import BounceClass, Sort
from notify.bounces.words import class_of
from tests.notify.bounces.builders import HARD, a_report

REPORTS = Path(__file__).parent / "reports"
OWNER, ADMIN = "owner@example.co.jp", "admin@example.co.jp"


def report(name):
    return read_report((REPORTS / f"{name}.eml").read_bytes())


def said(name):
    """Of each recipient of the report: the address, the class, the code."""
    return [(found.recipient, found.bounce_class.value, found.status) for found in report(name).findings]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("postfix", [(OWNER, "hard", "5.1.1")]),
        ("postfix_expired", [(OWNER, "soft", "4.4.1")]),
        ("two_recipients", [(OWNER, "hard", "5.1.1"), (ADMIN, "soft", "5.2.2")]),
        ("policy", [(OWNER, "policy", "5.0.0")]),
        ("exim", [(OWNER, "hard", "5.1.1")]),
        ("exim_unrouteable", [("owner@gone.example", "hard", "")]),
        ("exim_fields", [("owner@gone.example", "hard", "5.0.0"), (ADMIN, "soft", "5.2.2")]),
        ("exim_over_quota", [(OWNER, "soft", "")]),
        ("sendmail", [(OWNER, "hard", "5.1.1")]),
        ("sendmail_transcript", [(OWNER, "hard", "")]),
        ("qmail", [(OWNER, "hard", "5.1.1"), (ADMIN, "policy", "5.7.1")]),
        ("exchange", [("owner@example.com", "hard", "5.1.10")]),
        ("exchange_old", [("owner@example.com", "hard", "5.1.1")]),
        ("exchange_365_access_denied", [("owner@example.com", "hard", "5.4.1")]),
        ("exchange_text_remote_server", [("owner@example.com", "soft", "5.2.2")]),
        ("gmail", [("owner@example.com", "hard", "5.1.1")]),
        ("gmail_full", [("owner@example.com", "soft", "5.2.2")]),
        ("carrier_unknown", [("a..owner@carrier.example", "hard", "")]),
        ("carrier_full", [("owner@carrier.example", "soft", "")]),
        ("carrier_refused", [("owner@carrier.example", "policy", "")]),
        ("carrier_mailbox_full", [("owner@provider.example", "soft", "")]),
        ("carrier_transcript", [("owner@phone.example", "hard", "")]),
        ("carrier_docomo", [("o.w-n.e.r.@phone.example", "hard", "")]),
        ("carrier_au_disabled", [("owner@phone.example", "hard", "")]),
        ("carrier_au_limited", [("owner@phone.example", "soft", "")]),
        ("carrier_softbank", [("owner@phone.example", "hard", "")]),
        ("provider_delivery_problems", [("owner@provider.example", "soft", "")]),
        ("provider_unsent_recipient", [(OWNER, "hard", "5.1.1")]),
        ("provider_ja", [("owner@provider.example", "hard", "5.1.1")]),
    ],
)
def test_each_form_of_report_says_who_did_not_get_it_and_why(name, expected):
    assert (report(name).sort, said(name)) == (Sort.BOUNCE, expected)


@pytest.mark.parametrize(
    ("name", "sort"),
    [
        ("postfix_delayed", Sort.DELAYED),
        ("exim_delayed", Sort.DELAYED),
        ("delivered", Sort.DELIVERED),
        ("vacation", Sort.AUTO_REPLY),
        ("receipt", Sort.AUTO_REPLY),
        ("feedback", Sort.FEEDBACK),
        ("human", Sort.OTHER),
    ],
)
def test_what_is_no_bounce_is_known_for_what_it_is(name, sort):
    assert report(name).sort is sort


BOUNCES = sorted(path.stem for path in REPORTS.glob("*.eml") if report(path.stem).sort is Sort.BOUNCE)


@pytest.mark.parametrize("name", BOUNCES)
def test_each_bounce_but_the_one_without_headers_names_the_mail_that_came_back(name):
    assert "renewal.1@example.jp" in report(name).message_ids


@pytest.mark.parametrize("name", BOUNCES)
def test_what_the_server_said_is_kept_as_one_line_without_addresses(name):
    for found in report(name).findings:
        assert found.diagnostic
        assert found.diagnostic.isprintable()
        assert "@" not in found.diagnostic
        assert len(found.diagnostic) <= 500


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("exim_unrouteable", "Unrouteable address"),
        ("exim_fields", "Unrouteable address"),
        (
            "exim_over_quota",
            "mailbox is full (MTA-imposed quota exceeded while writing to /var/mail/owner): retry timeout exceeded",
        ),
        ("sendmail", "(reason: 550 5.1.1 <(address)>... User unknown)"),
        ("sendmail_transcript", "<<< 550 User unknown"),
        ("carrier_au_limited", "The user(s) account is temporarily limited."),
        ("carrier_softbank", "送信先のメールアドレスが見つからないため、メールを配信できませんでした。"),
        ("provider_unsent_recipient", "550 5.1.1 <(address)>... User unknown"),
    ],
)
def test_what_is_kept_is_the_answer_and_not_what_the_report_says_around_it(name, answer):
    assert report(name).findings[0].diagnostic == answer


def test_what_an_old_exchange_quotes_of_our_mail_is_no_answer():
    assert "Subject" not in report("exchange_old").findings[0].diagnostic


def test_a_reply_of_several_lines_is_put_together():
    assert (
        report("gmail")
        .findings[0]
        .diagnostic.startswith(
            "550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking"
        )
    )


def test_a_report_says_which_server_wrote_it_when_and_where_to():
    found = report("postfix")

    assert found.reporting_mta == "mx.example.jp"
    assert found.reported_at == datetime(2021, 9, 1, 0, 31, 2, tzinfo=UTC)
    assert "bounces+42-abcdefghijklmnop@example.jp" in found.sent_to


def test_a_forwarded_mail_that_failed_names_both_addresses():
    (found,) = report("forwarded").findings

    assert (found.recipient, found.original_recipient) == ("somebody@elsewhere.example", OWNER)


def test_the_same_report_is_known_again_whatever_servers_it_passed_and_whatever_its_line_ends():
    raw = a_report()

    assert read_report(raw).digest == read_report(b"Received: by relay\n" + raw.replace(b"\n", b"\r\n")).digest
    assert read_report(raw).digest != read_report(a_report(name="another@mx.example.jp")).digest


def test_a_mail_kept_in_an_mbox_file_is_read():
    assert read_report(b"From MAILER-DAEMON Wed Sep  1 09:31:02 2021\n" + a_report()).sort is Sort.BOUNCE


def test_a_persons_mail_with_a_report_attached_is_that_persons_mail():
    """Whoever forwards a report to us must not have it taken for one."""
    inner = a_report().decode("ascii")
    raw = (
        "From: someone@example.com\nTo: bounces@example.jp\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="x"\n\n--x\nContent-Type: text/plain\n\nsee this\n'
        f"--x\nContent-Type: message/rfc822\n\n{inner}\n--x--\n"
    )

    assert read_report(raw.encode("ascii")).sort is Sort.OTHER


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"\x00\x01\x02", b"no header here", b"\xff" * 100])
def test_what_is_no_mail_is_said_to_be_none(raw):
    with pytest.raises(UnreadableReport, match="this is no mail"):
        read_report(raw)


def test_nesting_without_end_is_followed_so_far_and_no_further():
    raw = b"From: MAILER-DAEMON@x.example\n"
    for depth in range(5000):
        raw += b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (depth, depth)

    assert read_report(raw).sort is Sort.OTHER


def test_parts_without_number_are_read_up_to_a_limit():
    raw = b'From: MAILER-DAEMON@x.example\nContent-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\nx\n" * 50_000

    assert read_report(raw).sort is Sort.OTHER


def test_of_a_very_long_report_the_beginning_is_read():
    raw = a_report()[: -len(b"--b--\n")] + b"x" * (2 * LONGEST)

    assert read_report(raw).findings[0].bounce_class is BounceClass.HARD


HOSTILE = [
    b'Content-Type: multipart/report; boundary*0="a"; boundary*' + b"9" * 5000 + b'="b"',
    b"Content-Type: text/plain; charset=undefined",
    b"Content-Type: text/plain; charset=punycode",
    b"Content-Transfer-Encoding: base64",
    b"Subject: =?utf-8?b?A===?=",
    b"Subject: =?undefined?q?x?= =?x",
    b"Date: Thu, 99 Foo 99999 99:99:99 +99999",
    b"To: " + b"<" * 10_000,
]


@pytest.mark.parametrize("line", HOSTILE)
def test_a_header_that_means_harm_breaks_nothing(line):
    raw = a_report()

    assert read_report(line + b"\n" + raw).sort in Sort
    assert read_report(raw.replace(b"--b\n", b"--b\n" + line + b"\n")).sort in Sort


PIECES = st.sampled_from([path.read_bytes() for path in sorted(REPORTS.glob("*.eml"))])


@settings(max_examples=200, deadline=None)
@given(PIECES, st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 300), st.binary(max_size=40)), max_size=6))
def test_a_damaged_report_is_read_or_refused_and_nothing_else(raw, changes):
    for place, length, instead in changes:
        raw = raw[:place] + instead + raw[place + length :]
    try:
        found = read_report(raw)
    except UnreadableReport:
        return
    assert len(found.digest) == 64
    assert all("\x00" not in finding.recipient + finding.diagnostic for finding in found.findings)
    assert (found.sort in (Sort.BOUNCE, Sort.DELAYED, Sort.DELIVERED)) == bool(found.findings)


@pytest.mark.parametrize(
    ("status", "words", "expected"),
    [
        ("5.1.1", "", "hard"),
        ("5.1.2", "", "hard"),
        ("5.1.8", "", "policy"),  # our own address
        ("5.2.1", "", "hard"),
        ("5.2.2", "", "soft"),
        ("5.2.3", "", "policy"),
        ("5.4.4", "", "hard"),
        ("4.4.4", "", "soft"),
        ("4.7.1", "", "policy"),
        ("5.7.1", "", "policy"),
        ("5.7.13", "", "hard"),
        ("5.6.0", "", "policy"),
        ("5.0.0", "User unknown", "hard"),
        ("5.0.0", "", "unknown"),
        ("", "550 mailbox unavailable", "hard"),
        ("", "550 blocked by our policy filter", "policy"),
        ("", "451 come back", "soft"),
        ("", "550 because", "unknown"),
        ("", "retry timeout exceeded", "soft"),
        ("", "メールアドレスが見つかりませんでした", "hard"),
        ("", "554 delivery error: dd This user doesn't have a yahoo.co.jp account", "hard"),
        ("", "550 Recipient unknown", "hard"),
        ("", "550 Host unknown", "hard"),
        ("5.1.0", "550 5.1.0 Address rejected", "hard"),
        ("", "553 Sender address rejected: Domain not found", "policy"),
        ("", "550 Administrative prohibition", "policy"),
        ("", "550 Requested action not taken: mailbox unavailable. Reject due to policy restrictions", "policy"),
        ("", "550 Helo command rejected: Host not found", "policy"),
        ("", "553 the domain of the sender address does not exist", "policy"),
        ("", "550 returned to sender: user unknown", "hard"),
        ("", "あて先のメールアドレスは現在使用されていません", "hard"),
        ("", "ウイルスが検出されたため", "policy"),
        ("5.2.1", "550 5.2.1 The user is receiving mail at a rate that prevents additional messages", "soft"),
        ("", "450 mailbox unavailable: retry timeout exceeded", "soft"),  # of one that was never told for good
    ],
)
def test_a_code_that_says_something_comes_before_the_words_and_the_words_before_nothing(status, words, expected):
    assert class_of(status, words) == expected


@pytest.mark.parametrize(
    "words",
    [
        "host spamgw.example.co.jp [192.0.2.1] said: 550 No such user",
        "antivirus.example.co.jp[192.0.2.1] said: 550 No such user",
        "550 <info@virus-lab.example.jp>: User unknown",
    ],
)
def test_the_name_of_a_server_or_of_a_recipient_is_no_reason(words):
    assert class_of("", words) == "hard"


@pytest.mark.parametrize("action", ["failed", "delayed", "delivered", "relayed", "expanded"])
def test_what_the_server_did_decides_what_a_report_is(action):
    found = read_report(a_report(said=HARD, action=action))

    expected = {"failed": Sort.BOUNCE, "delayed": Sort.DELAYED}.get(action, Sort.DELIVERED)
    assert found.sort is expected


def test_fields_that_name_nobody_are_about_whom_the_mail_was_for():
    raw = a_report(said=HARD).replace(b"Final-Recipient: rfc822; owner@example.co.jp\n", b"")

    found = read_report(raw)

    assert (found.sort, found.findings[0].recipient, found.findings[0].bounce_class) == (Sort.BOUNCE, "", "hard")


@pytest.mark.parametrize("local", ['"a..b"', '"a\\..b"', "a..b"])
def test_an_address_in_quotes_is_named_without_them(local):
    fields = read_report(a_report(f"{local}@docomo.example"))
    prose = read_report(report_in_prose(f"<{local}@docomo.example>: user unknown"))
    header = read_report(report_in_prose("Unknown user.", failed=f"{local}@docomo.example"))

    assert [found.findings[0].recipient for found in (fields, prose, header)] == ["a..b@docomo.example"] * 3


def report_in_prose(said: str, failed: str = "") -> bytes:
    head = "From: MAILER-DAEMON@mx.example.jp\nSubject: Undeliverable mail\n"
    return (head + (f"X-Failed-Recipients: {failed}\n" if failed else "") + f"\n{said}\n").encode()


NAMES_NOBODY = """From: {sender}
To: bounces+1-abc@example.jp
Subject: Undeliverable mail
Content-Type: text/plain; charset=utf-8

ご指定のメールアドレスは存在しないため、メールをお届けできませんでした。
"""


def test_a_servers_text_that_names_nobody_is_about_whom_the_mail_was_for():
    found = read_report(NAMES_NOBODY.format(sender="MAILER-DAEMON@carrier.example").encode())

    assert (found.sort, found.findings[0].recipient, found.findings[0].bounce_class) == (Sort.BOUNCE, "", "hard")


@pytest.mark.parametrize(
    "sender",
    ["owner@carrier.example", "no-reply@carrier.example\nAuto-Submitted: auto-replied"],
)
def test_who_answers_by_himself_and_names_nobody_is_no_server(sender):
    found = read_report(("Return-Path: <>\n" + NAMES_NOBODY.format(sender=sender)).encode())

    assert found.sort is not Sort.BOUNCE


def test_no_database_is_asked_for_a_message_id_that_it_cannot_hold():
    """PostgreSQL refuses a NUL in a text, and the mail server would give the report again for days."""
    raw = a_report(message_id="a\x00b@example.jp")

    assert read_report(raw).message_ids == ()
