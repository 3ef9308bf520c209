"""The look that all who wait share: taken in a thread, and never begun before one of them asked."""

import asyncio
import threading

import pytest

from notify.delivery.gate import SharedLook


class Slow:
    """A look that waits until it may end, and says which one it was."""

    def __init__(self):
        self.begun = 0
        self.may_end = threading.Semaphore(0)

    def __call__(self):
        self.begun += 1
        which = self.begun
        assert self.may_end.acquire(timeout=5)
        return f"look {which}"


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - a thread tells, and it knows no event of this loop
            await asyncio.sleep(0.001)


def test_all_that_wait_at_the_same_moment_share_one_look():
    slow = Slow()
    slow.may_end.release()

    async def eight():
        look = SharedLook(slow)
        return await asyncio.gather(*(look.taken() for _ in range(8)))

    assert asyncio.run(eight()) == ["look 1"] * 8


def test_who_asks_while_a_look_is_under_way_gets_one_that_begins_later():
    """What it is about may have changed since that one began."""
    slow = Slow()

    async def one_after_the_other():
        look = SharedLook(slow)
        first = asyncio.ensure_future(look.taken())
        await until(lambda: slow.begun)
        late = [asyncio.ensure_future(look.taken()) for _ in range(3)]
        await asyncio.sleep(0)
        slow.may_end.release(2)
        return await asyncio.gather(first, *late)

    assert asyncio.run(one_after_the_other()) == ["look 1", *["look 2"] * 3]


def test_the_event_loop_goes_on_while_a_look_is_under_way():
    slow = Slow()

    async def beside_it():
        asking = asyncio.ensure_future(SharedLook(slow).taken())
        await until(lambda: slow.begun)
        slow.may_end.release()  # only a loop that goes on comes here
        return await asking

    assert asyncio.run(beside_it()) == "look 1"


def test_who_is_cancelled_while_waiting_takes_nobody_elses_look_away():
    slow = Slow()

    async def one_of_two_cancelled():
        look = SharedLook(slow)
        gone, left = (asyncio.ensure_future(look.taken()) for _ in range(2))
        await until(lambda: slow.begun)
        gone.cancel()
        slow.may_end.release()
        return await left, gone.cancelled()

    assert asyncio.run(one_of_two_cancelled()) == ("look 1", True)


def test_a_look_that_fails_fails_for_all_that_waited_and_for_nobody_after_them():
    answers = [OSError("gone"), "back again"]

    def look():
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    async def twice():
        shared = SharedLook(look)
        first = await asyncio.gather(shared.taken(), shared.taken(), return_exceptions=True)
        return [str(each) for each in first], await shared.taken()

    assert asyncio.run(twice()) == (["gone", "gone"], "back again")


def test_a_look_that_an_earlier_event_loop_left_under_way_keeps_nobody_waiting():
    slow = Slow()
    shared = SharedLook(slow)

    async def given_up():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(shared.taken(), 0.01)
        slow.may_end.release()

    asyncio.run(given_up())
    slow.may_end.release()

    assert asyncio.run(asyncio.wait_for(shared.taken(), 5)) == "look 2"
