"""The edge: simulated halls that speak through a broker, each gateway and each cooling unit over a connection of its own.

The halls run on a clock of their own, `rate` hall seconds a second, which is published, retained, before anything else. When this
process falls behind, the clock goes on: the next step is longer, and nothing is left out.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from random import Random

from mqtt5 import QoS, Will
from msgspec import json

from ...config.devices import SIMULATION, DeviceKind, devices
from ...config.model import Site, Unit
from ...config.service import Broker
from ...config.units import MILLISECOND, SECOND
from ..clock import MAX_RATE, ClockMessage
from ..mqtt import Draft, Session, open_session
from ..source import Message
from .link import Link, Sleep
from .simulation import SimulatedHall
from .store import Store

TICK = 50 * MILLISECOND
"""Wall time between two steps of the halls."""
HEARTBEAT_TIMEOUT = 5 * SECOND
"""Wall time without a heartbeat after which a unit goes to full speed."""
_CONNECTING = 32
"""Connections that are opened at once."""


class HallPublisher:
    """Runs halls of one site, which start together, through a broker. `now` is wall time in ns and never goes back.

    `hall_at` is the halls' time when the clock starts, which is when every device is connected. `broker_of` says how the device of a name
    connects, for brokers that give each its own certificate; without it, all connect alike.
    """

    def __init__(
        self,
        site: Site,
        halls: Sequence[SimulatedHall],
        broker: Broker,
        *,
        rate: float,
        now: Callable[[], int],
        sleep: Sleep = asyncio.sleep,
        random: Random | None = None,
        broker_of: Callable[[str], Broker] | None = None,
    ) -> None:
        if not 0 < rate <= MAX_RATE:
            msg = f"a rate of {rate:g}: through a broker a hall runs at most {MAX_RATE:g} times as fast as the clock"
            raise ValueError(msg)
        self._site = site
        self._halls = tuple(halls)
        self._rate = rate
        self._now = now
        self._sleep = sleep
        self._random = random or Random(0)  # noqa: S311  spreads reconnects
        self._base = site.topics.base.format(site=site.name)
        self._door = asyncio.Semaphore(_CONNECTING)
        self._began: tuple[int, int] | None = None
        self._heard: dict[str, int] = {}
        self._broker_of = broker_of or (lambda _: broker)
        self._names = {device[1:]: device.name for device in devices(site)}
        self._control = self._link("control", SIMULATION)
        self._routes: dict[str, Link] = {}
        self._stores: dict[Link, Store] = {}
        self._links = [self._control]
        for hall in self._halls:
            self._connect_devices(hall)
        self.published = 0
        """Messages given to the connections so far."""
        self.lag = 0
        """Wall time, ns, by which the last step came late."""
        self.worst_lag = 0

    @property
    def links(self) -> tuple[Link, ...]:
        """Every device's connection, and first the one for the clock and the notes."""
        return tuple(self._links)

    @property
    def unsent(self) -> int:
        """Messages that wait for a connection."""
        return sum(link.unsent for link in self._links)

    @property
    def hall_now(self) -> int:
        """The halls' time, ns; before the clock starts, when they will start."""
        if self._began is None:
            return self._halls[0].start
        hall, wall = self._began
        return hall + round((self._now() - wall) * self._rate)

    async def run(self, until: int | None = None) -> None:
        """Run until cancelled, or until hall time `until`. On the way out, every device's last will is published."""
        tasks = [asyncio.create_task(link.run(), name="device") for link in self._links]
        try:
            await self._watched(self._ready(), tasks)
            self._start_clock()
            await self._watched(self._steps(until), tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _watched(self, work: Coroutine[None, None, None], devices: Sequence["asyncio.Task[None]"]) -> None:
        """Do the work; a device's task that ends meanwhile has failed, and ends the run."""
        task = asyncio.create_task(work, name="halls")
        try:
            await asyncio.wait({task, *devices}, return_when=asyncio.FIRST_COMPLETED)
            for device in devices:
                if device.done():
                    device.result()
            await task
        finally:
            task.cancel()

    async def _ready(self) -> None:
        for link in self._links:
            await link.ready.wait()

    def _start_clock(self) -> None:
        wall = self._now()
        self._began = (self._halls[0].start, wall)
        clock = ClockMessage(self._halls[0].start, wall, self._rate)
        self._control.give([Draft(f"{self._base}/clock", json.encode(clock), retain=True)])
        self._heard = dict.fromkeys(self._heard, wall)

    async def _steps(self, until: int | None) -> None:
        due = self._now()
        while until is None or self.hall_now < until:
            due += TICK
            await self._sleep(max(0, due - self._now()) / SECOND)
            self.lag = max(0, self._now() - due)
            self.worst_lag = max(self.worst_lag, self.lag)
            due = max(due, self._now() - TICK)
            self._step(self.hall_now if until is None else min(until, self.hall_now))
        if until is not None:
            await self._sleep(TICK / SECOND)

    def _step(self, at: int) -> None:
        self._judge_heartbeats()
        batches: dict[Link, list[Draft]] = {}
        for hall in self._halls:
            for message in hall.advance_to(at):
                link = self._routes.get(message.topic, self._control)
                batches.setdefault(link, []).append(Draft(message.topic, message.payload, 1, message.retained))
                self.published += 1
        for link, drafts in batches.items():
            if (store := self._stores.get(link)) is not None:
                for draft in drafts:
                    store.keep(draft)
            link.give(drafts)

    # Devices

    def _connect_devices(self, hall: SimulatedHall) -> None:
        topics = self._site.topics
        for zone in hall.hall.zones:
            for sensor in zone.sensors:
                gateway = sensor.gateway
                state = topics.gateway.format(site=self._site.name, hall=hall.hall.id, zone=zone.id, rack=sensor.rack, gateway=gateway)
                if state not in self._routes:
                    store, name = Store(), self._names[DeviceKind.GATEWAY, hall.hall.id, gateway]
                    confirmed = f"{self._base}/confirmed/{hall.hall.id}/{gateway}"
                    link = self._link(f"{hall.hall.id}-gateway-{gateway}", name, state, (confirmed,), partial(self._confirm, store, state))
                    self._routes[state] = link
                    self._stores[link] = store
                self._routes[sensor.topic] = self._routes[state]
        for unit in hall.hall.units:
            hear = partial(self._hear, hall, unit)
            name = self._names[DeviceKind.UNIT, hall.hall.id, unit.id]
            heard = (unit.command_topic, f"{self._base}/heartbeat", f"{self._base}/state")
            link = self._link(f"{hall.hall.id}-{unit.id}", name, unit.state_topic, heard, hear)
            self._routes[unit.state_topic] = self._routes[unit.report_topic] = link
            self._heard[unit.id] = 0
        self._links += [link for link in dict.fromkeys(self._routes.values()) if link not in self._links]

    def _link(
        self, label: str, name: str, state: str = "", subscriptions: Sequence[str] = (), hear: Callable[[Message], None] | None = None
    ) -> Link:
        connect = partial(self._open, f"{self._site.name}-{label}", name, state)
        return Link(connect, self._sleep, self._random, state_topic=state, subscriptions=subscriptions, hear=hear)

    async def _open(self, client_id: str, name: str, state: str) -> Session:
        async with self._door:
            will = Will(state, payload=b"offline", qos=QoS.AT_LEAST_ONCE, retain=True) if state else None
            return await open_session(self._broker_of(name), client_id=client_id, clean_start=True, session_expiry=0, will=will)

    def _confirm(self, store: Store, state: str, message: Message) -> None:
        """Hotzone says what is safe; what has not come is sent again."""
        self._routes[state].give(store.confirm(message.payload))

    # Commands and heartbeats

    def _hear(self, hall: SimulatedHall, unit: Unit, message: Message) -> None:
        if message.topic == unit.command_topic:
            hall.command(self.hall_now, unit.id, message.payload, retained=message.retained)
        elif message.retained:
            return
        elif message.topic.endswith("/state"):
            if message.payload == b"offline":  # hotzone's goodbye, or its last will: no need to wait for the timer
                hall.heartbeat_lost(unit.id)
        else:
            self._heard[unit.id] = self._now()
            hall.heartbeat(self.hall_now, unit.id)

    def _judge_heartbeats(self) -> None:
        now = self._now()
        for hall in self._halls:
            for unit in hall.hall.units:
                if now - self._heard[unit.id] >= HEARTBEAT_TIMEOUT:
                    hall.heartbeat_lost(unit.id)
