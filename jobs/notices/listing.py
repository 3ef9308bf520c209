"""The jobs as values: what each is called, which notices it decides on, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from contracts.model import Contract
from jobs.notices import extension_confirmation, license_release, renewal_notice, service_start
from jobs.notices.decision import Circumstances, Decision, Kind
from jobs.notices.extension_confirmation import ExtensionRules
from jobs.notices.license_release import ReleaseRules
from jobs.notices.renewal_notice import RenewalRules
from jobs.notices.service_start import StartRules


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of all four jobs, from the configuration."""

    renewal: RenewalRules
    start: StartRules
    extension: ExtensionRules
    release: ReleaseRules


@dataclass(frozen=True, slots=True)
class Job:
    """One job: its name as users type it, its kinds of notice, and its rules already filled in.

    `last_end` gives, for a day, the latest term end of which it has something to say by then; None for a job that goes
    by the opening of a service, which it announces until `late_days` after it.
    """

    name: str
    kinds: tuple[Kind, ...]
    decide: Callable[[Contract, Circumstances], Iterator[Decision]]
    days_of_interest: Callable[[Contract], Iterator[date]]
    last_end: Callable[[date], date] | None = None
    late_days: int = 0
    orders: tuple[str, ...] = ()  # the kinds of order whose opening it announces


LONGEST_MONTH = 31
LONGEST_CLOSURE = 31  # days by which a shift to a business day may move a reminder forward


def all_jobs(rules: Rules) -> tuple[Job, ...]:
    """The four jobs, in the order in which they run."""
    return (
        Job(
            "renewal-notice",
            (Kind.RENEWAL_NOTICE,),
            lambda contract, at: renewal_notice.decisions(contract, rules.renewal, at),
            lambda contract: renewal_notice.days_of_interest(contract, rules.renewal),
            last_end=_last_end(
                lambda end: [
                    renewal_notice.due_day(end, months, rules.renewal) for months in rules.renewal.months_before
                ],
                (max(rules.renewal.months_before, default=0) + 1) * LONGEST_MONTH,
            ),
        ),
        Job(
            "service-start",
            (Kind.SERVICE_START, Kind.SERVICE_START_CHANGE),
            lambda contract, at: service_start.decisions(contract, rules.start, at),
            lambda contract: service_start.days_of_interest(contract, rules.start),
            late_days=rules.start.late_days,
            orders=("new", "addition"),
        ),
        Job(
            "extension-confirmation",
            (Kind.EXTENSION_CONFIRMATION,),
            lambda contract, at: extension_confirmation.decisions(contract, rules.extension, at),
            lambda contract: extension_confirmation.days_of_interest(contract, rules.extension),
            late_days=rules.extension.late_days,
            orders=("continuation",),
        ),
        Job(
            "license-release",
            (Kind.LICENSE_RELEASE,),
            lambda contract, at: license_release.decisions(contract, rules.release, at),
            lambda contract: license_release.days_of_interest(contract, rules.release),
            last_end=_last_end(
                lambda end: license_release.due_days(end, rules.release),
                max(rules.release.days_before, default=0) + LONGEST_CLOSURE,
            ),
        ),
    )


def _last_end(due_days: Callable[[date], Iterable[date]], at_most_days: int) -> Callable[[date], date]:
    """The latest term end with a due day by the given day. It is no more than `at_most_days` later than that day."""

    def last_end(by: date) -> date:
        ends = (by + timedelta(days=days) for days in range(at_most_days, -1, -1))
        return next((end for end in ends if min(due_days(end), default=date.max) <= by), by)

    return last_end
