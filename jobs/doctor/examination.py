"""The doctor: one check after another, each said with what to do. One that breaks is reported, not fatal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from jobs.database.failures import sentence_and_status


class State(StrEnum):
    """What a check found."""

    GOOD = "good"
    DOUBTFUL = "doubtful"  # it works; a person should know
    BAD = "bad"  # notices do not go out as they should
    UNKNOWN = "not checked"  # it needs what another check found bad


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: the state, a sentence, and what to do about it. `check` is named where it is told."""

    state: State
    said: str
    remedy: str = ""
    check: str = ""

    @property
    def mark(self) -> str:
        """The sign before the line."""
        return {State.GOOD: "✓", State.DOUBTFUL: "!", State.BAD: "✗", State.UNKNOWN: "–"}[self.state]


@dataclass(frozen=True, slots=True)
class Check:
    """A named question. `needs` are the checks that must not be bad before it makes sense to ask."""

    name: str
    ask: Callable[[], Iterable[Finding]]
    needs: tuple[str, ...] = ()


def good(said: str) -> Finding:
    """All is well."""
    return Finding(State.GOOD, said)


def doubtful(said: str, remedy: str = "") -> Finding:
    """It works; a person should know."""
    return Finding(State.DOUBTFUL, said, remedy)


def bad(said: str, remedy: str = "") -> Finding:
    """It must be mended."""
    return Finding(State.BAD, said, remedy)


def examined(checks: Iterable[Check]) -> Iterator[Finding]:
    """The findings, as they are found."""
    broken: set[str] = set()
    for check in checks:
        missing = [name for name in check.needs if name in broken]
        if missing:
            broken.add(check.name)
            yield Finding(State.UNKNOWN, f"not checked: it needs {', '.join(missing)}", check=check.name)
            continue
        for finding in _findings(check):
            if finding.state is State.BAD:
                broken.add(check.name)
            yield replace(finding, check=check.name)


def _findings(check: Check) -> Iterator[Finding]:
    try:
        yield from check.ask()
    except Exception as error:  # noqa: BLE001 — whatever breaks a check, the others still have something to say
        foreseen = sentence_and_status(error)
        if foreseen is not None:
            yield bad(foreseen[0])
        else:
            yield bad(f"this could not be checked: {type(error).__name__}: {error}", "report this: nobody foresaw it")
