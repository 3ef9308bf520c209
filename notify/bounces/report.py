"""Delivery reports: what a mail that came back says, of which message, about whom. Bytes → values, nothing else.

Reports come from servers that nobody here chose, and anyone may write one: a mail is read up to a size and a depth,
and what cannot be understood is said to be so. Which envelope a report speaks of is found by the ledger.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256

from notify.bounces.fields import findings_in_fields
from notify.bounces.mail import Part, addresses_in, first_of, parsed, printable_line
from notify.bounces.prose import is_from_a_server, message_ids_in, reported_in_prose
from notify.bounces.values import Action, Finding, Report, Sort
from notify.bounces.words import is_absence_note

_SENT_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "To")
_ANSWERS = ("In-Reply-To", "References")
_STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")
_ORIGINALS = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers")
_RECEIPTS = ("message/disposition-notification", "message/global-disposition-notification")
_MOST = 50  # addresses and Message-IDs that a report may name


def read_report(raw: bytes) -> Report:
    """What the mail says of earlier mails.

    Raises:
        UnreadableReport: it is no mail at all.
    """
    mail = parsed(raw)
    fields = first_of(mail, _STATUS_PARTS)
    original = _original(mail)
    sort, findings, server = _understood(mail, fields)
    return Report(
        sort=sort,
        findings=tuple(findings[:_MOST]),
        reporting_mta=server,
        message_ids=tuple(dict.fromkeys(_message_ids(mail, original)))[:_MOST],
        sent_to=tuple(dict.fromkeys(_sent_to(mail, original, fields)))[:_MOST],
        reported_at=_date(mail),
        digest=_digest(mail, raw),
    )


def _understood(mail: Part, fields: Part | None) -> tuple[Sort, list[Finding], str]:
    if fields is not None:
        findings, server = findings_in_fields(fields, mail)
        if findings:
            sort, chosen = _by_action(findings)
            return sort, chosen, server
    if first_of(mail, ("message/feedback-report",)) or mail.parameter("report-type") == "feedback-report":
        return Sort.FEEDBACK, [], ""
    if is_from_a_server(mail):
        sort_and_findings = reported_in_prose(mail)
        if sort_and_findings is not None:
            return *sort_and_findings, ""
    if first_of(mail, _RECEIPTS) or is_absence_note(mail.header, mail.header("Subject")):
        return Sort.AUTO_REPLY, [], ""
    return Sort.OTHER, [], ""


def _by_action(findings: list[Finding]) -> tuple[Sort, list[Finding]]:
    """A report that speaks of several recipients is a bounce where it is one for any of them."""
    for sort, action in ((Sort.BOUNCE, Action.FAILED), (Sort.DELAYED, Action.DELAYED)):
        chosen = [finding for finding in findings if finding.action is action]
        if chosen:
            return sort, chosen
    return Sort.DELIVERED, findings


def _original(mail: Part) -> Part | None:
    """The mail that came back, or its headers, where it came back as a part of its own."""
    part = first_of(mail, _ORIGINALS)
    if part is None:
        return None
    return parsed(part.content() + b"\n\n", is_inner=True)


def _message_ids(mail: Part, original: Part | None) -> list[str]:
    found = message_ids_in(f"Message-ID: {original.header('Message-ID')}") if original else []
    found += message_ids_in(mail.all_text())
    for name in _ANSWERS:
        found += message_ids_in("\n".join(f"Message-ID: {each}" for each in mail.header(name).split()))
    return found


def _sent_to(mail: Part, original: Part | None, fields: Part | None) -> list[str]:
    """The addresses that the report was sent to, the most reliable first: what the mail said of itself comes last."""
    found = [address for name in _SENT_TO for line in mail.headers(name) for address in addresses_in(line)]
    found += addresses_in(original.header("Return-Path")) if original else []
    if fields is not None:
        sender = (line for line in fields.text().splitlines() if line.lower().startswith("x-postfix-sender:"))
        found += [address for line in sender for address in addresses_in(line)]
    return found


def _date(mail: Part) -> datetime | None:
    try:
        at = parsedate_to_datetime(mail.header("Date"))
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None  # many servers write none, or an odd one; when it came to us is known in any case


def _digest(mail: Part, raw: bytes) -> str:
    """The report's identity: the servers that it passed add lines to its head, so only its own name counts of that."""
    body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[2]
    name = printable_line(mail.header("Message-ID")).encode()
    return sha256(name + b"\0" + body.rstrip(b"\n")).hexdigest()
