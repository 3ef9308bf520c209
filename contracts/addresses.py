"""Mail addresses: what a relay can be handed, or the code of why not."""

from __future__ import annotations

import re
from functools import lru_cache

from contracts.errors import ContractsError

ADDRESS_SEPARATOR = ";"  # between the addresses of one column; cannot stand in one
LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
LONGEST_LOCAL_PART = 64
# Dots may stand anywhere: carriers once gave out `a..b@` and `a.@`, and people still use those (against RFC 5322).
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
_SEPARATOR = re.compile("[,;、，；]")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class AddressError(ContractsError):
    """No mail can go there; the code says why, without the address itself."""


@lru_cache(4096)  # a decision and its letter ask several times
def mailable(text: str) -> str:
    """The address as SMTP takes it without extensions: ASCII, the domain in lower-case A-labels (RFC 5890).

    Raises:
        AddressError: no mail can go there.
    """
    address = text.strip()
    _refuse_what_is_no_single_address(address)
    local, _, domain = address.rpartition("@")
    if not local.isascii():
        raise AddressError("not-ascii")
    if not local:
        raise AddressError("nothing-before-at")
    if not _LOCAL_PART.fullmatch(local):
        raise AddressError("sign-before-at")
    if len(local) > LONGEST_LOCAL_PART:
        raise AddressError("long-before-at")
    ready = f"{local}@{_ascii_domain(domain)}"
    if len(ready) > LONGEST_ADDRESS:
        raise AddressError("too-long")
    return ready


def _refuse_what_is_no_single_address(address: str) -> None:
    if not address:
        raise AddressError("empty")
    if len(address) > LONGEST_ADDRESS:
        raise AddressError("too-long")
    if len(address.splitlines()) > 1:
        raise AddressError("line-break")
    if " " in address or not address.isprintable():
        raise AddressError("blank")
    if _SEPARATOR.search(address):
        raise AddressError("several")
    if address.count("@") != 1:
        raise AddressError("no-at" if "@" not in address else "two-ats")


@lru_cache(4096)  # people of one company share theirs
def _ascii_domain(domain: str) -> str:
    """The domain in lower-case A-labels.

    Raises:
        AddressError: it cannot be a domain.
    """
    try:
        ready = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise AddressError("no-domain") from None
    labels = ready.split(".")
    if len(labels) == 1:
        raise AddressError("domain-without-dot" if ready else "nothing-after-at")
    if not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        raise AddressError("no-domain")
    return ready
