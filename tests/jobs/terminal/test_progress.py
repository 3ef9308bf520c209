"""What is shown while a delivery runs."""

from __future__ import annotations

import io
import sys
import time

import pytest

from jobs.terminal.progress import delivery_line, delivery_progress
from notify.delivery.delivery import Progress


def progress(**counts):
    return Progress(**{"sent": 0, "failed": 0, "in_doubt": 0, "queued": 0, "waiting": 0, **counts})


@pytest.mark.parametrize(
    ("so_far", "seconds", "line"),
    [
        (progress(sent=120, waiting=880), 4.0, "sent 120, waiting 880, failed 0, 30 a second, 29 s left"),
        (progress(sent=2, waiting=60), 60.0, "sent 2, waiting 60, failed 0, 2 a minute, 30 min left"),
        (progress(sent=1, waiting=500), 60.0, "sent 1, waiting 500, failed 0, 1 a minute, 8 h 20 min left"),
        (progress(failed=3, waiting=7), 3.0, "sent 0, waiting 7, failed 3, 1 a second, 7 s left"),
        (progress(sent=5), 1.0, "sent 5, waiting 0, failed 0, 5 a second"),
        (progress(waiting=9), 30.0, "sent 0, waiting 9, failed 0"),
        (progress(sent=1), 0.0, "sent 1, waiting 0, failed 0"),
        (progress(in_doubt=1, queued=3), 2.0, "sent 0, waiting 0, failed 0, in doubt 1, put back 3, 2 a second"),
    ],
)
def test_the_line_says_sent_waiting_failed_rate_and_time_left(so_far, seconds, line):
    assert delivery_line(so_far, seconds) == line


def test_in_a_log_there_is_a_plain_line_now_and_then(monkeypatch, caplog):
    caplog.set_level("INFO")
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    with delivery_progress("deliver") as tell:
        for now[0] in (1.0, 9.0, 11.0, 12.0):
            tell(progress(sent=11, waiting=4))

    assert caplog.messages == ["deliver: sent 11, waiting 4, failed 0, 1 a second, 4 s left"]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_on_a_terminal_the_line_lives_on_stderr_and_is_gone_in_the_end(monkeypatch, capsys):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")

    with delivery_progress("deliver") as tell:
        tell(progress(sent=3, waiting=1))

    assert "sent 3, waiting 1" in terminal.getvalue()
    assert terminal.getvalue().rstrip().endswith("\x1b[2K")
    assert capsys.readouterr().out == ""
