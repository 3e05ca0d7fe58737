"""The broker's side of a run: what comes in, the edges of the link, the hall's clock, our state and our heartbeat."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from random import Random
from typing import Final, Self

import structlog
from msgspec import json

from ..config.model import ControlMode, Site
from ..config.units import SECOND
from ..sensors.clock import ClockMessage, read_clock
from ..sensors.frame import LinkKind
from ..sensors.mqtt import MqttError, MqttSource, PubAckReasonCode, Will
from ..sensors.source import Message
from . import own
from .health import Health
from .intake import Aside, Intake
from .own import Unstamped
from .retained import Retained
from .sequencer import HallClock
from .subscriptions import base, subscriptions

HEARTBEAT: Final = SECOND
"""Wall time between two heartbeats."""
_GOODBYE_S: Final = 0.5
"""Wall seconds that the broker may take to hear that we stop."""

_log = structlog.get_logger("hotzone.broker")


class BrokerEdge:
    """Wires a source to an intake. Enter it as a context: it connects then, and says goodbye on the way out.

    `alive` decides about each heartbeat. `on_clock` is called when another clock is published while the run goes on.
    """

    def __init__(
        self, site: Site, clock: HallClock, health: Health, *, alive: Callable[[], bool], on_clock: Callable[[], None] = lambda: None
    ) -> None:
        self.site = site
        self.base = base(site)
        self.health = health
        self.intake = Intake(self._asides(), retained=Retained(site), plenty=site.broker.receive_maximum // 2)
        self._clock = clock
        self._alive = alive
        self.on_clock = on_clock
        self.running = False
        """Whether the run has begun, and the clock is a matter of the log."""
        self._clock_seen = asyncio.Event()
        clock_topic = f"{self.base}/clock"
        self.source = MqttSource(
            site.broker,
            [pattern for pattern in subscriptions(site) if pattern != clock_topic],
            base=self.base,
            on_link=self._on_link,
            random=Random(),  # noqa: S311  spreads reconnects
            will=Will(f"{self.base}/state", payload=b"offline", retain=True),
            at_once=[clock_topic],  # nothing is acknowledged before the run begins, and it cannot begin without the hall's clock
        )
        self._tasks: list[asyncio.Task[None]] = []
        self._silent = True

    async def __aenter__(self) -> Self:
        self.source.start()
        self._tasks = [asyncio.create_task(self._announce(), name="announce")]
        if any(unit.control is ControlMode.ON for unit in self.site.units):
            self._tasks.append(asyncio.create_task(self._beat(), name="heartbeat"))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(MqttError, TimeoutError):
            async with asyncio.timeout(_GOODBYE_S):
                await self.source.publish(f"{self.base}/state", b"offline", retain=True)
        with suppress(MqttError, TimeoutError):
            async with asyncio.timeout(_GOODBYE_S):
                await self.source.close()

    async def connected(self, seconds: float) -> bool:
        """Wait so long for the broker; whether it had kept our session. An unreachable broker is not an error: the source tries on."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                return await self.source.connected()
        return False

    async def hall_clock(self, seconds: float) -> ClockMessage | None:
        """Wait so long for the hall's clock; None for a real hall, which has none. Call it while somebody listens to the source."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._clock_seen.wait()
        return self._clock.message

    def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, expiry: int | None = None
    ) -> "asyncio.Future[PubAckReasonCode]":
        """Publish on the present connection. Raises MqttError while there is none."""
        return self.source.publish(topic, payload, qos=qos, retain=retain, expiry=expiry)

    # What is no input as it stands

    def _asides(self) -> Mapping[str, Aside]:
        return {**own.FOREIGN, f"{base(self.site)}/note": own.note, f"{base(self.site)}/clock": self._hear_clock}

    def _hear_clock(self, message: Message) -> Unstamped | None:
        told = read_clock(message.payload)
        if told is None:
            # An empty message takes a retained clock back; anything else goes the way of what cannot be used.
            return Unstamped(message.topic, message.payload) if message.payload else None
        before = self._clock.message
        changed = self._clock.adopt(told)
        self._clock_seen.set()
        if changed and self.running:
            _log.warning("the hall's clock changed", before=None if before is None else before.rate, rate=told.rate)
            self.on_clock()
        return None

    # The link

    def _on_link(self, kind: LinkKind, detail: str) -> None:
        _log.log(30 if kind is not LinkKind.RESTORED else 20, "link", kind=str(kind), detail=detail)
        if kind is LinkKind.LOST:
            self.health.connected = self.health.subscribed = False
        self.intake.own(own.link(kind, detail))

    async def _announce(self) -> None:
        """Say that we are online, on every connection anew: the last will of the one before may have said otherwise."""
        known = 0
        while True:
            if self.source.connects != known:
                with suppress(MqttError):
                    await self.source.connected()
                    known = self.source.connects
                    self.health.connected = self.health.subscribed = True
                    self.source.publish(f"{self.base}/state", b"online", retain=True)
            await asyncio.sleep(0.1)

    async def _beat(self) -> None:
        number = 0
        while True:
            alive = self._alive()
            if alive:
                number += 1
                with suppress(MqttError):
                    self.source.publish(f"{self.base}/heartbeat", json.encode({"number": number}), qos=0)
            if alive is self._silent:
                self._silent = not alive
                _log.log(20 if alive else 50, "heartbeats begin" if alive else "heartbeats stop: cooling units go to 100 %")
            await asyncio.sleep(HEARTBEAT / SECOND)
