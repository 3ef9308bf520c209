"""Mail addresses: what a relay can be handed, or the code of why not."""

from __future__ import annotations

import re
from functools import lru_cache

import idna

from contracts.errors import ContractsError

ADDRESS_SEPARATOR = ";"  # between the addresses of one column; cannot stand in one
LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
LONGEST_LOCAL_PART = 64
# Dots may stand anywhere: carriers once gave out `a..b@` and `a.@`, and people still use those (against RFC 5322).
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)+)"@([^"@]*)')
_QUOTED_SIGN = re.compile(r"\\(.)")
_SEPARATOR = re.compile("[,;、，；]")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class AddressError(ContractsError):
    """No mail can go there; the code says why, without the address itself."""


@lru_cache(4096)  # a decision and its letter ask several times
def mailable(text: str) -> str:
    """The address as it is compared and written to: ASCII, the domain in lower-case A-labels (RFC 5890), no quotes.

    Raises:
        AddressError: no mail can go there.
    """
    address = unquoted(text.strip())
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


def unquoted(address: str) -> str:
    """The same address without the quotes that dots in odd places ask for: `"a..b"@example.com` (RFC 5321 4.1.2)."""
    found = _QUOTED.fullmatch(address)
    local = _QUOTED_SIGN.sub(r"\1", found[1]) if found else ""
    return f"{local}@{found[2]}" if found and _LOCAL_PART.fullmatch(local) else address


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
    """The domain in lower-case A-labels, mapped as browsers map it (UTS 46, non-transitional).

    Raises:
        AddressError: it cannot be a domain.
    """
    try:
        mapped = domain.lower() if domain.isascii() else idna.uts46_remap(domain, std3_rules=False)
        labels = [_a_label(label) for label in mapped.split(".")]
    except UnicodeError:
        raise AddressError("no-domain") from None
    if len(labels) == 1:
        raise AddressError("domain-without-dot" if labels[0] else "nothing-after-at")
    if not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        raise AddressError("no-domain")
    return ".".join(labels)


def _a_label(label: str) -> str:
    """As IDNA 2008 writes it, where `straße` is not `strasse`; signs that it has no place for go as before it."""
    return label if label.isascii() else f"xn--{label.encode('punycode').decode('ascii')}"
