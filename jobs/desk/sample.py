"""Sample data for the sales desk's daily letter: one thing of each sort that it can tell."""

from __future__ import annotations

from datetime import date
from typing import Any

from jobs.desk.letter import called
from jobs.language.messages import Messages
from jobs.notices.listing import NAMES

_WORDS: dict[str, dict[str, str]] = {
    "ja": {
        "company": "株式会社見本商事",
        "other": "架空物産株式会社",
        "partner": "サンプル販売株式会社",
        "menu": "Zoom Workplace ビジネス",
        "option": "Zoom ウェビナー",
        "why": "料金表の差し替え",
        "flag": "利用終了日は2022年3月31日（木）ですが、基本ライセンスが2022年2月1日（火）から継続されていません。",
        "rejected": "受け付けなかった行：1 行（全 120 行）",
        "rejection": "3 行目 ライセンス数 「なし」：1から9999999までの整数にしてください",
    },
    "en": {
        "company": "Mihon Trading Co., Ltd.",
        "other": "Kaku Products Inc.",
        "partner": "Sample Sales Inc.",
        "menu": "Zoom Workplace Business",
        "option": "Zoom Webinars",
        "why": "new price list",
        "flag": "runs to 2022-03-31, but its base licence is not continued on 2022-02-01",
        "rejected": "1 row of 120 was rejected",
        "rejection": "row 3 seats 'none': must be a whole number from 1 to 9999999",
    },
}
_NOTICE = {"kind": NAMES[0], "occasion": "2022-01/4m", "said": "", "reason": ""}


def desk_data(language: str) -> dict[str, Any]:
    """What the letter needs beside its language and sender: every section, one of them with more than it shows."""
    words = _WORDS[language]
    sections = [
        _section("paused", {"since": date(2021, 11, 23), "by": "sato", "said": words["why"]}, "kigen resume"),
        _section(
            "failed",
            _owned(words, "K-0001/1") | _NOTICE | {"id": 12, "said": "550 5.7.1 refused"},
            "kigen notices resend 12",
            "kigen notices cancel 12",
        ),
        _section(
            "held",
            _owned(words, "K-0002/1") | _NOTICE | {"id": 14, "reason": "owner-bounced"},
            "kigen import FILE",
            "kigen bounce --clear owner@example.co.jp",
        )
        | {
            "count": 52,
            "reasons": [{"reason": "awaiting-approval", "count": 51}, {"reason": "owner-bounced", "count": 1}],
            "more": 51,
            "more_command": "kigen notices --status held",
        },
        _section(
            "in-doubt",
            _owned(words, "K-0003/1") | _NOTICE | {"id": 15},
            "kigen notices settle 15 --sent",
            "kigen notices settle 15 --not-sent",
        ),
        _bounced(words),
        _section("for-people", {"count": 3, "folder": "/var/lib/kigen/for-people/new"}, "kigen bounce --list"),
        _closing(words),
        _closed(words),
        _section(
            "unopened",
            _line(words, "K-0006/1") | {"start": date(2021, 12, 1), "days": 6},
            "kigen import FILE",
            "kigen explain K-0006/1",
        ),
        _section(
            "book",
            _owned(words, "K-0007/2") | {"rule": "T7", "text": words["flag"]},
            "kigen import FILE",
        ),
        _section(
            "run-failed",
            _nobodys() | {"job": NAMES[-1], "as_of": date(2021, 11, 24), "outcome": "failed", "said": "disk full"},
            f"run-job {NAMES[-1]}",
            "kigen runs --failed --since 2021-11-24",
        ),
        _section(
            "feed-failed",
            _nobodys()
            | {
                "file": "book.csv",
                "report": "done/20211124T180000Z-book.csv.report.txt",
                "details": [words["rejected"], words["rejection"]],
            },
            "kigen feed --dry-run",
        ),
    ]
    for item in (item for section in sections for group in section["groups"] for item in group["items"]):
        item["called"] = called(item, Messages(language))
    informed = sum(section["count"] for section in sections if section["name"] == "closed")
    settled = sum(section["count"] for section in sections) - informed
    return {
        "as_of": date(2021, 11, 25),
        "to_settle": settled,
        "informs": informed,
        "sections": sections,
        "standing": 4,
        "is_desk": True,
        "at_once": "",
        "anchor": "1042:9c1185a5c5e9fc54612808977ee8f548b2258d31d6c0a8e1f4b7935208ab61ce",
    }


def _section(name: str, item: dict[str, Any], *commands: str) -> dict[str, Any]:
    return {
        "name": name,
        "count": 1,
        "reasons": [],
        "groups": [{"partner": "", "items": [_nobodys() | item | {"commands": list(commands)}]}],
        "more": 0,
        "more_command": "",
    }


def _bounced(words: dict[str, str]) -> dict[str, Any]:
    facts = {"address": "owner@example.co.jp", "class": "hard", "is_owner": True, "said": "5.1.1 user unknown"}
    item = _owned(words, "K-0002/1") | _NOTICE | facts
    return _section("bounced", item, "kigen import FILE", "kigen bounce --clear owner@example.co.jp")


def _closing(words: dict[str, str]) -> dict[str, Any]:
    """Two lines, of which one belongs to a partner's customer; the other can be bought until today."""
    facts = {"closing_day": date(2021, 12, 2), "days": 7, "term_end": date(2022, 1, 31)}
    section = _section(
        "closing",
        _line(words, "K-0004/1") | facts | {"closing_day": date(2021, 11, 25), "days": 0, "is_storage": True},
        "kigen import FILE",
        "kigen decline K-0004/1",
    )
    theirs = _line(words, "K-0005/1") | facts | {"company": words["other"], "menu": words["option"], "seats": 2}
    commands = ["kigen import FILE", "kigen decline K-0005/1"]
    group = {"partner": words["partner"], "items": [theirs | {"commands": commands}]}
    return section | {"count": 2, "groups": [*section["groups"], group]}


def _closed(words: dict[str, str]) -> dict[str, Any]:
    facts = {"closing_day": date(2021, 11, 24), "days": -1, "term_end": date(2022, 1, 23)}
    return _section("closed", _line(words, "K-0008/1") | facts, "kigen explain K-0008/1")


def _owned(words: dict[str, str], line: str) -> dict[str, Any]:
    return {"company": words["company"], "line": line, "details": []}


def _line(words: dict[str, str], line: str) -> dict[str, Any]:
    return _owned(words, line) | {"menu": words["menu"], "seats": 10, "is_storage": False}


def _nobodys() -> dict[str, Any]:
    return {"company": "", "line": "", "details": []}
