"""Events on a real broker."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiomqtt
import pytest
from msgspec import structs

from hotzone.config.model import Site
from hotzone.config.service import Broker
from hotzone.handlers import Context, Subscription, mqtt_client
from hotzone.handlers.mqtt_client import PublishRefused
from hotzone.handlers.mqtt_events import MqttEvents
from hotzone.handlers.sample import sample
from hotzone.pipeline import journal_line
from support.mosquitto import CONFIG, Mosquitto, MosquittoFactory, free_port
from support.sites import site

CHANGE = sample(site(), Subscription(events="zone.state"), 7)
DOUBT = sample(site(), Subscription(events="sensor.quality"), 8)


async def test_a_broker_that_does_not_answer_is_named() -> None:
    url = f"mqtt://127.0.0.1:{free_port()}"
    with pytest.raises(aiomqtt.MqttError, match=url):
        async with mqtt_client.mqtt_client(Broker(url=url), "events"):
            pass


@pytest.fixture
def where(mosquitto: Mosquitto) -> Site:
    return structs.replace(site(), broker=Broker(url=mosquitto.url, client_id="hotzone-test"))


@pytest.fixture
def ctx(where: Site) -> Context:
    return Context("mqtt-events", where, {}, lambda *_: None)


@pytest.fixture
async def events() -> AsyncIterator[MqttEvents]:
    it = MqttEvents()
    yield it
    await it._drop()


def listener(mosquitto: Mosquitto) -> aiomqtt.Client:
    return aiomqtt.Client("127.0.0.1", mosquitto.port, protocol=aiomqtt.ProtocolVersion.V5)


async def next_of(client: aiomqtt.Client, count: int) -> list[aiomqtt.Message]:
    async with asyncio.timeout(5):
        messages = []
        async for message in client.messages:
            messages.append(message)
            if len(messages) == count:
                break
        return messages


async def test_events_are_published_under_their_type_as_lines_of_the_journal(
    events: MqttEvents, ctx: Context, mosquitto: Mosquitto
) -> None:
    async with listener(mosquitto) as client:
        await client.subscribe("hotzone/test/events/#", qos=1)
        await events.handle(CHANGE, ctx)
        await events.handle(DOUBT, ctx)
        heard = await next_of(client, 2)
    assert [str(message.topic) for message in heard] == ["hotzone/test/events/zone.state", "hotzone/test/events/sensor.quality"]
    assert [message.payload for message in heard] == [journal_line(CHANGE), journal_line(DOUBT)]
    assert not any(message.retain for message in heard)


async def test_who_comes_later_still_learns_the_state_of_each_zone(events: MqttEvents, ctx: Context, mosquitto: Mosquitto) -> None:
    await events.handle(CHANGE, ctx)
    async with listener(mosquitto) as client:
        await client.subscribe("hotzone/test/#", qos=1)
        (message,) = await next_of(client, 1)
    assert (str(message.topic), message.retain) == ("hotzone/test/zones/A1", True)
    assert isinstance(message.payload, bytes)
    assert json.loads(message.payload)["state"] == "warm"


async def test_a_broker_that_went_away_fails_the_delivery_and_is_found_again_by_the_next(
    events: MqttEvents, ctx: Context, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    await events.handle(DOUBT, ctx)
    monkeypatch.setattr(mqtt_client, "TIMEOUT_S", 0.5)
    mosquitto.kill()
    with pytest.raises(aiomqtt.MqttError):
        await events.handle(DOUBT, ctx)
    mosquitto.start()
    async with listener(mosquitto) as client:
        await client.subscribe("hotzone/test/events/#", qos=1)
        await events.handle(DOUBT, ctx)
        assert len(await next_of(client, 1)) == 1


async def test_calls_at_the_same_time_share_one_connection(events: MqttEvents, ctx: Context, mosquitto: Mosquitto) -> None:
    await asyncio.gather(*(events.handle(DOUBT, ctx) for _ in range(5)))
    assert mosquitto.log.count("as hotzone-test-events") == 1


async def test_on_another_loop_it_makes_another_connection(events: MqttEvents, ctx: Context, mosquitto: Mosquitto) -> None:
    await asyncio.to_thread(lambda: asyncio.run(events.handle(DOUBT, ctx)))
    await events.handle(DOUBT, ctx)
    assert mosquitto.log.count("as hotzone-test-events") == 2


async def test_what_the_access_list_refuses_is_not_taken_for_delivered(
    events: MqttEvents, start_mosquitto: MosquittoFactory, tmp_path: Path
) -> None:
    (tmp_path / "acl").write_text("topic write hotzone/test/events/#\n")
    broker = start_mosquitto(f"{CONFIG}acl_file {tmp_path / 'acl'}\n")
    ctx = Context("mqtt-events", structs.replace(site(), broker=Broker(url=broker.url, client_id="hotzone-test")), {}, lambda *_: None)
    await events.handle(DOUBT, ctx)
    with pytest.raises(PublishRefused, match="the broker refuses hotzone/test/zones/A1: Not authorized"):
        await events.handle(CHANGE, ctx)


def test_the_answer_to_whoever_was_cancelled_is_no_complaint() -> None:
    nobody: Any = SimpleNamespace(_pending_subscribes={})  # has no logger to complain to
    mqtt_client.Client._on_subscribe(nobody, nobody, None, 1, [])
