"""What the database says about all sending: the pause, who may send, and the mark."""

from __future__ import annotations

from datetime import timedelta

import pytest

from notify.ledger.switches import (
    Installed,
    Mark,
    Pause,
    admit,
    advance_mark,
    has_mark,
    latest_installation,
    pause,
    resume,
    standing,
)
from tests.notify.builders import NOW, a_ledger_s_engine

pytestmark = pytest.mark.usefixtures("each_database")

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def connection(tmp_path):
    engine = a_ledger_s_engine(tmp_path)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def an_installation(name="a", at=NOW):
    return Installed(name, "host", f"/srv/{name}", at, "suzuki")


def test_a_database_that_nobody_has_used_is_fresh(connection):
    now = standing(connection, "a")

    assert (now.pause, now.mark, now.is_known, now.is_fresh) == (None, Mark(), False, True)


def test_each_mark_has_the_next_number_and_a_token_of_its_own(connection):
    tokens = set()
    for number in (1, 2, 3):
        assert advance_mark(connection) == number
        tokens.add(standing(connection, "a").mark.token)

    assert len(tokens) == 3
    assert all(has_mark(connection, token) for token in tokens)
    assert not has_mark(connection, "another")
    assert standing(connection, "a").mark.number == 3


def test_who_is_admitted_is_known_and_the_others_are_not(connection):
    admit(connection, an_installation("a"))

    assert (standing(connection, "a").is_known, standing(connection, "b").is_known) == (True, False)
    assert not standing(connection, "b").is_fresh


def test_several_may_be_admitted_to_one_database(connection):
    """Several machines share one PostgreSQL."""
    admit(connection, an_installation("a"))
    admit(connection, an_installation("b", LATER))

    assert standing(connection, "a").is_known
    assert standing(connection, "b").is_known
    assert latest_installation(connection) == an_installation("b", LATER)


def test_a_database_keeps_the_name_it_was_given(connection):
    first = admit(connection, an_installation("a"))
    second = admit(connection, an_installation("b"))

    assert first.database == second.database != ""


def test_admitting_leaves_a_mark(connection):
    before = standing(connection, "a").mark

    assert admit(connection, an_installation("a")).mark.number == before.number + 1


def test_a_pause_says_since_when_by_whom_and_why(connection):
    pause(connection, "the relay is being moved", "suzuki", NOW)

    assert standing(connection, "a").pause == Pause(NOW, "suzuki", "the relay is being moved")


def test_a_second_pause_keeps_the_beginning_and_may_give_another_reason(connection):
    pause(connection, "first", "suzuki", NOW)
    before = pause(connection, "second", "tanaka", LATER)
    pause(connection, "", "sato", LATER)

    assert before == Pause(NOW, "suzuki", "first")
    assert standing(connection, "a").pause == Pause(NOW, "tanaka", "second")


def test_resume_ends_the_pause_and_says_which(connection):
    pause(connection, "", "suzuki", NOW)

    assert resume(connection) == Pause(NOW, "suzuki", "")
    assert standing(connection, "a").pause is None
    assert resume(connection) is None
