"""The worked cases of the domain's rules as contracts around a day: one function each, with what to expect of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from contracts.calendar import Month
from contracts.rules.terms import closing_day
from jobs.demo.sales import Sale, SalesDesk

Sales = list[Sale]


@dataclass(frozen=True, slots=True)
class WorkedCase:
    """One contract of the sample book that shows one rule at work."""

    contract: str
    expect: str  # one plain sentence
    sales: Callable[[SalesDesk], Sales]
    customer: Mapping[str, str] = field(default_factory=dict)  # columns unlike an ordinary customer's


# N1: reminders to renew. "Due or late" in an expectation: late once the first business day of the month has gone by.


def first_notice(desk: SalesDesk) -> Sales:
    """The first business day of the fifth month before the end month has come."""
    base = desk.new("business", 25, desk.notice_month.plus(5))
    return [base, desk.registration(base)]


def second_notice(desk: SalesDesk) -> Sales:
    """The first business day of the fourth month before the end month has come."""
    return [desk.new("business", 18, desk.notice_month.plus(4))]


def late_known(desk: SalesDesk) -> Sales:
    """Both notice months are past, the window is still open."""
    return [desk.new("pro", 5, desk.notice_month.plus(3))]


def window_closed(desk: SalesDesk) -> Sales:
    """The nearest month end whose closing day has passed, with nothing ordered."""
    next_month = desk.month.plus(1)
    has_closed = closing_day(next_month.last_day) < desk.as_of
    return [desk.new("business", 12, next_month if has_closed else desk.month)]


def continued(desk: SalesDesk) -> Sales:
    """Ordered in the month of the first notice, and not registered yet."""
    base = desk.new("business", 22, desk.notice_month.plus(4))
    ordered_on = desk.calendar.on_or_before(desk.notice_month.plus(-1).day(20))
    return [base, replace(desk.continuation(base, 22), ordered_on=ordered_on)]


def option_left_open(desk: SalesDesk) -> Sales:
    """The base is continued, the option beside it is not in the order."""
    base, renewed = continued(desk)
    return [base, replace(base, menu="webinar", seats=2), renewed]


def declined(desk: SalesDesk) -> Sales:
    """The customer has said that this contract will not continue."""
    return [replace(desk.new("business", 14, desk.notice_month.plus(4)), declined_on=desk.ago(3))]


def storage(desk: SalesDesk) -> Sales:
    """Recording storage inside its window."""
    base = desk.new("business", 30, desk.notice_month.plus(4))
    return [base, replace(base, menu="storage-1tb", seats=1)]


def owner_to_hold(desk: SalesDesk) -> Sales:
    """A notice is due, and its owner cannot be written to."""
    return [desk.new("business", 16, desk.notice_month.plus(4))]


def hostile_name(desk: SalesDesk) -> Sales:
    """A notice is due to a customer whose name is markup."""
    return [desk.new("business", 11, desk.notice_month.plus(4))]


# N5 to N7, B4: what ends this month


def reduced(desk: SalesDesk) -> Sales:
    """Business 49 continued as Business 30."""
    base = desk.new("business", 49, desk.month)
    return [base, desk.continuation(base, 30)]


def released(desk: SalesDesk) -> Sales:
    """Business 49 continued as Business 30, and the release is on record."""
    base, renewed = reduced(desk)
    return [replace(base, released_on=desk.ago(1)), renewed]


def continued_in_full(desk: SalesDesk) -> Sales:
    """Business 40 and an addition of 9, continued as one line of 49."""
    base = desk.new("business", 40, desk.month)
    return [base, desk.addition("business", 9, base, months_left=6), desk.continuation(base, 49)]


def upgraded(desk: SalesDesk) -> Sales:
    """Business 49 continued as Enterprise 59."""
    base = desk.new("business", 49, desk.month)
    return [base, desk.continuation(base, 59, menu="enterprise-essentials")]


def option_dropped(desk: SalesDesk) -> Sales:
    """The base goes on, the option beside it does not."""
    base = desk.new("business", 20, desk.month)
    return [base, replace(base, menu="rooms", seats=3), desk.continuation(base, 20)]


def storage_kept(desk: SalesDesk) -> Sales:
    """The base goes on, the storage beside it was not declined in time."""
    base = desk.new("business", 28, desk.month)
    return [base, replace(base, menu="storage-200gb", seats=1), desk.continuation(base, 28)]


def ends_as_a_whole(desk: SalesDesk) -> Sales:
    """Nothing of the contract is continued."""
    base = desk.new("business", 24, desk.month)
    return [base, replace(base, menu="webinar", seats=2)]


def below_the_minimum(desk: SalesDesk) -> Sales:
    """Enterprise 60 renewed with 45 seats, which is Business; registered already."""
    base = desk.new("enterprise-essentials", 60, desk.month)
    return [base, replace(desk.continuation(base, 45, menu="business"), opened_on=desk.ago(2))]


def mixed(desk: SalesDesk) -> Sales:
    """The renewal adds base licences and cuts an option."""
    base = desk.new("business", 20, desk.month)
    rooms = replace(base, menu="rooms", seats=5)
    return [base, rooms, desk.continuation(base, 30), desk.continuation(rooms, 3)]


# N2, N4: what has just begun


def newly_opened(desk: SalesDesk) -> Sales:
    """A new order for next month, opened on the latest business day."""
    base = replace(desk.new("business", 15, desk.month.plus(12)), ordered_on=desk.ago(20), opened_on=desk.ago(0))
    return [base, desk.registration(base)]


def pro_in_january(desk: SalesDesk) -> Sales:
    """A new order of Pro for January of this year."""
    base = desk.new("pro", 6, Month(desk.as_of.year, 12))
    return [base, desk.registration(base)]


def addition_opened(desk: SalesDesk) -> Sales:
    """An addition for the last eight months of its contract, opened on the latest business day."""
    base = desk.new("business", 20, desk.month.plus(8))
    addition = desk.addition("business", 5, base, months_left=8)
    return [base, replace(addition, ordered_on=desk.ago(12), opened_on=desk.ago(0))]


def extension_registered(desk: SalesDesk) -> Sales:
    """A term that ends next month, its continuation registered on the latest business day."""
    base = desk.new("business", 32, desk.month.plus(1))
    return [base, replace(desk.continuation(base, 32), opened_on=desk.ago(0))]


def pay_per_attendee(desk: SalesDesk) -> Sales:
    """Events by the attendee, bought in the middle of the contract."""
    base = desk.new("business", 20, desk.month.plus(6))
    events = replace(desk.new("events-per-attendee", 100, desk.month.plus(9)), order="addition")
    return [base, events]


def long_under_way(desk: SalesDesk) -> Sales:
    """A contract in its second year, far from any date that matters."""
    first_year = desk.new("business", 35, desk.month.plus(-4))
    registered_on = desk.calendar.on_or_before(first_year.end - timedelta(days=20))
    return [first_year, replace(desk.continuation(first_year, 35), opened_on=registered_on)]


# T1, T4, T7: lines that can be, but break a rule


def short_remainder(desk: SalesDesk) -> Sales:
    """An addition ordered with fewer than 60 days left, without a continuation."""
    base = desk.new("business", 20, desk.month)
    addition = desk.addition("business", 3, base, months_left=1)
    ordered_on = desk.calendar.on_or_before(desk.month.first_day - timedelta(days=10))
    return [base, replace(addition, ordered_on=ordered_on)]


def odd_start(desk: SalesDesk) -> Sales:
    """A start on the 15th."""
    base = desk.new("business", 12, desk.month.plus(12))
    return [replace(base, term_start=Month.of(base.term_start).day(15), ordered_on=desk.ago(8), opened_on=None)]


def option_alone(desk: SalesDesk) -> Sales:
    """An option in a contract that has no base licence."""
    return [desk.new("webinar", 2, desk.month.plus(8))]


CASES = (
    WorkedCase(
        "CASE-FIRST-NOTICE",
        "The first reminder to renew (5 months before the end month) goes out: due or late (N1).",
        first_notice,
    ),
    WorkedCase(
        "CASE-SECOND-NOTICE",
        "The second reminder (4 months before) goes out, due or late; the first is on record as superseded (N1).",
        second_notice,
    ),
    WorkedCase(
        "CASE-LATE-KNOWN",
        "Both notice months are past and the window is open: one late reminder to renew, the latest that is true (N1).",
        late_known,
    ),
    WorkedCase(
        "CASE-WINDOW-CLOSED",
        "The closing day has passed with nothing ordered: no reminder to renew, the line ends on its term end (B2).",
        window_closed,
    ),
    WorkedCase(
        "CASE-CONTINUED",
        "A continuation is ordered but not yet registered: no further reminder to renew, no extension letter (N1, N4).",
        continued,
    ),
    WorkedCase(
        "CASE-OPTION-OPEN",
        "The base is continued, the webinar option is not in the order: only line 2 is reminded (N1).",
        option_left_open,
    ),
    WorkedCase("CASE-DECLINED", "The customer will not continue: no reminder to renew.", declined),
    WorkedCase(
        "CASE-STORAGE",
        "The reminder to renew of line 2 says that storage can no longer be ended after the closing day (B4).",
        storage,
    ),
    WorkedCase(
        "CASE-OWNER-MISSING",
        "A reminder to renew is due, but the owner has no address: held for the sales desk (N8).",
        owner_to_hold,
        {"owner_name": "", "owner_email": ""},
    ),
    WorkedCase(
        "CASE-OWNER-MALFORMED",
        "A reminder to renew is due, but the owner's address cannot be one: held for the sales desk (N8).",
        owner_to_hold,
        {"owner_email": "kubo.naoki＠@example"},
    ),
    WorkedCase(
        "CASE-HOSTILE-NAME",
        "A reminder to renew goes out, and the name stands in it as it is written, quotes and all.",
        hostile_name,
        {
            "company": "<script>alert(\"株式会社\")</script> 'A&B' 商会 🎉",
            "owner_name": '佐々木 "ロビン" <b>太郎</b> 🦊',
        },
    ),
    WorkedCase(
        "CASE-REDUCED",
        "Business 49 is continued as 30 and ends this month: a release reminder for 19 seats (N5).",
        reduced,
    ),
    WorkedCase(
        "CASE-RELEASED",
        "Business 49 is continued as 30, and the release is on record: no reminder (N5).",
        released,
    ),
    WorkedCase(
        "CASE-CONTINUED-IN-FULL",
        "Business 40 and an addition of 9 are continued as one line of 49: nothing to release (N5).",
        continued_in_full,
    ),
    WorkedCase("CASE-UPGRADE", "Business 49 is continued as Enterprise 59: nothing to release (N5).", upgraded),
    WorkedCase(
        "CASE-OPTION-DROPPED",
        "The base goes on, Zoom Rooms are not continued: a release reminder for all 3 seats (N5).",
        option_dropped,
    ),
    WorkedCase(
        "CASE-STORAGE-KEPT",
        "The base goes on, storage was not ended in time and continues for a year: nothing to release (B4).",
        storage_kept,
    ),
    WorkedCase("CASE-ENDS-AS-A-WHOLE", "Nothing is continued: no release reminder is needed (N5).", ends_as_a_whole),
    WorkedCase(
        "CASE-BELOW-MINIMUM",
        "Enterprise 60 is renewed with 45: release reminder and extension letter name the fall to Business (N7).",
        below_the_minimum,
    ),
    WorkedCase(
        "CASE-MIXED",
        "Base seats are added, Zoom Rooms cut: the release reminder says that the added seats wait for the cut (N6).",
        mixed,
    ),
    WorkedCase(
        "CASE-NEW",
        "A new order for next month has just been opened: a letter about the start (N2).",
        newly_opened,
    ),
    WorkedCase(
        "CASE-PRO-JANUARY",
        "A new order of Pro in January starts on the 7th and ends on 31 December all the same (T1, T2).",
        pro_in_january,
    ),
    WorkedCase(
        "CASE-ADDITION",
        "An addition has just been opened and ends with its contract: a letter about the start for line 2 (N2, T3).",
        addition_opened,
    ),
    WorkedCase(
        "CASE-EXTENSION",
        "A continuation has just been registered: an extension letter (N4).",
        extension_registered,
    ),
    WorkedCase(
        "CASE-PAY-PER-ATTENDEE",
        "Line 2 counts twelve months from its own start and outlives line 1; it is no error (T6).",
        pay_per_attendee,
    ),
    WorkedCase(
        "CASE-UNDER-WAY",
        "A contract in its second year, far from every date: silence, and no letter for what began long ago.",
        long_under_way,
    ),
    WorkedCase(
        "CASE-SHORT-REMAINDER",
        "An addition was ordered with fewer than 60 days left and no continuation: flagged at import (T4).",
        short_remainder,
    ),
    WorkedCase("CASE-ODD-START", "A start on the 15th: flagged at import (T1).", odd_start),
    WorkedCase("CASE-NO-BASE", "An option in a contract without a base licence: flagged at import (T7).", option_alone),
)
