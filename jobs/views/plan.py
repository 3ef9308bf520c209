"""The plan file: what a person reviewed, so that exactly this is approved, by whoever and whenever."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints, ValidationError

from jobs.errors import KigenError
from notify.ledger.approval import Review, Reviewed, Scope
from notify.record.values import NoticeKey

_Text = Annotated[str, StringConstraints(min_length=1)]


class PlanError(KigenError):
    """The plan cannot be used; the sentence names file, key, value and what is allowed."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Notice(_Table):
    """A reviewed notice: its identity, the hash of the facts that its letter states, and who gets it."""

    kind: _Text
    contract: _Text
    line: _Text
    occasion: _Text
    facts: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    to: list[_Text]
    cc: list[_Text]

    @property
    def key(self) -> NoticeKey:
        return NoticeKey(self.kind, self.contract, self.line, self.occasion)


class _Scope(_Table):
    """What was asked for: whatever waits in it and is not named speaks against the plan. None stands for any."""

    kind: _Text | None
    contract: _Text | None
    due_on: date | None


class _File(_Table):
    format: Literal["kigen plan 1"]
    made_at: AwareDatetime
    scope: _Scope | None
    """None where the notices were named one by one: then nothing else can be missing."""
    notices: list[_Notice]


def plan_text(reviewed: Sequence[Reviewed], scope: Scope | None, made_at: datetime) -> str:
    """The plan as the text of its file. `scope` is None where the notices were named one by one."""
    written = _File(
        format="kigen plan 1",
        made_at=made_at,
        scope=None if scope is None else _Scope(**asdict(scope)),
        notices=[_notice(each) for each in reviewed],
    )
    return written.model_dump_json(indent=1) + "\n"


def write_plan(file: Path, text: str) -> None:
    """Writes the plan's file, in the place of an earlier plan and of nothing else.

    Raises:
        PlanError: there is another file of that name.
    """
    if file.exists() and not file.read_bytes().lstrip().startswith(b'{\n "format": "kigen plan '):
        raise PlanError(f"{file}: is there already and is no plan; name another file")
    unfinished = file.with_name(f".{file.name}.unfinished")
    unfinished.write_text(text, "utf-8", newline="\n")
    unfinished.replace(file)


def read_plan(file: Path, kinds: Container[str]) -> Review:
    """What was reviewed by the plan in the file, of notices of these kinds.

    Raises:
        PlanError: it cannot be read, is of another format, or holds what a plan does not hold.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise PlanError(f"{file}: cannot be read: {error.strerror}") from error
    try:
        found = _File.model_validate_json(content)
    except ValidationError as error:
        raise PlanError("\n".join(f"{file}: {_sentence(problem)}" for problem in error.errors()[:10])) from None
    reviewed = [_reviewed(each) for each in found.notices]
    _refuse_unknown_and_doubles(file, reviewed, kinds)
    scope = None if found.scope is None else Scope(**found.scope.model_dump())
    detail = f"plan {sha256(content).hexdigest()[:16]} of {found.made_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return Review(reviewed, all_or_none=True, scope=scope, detail=detail)


def _notice(reviewed: Reviewed) -> _Notice:
    return _Notice(
        **asdict(reviewed.key),
        facts=reviewed.facts_hash,
        to=[address for role, address in reviewed.recipients if role == "to"],
        cc=[address for role, address in reviewed.recipients if role == "cc"],
    )


def _reviewed(notice: _Notice) -> Reviewed:
    recipients = (*(("to", address) for address in notice.to), *(("cc", address) for address in notice.cc))
    return Reviewed(notice.key, notice.facts, recipients)


def _refuse_unknown_and_doubles(file: Path, reviewed: Sequence[Reviewed], kinds: Container[str]) -> None:
    seen: set[NoticeKey] = set()
    for number, key in enumerate(each.key for each in reviewed):
        place = f"{file}: notices[{number}]"
        if key.kind not in kinds:
            raise PlanError(f"{place}.kind: no such kind of notice, found {key.kind!r:.80}")
        if key in seen:
            raise PlanError(f"{place}: {key.kind} {key.occasion} of {key.contract}/{key.line} is named twice")
        seen.add(key)


def _sentence(problem: Any) -> str:
    """One problem that pydantic found, as `notices[3].facts: …, found '…'`."""
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem["loc"]).lstrip(".")
    if problem["type"] == "json_invalid":
        return f"not a plan: {problem['msg']}"
    if problem["type"] == "extra_forbidden":
        return f"{place}: no such key in a plan, found {problem['input']!r:.80}"
    if problem["type"] == "missing":
        return f"{place}: is missing"
    if place == "format":
        return f"format: expected 'kigen plan 1', found {problem['input']!r:.80}; write the plan anew with this kigen"
    said = problem["msg"][:1].lower() + problem["msg"][1:]
    return f"{place or 'the plan'}: {said}, found {problem['input']!r:.80}"
