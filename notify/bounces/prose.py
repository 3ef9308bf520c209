"""Reports in prose: qmail, Exim, the sendmail form, older Exchange and Postfix, and Japanese providers and carriers.

All of them have the same build: a sentence that opens the report, the recipients, each with what was said of it, and
then the original mail or its headers. A report is only looked for in what a server wrote, and by its opening.
"""

from __future__ import annotations

import re

from notify.addresses import unquoted
from notify.bounces.mail import LOCAL_PART, Part, addresses_in, diagnostic_line
from notify.bounces.values import Action, BounceClass, Finding, Sort
from notify.bounces.words import class_of, is_absence_note, status_in

_SERVERS = re.compile(
    r"(?:mailer[-_.]?daemon|mail[-_.]?daemon|postmaster|mdaemon|mail[-_.]?admin|no-?reply|mail-?system)\b",
    re.IGNORECASE,
)
_NULL_PATH = re.compile(r"\s*<\s*>\s*")
_FAILED = "X-Failed-Recipients"
_LINES = 400
_REASON_LINES = 14
_TOLD = 4000  # characters of a report that are looked at for the words of its reason

_OPENS = re.compile(
    r"this is the qmail-send program|wasn't able to deliver your message"
    r"|undeliver(?:ed|able)|could ?n[o']t be delivered|not (?:be )?delivered|permanent(?: fatal)? errors?"
    r"|delivery problems|failed to deliver|delivery (?:to the following .{0,30})?(?:has )?failed"
    r"|did(?:n't| not) reach|did not receive this message|rejected by a remote mail server|wasn't delivered"
    r"|had (?:permanent|transient|delivery)|unable to deliver|returned (?:mail|to sender)|returning your message"
    r"|(?:送信|配信|配送|お届け)(?:が|は)?(?:でき|され)?(?:ません|なかった|失敗)|(?:送信|配信|配送)(?:に|が)?(?:失敗|エラー)|エラー.{0,20}(?:送信|配信)",
    re.IGNORECASE,
)
_STILL_TRIES = re.compile(
    r"warning message only|no action is required|will be retried|(?:do not|don't) need to resend"
    r"|has not yet been delivered|will (?:keep|continue) (?:on )?trying|delivery attempts will continue"
    r"|transient (?:non-fatal )?errors"
    r"|再送を(?:試み|続け)|引き続き",
    re.IGNORECASE,
)
_HAS_GIVEN_UP = re.compile(
    r"given up|giving up|permanent|failed|will not be retried|再送を(?:中止|終了)", re.IGNORECASE
)
_ORIGINAL_FOLLOWS = re.compile(
    r"^\W*(?:below this line is (?:a copy of )?the message|this is a copy of (?:the|your) (?:message|mail)"
    r"|the header of the original message|original (?:message|mail)(?: headers?| info)?|message header follows"
    r"|(?:unsent|returned) message (?:below|follows)|original header)\b.{0,60}$"
    r"|^\W*(?:元の(?:メッセージ|メール)|送信(?:された)?メール(?:の)?(?:内容|ヘッダ))\b.{0,60}$|^[>\s|]*(?:message-id|received|return-path):",
    re.IGNORECASE,
)
_RECIPIENT = re.compile(
    r"^[\s>|*•・■◆●○▼-]{0,20}(?:(?P<label>[A-Za-z][A-Za-z -]{0,30}|[ぁ-ん一-龠ァ-ヶー]{1,16})\s*[:：]\s*)?"
    rf"<?(?P<address>{LOCAL_PART}@[A-Za-z0-9][A-Za-z0-9.-]{{0,253}})>?"
    r"(?P<rest>$|\s*[:：(].*|\s*\.\.\..*|\s+(?:on|failed)\b.*|\s*$)"
)
_NAMED_IN_A_LINE = re.compile(
    r"(?:could not be delivered to\s*:?|次の.{0,20}(?:宛先|あて先).{0,20}[:：])\s*"
    r"<?(?P<address>[^\s<>]{1,64}@[A-Za-z0-9.-]{1,253})>?",
    re.IGNORECASE,
)
_LABELS = frozenset(
    {
        "",
        "recipient",
        "to",
        "rcpt to",
        "final recipient",
        "宛先",
        "あて先",
        "送信先",
        "宛先アドレス",
        "受信者",
        "宛先メールアドレス",
        "送信先メールアドレス",
    }
)
_BEGINS_ANEW = re.compile(r"did not reach the following recipient", re.IGNORECASE)  # what it quoted of our mail is over
_WHENCE = re.compile(r"\((?:generated|expanded) from\b.*\)")
_MESSAGE_ID = re.compile(
    r"^[ \t>|]*message-id:[ \t]*\n?[ \t>|]*<([!-;=?-~]{1,250}@[!-;=?-~]{1,250})>", re.IGNORECASE | re.MULTILINE
)


def is_from_a_server(mail: Part) -> bool:
    """Whether a mail is of the kind that servers write: people's mails may tell of failures, too."""
    null = bool(mail.head.get("Return-Path")) and _NULL_PATH.fullmatch(mail.header("Return-Path")) is not None
    return null or _is_named_a_server(mail) or bool(mail.header(_FAILED))


def reported_in_prose(mail: Part) -> tuple[Sort, list[Finding]] | None:
    """What the mail says of each recipient; None where it opens like no report.

    One that names nobody is about whom the mail was for: that says its return address. A person's absence note may come
    with an empty one as well, so it counts only where a server by its name says it.
    """
    told = _told(mail)
    if not (_OPENS.search(mail.header("Subject")) or _OPENS.search(told[:_TOLD])):
        return None
    sort = Sort.DELAYED if _STILL_TRIES.search(told) and not _HAS_GIVEN_UP.search(told) else Sort.BOUNCE
    reasons = _reasons(mail, told)
    if not reasons:
        if not _is_named_a_server(mail) or is_absence_note(mail.header, mail.header("Subject")):
            return None
        reasons = {"": ""}
    only = told[:_TOLD] if len(reasons) == 1 else ""
    return sort, [_finding(address, reason, only, sort) for address, reason in reasons.items()]


def said_in_prose(mail: Part) -> dict[str, str]:
    """What the mail's text says of each recipient that it names, by the address in lower case."""
    return {address.casefold(): reason for address, reason in _reasons(mail, _told(mail)).items()}


def message_ids_in(text: str) -> list[str]:
    """The Message-IDs of the headers that a text quotes, without their angle brackets."""
    return _MESSAGE_ID.findall(text)


def _is_named_a_server(mail: Part) -> bool:
    sender = mail.header("From").rpartition("<")[2]  # some write a bare MAILER-DAEMON
    return _SERVERS.match(sender.strip()) is not None


def _told(mail: Part) -> str:
    """The report itself, without the original mail."""
    lines = mail.all_text().splitlines()[:_LINES]
    for place, line in enumerate(lines):
        if _ORIGINAL_FOLLOWS.match(line):
            return "\n".join(lines[:place])
    return "\n".join(lines)


def _reasons(mail: Part, told: str) -> dict[str, str]:
    """What was said of each recipient, by its address: of one that is named again, what was said the first time."""
    ours = {address.casefold() for name in ("To", "From") for address in addresses_in(mail.header(name))}
    named = [address for line in mail.headers(_FAILED) for address in addresses_in(line)]
    found: dict[str, list[list[str]]] = {address: [] for address in named}
    spelled = {address.casefold(): address for address in named}
    current: list[str] | None = None
    for line in told.splitlines():
        address, rest = _named(line)
        if address and address.casefold() not in ours and not (named and address.casefold() not in spelled):
            spelled.setdefault(address.casefold(), address)
            current = [rest]
            found.setdefault(spelled[address.casefold()], []).append(current)
        elif _BEGINS_ANEW.search(line):
            found, current = {address: [] for address in named}, None
        elif current is not None and not line.strip() and any(current):
            current = None  # a blank line after what was said ends it
        elif current is not None and len(current) < _REASON_LINES and not _WHENCE.fullmatch(line.strip()):
            current.append(line.strip())
    return {
        address: next(("\n".join(filter(None, lines)) for lines in times if any(lines)), "")
        for address, times in found.items()
    }


def _named(line: str) -> tuple[str, str]:
    """The recipient that a line names, and what it says of it; "" for none."""
    if inline := _NAMED_IN_A_LINE.search(line):
        return unquoted(inline["address"].rstrip(".")), ""
    match = _RECIPIENT.match(line)
    if match is None or (match["label"] or "").strip().lower() not in _LABELS:
        return "", ""
    return unquoted(match["address"].rstrip(".")), match["rest"].strip(" :：.")


def _finding(address: str, reason: str, told: str, sort: Sort) -> Finding:
    status = status_in(reason) or status_in(told)
    bounce_class = class_of(status, reason)
    if bounce_class is BounceClass.UNKNOWN:
        bounce_class = class_of("", told)
    action = Action.DELAYED if sort is Sort.DELAYED else Action.FAILED
    return Finding(address, "", action, bounce_class, status, diagnostic_line(answer_in(reason, told, bounce_class)))


def answer_in(reason: str, told: str, bounce_class: BounceClass) -> str:
    """What is kept as the server's answer: what it said of the recipient, or the line of its text that decided."""

    def decides(text: str) -> bool:
        return class_of(status_in(text), text) is bounce_class

    if bounce_class is BounceClass.UNKNOWN or (reason and decides(reason)):
        return reason or told
    lines = (line.strip() for line in told.splitlines())
    return next(filter(decides, lines), reason or told)
