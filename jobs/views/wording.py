"""How a page speaks: what it calls codes, and what was checked, in the language of who looks at it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jobs.language.messages import Messages
from jobs.notices.decision import Action, Check, Reason
from jobs.notices.listing import LETTERS
from jobs.pages.preview import CheckShown, Wording

_NAMED: dict[str, Iterable[str]] = {"kind": LETTERS, "reason": Reason, "action": Action}


def page_wording(messages: Messages) -> Wording:
    """The language, and the names of codes where they have others than themselves."""
    names = {code: messages.name(sort, code) for sort, codes in _NAMED.items() for code in map(str, codes)}
    return Wording(messages.language, {code: name for code, name in names.items() if name != code})


def checks_shown(checks: Iterable[Check], messages: Messages) -> tuple[CheckShown, ...]:
    """What a decision checked, as a page shows it."""
    return tuple([CheckShown(check.rule, messages.said(check), check.passed) for check in checks])


def recorded_shown(checks: Iterable[Mapping[str, Any]], messages: Messages) -> tuple[CheckShown, ...]:
    """The same of what the ledger kept."""
    return tuple([CheckShown(check["rule"], messages.on_record(check), check["passed"]) for check in checks])
