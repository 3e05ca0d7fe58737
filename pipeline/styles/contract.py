"""What the four styles share: their names, what each can do, and how it takes frames from a source."""

import asyncio
import inspect
import threading
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Final, Protocol

from msgspec import Struct

from ...config.model import Priority
from ...sensors.frame import Frame
from ..events import AlarmEvent, Event
from ..inputs import Rejected
from ..zones import Depth, Glance, Look

FrameBatch = Sequence[Frame]
"""A batch: what is folded at once."""
Rejecting = Callable[[list[Rejected]], None]
"""Takes dead letters."""
Told = Callable[[list[Event]], None]
"""Is given the events of each batch, in canonical order, by one caller: a journal, say. What it raises ends the flow."""
Handler = Callable[[Event], object]
"""Is given one event at a time; plain, or async. What it raises is counted and harms nobody else."""

WORKERS: Final = 4
"""Workers among whom zones are shared out, unless said otherwise."""
QUEUE: Final = 8
"""Batches that may wait in front of a worker; then whoever brings more waits."""
MAILBOX: Final = 10_000
"""Events that may wait for one handler, where a style has a bound; what does not fit is left, and counted: nothing delays the journal."""
PATIENCE_S: Final = 0.5
"""Wall seconds that handlers have at the end for what waits."""
HANDLER_S: Final = 0.5
"""Wall seconds more for the call that a handler is at; then its thread is left behind, for no thread can be ended from outside."""


class Style(StrEnum):
    """The ways to wire the stages."""

    RX = "rx"
    ASYNCIO = "asyncio"
    THREADS = "threads"
    CALLBACKS = "callbacks"


class Deliveries(Struct):
    """What became of events for handlers."""

    handed: int = 0
    handled: int = 0
    failed: int = 0
    """The handler raised."""

    @property
    def left(self) -> int:
        """Nobody came to them: the queue was full, or the patience over."""
        return self.handed - self.handled - self.failed


def total(tallies: Iterable[Deliveries]) -> Deliveries:
    """The sum over handlers."""
    every = list(tallies)
    return Deliveries(sum(one.handed for one in every), sum(one.handled for one in every), sum(one.failed for one in every))


class Wiring(Protocol):
    """One style, over the state that it was made with. One caller at a time."""

    def push(self, frames: FrameBatch) -> list[Event]:
        """Fold a batch that is not empty, and wait until everything that comes of it is there."""

    async def push_async(self, frames: FrameBatch) -> list[Event]:
        """As `push`, for a caller on an event loop."""

    def flow(self, source: "Taking", told: Told, handlers: Sequence[Handler], patience: float | None) -> Deliveries:
        """Fold what the source brings until it ends, and see it through."""

    def settle(self, depth: Depth) -> None:
        """Bring the states of the zones up to date, from any thread."""

    def glance(self, into: Glance) -> None:
        """Fill in what the zones and thermometers are, from any thread."""

    def each(self, look: Look) -> None:
        """Show every zone, with its whole state, one after the other."""

    def close(self) -> None:
        """Let threads and loops go. Pushing again makes new ones."""


class Flowed(Struct, frozen=True):
    """What a flow did."""

    frames: int
    """Taken from the source and folded to the end."""
    at: int
    """Time of the last of them, ns; 0 for none."""
    events: int
    deliveries: Deliveries


class Taking:
    """Takes batches from a source, until it ends or until told to stop. What was taken is always seen through."""

    def __init__(self, source: Iterable[FrameBatch] | AsyncIterable[FrameBatch], stopping: threading.Event) -> None:
        self.stopping = stopping
        self.frames = 0
        self.at = 0
        """Time of the last frame taken."""
        self._source = source
        self._wake: Callable[[], object] = lambda: None

    def stop(self) -> None:
        """Take nothing more; from any thread. A source that waits for its next batch is only woken if it is asynchronous."""
        self.stopping.set()
        self._wake()

    def __iter__(self) -> Iterator[FrameBatch]:
        if not isinstance(self._source, Iterable):
            msg = f"this style takes frames from a plain iterable, not from {type(self._source).__name__}; flow_async of asyncio takes both"
            raise TypeError(msg)
        batches = iter(self._source)
        try:
            while not self.stopping.is_set() and (batch := next(batches, None)) is not None:
                if self._note(batch):
                    yield batch
        finally:
            if (close := getattr(batches, "close", None)) is not None:
                close()

    async def __aiter__(self) -> AsyncIterator[FrameBatch]:
        if isinstance(self._source, Iterable):
            for batch in self:
                yield batch
                await asyncio.sleep(0)
            return
        batches = aiter(self._source)
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        self._wake = lambda: loop.call_soon_threadsafe(stopped.set)
        try:
            while not self.stopping.is_set() and (frames := await _next(batches, stopped)) is not None:
                if self._note(frames):
                    yield frames
        finally:
            self._wake = lambda: None
            if (close := getattr(batches, "aclose", None)) is not None:
                await close()

    def _note(self, frames: FrameBatch) -> bool:
        if frames:
            self.frames += len(frames)
            self.at = frames[-1].at
        return bool(frames)


async def _next(batches: AsyncIterator[FrameBatch], stopped: asyncio.Event) -> FrameBatch | None:
    """The next batch; None at the end, or when it had not come before we were stopped."""

    async def ask() -> FrameBatch | None:
        return await anext(batches, None)

    asked, told = asyncio.create_task(ask(), name="source"), asyncio.create_task(stopped.wait(), name="stop")
    try:
        await asyncio.wait([asked, told], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (asked, told):
            task.cancel()
        await asyncio.wait([asked, told])
    return None if asked.cancelled() else asked.result()


class Caller:
    """Calls one handler from a thread without an event loop: a coroutine is run to its end on a loop of its own."""

    def __init__(self, handler: Handler, tally: Deliveries) -> None:
        self._handler = handler
        self._tally = tally
        self._runner: asyncio.Runner | None = None

    def __call__(self, event: Event) -> None:
        """Call it, and count what comes of it."""
        try:
            outcome = self._handler(event)
            if inspect.isawaitable(outcome):
                self._runner = self._runner or asyncio.Runner()
                self._runner.run(_whole(outcome))
        except Exception:  # noqa: BLE001  a handler raises what it likes
            self._tally.failed += 1
        else:
            self._tally.handled += 1

    def close(self) -> None:
        """Let the loop go, from the thread that called."""
        if self._runner is not None:
            self._runner.close()


async def _whole(outcome: Awaitable[object]) -> None:
    await outcome


def urgency(event: Event) -> int:
    """Its place in a queue of deliveries: a critical alarm first, what is no alarm last."""
    return Priority.CRITICAL.rank - event.priority.rank if isinstance(event, AlarmEvent) else len(Priority)
