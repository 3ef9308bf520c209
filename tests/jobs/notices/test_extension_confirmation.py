"""N4: once the extension is registered."""

from __future__ import annotations

from datetime import date

import pytest

from jobs.notices.extension_confirmation import decisions
from jobs.notices.rules import OpeningRules
from tests.contracts.values import a_continuation, a_line
from tests.jobs.builders import a_mailable_contract, on, silence, told

RULES = OpeningRules()


def a_renewed_contract(**changes):
    continuation = {"ordered_on": date(2021, 8, 20), "opened_on": date(2021, 11, 10)} | changes
    return a_mailable_contract(a_line(), a_continuation("1", **continuation))


def decided(contract, at):
    return told(decisions(contract, RULES, at))


def test_an_extension_is_confirmed_on_the_day_it_is_registered():
    assert decided(a_renewed_contract(), on(date(2021, 11, 10))) == [("2022-02-01", "send", "due")]


def test_an_extension_ordered_but_not_registered_is_not_confirmed_yet():
    found = decisions(a_renewed_contract(), RULES, on(date(2021, 11, 9)))

    assert silence(found) == ["not-its-kind", "not-opened"]


def test_an_extension_is_confirmed_once():
    at = on(date(2021, 11, 11), ("extension-confirmation", "2022-02-01"))

    assert decided(a_renewed_contract(), at) == [("2022-02-01", "skip", "already-sent")]


def test_an_extension_is_still_confirmed_thirty_days_after_the_new_term_began():
    assert decided(a_renewed_contract(), on(date(2022, 3, 3))) == [("2022-02-01", "send", "late")]


def test_an_extension_of_long_ago_is_not_confirmed_any_more():
    assert decided(a_renewed_contract(), on(date(2022, 3, 4))) == [("2022-02-01", "skip", "window-closed")]


def test_an_extension_is_looked_at_until_its_last_day():
    over, last = date(2023, 2, 1), date(2023, 1, 31)

    assert decided(a_renewed_contract(), on(last)) == [("2022-02-01", "skip", "window-closed")]
    assert silence(decisions(a_renewed_contract(), RULES, on(over))) == ["not-its-kind", "term-over"]


@pytest.mark.parametrize(
    ("ordered_on", "due_on"),
    [
        (date(2021, 8, 20), date(2021, 11, 10)),
        (None, date(2021, 11, 10)),
        (date(2021, 11, 12), date(2021, 11, 12)),
    ],
)
def test_an_extension_is_due_once_it_is_registered_and_ordered(ordered_on, due_on):
    *_, decision = decisions(a_renewed_contract(ordered_on=ordered_on), RULES, on(date(2021, 11, 12)))

    assert (decision.action, decision.due_on) == ("send", due_on)


def test_new_orders_and_additions_are_not_extensions():
    assert silence(decisions(a_mailable_contract(a_line(opened_on=date(2021, 2, 1))), RULES, on(date(2021, 3, 1)))) == [
        "not-its-kind"
    ]
