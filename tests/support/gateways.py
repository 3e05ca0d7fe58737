"""Readings under load, and what the broker said to each: the publisher's side of the ledger."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from random import Random

from hotzone.config.service import Broker
from hotzone.sensors.hall.link import Link
from hotzone.sensors.hall.store import Store
from hotzone.sensors.mqtt import Draft, MqttError, PubAckReasonCode, Session, Will, open_session
from hotzone.sensors.source import Message
from support.accounts import Sent

SITE = """
name = "load"
handlers_folder = "handlers"
sensors = ["in-1"]
quality = { period = "1s", stale_after = "1h", late_after = "1h", smoothing = "0s", max_rate = 1000.0, stuck_after = false }
statistic = { kind = "max" }
presence = { recover = "0s", gaps = 1.0 }
recording = { snapshot_every = "1s" }
rates = { rise = false, fast-rise = false }
control = { kind = "stepwise", cycle = "1s" }
http.port = 0
[limits]
warm = false
critical = false
low = false
very-low = false
high = { above = 30, deadband = 1.0, on_delay = "0s", off_delay = "0s", priority = "high" }
[halls.h1]
cooling = { count = 1, control = "advise" }
layout.count = 1
[halls.h1.zones]
"""
HANDLER = """
import os
from hotzone.handlers import handler

@handler(alarms=True)
def keep(event, ctx):
    with open("delivered", "a") as file:
        file.write(event.id + os.linesep)
"""


def site(zones: int) -> str:
    """A site of so many zones of one thermometer each, at which every reading counts."""
    return SITE + "".join(f"Z{number} = {{}}\n" for number in range(zones))


def topics(zones: int) -> dict[str, str]:
    """The topic of each thermometer, and its zone."""
    return {f"dc/h1/Z{number}/Z{number}-r01/in-1": f"Z{number}" for number in range(zones)}


class Gateway:
    """Publishes rounds of readings that cross the limit now and then, and keeps what was acknowledged."""

    def __init__(self, url: str, zones: int, name: str = "gateway") -> None:
        self.acknowledged: list[Sent] = []
        self.refused = 0
        self.rounds = 0
        self._url, self._name = url, name
        self._topics = list(topics(zones))
        self._session: Session | None = None

    async def connect(self) -> None:
        self._session = await open_session(Broker(url=self._url), client_id=self._name, clean_start=True, session_expiry=0)

    async def close(self) -> None:
        if self._session is not None:
            with suppress(MqttError):
                await self._session.close()

    def round(self) -> list[Draft]:
        """One reading of each thermometer."""
        self.rounds += 1
        now = time.time_ns() // 1_000_000
        drafts = []
        for number, topic in enumerate(self._topics):
            celsius = 35.0 if (self.rounds + number) // 10 % 3 == 0 else 25.0
            drafts.append(Draft(topic, b'{"value":%.1f,"unit":"C","time":%d,"sequence":%d}' % (celsius, now, self.rounds)))
        return drafts

    async def publish(self, drafts: Sequence[Draft]) -> None:
        """Publish, and note what was answered. Raises MqttError when the connection ends first."""
        assert self._session is not None
        answers = [self._session.publish(draft.topic, draft.payload) for draft in drafts]
        for draft, answer in zip(drafts, await asyncio.gather(*answers), strict=True):
            if answer is PubAckReasonCode.SUCCESS:
                self.acknowledged.append((draft.topic, draft.payload))
            else:
                self.refused += 1

    async def run(self, pause_s: float = 0.02) -> None:
        """Publish round by round until cancelled."""
        while True:
            await self.publish(self.round())
            await asyncio.sleep(pause_s)


class StoringGateway:
    """As `Gateway`, and with what the protocol asks of one that loses nothing: a store, and an ear for what is safe."""

    def __init__(self, url: str, site_name: str, zones: int) -> None:
        self.given: list[Sent] = []
        self.rounds = 0
        self.store = Store(most=1_000_000)  # 40 thermometers at 20 Hz are a few hundred gateways in one
        self._plain = Gateway(url, zones)
        broker = Broker(url=url)
        will = Will("dc/h1/gateways/all/state", payload=b"offline")
        connect = partial(open_session, broker, client_id="storing", clean_start=True, session_expiry=0, will=will)
        self.link = Link(connect, asyncio.sleep, Random(1), subscriptions=(f"hotzone/{site_name}/confirmed/#",), hear=self._hear)

    def _hear(self, message: Message) -> None:
        self.link.give(self.store.confirm(message.payload))

    async def run(self, rounds_a_second: float) -> None:
        """Publish round by round until cancelled."""
        task = asyncio.create_task(self.link.run())
        try:
            due = time.monotonic()
            while True:
                drafts = self._plain.round()
                for draft in drafts:
                    self.store.keep(draft)
                self.link.give(drafts)
                self.given += [(draft.topic, draft.payload) for draft in drafts]
                due += 1 / rounds_a_second
                await asyncio.sleep(max(0.0, due - time.monotonic()))
        finally:
            async with asyncio.timeout(10):
                while self.link.unsent:  # noqa: ASYNC110  it tells nobody
                    await asyncio.sleep(0.05)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
