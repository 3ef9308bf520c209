"""`legal-hold`: what must be kept is neither purged nor forgotten, by whose word and why."""

from __future__ import annotations

import pytest

from tests.end_to_end.retention import FIVE_YEARS, kept, with_a_notice_sent


@pytest.fixture
def sent(kigen):
    return with_a_notice_sent(kigen)


@pytest.mark.usefixtures("each_database")
@pytest.mark.parametrize("number", ["K-1", "A-K-1"])
def test_what_is_under_legal_hold_is_neither_purged_nor_forgotten(sent, number):
    assert sent.ask("legal-hold", "set", number, "--reason", "lawsuit 12/2026").status == 0

    sent.ask("purge", "--yes", at=FIVE_YEARS)
    said = sent.ask("forget", "A-K-1", "--yes", at=FIVE_YEARS)
    assert kept(sent) == [(True, True, "k-1@example.co.jp")]
    assert "lawsuit 12/2026" in said.out
    assert said.out.endswith("nothing of it could go\n")

    sent.ask("legal-hold", "clear", number, "--reason", "settled")
    sent.ask("purge", "--yes", at=FIVE_YEARS)
    assert kept(sent) == [(False, False, None)]


def test_a_hold_stays_on_record_with_who_set_and_cleared_it_when_and_why(sent):
    sent.ask("legal-hold", "set", "K-1", "--reason", "lawsuit", at="2026-01-05T00:00:00Z")
    sent.ask("legal-hold", "clear", "K-1", "--reason", "settled", at="2026-03-05T00:00:00Z")

    (hold,) = sent.ask("legal-hold", "list", "--all", "--format", "json").json

    assert sent.ask("legal-hold", "list", "--format", "json").json == []
    assert (hold["reason"], hold["cleared_reason"]) == ("lawsuit", "settled")
    assert (hold["set_at"][:10], hold["cleared_at"][:10]) == ("2026-01-05", "2026-03-05")
    assert hold["set_by"] == hold["cleared_by"] != ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("set", "K-9", "--reason", "x"), "no contract and no account K-9"),
        (("set", "K-1"), "--reason"),
        (("set", "K-1", "--reason", " "), "expected a few words"),
        (("clear", "K-1", "--reason", "x"), "nothing holds K-1"),
    ],
)
def test_a_hold_that_cannot_be_is_said_so(sent, arguments, said):
    answer = sent.ask("legal-hold", *arguments)

    assert (answer.status, said in answer.err) == (2, True)


def test_what_is_held_is_not_held_twice(sent):
    sent.ask("legal-hold", "set", "K-1", "--reason", "lawsuit")

    assert "held already" in sent.ask("legal-hold", "set", "K-1", "--reason", "lawsuit").err
