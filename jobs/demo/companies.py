"""Invented customers for the sample book, out of the names in names.toml."""

from __future__ import annotations

import tomllib
from importlib.resources import files

NAMES: dict[str, list[list[str]]] = tomllib.loads((files("jobs.demo") / "names.toml").read_text("utf-8"))
ENGLISH_EVERY, ADMINISTRATORS_EVERY, PARTNER_EVERY = 9, 4, 5  # one customer in so many


def customer(number: int, *, is_school: bool = False) -> dict[str, str]:
    """The columns of a row that tell whose it is, the same for a number each time; a school for schools' menu items."""
    in_english = number % ENGLISH_EVERY == 0 and not is_school
    (place, place_en), (trade, trade_en) = _named("places", number), _named("trades", number)
    (surname, surname_en), (given, given_en) = _named("surnames", number), _named("given_names", number)
    domain = f"{place_en}{number}.example.co.jp"
    if is_school:
        company = f"学校法人{place}{trade[0]}学園"
    elif in_english:
        company = f"{place_en.title()} {trade_en} K.K."
    else:
        company = f"株式会社{place}{trade}" if number % 2 else f"{place}{trade}株式会社"
    partner = ["", ""] if number % PARTNER_EVERY else _named("partners", number // PARTNER_EVERY)
    return {
        "account_number": str(61_000_000 + number * 7_919),
        "company": company,
        "owner_name": f"{given_en.title()} {surname_en.title()}" if in_english else f"{surname} {given}",
        "owner_email": f"{given_en}.{surname_en}@{domain}",
        "administrator_emails": ";".join(f"{deputy}@{domain}" for deputy in _deputies(number)),
        "contact_department": "",
        "contact_name": "",
        "partner_name": partner[0],
        "partner_email": partner[1],
        "language": "en" if in_english else "ja",
    }


def _named(what: str, number: int) -> list[str]:
    names = NAMES[what]
    return names[number % len(names)]


def _deputies(number: int) -> tuple[str, ...]:
    return () if number % ADMINISTRATORS_EVERY else ("it-desk", "soumu")[: 1 + number % 8 // ADMINISTRATORS_EVERY]
