"""What receivers will think of mail from the configured domain, as far as its records in DNS tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from email.utils import parseaddr

from contracts.addresses import mailable
from jobs.app import App
from jobs.doctor.examination import Finding, State, doubtful, good
from jobs.doctor.receivers import Remark, TextsOf, remarks
from jobs.doctor.texts import DnsSilent
from jobs.language.messages import Messages

# RFC 2606 and RFC 6761; in Japan the registry keeps the label as well, as in example.co.jp.
RESERVED = re.compile(r"(?:.+\.)?(?:example(?:\.(?:com|net|org|jp|[a-z]{2}\.jp))?|test|invalid|localhost)")


def receivers(app: App, messages: Messages, texts_of: TextsOf) -> Iterator[Finding]:
    """Whether SPF, DKIM and DMARC speak for the letters. Without an answer from DNS nothing is wrong, only unknown."""
    mail = app.settings.mail
    from_domain = _domain(mail.from_)
    return_domain = _domain(mail.return_path) if mail.return_path else from_domain
    if RESERVED.fullmatch(from_domain):
        yield good(messages.say("receiver.reserved", domain=from_domain))
        return
    try:
        for remark in remarks(from_domain, return_domain, mail.dkim_selector, texts_of):
            found = _finding(remark, messages)
            # What nobody receives yet need not be mended yet.
            is_early = found.state is State.BAD and not app.outgoing.reaches_people
            yield replace(found, state=State.DOUBTFUL) if is_early else found
    except DnsSilent as silent:
        yield doubtful(messages.say("receiver.silent", name=str(silent)), messages.say("receiver.silent.do"))
    if mail.unsubscribe.one_click and not mail.dkim_selector:
        yield doubtful(messages.say("receiver.one-click-unsigned"), messages.say("receiver.one-click-unsigned.do"))


def _finding(remark: Remark, messages: Messages) -> Finding:
    code = f"receiver.{remark.code}"
    remedy = "" if remark.state is State.GOOD else messages.say(f"{code}.do", **remark.values)
    return Finding(remark.state, messages.say(code, **remark.values), remedy)


def _domain(mailbox: str) -> str:
    return mailable(parseaddr(mailbox)[1]).rpartition("@")[2]
