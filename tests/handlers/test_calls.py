"""Calls that end as they should not, or do not end."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from hotzone.handlers import Context, Subscription
from hotzone.handlers.calls import HUNG, Caller, HandlerExited, HandlerHangs
from hotzone.handlers.sample import sample
from hotzone.pipeline import Event
from support.sites import site
from support.waiting import until

EVENT = sample(site(), Subscription(alarms=True), 1)


def caller(target: object, timeout_s: float = 0.05) -> Caller:
    return Caller("it", target, Context("it", site(), {}, lambda *_: None), timeout_s)


class Odd(BaseException):
    pass


def around(function: Callable[[Event, Context], object]) -> Callable[[Event, Context], object]:
    """What a decorator that knows nothing of async makes."""

    def plain(event: Event, ctx: Context) -> object:
        return function(event, ctx)

    return plain


@pytest.mark.parametrize("error", [asyncio.CancelledError, SystemExit, KeyboardInterrupt, GeneratorExit, Odd])
@pytest.mark.parametrize("style", ["async", "plain", "plain around async"])
async def test_what_is_no_exception_does_not_get_out(error: type[BaseException], style: str) -> None:
    async def is_async(_: Event, __: Context) -> None:
        raise error

    def is_plain(_: Event, __: Context) -> None:
        raise error

    it = caller({"async": is_async, "plain": is_plain, "plain around async": around(is_async)}[style], 5.0)
    with pytest.raises(HandlerExited, match=error.__name__):
        await it.call(EVENT)
    it.close()


@pytest.mark.parametrize("style", ["async", "plain"])
async def test_an_iterator_that_is_empty_is_an_error_like_any_other(style: str) -> None:
    async def is_async(_: Event, __: Context) -> None:
        next(iter(()))

    def is_plain(_: Event, __: Context) -> None:
        next(iter(()))

    it = caller(is_async if style == "async" else is_plain, 5.0)
    with pytest.raises((RuntimeError, HandlerExited)):
        await it.call(EVENT)
    it.close()


async def test_a_plain_function_around_an_async_one_is_carried_through() -> None:
    ran: list[Event] = []

    async def inner(event: Event, _: Context) -> None:
        await asyncio.sleep(0)
        ran.append(event)

    await caller(around(inner), 5.0).call(EVENT)
    assert ran == [EVENT]


async def test_objects_and_callable_objects_are_called_too() -> None:
    ran: list[str] = []

    class WithHandle:
        async def handle(self, _: Event, __: Context) -> None:
            ran.append("handle")

    class WithCall:
        async def __call__(self, _: Event, __: Context) -> None:
            ran.append("call")

    for target in (WithHandle(), WithCall()):
        it = caller(target, 5.0)
        await it.call(EVENT)
        it.close()
    assert ran == ["handle", "call"]


def blocks(gates: list[threading.Event]) -> Callable[[Event, Context], object]:
    async def block(_: Event, __: Context) -> None:
        gates[-1].wait(30)

    return block


async def test_a_handler_that_blocks_is_called_again_when_it_came_back_and_leaves_no_threads() -> None:
    gates: list[threading.Event] = []
    it = caller(blocks(gates))
    for _ in range(HUNG):
        gates.append(threading.Event())
        with pytest.raises(HandlerHangs, match="no end"):
            await it.call(EVENT)
    with pytest.raises(HandlerHangs, match="have not come back"):
        await it.call(EVENT)
    for gate in gates:
        gate.set()
    await until(lambda: all(call.over for call in it._abandoned))
    await it.call(EVENT)
    it.close()
    await until(lambda: not any(thread.name == "handler-it" for thread in threading.enumerate()))


async def test_coroutines_that_refuse_to_end_are_not_begun_without_end() -> None:
    begun: list[Event] = []

    async def stubborn(event: Event, _: Context) -> None:
        begun.append(event)
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                continue

    it = caller(stubborn, 0.01)
    for _ in range(HUNG + 5):
        with pytest.raises(HandlerHangs):
            await it.call(EVENT)
    assert len(begun) == HUNG
    it.close()
    await until(lambda: all(call.over for call in it._abandoned))


async def test_a_coroutine_that_is_late_is_cancelled_and_its_loop_goes_on() -> None:
    ended: list[str] = []
    threads: set[str | int | None] = set()

    async def late(_: Event, __: Context) -> None:
        threads.add(threading.current_thread().ident)
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cleaned up")

    it = caller(late)
    for _ in range(3):
        with pytest.raises(HandlerHangs):
            await it.call(EVENT)
    await until(lambda: len(ended) == 3)
    assert len(threads) == 1
    it.close()
