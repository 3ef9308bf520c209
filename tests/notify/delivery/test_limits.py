"""How fast mail may leave, on a clock that only these tests move."""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter
from itertools import count

import pytest

from notify.delivery.limits import DomainLimit, Limits


class VirtualTime:
    """A clock that jumps to the next sleeper when nobody has anything else to do."""

    def __init__(self):
        self.now = 1000.0
        self._sleepers = []
        self._order = count()

    def clock(self):
        return self.now

    async def sleep(self, seconds):
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._order), woken))
        await woken

    async def until(self, tasks):
        while not all(task.done() for task in tasks):
            for _ in range(20):
                await asyncio.sleep(0)
            if self._sleepers:
                self.now, _, woken = heapq.heappop(self._sleepers)
                if not woken.done():
                    woken.set_result(None)


def passed(domains, *, per_minute=0, limits=None, hold=0.0):
    """When, in seconds from the start, each mail to these domains passed, in the order of passing."""
    time = VirtualTime()
    gate = Limits(per_minute, limits, clock=time.clock, sleep=time.sleep)
    seen = []

    async def mail(number, domain):
        async with gate.slot(domain):
            seen.append((time.now - 1000.0, f"{domain} {number}"))
            if hold:
                await time.sleep(hold)

    async def all_of_them():
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(mail(number, domain)) for number, domain in enumerate(domains)]
            await time.until(tasks)

    asyncio.run(all_of_them())
    return seen


def test_without_a_limit_nothing_waits():
    assert {at for at, _ in passed(["a.jp"] * 50)} == {0.0}


def test_no_more_leave_in_any_minute_than_allowed():
    times = [at for at, _ in passed(["a.jp"] * 25, per_minute=10)]

    assert Counter(times) == {0.0: 10, 60.0: 10, 120.0: 5}


@pytest.mark.parametrize("per_minute", [1, 3, 7])
def test_the_minute_may_begin_with_any_second(per_minute):
    times = [at for at, _ in passed(["a.jp"] * 30, per_minute=per_minute, limits={"a.jp": DomainLimit(1)}, hold=7.0)]

    assert len(times) == 30
    assert all(later - earlier >= 60.0 for earlier, later in zip(times, times[per_minute:], strict=False))


def test_a_domain_that_has_to_wait_does_not_hold_up_the_others():
    seen = passed(["slow.jp"] * 5 + ["b.jp"] * 5, limits={"slow.jp": DomainLimit(per_minute=1)})

    assert [name for at, name in seen if at == 0.0] == ["slow.jp 0", *(f"b.jp {number}" for number in range(5, 10))]
    assert [at for at, name in seen if name.startswith("slow.jp")] == [0.0, 60.0, 120.0, 180.0, 240.0]


def test_a_domain_that_has_to_wait_uses_nothing_of_the_overall_limit_up():
    seen = passed(["slow.jp"] * 5 + ["b.jp"] * 5, per_minute=6, limits={"slow.jp": DomainLimit(per_minute=1)})

    assert len([name for at, name in seen if at == 0.0]) == 6


def test_the_mails_to_a_domain_pass_in_the_order_of_asking():
    seen = passed(["a.jp", "b.jp"] * 10, per_minute=4, limits={"a.jp": DomainLimit(2, 3)}, hold=1.0)

    for domain in ("a.jp", "b.jp"):
        numbers = [int(name.split()[1]) for _, name in seen if name.startswith(domain)]
        assert numbers == sorted(numbers)


def test_each_domain_gets_its_turn_under_the_overall_limit():
    """However many wait for one domain, one of another is not put off behind those that came after it."""
    seen = passed(["a.jp"] * 10 + ["b.jp"] + ["a.jp"] * 10, per_minute=1, limits={"a.jp": DomainLimit(per_minute=30)})

    assert [name for _, name in seen].index("b.jp 10") <= 10


def test_no_more_are_on_their_way_to_a_domain_than_it_takes_at_once():
    times = [at for at, _ in passed(["a.jp"] * 6, limits={"A.jp": DomainLimit(connections=2)}, hold=5.0)]

    assert times == [0.0, 0.0, 5.0, 5.0, 10.0, 10.0]


def test_a_place_is_given_back_when_the_mail_fails():
    async def failing():
        limits = Limits(0, {"a.jp": DomainLimit(connections=1)})
        for _ in range(2):
            with pytest.raises(RuntimeError):
                async with limits.slot("a.jp"):
                    raise RuntimeError
        async with asyncio.timeout(5), limits.slot("a.jp"):
            return "passed"

    assert asyncio.run(failing()) == "passed"


def test_who_is_cancelled_while_waiting_uses_nothing_up_and_makes_room():
    time = VirtualTime()
    limits = Limits(1, {"a.jp": DomainLimit(1, 1)}, clock=time.clock, sleep=time.sleep)

    async def mail():
        async with limits.slot("a.jp"):
            return time.now - 1000.0

    async def cancelled():
        tasks = [asyncio.create_task(mail()) for _ in range(3)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        tasks[1].cancel()
        await time.until(tasks)
        return tasks[0].result(), tasks[1].cancelled(), tasks[2].result()

    assert asyncio.run(cancelled()) == (0.0, True, 60.0)


def test_what_has_passed_counts_in_the_next_event_loop_as_well():
    """Each run of a daemon's or a script's loop is another one; a relay does not care."""
    time = VirtualTime()
    limits = Limits(2, clock=time.clock, sleep=time.sleep)

    async def three():
        tasks = [asyncio.create_task(one()) for _ in range(3)]
        await time.until(tasks)
        return [task.result() for task in tasks]

    async def one():
        async with limits.slot("a.jp"):
            return time.now - 1000.0

    assert asyncio.run(three()) == [0.0, 0.0, 60.0]
    assert asyncio.run(three()) == [60.0, 120.0, 120.0]
