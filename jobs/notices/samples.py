"""Sample data for each letter and language: what `templates check` renders with, and what the tests build on."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

from jobs.desk.sample import desk_data

LETTERS = ("renewal-notice", "service-start", "service-start-change", "extension-confirmation", "license-release")
DESK_LETTERS = ("operator-digest",)  # to ourselves: no account, no owner
ALL_LETTERS = (*LETTERS, *DESK_LETTERS)
LANGUAGES = ("ja", "en")

_BUSINESS = {"ja": "Zoom Workplace ビジネス", "en": "Zoom Workplace Business"}
_ENTERPRISE = {
    "ja": "Zoom Workplace エンタープライズ Essentials",
    "en": "Zoom Workplace Enterprise Essentials",
}

_PEOPLE: dict[str, dict[str, Any]] = {
    "ja": {
        "account": {"number": "98765432", "company": "株式会社見本商事", "owner_name": "見本 花子"},
        "partner": {"name": "サンプル販売株式会社"},
        "sender": {
            "company": "例示ネットワークス株式会社",
            "sales_desk": {
                "name": "Zoom ライセンスサービス営業窓口",
                "email": "sales@example.co.jp",
                "phone": "03-0000-0001",
                "hours": "平日 9:00～17:00",
            },
            "support_desk": {
                "name": "Zoom ライセンスサービスサポートデスク",
                "email": "support@example.co.jp",
                "phone": "03-0000-0002",
                "hours": "24時間365日（回答は平日 9:00～17:00）",
            },
            "admin_site": "https://admin.example.com/",
            "brand": {
                "name": "例示クラウドサービス",
                "logo": "例示クラウド",
                "logo_cid": "",
                "logo_width": 0,
                "logo_height": 0,
                "colour": "#1f3a5f",
                "signature": ["例示ネットワークス株式会社 ライセンス営業部", "東京都見本区例示1-2-3"],
                "footer": "https://www.example.co.jp/",
            },
        },
    },
    "en": {
        "account": {"number": "98765432", "company": "Mihon Trading Co., Ltd.", "owner_name": "Hanako Mihon"},
        "partner": {"name": "Sample Sales Inc."},
        "sender": {
            "company": "Reiji Networks Corporation",
            "sales_desk": {
                "name": "Zoom Licence Service sales desk",
                "email": "sales@example.co.jp",
                "phone": "+81 3 0000 0001",
                "hours": "weekdays 9:00 to 17:00 (Japan time)",
            },
            "support_desk": {
                "name": "Zoom Licence Service support desk",
                "email": "support@example.co.jp",
                "phone": "+81 3 0000 0002",
                "hours": "messages taken at any time, answered on weekdays 9:00 to 17:00 (Japan time)",
            },
            "admin_site": "https://admin.example.com/",
            "brand": {
                "name": "Reiji Cloud Services",
                "logo": "Reiji Cloud",
                "logo_cid": "",
                "logo_width": 0,
                "logo_height": 0,
                "colour": "#1f3a5f",
                "signature": ["Licence Sales, Reiji Networks Corporation", "1-2-3 Reiji, Mihon-ku, Tokyo"],
                "footer": "https://www.example.co.jp/",
            },
        },
    },
}


def sample_data(letter: str, language: str) -> dict[str, Any]:
    """Data for one letter, as complete as a letter can be, so that most branches of its templates are reached.

    Raises:
        KeyError: there is no such letter or language.
    """
    if letter in DESK_LETTERS:
        return {"language": language, "sender": deepcopy(_PEOPLE[language]["sender"])} | desk_data(language)
    return _common(language) | _OWN[letter](language)


def samples(letter: str, language: str) -> list[dict[str, Any]]:
    """The letter with all that it may have, and with the least: both sides of what its templates ask for.

    Raises:
        KeyError: there is no such letter or language.
    """
    return [sample_data(letter, language), _least(sample_data(letter, language))]


def _least(data: dict[str, Any]) -> dict[str, Any]:
    """Nobody's partner, an owner without a name, an unadorned sender, several lines, the last day, no special case."""
    nobody = {"email": "", "phone": "", "hours": ""}
    sender = data["sender"]
    plain = {name: type(value)() for name, value in sender["brand"].items()} | {"colour": sender["brand"]["colour"]}
    if "account" not in data:
        nothing = {"to_settle": 0, "informs": 0, "sections": [], "standing": 0}
        return data | nothing | {"sender": sender | {"brand": plain}}
    least = {
        "partner": None,
        "account": data["account"] | {"owner_name": ""},
        "sender": sender | {"brand": plain} | {name: sender[name] | nobody for name in ("sales_desk", "support_desk")},
        "items": [*data["items"], *({**item, "line": f"{item['line']}-2"} for item in data["items"])],
        "calendar_file": False,
        "days_left": 0,
        "is_base": False,
        "is_storage": True,
        "is_mixed": False,
        "falls_to": None,
        "continuing": [],
        "seats_after": data.get("seats_before"),
    }
    return data | {name: value for name, value in least.items() if name in data}


def _common(language: str) -> dict[str, Any]:
    return {"language": language, "contract": "K-0001", "calendar_file": True, **deepcopy(_PEOPLE[language])}


def _item(language: str, seats: int, start: date, end: date) -> dict[str, Any]:
    return {"line": "1", "menu": _BUSINESS[language], "seats": seats, "term_start": start, "term_end": end}


def _renewal_notice(language: str) -> dict[str, Any]:
    return {
        "as_of": date(2021, 9, 1),
        "items": [_item(language, 49, date(2021, 2, 1), date(2022, 1, 31))],
        "closing_day": date(2021, 12, 2),
        "days_left": 92,
        "term_end": date(2022, 1, 31),
        "new_term": {"start": date(2022, 2, 1), "end": date(2023, 1, 31), "months": 12},
        "is_base": True,
        "is_storage": False,
    }


def _service_start(language: str) -> dict[str, Any]:
    return {
        "as_of": date(2021, 8, 20),
        "items": [_item(language, 49, date(2021, 9, 1), date(2022, 8, 31))],
        "start_date": date(2021, 9, 1),
    }


def _service_start_change(language: str) -> dict[str, Any]:
    return {
        "as_of": date(2021, 8, 25),
        "items": [_item(language, 49, date(2021, 10, 1), date(2022, 9, 30))],
        "old_start": date(2021, 9, 1),
        "new_start": date(2021, 10, 1),
    }


def _extension_confirmation(language: str) -> dict[str, Any]:
    return {
        "as_of": date(2021, 11, 15),
        "items": [_item(language, 30, date(2022, 2, 1), date(2023, 1, 31))],
        "old_end": date(2022, 1, 31),
        "new_term": {"start": date(2022, 2, 1), "end": date(2023, 1, 31)},
        "before": [{"menu": _BUSINESS[language], "seats": 49}],
        "seats_before": 49,
        "seats_after": 30,
        "falls_to": None,
    }


def _license_release(language: str) -> dict[str, Any]:
    return {
        "as_of": date(2021, 12, 28),
        "items": [
            _item(language, 60, date(2021, 2, 1), date(2022, 1, 31)) | {"menu": _ENTERPRISE[language]},
        ],
        "term_end": date(2022, 1, 31),
        "days_left": 34,
        "seats_to_release": 19,
        "menus": [_ENTERPRISE[language]],
        "seats_before": 60,
        "seats_after": 41,
        "continuing": [{"menu": _ENTERPRISE[language], "seats": 41}],
        "is_mixed": True,
        "falls_to": {"menu": _ENTERPRISE[language], "minimum": 50, "seats": 41, "to_menu": _BUSINESS[language]},
    }


_OWN = {
    "renewal-notice": _renewal_notice,
    "service-start": _service_start,
    "service-start-change": _service_start_change,
    "extension-confirmation": _extension_confirmation,
    "license-release": _license_release,
}
