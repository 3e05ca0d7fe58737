"""The host: brings events to handlers, at least once, each handler by its own queue, retries and breaker.

It lives on an event loop in a thread of its own, so whatever happens here delays no reading and no heartbeat. The queues in memory
are windows on the outbox: what does not fit waits there.
"""

import asyncio
import random
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Final

import structlog
from msgspec import Struct

from ..config.model import HandlerConfig, Site
from ..config.units import SECOND
from ..pipeline import AlarmEvent, Event
from .calls import Caller, HandlerHangs
from .contract import Context, Delivery, Subscription
from .discovery import Found
from .outbox import Outbox, OutboxUnwritable

BREAKS_AFTER: Final = 5
"""Failures in a row after which a handler is left alone for a while."""
BREAK_S: Final = 30.0
_BACKOFF_S: Final = 1.0
_LONGEST_BACKOFF_S: Final = 60.0
_FLUSH_S: Final = 0.1
_LOOK_S: Final = 5.0
"""A lane looks into the outbox at least so often, should it not have been readable when there was news."""

_log = structlog.get_logger("hotzone.handlers")


class Outcome(StrEnum):
    """What became of a delivery."""

    DELIVERED = "delivered"
    RETRIED = "retried"
    DEAD = "dead"


class Stats(Struct):
    """How one handler does."""

    delivered: int = 0
    retried: int = 0
    dead: int = 0
    abandoned: int = 0
    """Calls that did not come back in time."""
    queued: int = 0
    open: bool = False
    """Whether its breaker is open."""


class HandlerHost:
    """`start` it, tell it of events, `stop` it. `request(zone, at_least, until, handler)` is called from other threads."""

    def __init__(
        self,
        site: Site,
        found: Sequence[Found],
        path: Path,
        request: Callable[[str, float, int, str], None],
        *,
        observe: Callable[[str, Outcome], None] = lambda _name, _outcome: None,
        sleep: Callable[[float], "asyncio.Future[None]"] | Callable[[float], object] = asyncio.sleep,
        rng: random.Random | None = None,
    ) -> None:
        usable = [one for one in found if one.used and one.trouble is None and one.subscription is not None]
        self.wanted: dict[str, Subscription] = {one.name: one.subscription for one in usable if one.subscription is not None}
        self.stats = {one.name: Stats() for one in usable}
        self._observe = observe
        self._sleep = sleep
        self._rng = rng or random.Random()  # noqa: S311  jitter, no secret
        self._outbox = Outbox(path, self.wanted)
        self._lanes = [
            _Lane(
                self,
                one.config,
                Caller(one.name, one.target, Context(one.name, site, one.config.options, request), one.config.timeout / SECOND),
            )
            for one in usable
        ]
        self._done: list[tuple[str, str]] = []
        self._dead: list[tuple[str, str, str]] = []
        self._noting = True
        """Whether the outbox took what was done, the last time."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="hotzone-handlers", daemon=True)
        self._main: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, with what an earlier run left in the outbox."""
        self._thread.start()

    def told(self, events: Sequence[Event]) -> None:
        """Events are in the outbox: look there. Returns at once; from any thread."""
        if any(isinstance(event, AlarmEvent) or wanted.wants(event) for event in events for wanted in self.wanted.values()):
            self._loop.call_soon_threadsafe(self._wake)

    def stop(self, timeout_s: float = 1.5) -> None:
        """End within `timeout_s`, whatever handlers do; what was not taken waits in the outbox for the next run."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._cancel)
            self._thread.join(timeout_s)
        for lane in self._lanes:
            lane.caller.close()

    # on the host's loop

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._main = self._loop.create_task(self._work())
        self._loop.run_until_complete(self._main)

    def _cancel(self) -> None:
        if self._main is not None:
            self._main.cancel()

    def _wake(self) -> None:
        for lane in self._lanes:
            lane.news.set()

    async def _work(self) -> None:
        tasks = [asyncio.create_task(lane.run()) for lane in self._lanes] + [asyncio.create_task(self._flush_often())]
        try:
            await asyncio.gather(*tasks)
        except asyncio.CancelledError:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._flush()

    async def _flush_often(self) -> None:
        while True:
            await asyncio.sleep(_FLUSH_S)
            self._flush()

    def _flush(self) -> None:
        if not self._done and not self._dead:
            return
        try:
            self._outbox.settle(self._done, self._dead)
        except OutboxUnwritable as error:
            if self._noting:
                _log.warning("deliveries cannot be noted; after a restart they may be made again", why=str(error))
            self._noting = False
        else:
            self._done, self._dead, self._noting = [], [], True

    def waiting(self, handler: str, limit: int) -> list[Delivery]:
        """What is in the outbox for a handler and has not been tried to the end."""
        self._flush()
        try:
            rows = self._outbox.waiting(handler, limit)
        except OutboxUnwritable as error:
            _log.warning("the outbox cannot be read", handler=handler, why=str(error))
            return []
        settled = {(event_id, name) for event_id, name, *_ in (*self._done, *self._dead)}  # on a disk that takes nothing they wait still
        return [row for row in rows if (row.id, row.handler) not in settled]

    def settled(self, delivery: Delivery, why: str | None = None) -> None:
        """A delivery has come to its end, good or bad."""
        stats, outcome = self.stats[delivery.handler], Outcome.DELIVERED if why is None else Outcome.DEAD
        if why is None:
            self._done.append((delivery.id, delivery.handler))
            stats.delivered += 1
        else:
            self._dead.append((delivery.id, delivery.handler, why))
            stats.dead += 1
            _log.error(
                "a handler would not take an event; it is kept as a dead letter", handler=delivery.handler, event_id=delivery.id, why=why
            )
        self._observe(delivery.handler, outcome)

    def retry(self, delivery: Delivery) -> None:
        """A delivery failed and will be tried again."""
        self.stats[delivery.handler].retried += 1
        self._observe(delivery.handler, Outcome.RETRIED)

    async def pause(self, attempt: int) -> None:
        """Wait before the next attempt: exponential, full jitter."""
        await self._sleep(self._rng.uniform(0.0, min(_LONGEST_BACKOFF_S, _BACKOFF_S * 2**attempt)))  # type: ignore[misc]

    async def rest(self) -> None:
        """Leave a handler alone while its breaker is open."""
        await self._sleep(BREAK_S)  # type: ignore[misc]


class _Lane:
    """One handler's way: its window on the outbox, its attempts, its breaker."""

    def __init__(self, host: HandlerHost, config: HandlerConfig, caller: Caller) -> None:
        self.caller = caller
        self.news = asyncio.Event()
        self.news.set()
        self._host = host
        self._config = config
        self._stats = host.stats[config.name]
        self._failures = 0

    async def run(self) -> None:
        """Deliver in order, as many at a time as the handler allows. What goes wrong in here ends no other lane."""
        while True:
            self.news.clear()
            try:
                found = await self._empty()
            except Exception:  # noqa: BLE001  it is logged, and the other lanes need the host
                _log.exception("deliveries to a handler went wrong; they will be made again", handler=self._config.name)
                await self._host.rest()
                continue
            if not found:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_S):
                        await self.news.wait()

    async def _empty(self) -> bool:
        """Deliver what is in the window; whether there was anything."""
        deliveries = self._host.waiting(self._config.name, self._config.queue)
        self._stats.queued = len(deliveries)
        for begin in range(0, len(deliveries), self._config.concurrency):
            await asyncio.gather(*(self._deliver(one) for one in deliveries[begin : begin + self._config.concurrency]))
        return bool(deliveries)

    async def _deliver(self, delivery: Delivery) -> None:
        for attempt in range(self._config.retries + 1):
            if self._failures >= BREAKS_AFTER:
                self._stats.open = True
                await self._host.rest()
                self._failures = BREAKS_AFTER - 1  # half open: one more failure and it rests again
            try:
                await self.caller.call(delivery.event)
            except Exception as error:  # noqa: BLE001  a handler raises what it likes
                self._failures += 1
                self._stats.abandoned += isinstance(error, HandlerHangs)
                why = f"{type(error).__name__}: {error}"
                _log.warning("a handler failed", handler=delivery.handler, event_id=delivery.id, attempt=attempt + 1, why=why)
                if attempt < self._config.retries:
                    self._host.retry(delivery)
                    await self._host.pause(attempt)
            else:
                self._failures, self._stats.open = 0, False
                self._stats.queued -= 1
                self._host.settled(delivery)
                return
        self._stats.queued -= 1
        self._host.settled(delivery, why)
