"""One form for our records and other libraries', without anybody's address; what a command says and what a service."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import logging
import sys

import pytest

from jobs.log.handler import set_up_logs
from jobs.log.logger import Logger, bind, bound_facts, unbind

log = Logger("jobs.test")


@pytest.fixture(autouse=True)
def _logging_as_it_was():
    root = logging.getLogger()
    before = root.level, list(root.handlers)
    yield
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    logging.captureWarnings(capture=False)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def said(monkeypatch):
    """Sets the log up and gives what stands on stderr from then on."""

    def begin(form="auto", level="auto", *, terminal=False, is_service=True):
        stream = Terminal() if terminal else io.StringIO()
        monkeypatch.setattr(sys, "stderr", stream)
        set_up_logs(form, level, is_service=is_service)
        return stream

    return begin


def records(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_without_a_terminal_each_record_is_a_line_of_json(said):
    stream = said()

    log.info("run finished", run=3, counts={"send": 2})

    (record,) = records(stream)
    assert record.pop("at").endswith("Z")
    assert record == {
        "level": "info", "event": "run finished", "run": 3, "counts": {"send": 2}, "logger": "jobs.test",
    }  # fmt: skip


def test_on_a_terminal_it_is_a_line_for_people(said):
    stream = said(terminal=True)

    log.info("run finished", run=3)

    assert "run finished" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_the_configuration_decides_the_form_where_it_says_so(said):
    stream = said(terminal=True, form="json")
    log.info("first")
    assert records(stream)[0]["event"] == "first"

    stream = said(form="console")
    log.info("second")
    assert not stream.getvalue().startswith("{")
    assert "\x1b" not in stream.getvalue()  # no colour in a file


def test_other_libraries_records_have_the_same_form(said):
    stream = said()

    logging.getLogger("apscheduler.scheduler").warning("run of job %s was missed by %s", "deliver", "0:00:02")

    (record,) = records(stream)
    assert (record["event"], record["logger"]) == ("run of job deliver was missed by 0:00:02", "apscheduler.scheduler")


def test_a_foreign_record_knows_the_run_it_was_written_in(said):
    stream = said()

    bind(run=7, job="renewal-notice")
    logging.getLogger("aiosmtplib").warning("slow")
    unbind("run", "job")
    logging.getLogger("aiosmtplib").warning("slow")

    assert [record.get("run") for record in records(stream)] == [7, None]


def test_what_is_bound_goes_along_into_threads_of_to_thread_and_into_tasks():
    async def seen():
        bind(run=7)
        task = asyncio.create_task(asyncio.sleep(0, None))
        await task
        return await asyncio.to_thread(bound_facts)

    assert asyncio.run(seen()) == {"run": 7}
    assert bound_facts() == {}


def a_failure():
    password, letter = "s3cret", "本文 for owner@example.co.jp"
    raise RuntimeError(f"550 <owner@example.co.jp>: no such user {len(password + letter)}")


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_has_no_local_values_and_no_address(said, form):
    stream = said(form=form)

    with pytest.raises(RuntimeError) as caught:
        a_failure()
    log.error("unexpected", cause=caught.value)

    text = stream.getvalue()
    assert "a_failure" in text
    assert "<o***@example.co.jp>: no such user" in text
    assert "owner@" not in text
    assert "'s3cret'" not in text


@pytest.mark.parametrize("form", ["json", "console"])
def test_addresses_are_masked_everywhere(said, form):
    stream = said(form=form)

    log.warning("mail to owner@example.co.jp", nested={"to": ["owner@example.co.jp"], "owner@example.co.jp": 1})
    logging.getLogger("aiosmtplib").error("refused: %s", {"owner@example.co.jp": (550, b"no")})

    assert "owner@" not in stream.getvalue()
    assert stream.getvalue().count("o***@example.co.jp") == 4


@pytest.mark.parametrize("form", ["json", "console"])
def test_nobody_can_forge_a_record_or_act_on_a_terminal(said, form):
    stream = said(form=form)

    log.info("said", reply='250 ok\n{"level": "error", "event": "forged"}\x1b[2J\u202e')

    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b" not in stream.getvalue()
    assert "\u202e" not in stream.getvalue()


def test_nobody_can_forge_a_record_within_a_traceback(said):
    stream = said(form="console")

    log.error("unexpected", cause=RuntimeError("first\n2026-01-01T00:00:00Z [info] forged"))

    assert all(line.startswith("  | ") for line in stream.getvalue().splitlines()[1:])


def test_a_command_says_what_a_person_may_have_to_look_at_and_a_service_what_it_does(said):
    stream = said(is_service=False)
    log.info("run started")
    log.warning("mail not accepted")
    assert [record["event"] for record in records(stream)] == ["mail not accepted"]

    stream = said(is_service=True)
    log.info("run started")
    assert [record["event"] for record in records(stream)] == ["run started"]


def test_the_configured_level_holds_for_both(said):
    stream = said(is_service=False, level="info")
    log.info("run started")
    assert len(records(stream)) == 1

    stream = said(is_service=True, level="error")
    log.warning("mail not accepted")
    assert records(stream) == []


def test_statements_of_the_database_are_not_logged(said):
    stream = said(level="debug")

    logging.getLogger("sqlalchemy.engine.Engine").info("INSERT … %s", "owner@example.co.jp")

    assert stream.getvalue() == ""


def test_a_record_that_cannot_be_written_ends_no_run(said, monkeypatch):
    monkeypatch.setattr(logging, "raiseExceptions", False)
    stream = said()
    stream.close()

    with contextlib.suppress(ValueError):
        stream.getvalue()
    log.info("run finished")
