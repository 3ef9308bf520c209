"""Data for a letter, by letter and language, with the changes that matter to a test; cases that change the words."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from jobs.config.settings import Templates
from jobs.notices.listing import LETTERS as SHIPPED
from jobs.notices.samples import a_change
from jobs.views import samples as of_all

__all__ = ["ALL_LETTERS", "CASES", "LANGUAGES", "LETTERS", "case", "every_case", "sample", "samples"]

LANGUAGES = Templates().languages
LETTERS = tuple(SHIPPED)
ALL_LETTERS = (*LETTERS, "operator-digest")
sample_data = partial(of_all.sample_data, SHIPPED)
samples = partial(of_all.samples, SHIPPED)

WEBINAR = {"ja": "Zoom ウェビナー", "en": "Zoom Webinars"}
STORAGE = {"ja": "クラウド録画容量拡張 200GB", "en": "Cloud Recording Storage 200 GB"}
LARGER = {"ja": "クラウド録画容量拡張 1TB", "en": "Cloud Recording Storage 1 TB"}
TICKETS = {"ja": "Zoom Events Pay Per Attendee", "en": "Zoom Events Pay Per Attendee"}
BUSINESS = {"ja": "Zoom Workplace ビジネス", "en": "Zoom Workplace Business"}
ENTERPRISE = {"ja": "Zoom Workplace エンタープライズ Essentials", "en": "Zoom Workplace Enterprise Essentials"}


CONTACT = {"ja": "山田 太郎 様", "en": "Taro Yamada"}


def sample(letter: str, language: str, **changes: Any) -> dict[str, Any]:
    """The shipped sample with changes; a dict changes only the keys it names, anything else takes the place."""
    data = sample_data(letter, language)
    for name, change in changes.items():
        both = isinstance(change, dict) and isinstance(data[name], dict)
        data[name] = _merged(data[name], change) if both else change
    return data


def _merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    return {
        **old,
        **{
            key: _merged(old[key], value) if isinstance(value, dict) and isinstance(old.get(key), dict) else value
            for key, value in new.items()
        },
    }


def an_item(menu: str, seats: int, line: str, start: date, end: date) -> dict[str, Any]:
    what = (
        "storage"
        if menu in (*STORAGE.values(), *LARGER.values())
        else "tickets"
        if menu in TICKETS.values()
        else "seats"
    )
    return {"line": line, "menu": menu, "what": what, "seats": seats, "term_start": start, "term_end": end}


PLAIN = {"name": "", "logo": "", "logo_cid": "", "logo_width": 0, "logo_height": 0, "signature": [], "footer": ""}
NOBODY = {"name": "", "email": "", "phone": "", "phone_note": "", "hours": ""}
OLD = (date(2021, 2, 1), date(2022, 1, 31))
NEW = (date(2022, 2, 1), date(2023, 1, 31))


def _renewal_cases(language: str) -> dict[str, dict[str, Any]]:
    webinar = an_item(WEBINAR[language], 2, "2", *OLD)
    storage = an_item(STORAGE[language], 1, "3", *OLD)
    base = an_item(BUSINESS[language], 49, "1", *OLD)
    return {
        "base": {},
        "last-day": {"as_of": date(2021, 12, 2), "days_left": 0, "partner": None},
        "closed-day": {"closing_day": date(2021, 12, 5), "reaches_by": date(2021, 12, 3), "days_left": 95},
        "minimum": {
            "items": [an_item(ENTERPRISE[language], 60, "1", *OLD)],
            "minimum": {"menu": ENTERPRISE[language], "minimum": 50, "to_menu": BUSINESS[language]},
        },
        "not-sold-anew": {"not_sold_anew": [BUSINESS[language]]},
        "tickets": {"tickets_lapse": [{"menu": TICKETS[language], "seats": 600}]},
        "option": {"items": [webinar], "is_base": False},
        "storage": {"items": [storage], "is_base": False, "is_storage": True},
        "grouped": {
            "items": [base, webinar, storage],
            "other_menus": 2,
            "is_storage": True,
            "beside_storage": [BUSINESS[language], WEBINAR[language]],
        },
        "bare": {
            "account": {"owner_name": ""},
            "partner": None,
            "sender": {"support_desk": NOBODY, "order_form_url": "", "reply_to": "", "brand": PLAIN},
            "calendar_file": False,
        },
    }


def _service_start_cases(language: str) -> dict[str, dict[str, Any]]:
    base = an_item(BUSINESS[language], 49, "1", date(2021, 9, 1), date(2022, 8, 31))
    webinar = an_item(WEBINAR[language], 1, "2", date(2021, 9, 1), date(2022, 8, 31))
    return {
        "one-item": {},
        "grouped": {"items": [base, webinar], "other_menus": 1, "partner": None},
        "upgrade": {
            "items": [an_item(ENTERPRISE[language], 59, "2", date(2021, 9, 1), date(2022, 8, 31))],
            "replaces": [a_change(BUSINESS[language], 49, ENTERPRISE[language], 59)],
        },
        "waits": {
            "items": [an_item(WEBINAR[language], 1, "2", date(2022, 1, 1), date(2022, 12, 31))],
            "start_date": date(2022, 1, 7),
            "base_start": date(2022, 1, 7),
        },
        "contact": {"account": {"contact_name": CONTACT[language]}, "sender": {"support_desk": {"phone_note": ""}}},
        "department": {"account": {"owner_name": ""}},
        "no-telephone": {"sender": {"support_desk": {"phone": "", "hours": ""}, "sales_desk": {"phone": ""}}},
    }


def _service_start_change_cases(language: str) -> dict[str, dict[str, Any]]:
    earlier = an_item(BUSINESS[language], 49, "1", date(2021, 9, 1), date(2022, 8, 31))
    return {
        "later": {},
        "earlier": {"old_start": date(2021, 10, 1), "new_start": date(2021, 9, 1), "items": [earlier]},
    }


def _service_start_correction_cases(language: str) -> dict[str, dict[str, Any]]:
    told = an_item(BUSINESS[language], 49, "1", date(2021, 9, 1), date(2022, 8, 31))
    right = an_item(ENTERPRISE[language], 59, "1", date(2021, 9, 1), date(2022, 7, 31))
    tickets = an_item(TICKETS[language], 600, "2", date(2021, 9, 1), date(2022, 8, 31))
    fewer = {"line": "2", "before": [tickets | {"seats": 900}], "after": [tickets], "differs": ["seats"]}
    both = {"line": "1", "before": [told], "after": [right], "differs": ["menu", "seats", "end"]}
    all_of_it = {"items": [right, tickets], "other_menus": 1, "corrected": [both, fewer], "calendar_file": False}
    return {"seats": {}, "all": all_of_it}


def _extension_cases(language: str) -> dict[str, dict[str, Any]]:
    business, enterprise, webinar = BUSINESS[language], ENTERPRISE[language], WEBINAR[language]
    return {
        "fewer-seats": {},
        "fewer-seats-known-late": {"as_of": date(2022, 2, 3), "calendar_file": False},
        "same-seats": {
            "items": [an_item(business, 49, "2", *NEW)],
            "changes": [a_change(business, 49, business, 49)],
        },
        "upgrade": {
            "items": [an_item(enterprise, 59, "2", *NEW)],
            "changes": [a_change(business, 49, enterprise, 59)],
        },
        "below-the-minimum": {
            "items": [an_item(enterprise, 41, "2", *NEW)],
            "changes": [a_change(enterprise, 60, enterprise, 41, falls_to=_falling(language))],
        },
        "merged": {
            "items": [an_item(business, 49, "3", *NEW)],
            "changes": [
                a_change(business, 49, business, 49)
                | {"before": [{"menu": business, "seats": 40}, {"menu": business, "seats": 9}]}
            ],
        },
        "two-families": {
            "items": [an_item(business, 10, "3", *NEW), an_item(webinar, 11, "4", *NEW)],
            "other_menus": 1,
            "changes": [
                a_change(business, 20, business, 10),
                a_change(webinar, 1, webinar, 11, family="webinar"),
            ],
            "is_mixed": True,
        },
        "storage": {
            "items": [an_item(LARGER[language], 1, "4", *NEW)],
            "changes": [a_storage_change(language, LARGER[language])],
        },
        "smaller-storage": {
            "items": [an_item(STORAGE[language], 1, "4", *NEW)],
            "changes": [a_smaller_storage(language)],
        },
    }


def _falling(language: str) -> dict[str, Any]:
    return {"menu": ENTERPRISE[language], "minimum": 50, "seats": 41, "to_menu": BUSINESS[language]}


def a_storage_change(language: str, after: str | None) -> dict[str, Any]:
    """Storage of 200 GB that becomes another, or ends."""
    before = STORAGE[language]
    found = a_change(before, 1, after or "", 1 if after else 0, what="storage", family="storage")
    found |= {"menu_after": after, "after": [{"menu": after, "seats": 1}] if after else [], "released": 0, "added": 0}
    return found


def a_smaller_storage(language: str) -> dict[str, Any]:
    """Storage of 1 TB that becomes 200 GB."""
    both = {"before": [{"menu": LARGER[language], "seats": 1}], "after": [{"menu": STORAGE[language], "seats": 1}]}
    names = {"menu_before": LARGER[language], "menu_after": STORAGE[language]}
    return a_storage_change(language, STORAGE[language]) | both | names | {"goes_down": True}


def _release_cases(language: str) -> dict[str, dict[str, Any]]:
    business, webinar = BUSINESS[language], WEBINAR[language]
    reduced = {
        "is_mixed": False,
        "items": [an_item(business, 49, "1", *OLD)],
        "changes": [a_change(business, 49, business, 30)],
    }
    dropped = a_change(webinar, 1, "", 0, family="webinar") | {"menu_after": None, "after": []}
    tickets = a_change(TICKETS[language], 600, "", 0, what="tickets") | {"menu_after": None, "after": [], "released": 0}
    return {
        "mixed-and-below-the-minimum": {},
        "reduced": reduced,
        "last-day": reduced | {"as_of": date(2022, 1, 31), "days_left": 0, "partner": None},
        "dropped": reduced | {"items": [an_item(webinar, 1, "2", *OLD)], "changes": [dropped]},
        "two-items": reduced
        | {
            "items": [an_item(business, 40, "1", *OLD), an_item(business, 9, "2", *OLD)],
            "account": {"owner_name": ""},
        },
        "two-families": reduced
        | {
            "items": [an_item(business, 49, "1", *OLD), an_item(webinar, 3, "2", *OLD)],
            "changes": [
                a_change(business, 49, business, 30),
                a_change(webinar, 3, webinar, 1, family="webinar"),
            ],
        },
        "storage": reduced
        | {
            "items": [an_item(STORAGE[language], 1, "2", *OLD)],
            "changes": [a_storage_change(language, None)],
            "asks_for": "storage",
        },
        "tickets": reduced
        | {"items": [an_item(TICKETS[language], 600, "2", *OLD)], "changes": [tickets], "asks_for": "tickets"},
    }


CASES = {
    "renewal-notice": _renewal_cases,
    "service-start": _service_start_cases,
    "service-start-change": _service_start_change_cases,
    "service-start-correction": _service_start_correction_cases,
    "extension-confirmation": _extension_cases,
    "license-release": _release_cases,
}


def _the_sample(_language: str) -> dict[str, dict[str, Any]]:
    """For a kind that has no cases of its own here."""
    return {"sample": {}}


def _digest_cases(language: str) -> dict[str, dict[str, Any]]:
    data = sample_data("operator-digest", language)
    closed = [section for section in data["sections"] if section["name"] == "closed"]
    kinds = {"failed", "held", "in-doubt", "bounced", "run-failed"}
    urgent = [section for section in data["sections"] if section["name"] in kinds]
    none: dict[str, Any] = {"to_settle": 0, "informs": 0, "sections": [], "standing": 0, "has_table": False}
    return {
        "everything": {},
        "to-know": none | {"informs": 1, "sections": closed},
        "all-well": none,
        "still-to-mend": none | {"standing": 3},
        "at-once": none | {"at_once": "13:05", "sections": urgent, "to_settle": sum(each["count"] for each in urgent)},
    }


DESK_CASES = {"operator-digest": _digest_cases}


def every_desk_case() -> list[tuple[str, str, str]]:
    """The same for the letters to ourselves."""
    return [
        (letter, language, name)
        for letter in DESK_CASES
        for language in LANGUAGES
        for name in DESK_CASES[letter](language)
    ]


def case(letter: str, language: str, name: str) -> dict[str, Any]:
    """The data of one named case."""
    return sample(letter, language, **(CASES | DESK_CASES).get(letter, _the_sample)(language)[name])


def every_case() -> list[tuple[str, str, str]]:
    """(letter, language, case) for every letter in every language, in all cases that change its words."""
    return [
        (letter, language, name)
        for letter in LETTERS
        for language in LANGUAGES
        for name in CASES.get(letter, _the_sample)(language)
    ]
