"""One device's connection to the broker: a gateway or a cooling unit, with its last will."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from random import Random

from mqtt5 import DisconnectReasonCode

from ..mqtt import ConnectRefused, Draft, MqttError, Session
from ..mqtt.backoff import Backoff
from ..source import Message

MOST_UNSENT = 10_000
"""Messages that a device keeps while it has no connection; older ones are lost, and counted."""

Connect = Callable[[], Awaitable[Session]]
Sleep = Callable[[float], Awaitable[None]]


class Link:
    """Keeps a connection open, publishes what it is given, in order, and comes back when the connection breaks.

    `state_topic` is where the device says that it is online; its last will says the opposite. What is not acknowledged when the
    connection breaks is published again: at least once.
    """

    def __init__(
        self,
        connect: Connect,
        sleep: Sleep,
        random: Random,
        *,
        state_topic: str = "",
        subscriptions: Sequence[str] = (),
        hear: Callable[[Message], None] | None = None,
    ) -> None:
        self._connect = connect
        self._sleep = sleep
        self._backoff = Backoff(random, cap_s=5.0)
        self._state_topic = state_topic
        self._subscriptions = tuple(subscriptions)
        self._hear = hear
        self._unsent: list[Draft] = []
        self._work = asyncio.Event()
        self._up = asyncio.Event()
        self._up.set()
        self._online = False
        self._session: Session | None = None
        self.lost = 0
        """Messages thrown away because too many waited."""
        self.failures = 0
        """Connections that broke or were not had."""
        self.last_error: MqttError | None = None
        self.ready = asyncio.Event()
        """Set when the first connection is open and subscribed."""

    def give(self, drafts: Sequence[Draft]) -> None:
        """Take messages to publish. A device that says `offline` of itself drops its line, so that its last will does."""
        for draft in drafts:
            if draft.topic == self._state_topic:
                self._switch(online=draft.payload == b"online")
            if draft.topic != self._state_topic or self._online:
                self._unsent.append(draft)
        excess = len(self._unsent) - MOST_UNSENT
        if excess > 0:
            del self._unsent[:excess]
            self.lost += excess
        self._work.set()

    def _switch(self, *, online: bool) -> None:
        self._online = online
        if online:
            self._up.set()
        else:
            self._up.clear()
            self._unsent.clear()
            if self._session is not None:
                self._session.abort("the line is cut")

    @property
    def unsent(self) -> int:
        """Messages that wait."""
        return len(self._unsent)

    async def run(self) -> None:
        """Work until cancelled; then say goodbye in a way that makes the broker publish the last will."""
        try:
            while True:
                await self._up.wait()
                try:
                    await self._serve()
                except MqttError as error:
                    if not self._up.is_set():
                        continue
                    self.last_error = error
                    self.failures += 1
                    await self._sleep(self._backoff.next(refused=isinstance(error, ConnectRefused)))
        finally:
            if self._session is not None:
                await self._session.close(DisconnectReasonCode.DISCONNECT_WITH_WILL_MESSAGE)

    async def _serve(self) -> None:
        self._session = session = await self._connect()
        hearing = asyncio.create_task(self._listen(session), name="device hears")
        try:
            if self._online and not any(draft.topic == self._state_topic for draft in self._unsent):
                self._unsent.insert(0, Draft(self._state_topic, b"online", retain=True))
            self._work.set()
            if self._subscriptions:
                await session.subscribe(self._subscriptions)
            self._backoff.reset()
            self.ready.set()
            await self._send(session)
        finally:
            hearing.cancel()
            if session.failure is not None:
                self._session = None

    async def _send(self, session: Session) -> None:
        session.closed.add_done_callback(lambda _: self._work.set())
        while True:
            await self._work.wait()
            self._work.clear()
            if session.failure is not None:
                raise session.failure
            batch, self._unsent = self._unsent, []
            try:
                await session.publish_many(batch)
            except MqttError:
                if self._up.is_set():
                    self._unsent = batch + self._unsent
                raise

    async def _listen(self, session: Session) -> None:
        hear = self._hear
        if hear is None:
            return
        while True:
            try:
                batch = await session.next_batch()
            except MqttError:
                return
            for message in batch.messages:
                hear(message)
            batch.acknowledge()
