"""Mail addresses: what a relay can be handed, or a plain reason why not."""

from __future__ import annotations

import re
from functools import lru_cache

ADDRESS_SEPARATOR = ";"  # between the addresses of one column; cannot stand in one
LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
LONGEST_LOCAL_PART = 64
# Dots may stand anywhere: carriers once gave out `a..b@` and `a.@`, and people still use those (against RFC 5322).
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
_SEPARATOR = re.compile("[,;、，；]")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


@lru_cache(4096)  # a decision and its letter ask several times
def mailable(text: str) -> str:
    """The address as SMTP takes it without extensions: ASCII, the domain in lower-case A-labels (RFC 5890).

    Raises:
        ValueError: no mail can go there; the message is the reason, without the address itself.
    """
    address = text.strip()
    _refuse_what_is_no_single_address(address)
    local, _, domain = address.rpartition("@")
    if not local.isascii():
        raise ValueError("has a sign before the @ that mail servers do not take everywhere; only ASCII is allowed")
    if not local:
        raise ValueError("has nothing before the @")
    if not _LOCAL_PART.fullmatch(local):
        raise ValueError("has a sign before the @ that is not allowed there")
    if len(local) > LONGEST_LOCAL_PART:
        raise ValueError(f"has more than {LONGEST_LOCAL_PART} characters before the @")
    ready = f"{local}@{_ascii_domain(domain)}"
    if len(ready) > LONGEST_ADDRESS:
        raise ValueError(f"is longer than {LONGEST_ADDRESS} characters")
    return ready


def _refuse_what_is_no_single_address(address: str) -> None:
    if not address:
        raise ValueError("is empty")
    if len(address) > LONGEST_ADDRESS:
        raise ValueError(f"is longer than {LONGEST_ADDRESS} characters")
    if len(address.splitlines()) > 1:
        raise ValueError("holds a line break")
    if " " in address or not address.isprintable():
        raise ValueError("holds a blank or an invisible sign")
    if _SEPARATOR.search(address):
        raise ValueError("holds a comma or semicolon; one address is allowed")
    if address.count("@") != 1:
        raise ValueError("has no @" if "@" not in address else "has more than one @")


@lru_cache(4096)  # people of one company share theirs
def _ascii_domain(domain: str) -> str:
    """The domain in lower-case A-labels.

    Raises:
        ValueError: it cannot be a domain.
    """
    try:
        ready = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise ValueError("has a domain that cannot be one") from None
    labels = ready.split(".")
    if len(labels) == 1:
        raise ValueError("has a domain without a dot" if ready else "has nothing after the @")
    if not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        raise ValueError("has a domain that cannot be one")
    return ready
