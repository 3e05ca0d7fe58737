"""The host: brings events to handlers, at least once, each handler by its own queue, retries and breaker.

It lives on an event loop in a thread of its own, so whatever happens here delays no reading and no heartbeat. The queues in memory
are windows on the outbox: what does not fit waits there.
"""

import asyncio
import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Final

import structlog
from msgspec import Struct

from ..config.model import HandlerConfig, Site
from ..config.redaction import redacted
from ..config.units import SECOND
from ..pipeline import AlarmEvent, Event
from .calls import Caller, HandlerHangs
from .contract import Context, Delivery, Disable, GiveUp, RetryAfter, Subscription
from .discovery import Found
from .outbox import Outbox, OutboxUnwritable, is_urgent
from .standing import Standing
from .together import WINDOW, Together
from .view import View

BREAKS_AFTER: Final = 5
"""Failures in a row after which a handler is left alone for a while."""
BREAK_S: Final = 30.0
_BACKOFF_S: Final = 1.0
_LONGEST_BACKOFF_S: Final = 60.0
_MOST_DOUBLINGS: Final = 10
_LONGEST_WAIT_S: Final = 3600.0
"""However long a handler asks to be left alone."""
_SHORTEST_WAIT_S: Final = 1.0
"""However soon: servers say `Retry-After: 0`, and asking them without a pause helps nobody."""
PATIENCE_S: Final = 24 * 3600.0
"""An event is put off no longer than this, all its pauses taken together."""
_STEADY_S: Final = 60.0
"""Background work that went on for so long begins its backoff anew when it fails."""
_END_SHARE: Final = 0.8
"""Of the time to stop in, what handlers have to end their background work and close."""
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
    """Whether it is left alone for a while: its breaker is open, or the other side takes nothing now."""
    disabled: str | None = None
    """Why it is not called any more in this run."""
    restarted: int = 0
    """How often its background work failed and was begun again."""

    @property
    def called(self) -> bool:
        """Whether it is called for what comes now."""
        return not self.open and self.disabled is None


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
        standing: Sequence[AlarmEvent] = (),
        view: Callable[[], View] = View,
        wall_at: Callable[[int], int] = lambda at: at,
    ) -> None:
        usable = [one for one in found if one.used and one.trouble is None and one.subscription is not None]
        self.wanted: dict[str, Subscription] = {one.name: one.subscription for one in usable if one.subscription is not None}
        self.stats = {one.name: Stats() for one in usable}
        self._observe = observe
        self._sleep = sleep
        self._rng = rng or random.Random()  # noqa: S311  jitter, no secret
        self._outbox = Outbox(path, self.wanted)
        self._standing = Standing(self.wanted, self._outbox.told)
        self.expect(standing)
        self._lanes = [
            _Lane(
                self,
                one.config,
                Caller(
                    one.name,
                    one.target,
                    Context(
                        one.name,
                        site,
                        one.config.options,
                        request,
                        partial(self._standing.of, one.name),
                        view=view,
                        timeout_s=one.config.timeout / SECOND,
                        wall_at=wall_at,
                    ),
                    one.config.timeout / SECOND,
                ),
                None if one.config.group is None else Together(one.name, one.config.group, site.name, time.monotonic_ns),
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
        self._end_s = 0.0

    def start(self) -> None:
        """Begin, with what an earlier run left in the outbox."""
        self._thread.start()

    def expect(self, events: Sequence[Event]) -> None:
        """These events are about to be in the outbox: handlers find in `standing` whatever they are told of, before they are."""
        self._standing.take(events)

    def told(self, events: Sequence[Event]) -> None:
        """Events are in the outbox: look there. Returns at once; from any thread."""
        self.expect(events)
        if any(isinstance(event, AlarmEvent) or wanted.wants(event) for event in events for wanted in self.wanted.values()):
            self._loop.call_soon_threadsafe(self._wake, any(map(is_urgent, events)))

    def stop(self, timeout_s: float = 1.5) -> None:
        """End within `timeout_s`, whatever handlers do; what was not taken waits in the outbox for the next run."""
        if self._thread.is_alive():
            self._end_s = timeout_s * _END_SHARE
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

    def _wake(self, urgent: bool) -> None:  # noqa: FBT001
        for lane in self._lanes:
            lane.urgent |= urgent
            lane.news.set()

    async def _work(self) -> None:
        tasks = [asyncio.create_task(lane.run()) for lane in self._lanes] + [asyncio.create_task(self._flush_often())]
        tasks += [asyncio.create_task(lane.work()) for lane in self._lanes if lane.caller.works]
        try:
            await asyncio.gather(*tasks)
        except asyncio.CancelledError:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._flush()
            await asyncio.gather(*(lane.caller.finish(self._end_s) for lane in self._lanes), return_exceptions=True)

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
        settled = {event_id for event_id, name, *_ in (*self._done, *self._dead) if name == handler}  # where they cannot be noted
        try:
            rows = self._outbox.waiting(handler, limit + len(settled))
        except OutboxUnwritable as error:
            _log.warning("the outbox cannot be read", handler=handler, why=str(error))
            return []
        return [row for row in rows if row.id not in settled]

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

    async def put_off(self, seconds: float | None, times: int) -> float:
        """Wait as long as a handler asked for, or as before any attempt; the seconds waited."""
        if seconds is None or not seconds >= 0.0:
            seconds = self._rng.uniform(0.0, min(_LONGEST_BACKOFF_S, _BACKOFF_S * 2 ** min(times, _MOST_DOUBLINGS)))
        else:
            seconds = min(max(seconds, _SHORTEST_WAIT_S), _LONGEST_WAIT_S)
        await self._sleep(seconds)  # type: ignore[misc]
        return seconds

    async def rest(self) -> None:
        """Leave a handler alone while its breaker is open."""
        await self._sleep(BREAK_S)  # type: ignore[misc]


class _Lane:
    """One handler's way: its window on the outbox, its attempts, its breaker, its background work."""

    def __init__(self, host: HandlerHost, config: HandlerConfig, caller: Caller, together: Together | None) -> None:
        self.caller = caller
        self.news = asyncio.Event()
        self.news.set()
        self.urgent = False
        """Whether something came that goes before what is in the window."""
        self._host = host
        self._config = config
        self._together = together
        self._stats = host.stats[config.name]
        self._failures = 0

    async def run(self) -> None:
        """Deliver what is urgent, then the rest, each in order, as many at a time as the handler allows. What goes wrong in here ends no other lane."""
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
                    async with asyncio.timeout(_LOOK_S if self._together is None else self._together.wait_s(_LOOK_S)):
                        await self.news.wait()

    async def _empty(self) -> bool:
        """Deliver what is in the window, up to where something urgent comes; whether there was anything."""
        self.urgent = False
        if self._together is not None:
            return await self._tell_together(self._together)
        deliveries = self._host.waiting(self._config.name, self._config.queue)
        self._stats.queued = len(deliveries)
        for begin in range(0, len(deliveries), self._config.concurrency):
            if self.urgent:
                break
            await asyncio.gather(*(self._deliver(one) for one in deliveries[begin : begin + self._config.concurrency]))
        return bool(deliveries)

    async def _tell_together(self, together: Together) -> bool:
        """Deliver the notices that are due; what waits for its notice stays where it is."""
        deliveries = self._host.waiting(self._config.name, max(WINDOW, self._config.queue))
        self._stats.queued = len(deliveries)
        letters = together.letters(deliveries)
        for letter in letters:
            why = await self._attempts(letter.delivery)
            for one in letter.settles:
                self._host.settled(one, why)
            together.settled(letter)
            self._stats.queued -= len(letter.settles)
        return bool(letters)

    async def work(self) -> None:
        """Keep the handler's background work going: begun again when it fails, after a while; its regular end is its end."""
        failures = 0
        while True:
            began = time.monotonic()
            try:
                await self.caller.work()
            except Exception as error:  # noqa: BLE001  a handler raises what it likes
                failures = 0 if time.monotonic() - began > _STEADY_S else failures
                self._stats.restarted += 1
                self._stats.abandoned += isinstance(error, HandlerHangs)
                why = _why(error)
                _log.warning("the background work of a handler failed; it is begun again", handler=self._config.name, why=why)
                await self._host.pause(min(failures, _MOST_DOUBLINGS))
                failures += 1
            else:
                return

    async def _deliver(self, delivery: Delivery) -> None:
        why = await self._attempts(delivery)
        self._stats.queued -= 1
        self._host.settled(delivery, why)

    async def _attempts(self, delivery: Delivery) -> str | None:
        """Try until the event is taken, and give None; or why it would not be."""
        attempt, put_off, waited = 0, 0, 0.0
        while self._stats.disabled is None:
            if self._failures >= BREAKS_AFTER:
                self._stats.open = True
                await self._host.rest()
                self._failures = BREAKS_AFTER - 1  # half open: one more failure and it rests again
            try:
                await self.caller.call(delivery.event)
            except Disable as end:
                self._stats.disabled = why = _why(end)
                _log.error("a handler is not called any more until the next start", handler=delivery.handler, why=why)
                return why
            except GiveUp as end:
                self._failures, self._stats.open = 0, False  # there is an answer
                return _why(end)
            except RetryAfter as later:
                if waited >= PATIENCE_S:
                    return redacted(f"put off for a day: {later}")
                put_off += 1
                self._stats.open = True
                if put_off & (put_off - 1) == 0:  # the first, second, fourth ... time
                    _log.warning(
                        "a handler puts an event off", handler=delivery.handler, event_id=delivery.id, times=put_off, why=str(later)
                    )
                self._host.retry(delivery)
                waited += await self._host.put_off(later.seconds, put_off - 1)
            except Exception as error:  # noqa: BLE001  a handler raises what it likes
                attempt += 1
                self._failures += 1
                self._stats.abandoned += isinstance(error, HandlerHangs)
                why = _why(error)
                _log.warning("a handler failed", handler=delivery.handler, event_id=delivery.id, attempt=attempt, why=why)
                if attempt > self._config.retries:
                    return why
                self._host.retry(delivery)
                await self._host.pause(attempt - 1)
            else:
                self._failures, self._stats.open = 0, False
                return None
        return f"not called any more: {self._stats.disabled}"


def _why(error: Exception) -> str:
    return redacted(f"{type(error).__name__}: {error}")
