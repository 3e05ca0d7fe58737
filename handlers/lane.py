"""The way of the events to one handler: its window on the outbox, its attempts, its breaker, its background work."""

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import structlog

from ..config.redaction import redacted
from ..config.service import HandlerConfig
from .calls import Caller, HandlerHangs
from .contract import Delivery, Disable, GiveUp, RetryAfter
from .together import WINDOW, Together

if TYPE_CHECKING:
    from .host import HandlerHost

BREAKS_AFTER: Final = 5
"""Failures in a row after which a handler is left alone for a while."""
MOST_DOUBLINGS: Final = 10
"""Of a pause, so that no power of two grows without end."""
PATIENCE_S: Final = 24 * 3600.0
"""An event is put off no longer than this, all its pauses taken together."""
_STEADY_S: Final = 60.0
"""Background work that went on for so long begins its backoff anew when it fails."""
_LOOK_S: Final = 5.0
"""A lane looks into the outbox at least so often, should it not have been readable when there was news."""

_log = structlog.get_logger("hotzone.handlers")


class Lane:
    """One handler's; `run` and `work` go on until they are cancelled."""

    def __init__(self, host: "HandlerHost", config: HandlerConfig, caller: Caller, together: Together | None) -> None:
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
        tellings = together.tellings(deliveries)
        for telling in tellings:
            if self.urgent:  # it is among the next tellings, before these
                break
            why = await self._attempts(telling.delivery)
            for one in telling.settles:
                self._host.settled(one, why)
            together.settled(telling)
            self._stats.queued -= len(telling.settles)
        return bool(tellings)

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
                await self._host.pause(min(failures, MOST_DOUBLINGS))
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
                    return redacted(f"put off for a day: {_words(later)}")
                put_off += 1
                self._stats.open = True
                if put_off & (put_off - 1) == 0:  # the first, second, fourth ... time
                    _log.warning(
                        "a handler puts an event off", handler=delivery.handler, event_id=delivery.id, times=put_off, why=_words(later)
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
    """The handler's own words where it refuses; of an error its kind, too, for whoever has to find it."""
    words = _words(error)
    return redacted(words if words and isinstance(error, GiveUp | Disable) else f"{type(error).__name__}: {words}")


def _words(error: Exception) -> str:
    """What it says; an exception of somebody's own may fail at that, too."""
    try:
        return str(error)
    except Exception as failure:  # noqa: BLE001  a handler raises what it likes
        return f"no words, for they raise {type(failure).__name__}"
