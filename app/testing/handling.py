"""Handlers in a test: told of each event before the next frame is folded, in the test's own time.

A live run gives handlers their events at least once, later, and from other threads. Here each event is given once, at once, and what a
handler raises fails the test. What it asks for goes into the log as a frame, as it does live, so its effect is in the journal.
"""

import asyncio
import inspect
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import contextmanager, suppress
from functools import partial
from typing import Final, Self

from msgspec import DecodeError, json

from ...config.model import Site
from ...config.units import SECOND
from ...handlers.addressed import addressed
from ...handlers.calls import HandlerHangs
from ...handlers.contract import Context
from ...handlers.cooling import Command
from ...handlers.discovery import Found
from ...handlers.standing import Standing
from ...pipeline import CoolingEvent, Event, Pipeline
from ...sensors.frame import Frame, Own
from .. import own
from ..own import Unstamped
from . import wording
from .given import Observer
from .journal import CoolingRequest

MOST_ANSWERS: Final = 1_000
"""Requests at one instant after which a handler is held to feed itself."""
_GRACE_S: Final = 1.0
"""What an event loop may take to end."""


class FeedsItself(AssertionError):
    """A handler asks for cooling whenever it is told that it asked for cooling."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the handler {name} asks for cooling without an end: it is told of its own requests, and asks anew for each")


class Handling:
    """The handlers of one run; enter it as a context, which begins their background work and ends it.

    Plain functions are called in the thread of the test, async ones on an event loop in another, within their `timeout` of wall time.
    """

    def __init__(self, found: Sequence[Found], observers: Sequence[Observer], site: Site, start: int) -> None:
        self.told: dict[str, list[Event]] = {one.name: [] for one in found if one.subscription is not None}
        self.requests: list[CoolingRequest] = []
        self.commands: dict[str, list[Command]] = {one.name: [] for one in found if one.drives}
        self._observers = observers
        self._start = start
        self._now = start
        self._pending: list[Unstamped] = []
        self._units = {unit.id: unit for unit in site.units}
        self._wanted = {one.name: one.subscription for one in found if one.subscription is not None}
        self._aware: set[tuple[str, str]] = set()
        """The alarms that are on, and who was told."""
        self._standing = Standing(self._wanted)
        self._hearers = [
            _Hearer(one, Context(one.name, site, one.config.options, self._request, partial(self._standing.of, one.name)), self._loop_of)
            for one in found
            if one.subscription is not None
        ]
        named = {unit.driver for unit in site.units}
        self._drivers = [(one.name, {one.name} if one.name in named else named, one.target) for one in found if one.drives]
        self._loop: _Loop | None = None

    def __enter__(self) -> Self:
        for hearer in self._hearers:
            hearer.begin()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        __tracebackhide__ = True
        try:
            for hearer in self._hearers:
                hearer.end(failed=kind is not None)
        finally:
            if self._loop is not None:
                self._loop.close()

    def tell(self, events: Sequence[Event], now: int) -> None:
        """Give the events to whoever wants them. Raises what handlers raise, with a note of the handler and the event."""
        __tracebackhide__ = True
        self._now = max(now, self._now)
        self._standing.take(events)
        for event in events:
            for observer in self._observers:
                observer(event)
            names = addressed(event, self._wanted, self._aware)
            for hearer in self._hearers:
                if hearer.name in names:
                    self.told[hearer.name].append(event)
                    with self._blamed(hearer.name, f"was told of {wording.line(event, self._start).strip()}"):
                        hearer.call(event)
            self._carry_out(event)

    def take_requests(self) -> list[Unstamped]:
        """What was asked for since the last time, for the log."""
        asked, self._pending = self._pending, []
        return asked

    def push(self, pipeline: Pipeline, frames: Sequence[Frame]) -> list[Event]:
        """Fold frames, one after the other, with what handlers ask for in between."""
        __tracebackhide__ = True
        events: list[Event] = []
        for frame in frames:
            if self._speaks_for(frame):
                continue
            while (due := pipeline.next_due) is not None and pipeline.at < due < frame.at:
                events += self._fed(pipeline, pipeline.advance_to(due))
            new = pipeline.push([frame._replace(at=max(frame.at, pipeline.at + 1))])
            if frame.topic == Own.END:  # the run is over: nobody would hear of a request
                self.tell(new, pipeline.at)
                self.take_requests()
                events += new
            else:
                events += self._fed(pipeline, new)
        return events

    def _fed(self, pipeline: Pipeline, events: list[Event]) -> list[Event]:
        """The events, and those that come of what handlers ask for when they are told of them."""
        __tracebackhide__ = True
        told = list(events)
        self.tell(events, pipeline.at)
        for _ in range(MOST_ANSWERS):
            asked = self.take_requests()
            if not asked:
                return told
            new = pipeline.push([Frame(pipeline.at + 1 + index, *request) for index, request in enumerate(asked)])
            told += new
            self.tell(new, pipeline.at)
        raise FeedsItself(self.requests[-1].handler)

    def _speaks_for(self, frame: Frame) -> bool:
        """Whether it is a recorded request of a handler that takes part, and now asks by itself."""
        if frame.topic != Own.REQUEST:
            return False
        try:
            return json.decode(frame.payload, type=dict[str, object]).get("handler") in self.told
        except DecodeError:
            return False

    def _request(self, zone: str, at_least: float, until: int, handler: str) -> None:
        self.requests.append(CoolingRequest(self._now, zone, at_least, until, handler))
        self._pending.append(own.request(zone, at_least, until, handler))

    def _carry_out(self, event: Event) -> None:
        __tracebackhide__ = True
        match event:
            case CoolingEvent(type="cooling.command", unit=str() as name, value=float() as fan, number=int() as number, advise=False):
                command = Command(self._units[name], fan, number)
                for driver, drives, target in self._drivers:
                    if command.unit.driver in drives:
                        self.commands[driver].append(command)
                        with self._blamed(driver, f"was told to carry out {name} at {fan:g} % (number {number})"):
                            target.carry_out(command)  # type: ignore[attr-defined]  # it drives

    @contextmanager
    def _blamed(self, name: str, what: str) -> Iterator[None]:
        __tracebackhide__ = True
        try:
            yield
        except BaseException as error:
            error.add_note(f"the handler {name} {what}")
            raise

    def _loop_of(self) -> "_Loop":
        if self._loop is None:
            self._loop = _Loop()
        return self._loop


class _Hearer:
    """One handler that is told of events."""

    def __init__(self, found: Found, ctx: Context, loop: Callable[[], "_Loop"]) -> None:
        self.name = found.name
        self._target = found.target
        handle = getattr(found.target, "handle", None)
        self._call: Callable[[Event, Context], object] = handle if callable(handle) else found.target  # type: ignore[assignment]  # bind has looked
        self._ctx = ctx
        self._loop = loop
        self._timeout_s = found.config.timeout / SECOND
        self._work: asyncio.Task[None] | None = None

    def begin(self) -> None:
        run = getattr(self._target, "run", None) if hasattr(self._target, "handle") else None
        if inspect.iscoroutinefunction(run):
            self._work = self._loop().begin(run(self._ctx))

    def call(self, event: Event) -> None:
        __tracebackhide__ = True
        result = self._call(event, self._ctx)
        if inspect.isawaitable(result):
            self._loop().run(result, self._timeout_s, self.name)

    def end(self, *, failed: bool) -> None:
        """End the background work, and let the handler close. Raises what they raised, unless the test has failed already."""
        __tracebackhide__ = True
        close = getattr(self._target, "close", None)
        error: BaseException | None = None
        if self._work is not None:
            error = self._loop().end(self._work, self._timeout_s)
            if error is not None:
                error.add_note(f"the handler {self.name} raised it in its run()")
        if inspect.iscoroutinefunction(close) and hasattr(self._target, "handle"):
            try:
                self._loop().run(close(), self._timeout_s, self.name)
            except BaseException as closing:  # noqa: BLE001  whatever it is, it is told below
                closing.add_note(f"the handler {self.name} raised it in its close()")
                error = error or closing
        if error is not None and not failed:
            raise error


class _Loop:
    """An event loop in a thread, so that it is nobody's concern whether the test has one of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="hotzone-testing", daemon=True)
        self._thread.start()

    def run(self, work: Awaitable[object], timeout_s: float, name: str) -> None:
        """Await it, and raise what it raises. Raises HandlerHangs."""
        __tracebackhide__ = True
        future = asyncio.run_coroutine_threadsafe(_outcome(work), self._loop)
        try:
            error = future.result(timeout_s)
        except TookTooLong:
            future.cancel()
            msg = f"{name}: no end within {timeout_s:g} s of wall time, its `timeout`"
            raise HandlerHangs(msg) from None
        if error is not None:
            raise error

    def begin(self, work: Awaitable[object]) -> "asyncio.Task[None]":
        """Let it run until it has to wait for something for the first time, and go on by itself from there."""

        async def begin() -> "asyncio.Task[None]":
            async def run() -> None:
                await work

            task = asyncio.create_task(run())
            await asyncio.sleep(0)
            return task

        return asyncio.run_coroutine_threadsafe(begin(), self._loop).result()

    def end(self, task: "asyncio.Task[None]", timeout_s: float) -> BaseException | None:
        """Cancel the work; what it had raised."""

        async def end() -> BaseException | None:
            if not task.done():
                task.cancel()
            await asyncio.wait([task], timeout=timeout_s)
            return task.exception() if task.done() and not task.cancelled() else None

        try:
            return asyncio.run_coroutine_threadsafe(end(), self._loop).result(timeout_s + _GRACE_S)
        except TookTooLong:
            return HandlerHangs(f"it blocks its event loop for more than {timeout_s:g} s")

    def close(self) -> None:
        """Stop the loop; whatever still runs on it is cancelled."""

        async def cancel() -> None:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            if others:
                await asyncio.wait(others, timeout=1.0)

        with suppress(TookTooLong):  # a handler blocks the loop
            asyncio.run_coroutine_threadsafe(cancel(), self._loop).result(_GRACE_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(1.0)
        if not self._thread.is_alive():
            self._loop.close()


async def _outcome(work: Awaitable[object]) -> BaseException | None:
    """What it raised: SystemExit and KeyboardInterrupt would end the loop that they pass through."""
    __tracebackhide__ = True
    try:
        await work
    except BaseException as error:  # noqa: BLE001  whatever it is, it is handed on
        return error
    return None
