"""What the sample data of all letters have in common: who writes, who reads, what was bought."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

LANGUAGES = ("ja", "en")

BUSINESS = {"ja": "Zoom Workplace ビジネス", "en": "Zoom Workplace Business"}
ENTERPRISE = {
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


def sender(language: str) -> dict[str, Any]:
    """Who writes."""
    return deepcopy(_PEOPLE[language]["sender"])


def whole(language: str, own: dict[str, Any]) -> dict[str, Any]:
    """A letter's own facts with what all letters have, as complete as a letter can be."""
    return {"language": language, "contract": "K-0001", "calendar_file": True, **deepcopy(_PEOPLE[language]), **own}


def least(data: dict[str, Any]) -> dict[str, Any]:
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


def an_item(menu: str, seats: int, start: date, end: date) -> dict[str, Any]:
    """A line as a letter lists it."""
    return {"line": "1", "menu": menu, "seats": seats, "term_start": start, "term_end": end}
