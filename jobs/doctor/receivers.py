"""What a domain's SPF, DKIM and DMARC records tell who receives its mail. Pure: the records' texts come in.

What is asked for: Gmail and Yahoo since February 2024, Outlook.com since May 2025, of who sends some 5,000 mails a day;
of everybody, Gmail asks for SPF or DKIM.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

from jobs.doctor.examination import State

TextsOf = Callable[[str], Sequence[str]]  # a name → its TXT records; none where there are none

MOST_LOOKUPS = 10  # RFC 7208 4.6.4
MOST_LABELS = 8  # DMARCbis looks at no longer name on its way up
SHORT_KEY, WEAK_KEY = 270, 150  # octets of an RSA key as DER has it: 2048 bits make 294, 1024 make 162
POLICIES = ("none", "quarantine", "reject")

_SPF = re.compile(r"v=spf1(?: .*)?", re.IGNORECASE)
_MECHANISM = re.compile(r"([-+?~]?)(all|include|a|mx|ptr|ip4|ip6|exists)([:/].*)?", re.IGNORECASE)
_MODIFIER = re.compile(r"([a-z][a-z0-9_.-]*)=(.*)", re.IGNORECASE)
_DMARC = re.compile(r"v\s*=\s*DMARC1\s*(?:;.*)?")


@dataclass(frozen=True, slots=True)
class Remark:
    """What is to be said of a domain: `receiver.CODE` of jobs/language, and `receiver.CODE.do` unless all is well."""

    state: State
    code: str
    values: Mapping[str, Any] = field(default_factory=dict)


class SpfBroken(Exception):  # noqa: N818 — named for what is the matter
    """A receiver can make nothing of the record (permerror, RFC 7208 2.6.7)."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass(slots=True)
class Spf:
    """What an SPF record comes to. `ending` is the sign before its `all`; "" where it has none."""

    ending: str = ""
    lookups: int = 0
    names_somebody: bool = False
    uses_ptr: bool = False


@dataclass(frozen=True, slots=True)
class Dmarc:
    """The DMARC record that holds for a domain: its tags, and whose it is: the domain's own, or one above it."""

    domain: str
    tags: Mapping[str, str]
    is_own: bool

    @property
    def policy(self) -> str:
        """What is asked of receivers for the domain; "" where that is none of POLICIES."""
        asked = self.tags.get("p", "") if self.is_own else self.tags.get("sp", self.tags.get("p", ""))
        return asked.lower() if asked.lower() in POLICIES else ""


def remarks(from_domain: str, return_domain: str, selector: str, texts_of: TextsOf) -> Iterator[Remark]:
    """What a receiver will think of mail from one domain whose return path is of the other, both in A-labels.

    A selector of "" is one that nobody named: whether such mail is signed is not known then.
    """
    spf = list(spf_remarks(return_domain, texts_of))
    yield from spf
    dmarc = list(dmarc_remarks(from_domain, texts_of))
    yield from dmarc
    is_aligned = _is_aligned(from_domain, return_domain, texts_of)
    if not is_aligned:
        values = {"domain": from_domain, "return_domain": return_domain}
        yield Remark(State.DOUBTFUL, "spf-not-aligned", values)
    dkim = list(dkim_remarks(from_domain, selector, texts_of))
    yield from dkim
    has_spf, has_dmarc = (not any(each.code in _WITHOUT for each in found) for found in (spf, dmarc))
    has_dkim = not any(each.code in _WITHOUT for each in dkim) if selector else None
    yield from _verdict(from_domain, has_spf=has_spf, has_dmarc=has_dmarc, has_dkim=has_dkim, is_aligned=is_aligned)


def _verdict(
    domain: str, *, has_spf: bool, has_dmarc: bool, has_dkim: bool | None, is_aligned: bool
) -> Iterator[Remark]:
    there = {"SPF": has_spf, "DKIM": has_dkim is not False, "DMARC": has_dmarc}
    missing = [name for name, is_there in there.items() if not is_there]
    if has_dkim is False and not (has_spf and is_aligned):
        yield Remark(State.BAD, "nothing-passes", {"domain": domain})
    elif missing:
        yield Remark(State.DOUBTFUL, "not-for-many", {"domain": domain, "missing": missing})
    elif has_dkim:
        yield Remark(State.GOOD, "as-asked", {"domain": domain})


# SPF (RFC 7208)


def spf_remarks(domain: str, texts_of: TextsOf) -> Iterator[Remark]:
    """What a receiver finds in the SPF record of the return path's domain."""
    records = _spf_records(domain, texts_of)
    if not records:
        yield Remark(State.DOUBTFUL, "spf-missing", {"domain": domain})
        return
    try:
        found = spf_of(domain, texts_of)
    except SpfBroken as broken:
        yield Remark(State.BAD, broken.code, {**broken.values, "domain": domain})
        return
    if found.uses_ptr:
        yield Remark(State.DOUBTFUL, "spf-ptr", {"domain": domain})
    if found.ending == "+":
        yield Remark(State.BAD, "spf-everybody", {"domain": domain})
    elif not found.names_somebody:
        yield Remark(State.BAD, "spf-nobody", {"domain": domain})
    elif found.ending in ("", "?"):
        yield Remark(State.DOUBTFUL, "spf-open-end", {"domain": domain})
    else:
        values = {"domain": domain, "ending": f"{found.ending}all", "lookups": found.lookups}
        yield Remark(State.GOOD, "spf-found", values)


def spf_of(domain: str, texts_of: TextsOf, lookups: int = 0) -> Spf:
    """What the domain's record comes to, with all that it includes; `lookups` were spent on the way to it.

    Raises:
        SpfBroken: it, or one that it includes, cannot be used.
    """
    records = _spf_records(domain, texts_of)
    if len(records) != 1:
        raise SpfBroken("spf-several" if records else "spf-nothing-there", at=domain)
    found, redirect = Spf(lookups=lookups), ""
    for term in records[0].split()[1:]:
        mechanism, modifier = _MECHANISM.fullmatch(term), _MODIFIER.fullmatch(term)
        if mechanism is not None:
            _take(found, term, mechanism, texts_of)
            if found.ending:
                return found
        elif modifier is None:
            raise SpfBroken("spf-unknown-term", term=term)
        elif modifier[1].lower() == "redirect":
            redirect = modifier[2].rstrip(".").lower()
    return _redirected(found, redirect, texts_of) if redirect else found


def _take(found: Spf, term: str, mechanism: re.Match[str], texts_of: TextsOf) -> None:
    sign, name, argument = mechanism[1] or "+", mechanism[2].lower(), (mechanism[3] or "")[1:]
    if name == "all":
        found.ending = sign
        return
    if name in ("ip4", "ip6"):
        _refuse_no_network(term, argument)
    else:
        _spend(found, term)
    if name in ("include", "exists") and not argument:
        raise SpfBroken("spf-unknown-term", term=term)
    if name == "include" and "%" not in argument:  # else it depends on the mail
        found.lookups = spf_of(argument.rstrip(".").lower(), texts_of, found.lookups).lookups
    found.uses_ptr |= name == "ptr"
    found.names_somebody |= sign == "+"


def _redirected(found: Spf, domain: str, texts_of: TextsOf) -> Spf:
    _spend(found, f"redirect={domain}")
    if "%" in domain:  # it depends on the mail
        return found
    other = spf_of(domain, texts_of, found.lookups)
    other.names_somebody |= found.names_somebody
    other.uses_ptr |= found.uses_ptr
    return other


def _spend(found: Spf, term: str) -> None:
    found.lookups += 1
    if found.lookups > MOST_LOOKUPS:
        raise SpfBroken("spf-too-many-lookups", term=term, most=MOST_LOOKUPS)


def _refuse_no_network(term: str, argument: str) -> None:
    try:
        ip_network(argument, strict=False)
    except ValueError:
        raise SpfBroken("spf-unknown-term", term=term) from None


def _spf_records(domain: str, texts_of: TextsOf) -> list[str]:
    return [text for text in texts_of(domain) if _SPF.fullmatch(text)]


# DMARC (RFC 7489, and DMARCbis for the way up)


def dmarc_remarks(domain: str, texts_of: TextsOf) -> Iterator[Remark]:
    """What a receiver finds in the DMARC record that holds for the From domain."""
    if len(_dmarc_records(domain, texts_of)) > 1:
        yield Remark(State.BAD, "dmarc-several", {"domain": domain})
        return
    found = dmarc_of(domain, texts_of)
    if found is None:
        yield Remark(State.DOUBTFUL, "dmarc-missing", {"domain": domain})
        return
    values = {"domain": domain, "at": found.domain, "policy": found.policy or "none"}
    if not found.policy:
        yield Remark(State.BAD, "dmarc-no-policy", values)
    elif found.policy == "none":
        yield Remark(State.GOOD, "dmarc-watches", values)
    else:
        yield Remark(State.GOOD, "dmarc-protects", values)
    if "rua" not in found.tags:
        yield Remark(State.DOUBTFUL, "dmarc-no-reports", values)


def dmarc_of(domain: str, texts_of: TextsOf) -> Dmarc | None:
    """The record that holds for the domain: its own, or the nearest above it (RFC 7489 6.6.3); None for none."""
    return next(_dmarcs(domain, texts_of), None)


def _dmarcs(domain: str, texts_of: TextsOf) -> Iterator[Dmarc]:
    """The usable records on the way up, the nearest first."""
    for name in names_up_from(domain):
        records = _dmarc_records(name, texts_of)
        if len(records) == 1:
            yield Dmarc(name, records[0], name == domain)


def names_up_from(domain: str) -> Iterator[str]:
    """The domain and those above it; of a very long one, only the last seven labels and those above (DMARCbis 4.10)."""
    labels = domain.split(".")
    yield domain
    for start in range(max(1, len(labels) - MOST_LABELS + 1), len(labels)):
        yield ".".join(labels[start:])


def organisation_of(domain: str, texts_of: TextsOf) -> str:
    """The name under which alike domains are one organisation's: the highest that has a record (DMARCbis 4.10.2).

    A record with psd=n ends the way up; one with psd=y is a registry's, and the organisation is one label below it.
    """
    highest = domain
    for found in _dmarcs(domain, texts_of):
        kind = found.tags.get("psd", "").lower()
        if kind == "y" and not found.is_own:
            return ".".join(domain.split(".")[-len(found.domain.split(".")) - 1 :])
        highest = found.domain
        if kind == "n":
            break
    return highest


def _is_aligned(from_domain: str, return_domain: str, texts_of: TextsOf) -> bool:
    """Whether SPF speaks for the From domain (RFC 7489 3.1.2)."""
    found = dmarc_of(from_domain, texts_of)
    if from_domain == return_domain or found is None:
        return True  # where nobody asks, it need not
    if found.tags.get("aspf", "").lower() == "s":
        return False
    return organisation_of(from_domain, texts_of) == organisation_of(return_domain, texts_of)


def _dmarc_records(domain: str, texts_of: TextsOf) -> list[dict[str, str]]:
    return [_tags(text) for text in texts_of(f"_dmarc.{domain}") if _DMARC.fullmatch(text)]


# DKIM (RFC 6376)


def dkim_remarks(domain: str, selector: str, texts_of: TextsOf) -> Iterator[Remark]:
    """What a receiver finds of the key by which the relay signs for the From domain or its organisation."""
    if not selector:
        yield Remark(State.DOUBTFUL, "dkim-not-looked-up", {"domain": domain})
        return
    places = [f"{selector}._domainkey.{each}" for each in _signers(domain, texts_of)]
    found = [(place, _tags(text)) for place in places for text in texts_of(place) if "p" in _tags(text)]
    if not found:
        yield Remark(State.BAD, "dkim-missing", {"at": places[0]})
        return
    place, tags = found[0]
    code = _fault_of_key(tags)
    if code:
        yield Remark(State.DOUBTFUL if code in ("dkim-testing", "dkim-short-key") else State.BAD, code, {"at": place})
    else:
        yield Remark(State.GOOD, "dkim-found", {"at": place})


def _signers(domain: str, texts_of: TextsOf) -> Sequence[str]:
    """Whose signature DMARC takes for the domain's (RFC 7489 3.1.1), as far as a relay is likely to use them."""
    found = dmarc_of(domain, texts_of)
    is_strict = found is not None and found.tags.get("adkim", "").lower() == "s"
    return [domain] if is_strict else list(dict.fromkeys((domain, organisation_of(domain, texts_of))))


def _fault_of_key(tags: Mapping[str, str]) -> str:
    """What is wrong with a key's record; "" for nothing."""
    if not tags["p"]:
        return "dkim-revoked"
    try:
        octets = len(b64decode("".join(tags["p"].split()), validate=True))
    except binascii.Error:
        return "dkim-unreadable"
    is_rsa = tags.get("k", "rsa").lower() == "rsa"
    if is_rsa and octets < WEAK_KEY:
        return "dkim-weak-key"
    if "y" in tags.get("t", "").lower().split(":"):
        return "dkim-testing"
    return "dkim-short-key" if is_rsa and octets < SHORT_KEY else ""


def _tags(text: str) -> dict[str, str]:
    """The tags of a DKIM or DMARC record (RFC 6376 3.2); the first of two of a name."""
    pairs = [part.split("=", 1) for part in text.split(";") if "=" in part]
    return {name.strip().lower(): value.strip() for name, value in reversed(pairs)}


_WITHOUT = frozenset({
    "spf-missing", "spf-several", "spf-nothing-there", "spf-unknown-term", "spf-too-many-lookups", "spf-nobody",
    "dmarc-missing", "dmarc-several", "dmarc-no-policy",
    "dkim-missing", "dkim-revoked", "dkim-unreadable", "dkim-weak-key",
})  # with these, there might as well be no record  # fmt: skip
