"""A broker in virtual time: QoS 1, one session, kept or forgotten, and a link that breaks. Stands in for Mosquitto and `MqttSource`."""

import asyncio
from collections.abc import AsyncIterator, Callable
from random import Random
from typing import Any

from hotzone.sensors.frame import LinkKind
from hotzone.sensors.mqtt import ConnectionLost, PubAckReasonCode
from hotzone.sensors.source import Message
from support.accounts import Sent

MOST_IN_A_BATCH = 50


class SimBatch:
    """Messages on their way; acknowledged at the broker only while the connection that brought them stands."""

    def __init__(self, broker: "SimBroker", connection: int, messages: list[Message]) -> None:
        self.messages = messages
        self._broker, self._connection = broker, connection

    def acknowledge(self) -> None:
        if self._broker.connection == self._connection and self._broker.source is not None:
            del self._broker.flying[: len(self.messages)]
            self._broker.acknowledged += len(self.messages)
        else:
            self._broker.counts["acknowledged too late"] = self._broker.counts.get("acknowledged too late", 0) + 1


class SimBroker:
    """Keeps what is published for hotzone's session, in order. Commands go to `hear`."""

    def __init__(self, random: Random) -> None:
        self.up = True
        self.connection = 0
        self.source: SimSource | None = None
        self.session = False
        self.waiting: list[Message] = []
        self.flying: list[Message] = []
        self.acknowledged = 0
        self.sent: list[Sent] = []
        """Readings that the broker has said yes to, while a session was there to take them."""
        self.forgotten: set[Sent] = set()
        self.counts: dict[str, int] = {}
        self.hear: Callable[[str, bytes], PubAckReasonCode] = lambda _topic, _payload: PubAckReasonCode.SUCCESS
        self.arrived = asyncio.Event()
        self._random = random

    def count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    def publish(self, topic: str, payload: bytes, *, reading: bool = False) -> None:
        """A device says something."""
        if not self.session:
            return
        self.waiting.append(Message(topic, payload))
        if reading:
            self.sent.append((topic, payload))
        self.arrived.set()

    def connect(self, source: "SimSource") -> bool:
        """Take a connection; whether the session was kept. What was not acknowledged is sent again."""
        self.connection += 1
        self.source = source
        kept, self.session = self.session, True
        if self.flying:
            self.count("redelivered")
        self.waiting = self.flying + self.waiting
        self.flying = []
        self.arrived.set()
        return kept

    def disconnect(self) -> None:
        """The connection is gone; the session stays."""
        self.connection += 1
        self.source = None

    def forget(self) -> None:
        """Lose the session, with all that waits in it."""
        lost = [(message.topic, message.payload) for message in (*self.flying, *self.waiting)]
        self.forgotten.update(lost)
        self.waiting, self.flying, self.session = [], [], False
        self.count("sessions lost")

    def take(self) -> SimBatch | None:
        """Send what waits."""
        if not self.waiting:
            return None
        size = self._random.randrange(1, MOST_IN_A_BATCH)
        batch, self.waiting = self.waiting[:size], self.waiting[size:]
        self.flying += batch
        return SimBatch(self, self.connection, batch)


class SimSource:
    """What `BrokerEdge` needs of `MqttSource`, over a `SimBroker`."""

    def __init__(self, broker: SimBroker, loop: asyncio.AbstractEventLoop, on_link: Callable[[LinkKind, str], None]) -> None:
        self._broker, self._loop, self._on_link = broker, loop, on_link
        self.connects = 0
        self.last_error = None
        self.closed = False
        self.lost = self.expected = False
        self.dropped: int | None = None
        self._changed = asyncio.Event()
        self._kept = False

    @property
    def connected_now(self) -> bool:
        return self._broker.source is self and not self.closed

    def start(self) -> None:
        if not self.connects:
            self._loop.call_later(0.01, self.try_again)

    def try_again(self) -> None:
        """Connect, if there is a broker."""
        if self.closed or self.connected_now:
            return
        if not self._broker.up:
            if not self.lost:
                self.lost = True
                self._on_link(LinkKind.LOST, "no connection")
            self._loop.call_later(0.5, self.try_again)
            return
        self._kept = self._broker.connect(self)
        self.connects += 1
        if self.lost:
            self.lost = False
            self._on_link(LinkKind.RESTORED, "connected again")
        if self.expected and not self._kept:
            self._on_link(LinkKind.SESSION_LOST, "the broker has forgotten our session")
        self.expected = True
        self._changed.set()

    def broke(self, noticed_s: float) -> None:
        """The connection is gone, which is noticed a little later."""

        def notice() -> None:
            if not self.closed and not self.lost:
                self.lost = True
                self._on_link(LinkKind.LOST, "the connection broke")
            self.try_again()

        self._loop.call_later(noticed_s, notice)

    def dropping(self) -> None:
        self._on_link(LinkKind.DROPPING, "the broker threw 3 messages away")

    async def connected(self) -> bool:
        self.start()
        while not self.connected_now:
            self._changed.clear()
            await self._changed.wait()
        return self._kept

    def publish(self, topic: str, payload: bytes, **_: Any) -> asyncio.Future[PubAckReasonCode]:
        if not self.connected_now:
            msg = "not connected"
            raise ConnectionLost(msg)
        answer: asyncio.Future[PubAckReasonCode] = self._loop.create_future()
        answer.set_result(self._broker.hear(topic, payload))
        return answer

    async def batches(self) -> AsyncIterator[SimBatch]:
        while not self.closed:
            if self.connected_now and (batch := self._broker.take()) is not None:
                yield batch
                continue
            self._broker.arrived.clear()
            await self._broker.arrived.wait()

    async def close(self) -> None:
        if self.connected_now:
            self._broker.disconnect()
        self.closed = True
        self._broker.arrived.set()
