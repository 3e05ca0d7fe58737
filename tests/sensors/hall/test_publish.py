"""Halls through a real broker."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from hotzone.config.model import Site
from hotzone.config.service import Broker
from hotzone.config.units import MINUTE, SECOND
from hotzone.sensors.hall import SimulatedHall
from hotzone.sensors.hall.publish import HallPublisher
from hotzone.sensors.mqtt import Session, open_session
from hotzone.sensors.source import Message
from support.halls import START, command, hall, hall_site
from support.mosquitto import Mosquitto

SITE = hall_site(("A1", "B1"), 3)
LATEST_S = 20.0


class Listener:
    """Somebody who hears everything."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.heard: list[Message] = []

    async def until(self, done: Callable[[list[Message]], bool]) -> list[Message]:
        """Listen until what was heard is enough."""
        async with asyncio.timeout(LATEST_S):
            while not done(self.heard):
                batch = await self.session.next_batch()
                self.heard += batch.messages
                batch.acknowledge()
        return self.heard

    def of(self, topic: str) -> list[Message]:
        return [message for message in self.heard if message.topic == topic]


@asynccontextmanager
async def listening(broker: Broker) -> AsyncIterator[Listener]:
    session = await open_session(broker, client_id="listener", clean_start=True, session_expiry=0)
    await session.subscribe(("#",))
    yield Listener(session)
    await session.close()


@asynccontextmanager
async def running(
    broker: Broker, *faults: str, site: Site = SITE, rate: float = 60.0, now: Callable[[], int] = time.monotonic_ns
) -> AsyncIterator[tuple[HallPublisher, SimulatedHall]]:
    simulated = hall(site, *faults)
    publisher = HallPublisher(site, [simulated], broker, rate=rate, now=now)
    task = asyncio.create_task(publisher.run())
    try:
        yield publisher, simulated
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def broker(mosquitto: Mosquitto) -> Broker:
    return Broker(url=mosquitto.url)


async def test_the_clock_comes_first_and_then_every_thermometer_and_unit(broker: Broker) -> None:
    topics = {sensor.topic for sensor in SITE.sensors} | {unit.report_topic for unit in SITE.units}
    async with listening(broker) as listener, running(broker) as (publisher, _):
        heard = await listener.until(lambda heard: topics <= {message.topic for message in heard})
        clock = json.loads(listener.of("hotzone/test/clock")[0].payload)
        assert clock["hall"] == START
        assert clock["rate"] == 60.0
        assert {message.payload for message in heard if message.topic.endswith("state")} == {b"online"}
        sequences = [json.loads(message.payload)["sequence"] for message in listener.of(SITE.sensors[0].topic)]
        assert sequences == list(range(1, len(sequences) + 1))
        assert publisher.unsent < 100


async def test_a_unit_obeys_commands_from_the_broker_but_no_retained_one(broker: Broker) -> None:
    session = await open_session(broker, client_id="control", clean_start=True, session_expiry=0)
    await session.publish("dc/h/units/crac-2/command", command(95, 3), retain=True)
    async with running(broker) as (publisher, simulated):
        await publisher.links[-2].ready.wait()
        await session.publish("dc/h/units/crac-1/command", command(90, 7))
        async with listening(broker) as listener:
            await listener.until(lambda _: any(json.loads(m.payload)["fan"] == 90.0 for m in listener.of("dc/h/units/crac-1/report")))
        assert simulated.truth().units["crac-1"].commanded == 90.0
        assert simulated.truth().units["crac-2"].commanded == 60.0
    await session.close()


async def test_without_heartbeats_units_go_to_full_speed_after_5_s_of_wall_time_and_hear_them_again(broker: Broker) -> None:
    def hurried() -> int:
        return 10 * time.monotonic_ns()

    async with listening(broker) as listener, running(broker, rate=6.0, now=hurried):

        def reports() -> list[dict[str, object]]:
            return [json.loads(message.payload) for message in listener.of("dc/h/units/crac-1/report")]

        await listener.until(lambda _: any(report["mode"] == "heartbeat-lost" for report in reports()))
        times = [report["time"] for report in reports()]
        assert 25_000 <= times[-1] - times[0] <= 40_000, "5 s of wall time are 30 s in the hall"
        await listener.session.publish("hotzone/test/heartbeat", b'{"number":1}', qos=0)
        await listener.until(lambda _: reports()[-1]["mode"] == "remote")


async def test_a_gateway_that_goes_down_is_reported_by_the_broker_and_comes_back(broker: Broker) -> None:
    state = "dc/h/gateways/A1-r01/state"
    async with listening(broker) as listener, running(broker, "gateway-down:A1-r01@1m+1m"):
        await listener.until(lambda _: len(listener.of(state)) == 3)
        assert [message.payload for message in listener.of(state)] == [b"online", b"offline", b"online"]
        before = len(listener.of("dc/h/A1/A1-r01/in-top"))
        await listener.until(lambda _: len(listener.of("dc/h/A1/A1-r01/in-top")) > before + 2)


async def test_when_the_run_ends_every_device_is_offline(broker: Broker) -> None:
    async with listening(broker) as listener:
        publisher = HallPublisher(SITE, [hall(SITE)], broker, rate=60.0, now=time.monotonic_ns)
        await publisher.run(until=START + MINUTE)
        await listener.until(lambda heard: sum(message.payload == b"offline" for message in heard) == 8)
        assert publisher.hall_now >= START + MINUTE


async def test_a_broker_that_restarts_gets_what_was_held_back(mosquitto: Mosquitto, broker: Broker) -> None:
    async with running(broker, rate=10.0) as (publisher, _):
        async with listening(broker) as listener:
            await listener.until(lambda _: len(listener.of(SITE.sensors[0].topic)) >= 2)
        mosquitto.kill()
        mosquitto.start()
        async with listening(broker) as listener:
            await listener.until(lambda _: len(listener.of(SITE.sensors[0].topic)) >= 2)
            states = [message for message in listener.heard if message.topic == "dc/h/gateways/A1-r01/state"]
        assert states[-1].payload == b"online"
        assert publisher.links[0].failures > 0


def test_faster_than_60_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 60"):
        HallPublisher(SITE, [hall(SITE)], Broker(), rate=61.0, now=lambda: SECOND)
