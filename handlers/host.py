"""The host: brings events to handlers, at least once, each handler by its own queue, retries and breaker.

It lives on an event loop in a thread of its own, so whatever happens here delays no reading and no heartbeat. The queues in memory
are windows on the outbox: what does not fit waits there.
"""

import asyncio
import random
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from ..config.model import Site
from ..config.units import SECOND
from ..pipeline import AlarmEvent, Event
from .calls import Caller
from .contract import Context, Delivery, Subscription
from .discovery import Found
from .lane import MOST_DOUBLINGS, Lane
from .outbox import Outbox, OutboxUnwritable, is_urgent
from .standing import Standing
from .stats import Outcome, Stats
from .together import Together
from .view import View

_BREAK_S: Final = 30.0
"""How long a handler is left alone while its breaker is open."""
_BACKOFF_S: Final = 1.0
_LONGEST_BACKOFF_S: Final = 60.0
_LONGEST_WAIT_S: Final = 3600.0
"""However long a handler asks to be left alone."""
_SHORTEST_WAIT_S: Final = 1.0
"""However soon: servers say `Retry-After: 0`, and asking them without a pause helps nobody."""
_END_SHARE: Final = 0.8
"""Of the time to stop in, what handlers have to end their background work and close."""
_FLUSH_S: Final = 0.1

_log = structlog.get_logger("hotzone.handlers")


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
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
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
            Lane(
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
        if not self._thread.is_alive():
            self._outbox.close()
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

    def _wake(self, urgent: bool) -> None:  # noqa: FBT001  one fact, named
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
        await self._sleep(self._rng.uniform(0.0, min(_LONGEST_BACKOFF_S, _BACKOFF_S * 2**attempt)))

    async def put_off(self, seconds: float | None, times: int) -> float:
        """Wait as long as a handler asked for, or as before any attempt; the seconds waited."""
        if seconds is None or not seconds >= 0.0:
            seconds = self._rng.uniform(0.0, min(_LONGEST_BACKOFF_S, _BACKOFF_S * 2 ** min(times, MOST_DOUBLINGS)))
        else:
            seconds = min(max(seconds, _SHORTEST_WAIT_S), _LONGEST_WAIT_S)
        await self._sleep(seconds)
        return seconds

    async def rest(self) -> None:
        """Leave a handler alone while its breaker is open."""
        await self._sleep(_BREAK_S)
