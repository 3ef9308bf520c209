"""Sample data for the sales desk's daily letter: one thing of each sort that it can tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from contracts.files.catalogue_file import shipped_catalogue
from contracts.rules.flag import Flag
from contracts.store.flags import StandingFlag
from jobs.desk.data import letter_data
from jobs.desk.items import (
    IMPORT,
    Returned,
    StuckNotice,
    broken,
    fed_file,
    flagged,
    kept_for_people,
    lapsed,
    paused,
    returned,
    stuck,
    waiting,
)
from jobs.desk.sections import DESK, Item, Last, Reader, Section, letters
from jobs.language.messages import Messages
from jobs.notices.decision import Reason
from jobs.notices.listing import NAMES
from jobs.runs.history import Run

_AS_OF = date(2021, 11, 25)
_YESTERDAY = datetime(2021, 11, 24, 18, 0, tzinfo=UTC)
_READER = Reader(DESK, (), Last(date(2021, 11, 24), datetime(2021, 11, 24, tzinfo=UTC)))
_OWNER = "owner@example.co.jp"
_MENU = {"ja": "Zoom Workplace ビジネス", "en": "Zoom Workplace Business"}
_OPTION = {"ja": "Zoom ウェビナー", "en": "Zoom Webinars"}
_STORAGE = {"ja": "Zoom クラウド録画容量拡張 1TB", "en": "Zoom Cloud Recording Storage 1TB"}
_WORDS: dict[str, dict[str, str]] = {
    "ja": {
        "company": "株式会社見本商事",
        "other": "架空物産株式会社",
        "partner": "サンプル販売株式会社",
        "why": "料金表の差し替え",
        "none": "なし",
        "contact": "情報システム部 山田 太郎",
    },
    "en": {
        "company": "Mihon Trading Co., Ltd.",
        "other": "Kaku Products Inc.",
        "partner": "Sample Sales Inc.",
        "why": "new price list",
        "none": "none",
        "contact": "Information Systems, Taro Yamada",
    },
}


def desk_data(language: str, sender: Mapping[str, Any]) -> dict[str, Any]:
    """All data of the letter: every section, one of them with more than it shows."""
    words = _WORDS[language]
    items = [*_on_the_ledger(words), *_near_days(words), *_of_work(words)]
    (letter,) = letters(items, [_READER], lambda: 4)
    waiting: dict[str, int] = {Reason.AWAITING_APPROVAL: 51, Reason.OWNER_BOUNCED: 1}
    told = [replace(each, count=52, reasons=waiting) if each.section is Section.HELD else each for each in letter.told]
    anchor = "1042:9c1185a5c5e9fc54612808977ee8f548b2258d31d6c0a8e1f4b7935208ab61ce"
    data = letter_data(replace(letter, told=tuple(told)), Messages(language, shipped_catalogue()), _AS_OF)
    return data | {"sender": sender, "anchor": anchor}


def _on_the_ledger(words: Mapping[str, str]) -> Iterator[Item]:
    about = {"kind": NAMES[0], "line": "1", "occasion": "2022-01/4m", "company": words["company"]}
    waits: dict[str, Any] = about | {"due_on": None, "reason": ""}
    yield paused(date(2021, 11, 23), "sato", words["why"])
    yield stuck(StuckNotice(id=12, status="failed", contract="K-0001", said="550 5.7.1 refused", **waits))
    bounced = waits | {"reason": Reason.OWNER_BOUNCED, "owner": _OWNER}
    yield stuck(StuckNotice(id=14, status="held", contract="K-0002", **bounced))
    yield stuck(StuckNotice(id=15, status="in-doubt", contract="K-0003", **waits))
    started = waits | {"kind": NAMES[1], "occasion": "2021-11-01", "not_after": date(2021, 12, 1)}
    stands: dict[str, Any] = {"status": "queued", "contract": "K-0009", "said": "451 4.7.1 try again later"}
    yield waiting(StuckNotice(id=16, since=datetime(2021, 11, 23, 0, 10, tzinfo=UTC), **stands, **started))
    over = waits | {"not_after": date(2021, 11, 24), "since": _YESTERDAY}
    yield lapsed(StuckNotice(id=17, status="withdrawn", contract="K-0008", **over))
    report: dict[str, Any] = about | {"bounce_class": "hard", "said": "5.1.1 user unknown", "is_marked": True}
    report["contact"] = words["contact"]
    yield returned(Returned(id=1, at=_YESTERDAY, role="to", address=_OWNER, contract="K-0002", **report))
    yield kept_for_people(3, "/var/lib/kigen/for-people/new", _YESTERDAY)


def _near_days(words: Mapping[str, str]) -> Iterator[Item]:
    """Of the two closing days one is today; the other is of a line that belongs to a partner's customer."""
    facts: dict[str, object] = {"menu": _MENU, "seats": 10, "is_storage": False}
    ours = Item(Section.CLOSING, (1,), (IMPORT, "kigen decline K-0004/1"), "K-0004", "1", words["company"])
    closing = {"term_end": date(2022, 1, 31), "closing_day": _AS_OF, "days": 0, "is_storage": True}
    yield replace(ours, facts=facts | closing)
    later = {"term_end": date(2022, 1, 31), "closing_day": date(2021, 12, 2), "days": 7}
    commands = (IMPORT, "kigen decline K-0005/1")
    theirs = facts | later | {"menu": _OPTION, "seats": 2}
    yield Item(Section.CLOSING, (2,), commands, "K-0005", "1", words["other"], words["partner"], theirs)
    closed = {"term_end": date(2022, 1, 23), "closing_day": date(2021, 11, 24), "days": -1}
    yield replace(
        ours, section=Section.CLOSED, commands=("kigen explain K-0008/1",), contract="K-0008", facts=facts | closed
    )
    yield from _left_open(ours, facts)
    unopened = facts | {"start": date(2021, 12, 1), "days": 6}
    commands = (IMPORT, "kigen explain K-0006/1")
    yield replace(ours, section=Section.UNOPENED, commands=commands, contract="K-0006", facts=unopened)


def _left_open(ours: Item, facts: dict[str, object]) -> Iterator[Item]:
    """Where a term ends soon, or has ended: of the two releases one is late."""
    left = facts | {"seats": 19, "ending": 49, "continuing": 30, "term_end": date(2022, 2, 4)}
    days = {"closing_day": date(2021, 12, 6), "days": 11}
    commands = (IMPORT, "kigen decline K-0010/1")
    yield replace(ours, section=Section.UNDECIDED, commands=commands, contract="K-0010", facts=left | days)
    late = facts | {"seats": 5, "term_end": date(2021, 10, 31), "days": -25, "billed_from": date(2021, 11, 1)}
    commands = ("kigen release K-0011/1", "kigen explain K-0011/1")
    yield replace(ours, section=Section.UNRELEASED, commands=commands, contract="K-0011", facts=late)
    soon = facts | {"seats": 19, "term_end": date(2021, 11, 30), "days": 5, "billed_from": date(2021, 12, 1)}
    commands = ("kigen release K-0012/1", "kigen explain K-0012/1")
    yield replace(ours, section=Section.UNRELEASED, order=(2,), commands=commands, contract="K-0012", facts=soon)
    on = facts | {"menu": _STORAGE, "seats": 1, "start": date(2022, 1, 1), "until": date(2022, 12, 31)}
    commands = (IMPORT, "kigen explain K-0013/2")
    yield replace(ours, section=Section.RUNS_ON, commands=commands, contract="K-0013", line="2", facts=on)


def _differing(words: Mapping[str, str]) -> Item:
    told = {"menu": "business", "seats": 49, "first": date(2021, 12, 1), "last": date(2022, 11, 30)}
    facts = {"kind": NAMES[1], "day": date(2021, 11, 10), "told": told, "now": told | {"seats": 40}}
    commands = (IMPORT, "kigen notices correct 18 --dry-run", "kigen notices correct 18")
    return Item(Section.DIFFERS, (1,), commands, "K-0014", "1", words["company"], facts=facts)


def _of_work(words: Mapping[str, str]) -> Iterator[Item]:
    yield _differing(words)
    flag = Flag("T7", "2", "flag.base-not-continued", {"end": date(2022, 3, 31), "day": date(2022, 2, 1)})
    yield flagged(StandingFlag(1, "K-0007", flag, words["company"], "", None))
    yield broken(Run(7, NAMES[-1], date(2021, 11, 24), _YESTERDAY, _YESTERDAY, "", "failed", {}, "disk full", ""))
    limits = {"lowest": 1, "highest": 9_999_999}
    cell = {"row": 3, "column": "seats", "value": words["none"], "code": "row.whole-number", "values": limits}
    put = {"file": "book.csv", "put": "done/20211124T180000Z-book.csv", "put_at": _YESTERDAY.isoformat()}
    yield fed_file(put | {"problem": "", "missing": (), "report": {"rows": 120, "rejected": 1, "rejections": [cell]}})
