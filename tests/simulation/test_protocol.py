"""README.md's promise of at most one mail, against every order of events; and that each rule behind it is needed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.simulation.protocol import Protocol, look_at_all

RESEND, WAIT = Protocol(), Protocol(resends=False)
RULES = ("looks_at_the_lease", "holders_are_distinct", "settles_its_own", "has_one_clock")


def test_a_mail_is_doubled_only_where_nobody_could_know_of_the_relays_reply():
    found = look_at_all(RESEND)
    assert found.wrong == "", found.story
    assert found.states > 40_000  # what is not reached is not looked at


def test_two_mails_of_one_delivery_keep_to_it_as_well():
    found = look_at_all(replace(RESEND, tries=2), mails=2, deaths=1)
    assert found.wrong == "", found.story
    assert found.states > 60_000


def test_a_mail_whose_doubts_a_person_decides_is_never_doubled():
    found = look_at_all(WAIT, deaths=3)
    assert found.wrong == "", found.story
    assert found.states > 30_000


@pytest.mark.parametrize("rule", RULES)
def test_without_any_one_rule_the_promise_is_broken(rule: str):
    assert look_at_all(replace(RESEND, **{rule: False})).wrong


@pytest.mark.parametrize("rule", [each for each in RULES if each != "settles_its_own"])
def test_without_any_one_rule_that_fences_claims_a_person_decides_too_early(rule: str):
    assert look_at_all(replace(WAIT, **{rule: False})).wrong
