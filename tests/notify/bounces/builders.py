"""Builders for what comes back: delivery reports about mails that kigen sent, as a mail server writes them."""

from __future__ import annotations

from email.message import EmailMessage

HARD = ("5.1.1", "550 5.1.1 User unknown")
SOFT = ("5.2.2", "552 5.2.2 Mailbox full")
POLICY = ("5.7.1", "554 5.7.1 rejected as spam")


def a_report(  # noqa: PLR0913 - what a test may want to say of a report
    recipient: str = "owner@example.co.jp",
    said: tuple[str, str] = HARD,
    *,
    to: str = "bounces@example.jp",
    message_id: str = "",
    name: str = "report-1@mx.example.jp",
    action: str = "failed",
) -> bytes:
    """A report in fields (RFC 3464). Without a Message-ID of the original it can be matched by `to` alone."""
    status, diagnostic = said
    original = f"Message-ID: <{message_id}>\n" if message_id else "Subject: notice\n"
    return f"""Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.example.jp>
To: {to}
Subject: Undelivered Mail Returned to Sender
Date: Wed, 1 Sep 2021 09:31:02 +0900
Message-ID: <{name}>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.jp.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.jp

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {diagnostic}

--b
Content-Type: text/rfc822-headers

{original}
--b--
""".encode("ascii")


def report_about(mail: EmailMessage, said: tuple[str, str] = HARD, *, name: str = "report-1@mx.example.jp") -> bytes:
    """A report about a mail as it lies in the Maildir, sent to the mail's own return address."""
    return_path, message_id = str(mail["Return-Path"]).strip("<>"), str(mail["Message-ID"]).strip("<>")
    return a_report(str(mail["Delivered-To"]), said, to=return_path, message_id=message_id, name=name)
