"""A part that is silent for too long is stuck."""

from __future__ import annotations

from jobs.daemon.pulse import ALLOWED, DATABASE, DELIVERY, SCHEDULER, Pulse


def test_all_parts_begin_alive_and_each_is_stuck_after_its_own_silence():
    now = [0.0]
    pulse = Pulse(seconds=lambda: now[0])

    assert pulse.stuck() == []
    now[0] = ALLOWED[SCHEDULER] + 1
    assert pulse.stuck() == [SCHEDULER]
    now[0] = ALLOWED[DELIVERY] + 1
    assert set(pulse.stuck()) == {DATABASE, SCHEDULER, DELIVERY}


def test_a_part_that_says_something_lives():
    now = [0.0]
    pulse = Pulse({DATABASE: 10.0}, lambda: now[0])
    now[0] = 11.0

    pulse.beat(DATABASE)

    assert (pulse.stuck(), pulse.silence(DATABASE)) == ([], 0.0)
