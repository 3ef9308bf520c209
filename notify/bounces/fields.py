"""Reports with fields (RFC 3464): a block about the mail, then a block for each recipient."""

from __future__ import annotations

import re
from collections.abc import Mapping

from notify.bounces.mail import Part, addresses_in, diagnostic_line, printable_line
from notify.bounces.prose import answer_in, said_in_prose
from notify.bounces.values import Action, BounceClass, Finding
from notify.bounces.words import class_of, status_in

_FIELD = re.compile(r"([A-Za-z0-9-]+)[ \t]*:[ \t]*(.*)")
_MANY_LINES = re.compile(r"([245]\d\d)-([245]\.\d{1,3}\.\d{1,3} )?")
_MOST_BLOCKS = 200
_LONGEST = 100_000  # characters of fields that are read
_LONGEST_SAID = 2000  # characters of a diagnostic that are looked at

Fields = dict[str, str]


def findings_in_fields(part: Part, mail: Part) -> tuple[list[Finding], str]:
    """What the fields say of each recipient, and the server that says it. The mail's text helps where they are mute."""
    blocks = _blocks(part.text()[:_LONGEST])
    server = next((_value(block["reporting-mta"]) for block in blocks if "reporting-mta" in block), "")
    about = [block for block in blocks if "final-recipient" in block or "original-recipient" in block]
    if not about:  # whom the mail was for says its return address
        about = [block for block in blocks if "action" in block][:1]
    told = mail.all_text()[:_LONGEST_SAID] if len(about) == 1 else ""
    of_each = said_in_prose(mail)
    return [_finding(block, of_each, told) for block in about], printable_line(server)[:255]


def _blocks(text: str) -> list[Fields]:
    """The blocks between blank lines, each with its fields by their names in lower case, unfolded."""
    blocks: list[Fields] = [{}]
    name = ""
    for line in text.splitlines():
        if not line.strip():
            if blocks[-1]:
                blocks.append({})
            name = ""
        elif line[0] in " \t" and name:
            blocks[-1][name] += " " + line.strip()
        elif field := _FIELD.fullmatch(line):
            name = field[1].lower()
            if name in ("final-recipient", "original-recipient") and name in blocks[-1]:
                blocks.append({})  # some leave out the blank line between two recipients
            blocks[-1][name] = field[2].strip()
        if len(blocks) > _MOST_BLOCKS:
            break
    return blocks


def _finding(block: Fields, of_each: Mapping[str, str], told: str) -> Finding:
    """`of_each` is what the text says of each recipient, `told` all of it where it speaks of no other."""
    said = _value(block.get("diagnostic-code", ""))[:_LONGEST_SAID]
    recipient = _address(block.get("final-recipient", "")) or _address(block.get("original-recipient", ""))
    prose = of_each.get(recipient.casefold(), "")[:_LONGEST_SAID]
    given = status_in(block.get("status", "")) or status_in(said)
    status = status_in(said) if given.endswith(".0.0") and status_in(said) else given
    action = _action(block, status)
    bounce_class = class_of(status, _run_together(said) or prose)
    for text in (prose, told):
        if bounce_class is BounceClass.UNKNOWN:
            bounce_class = class_of("", text)
    return Finding(
        recipient=recipient,
        original_recipient=_address(block.get("original-recipient", "")),
        action=action,
        bounce_class=bounce_class,
        status=status,
        diagnostic=diagnostic_line(_run_together(said) or answer_in(prose, told, bounce_class)),
    )


def _action(block: Fields, status: str) -> Action:
    try:
        return Action(block.get("action", "").split(";")[0].split("(")[0].strip().lower())
    except ValueError:
        return Action.DELAYED if status.startswith("4") else Action.FAILED


def _value(field: str) -> str:
    """What follows the type: `smtp; 550 …`, `dns; mx.example.com`."""
    kind, semicolon, value = field.partition(";")
    return value.strip() if semicolon and kind.strip().isascii() and " " not in kind.strip() else field.strip()


def _address(field: str) -> str:
    return next(iter(addresses_in(_value(field))), "")


def _run_together(said: str) -> str:
    """A reply of several lines as one: each but the first repeats its code, `550-5.1.1 … 550 5.1.1 …`."""
    code = _MANY_LINES.match(said)
    if code is None:
        return said
    again = re.compile(f" {code[1]}[- ](?:{re.escape(code[2] or '')})?")
    return code[1] + " " + again.sub(" ", said[len(code[1]) + 1 :])
