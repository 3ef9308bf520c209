"""The doctor asks one thing after another; what breaks one question leaves the others standing."""

from __future__ import annotations

from collections.abc import Iterator

from jobs.config.load import ConfigError
from jobs.doctor.examination import Check, Finding, State, bad, doubtful, examined, good


def finding(*found: Finding):
    return lambda: found


def breaking(error: Exception):
    def ask() -> Iterator[Finding]:
        yield good("so far")
        raise error

    return ask


def states(*checks: Check):
    return [(said.check, said.state) for said in examined(checks)]


def test_each_finding_stands_under_the_name_of_its_check():
    found = list(examined([Check("clock", finding(good("it goes"), doubtful("it ticks", "oil")))]))

    assert [(each.mark, each.check, each.said, each.remedy) for each in found] == [
        ("✓", "clock", "it goes", ""),
        ("!", "clock", "it ticks", "oil"),
    ]


def test_a_check_that_breaks_is_reported_and_the_next_is_asked():
    found = list(examined([Check("one", breaking(RuntimeError("boom"))), Check("two", finding(good("well")))]))

    assert [(each.check, each.state) for each in found] == [
        ("one", State.GOOD), ("one", State.BAD), ("two", State.GOOD),
    ]  # fmt: skip
    assert "RuntimeError: boom" in found[1].said


def test_a_failure_that_was_foreseen_is_said_in_its_own_sentence():
    (_, said) = examined([Check("configuration", breaking(ConfigError("config.toml: smtp.port: expected …")))])

    assert said.said == "config.toml: smtp.port: expected …"


def test_what_needs_a_bad_one_is_not_asked_nor_what_needs_that():
    checks = (
        Check("database", finding(bad("gone"))),
        Check("schema", breaking(AssertionError("asked")), ("database",)),
        Check("fence", breaking(AssertionError("asked")), ("schema",)),
        Check("disk", finding(good("room"))),
    )

    assert states(*checks) == [
        ("database", State.BAD), ("schema", State.UNKNOWN), ("fence", State.UNKNOWN), ("disk", State.GOOD),
    ]  # fmt: skip


def test_a_doubtful_one_keeps_nothing_from_being_asked():
    assert states(Check("a", finding(doubtful("hm"))), Check("b", finding(good("well")), ("a",)))[1][1] is State.GOOD
