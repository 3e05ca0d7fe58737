"""Home Assistant's discovery on a real broker."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from msgspec import structs
from structlog.testing import capture_logs

from hotzone.config.model import Site
from hotzone.config.service import Broker
from hotzone.config.units import SECOND
from hotzone.handlers import Context, Subscription, home_assistant
from hotzone.handlers.home_assistant import HomeAssistant, descriptions, states
from hotzone.handlers.sample import sample
from hotzone.handlers.view import UnitView, View, ZoneView
from hotzone.pipeline import AlarmEvent, ZoneCondition
from support.mosquitto import CONFIG, Mosquitto, MosquittoFactory
from support.sites import site, unit, zone
from support.waiting import until

OPTIONS = HomeAssistant.Options(every=60 * SECOND)
WHERE = site(zone("A1"), zone("B1"), units=[unit("crac-1", ["A1", "B1"])])
ALARM = sample(WHERE, Subscription(alarms=True), 7)


def seen(value: float, *alarms: AlarmEvent) -> View:
    """A1 and the unit are known, B1 is not."""
    return View(
        zones={"A1": ZoneView(value=value, condition=ZoneCondition.WARM, demand=70.0, inlets={}, age=1.0)},
        units={"crac-1": UnitView(commanded=80.0, fan=79.5, supply=18.25, returned=None, condition="following")},
        alarms=alarms,
    )


class Home:
    """What Home Assistant would know: the last payload of each topic."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self.client = client
        self.known: dict[str, Any] = {}
        self.came: list[str] = []

    async def until(self, condition: Any) -> None:
        async with asyncio.timeout(10):
            async for message in self.client.messages:
                self.known[str(message.topic)] = json.loads(bytes(message.payload))
                self.came.append(str(message.topic))
                if condition(self):
                    return


@pytest.fixture
def where(mosquitto: Mosquitto) -> Site:
    return structs.replace(WHERE, broker=Broker(url=mosquitto.url, client_id="hotzone-test"))


@asynccontextmanager
async def told(where: Site, mosquitto: Mosquitto, view: Any) -> AsyncIterator[tuple[HomeAssistant, Context, Home]]:
    handler = HomeAssistant(OPTIONS)
    ctx = Context("home-assistant", where, {}, lambda *_: None, view=view)
    async with aiomqtt.Client("127.0.0.1", mosquitto.port, protocol=aiomqtt.ProtocolVersion.V5) as client:
        await client.subscribe("homeassistant/device/#", qos=1)
        await client.subscribe("hotzone/test/home-assistant/#", qos=1)
        task = asyncio.create_task(handler.run(ctx))
        try:
            yield handler, ctx, Home(client)
        finally:
            task.cancel()
            await asyncio.wait([task])


async def test_a_hall_is_a_device_with_its_zones_and_units(where: Site, mosquitto: Mosquitto) -> None:
    async with told(where, mosquitto, lambda: seen(27.5)) as (_, _, home):
        await home.until(lambda it: len(it.known) == 2)
    device = home.known["homeassistant/device/hotzone-test-h/config"]
    state = home.known["hotzone/test/home-assistant/h"]
    assert device["availability_topic"] == "hotzone/test/state"
    assert device["state_topic"] == "hotzone/test/home-assistant/h"
    assert device["components"]["hotzone-test-h-zone-A1-temperature"] == {
        "platform": "sensor",
        "name": "A1 temperature",
        "unique_id": "hotzone-test-h-zone-A1-temperature",
        "value_template": "{{ value_json.zones['A1'].value }}",
        "unit_of_measurement": "°C",
        "state_class": "measurement",
        "device_class": "temperature",
        "expire_after": 360,
    }
    assert state["zones"]["A1"] == {"value": 27.5, "demand": 70.0, "condition": "warm", "alarms": []}
    assert state["zones"]["B1"] == {"value": None, "demand": None, "condition": None, "alarms": []}
    assert state["units"]["crac-1"] == {"fan": 79.5, "supply": 18.25, "condition": "following", "alarms": []}


async def test_an_alarm_is_told_at_once(where: Site, mosquitto: Mosquitto) -> None:
    views = [seen(27.5)]
    assert isinstance(ALARM, AlarmEvent)
    assert ALARM.zone == "A1"
    async with told(where, mosquitto, lambda: views[-1]) as (handler, ctx, home):
        await home.until(lambda it: len(it.known) == 2)
        views.append(seen(36.0, ALARM))
        await handler.handle(ALARM, ctx)
        await home.until(lambda it: it.known["hotzone/test/home-assistant/h"]["zones"]["A1"]["alarms"])
    (alarm,) = home.known["hotzone/test/home-assistant/h"]["zones"]["A1"]["alarms"]
    assert (alarm["rule"], alarm["priority"]) == (ALARM.rule, ALARM.priority)


async def test_a_home_assistant_that_starts_is_described_to_again(where: Site, mosquitto: Mosquitto) -> None:
    async with told(where, mosquitto, lambda: seen(27.5)) as (_, _, home):
        await home.until(lambda it: len(it.known) == 2)
        home.came.clear()
        await home.client.publish("homeassistant/status", b"online", qos=1)
        await home.until(lambda it: "homeassistant/device/hotzone-test-h/config" in it.came)


async def test_it_comes_back_after_the_broker(where: Site, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotzone.handlers.home_assistant._AGAIN_S", (0.05,))
    handler = HomeAssistant(OPTIONS)
    ctx = Context("home-assistant", where, {}, lambda *_: None, view=lambda: seen(27.5))
    mosquitto.kill()
    task = asyncio.create_task(handler.run(ctx))
    await asyncio.sleep(0)
    mosquitto.start()
    try:
        async with aiomqtt.Client("127.0.0.1", mosquitto.port, protocol=aiomqtt.ProtocolVersion.V5) as client:
            await client.subscribe("homeassistant/device/#", qos=1)
            home = Home(client)
            await home.until(lambda it: it.known)
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_a_refusal_is_told_and_not_asked_for_each_second(
    start_mosquitto: MosquittoFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "acl").write_text("topic read homeassistant/status\n")
    broker = start_mosquitto(f"{CONFIG}acl_file {tmp_path / 'acl'}\n")
    where = structs.replace(WHERE, broker=Broker(url=broker.url, client_id="hotzone-test"))
    ctx = Context("home-assistant", where, {}, lambda *_: None, view=lambda: seen(27.5))
    pauses: list[int] = []

    class Pauses(tuple[float, ...]):  # noqa: SLOT001  it is local
        def __getitem__(self, place: Any) -> Any:
            pauses.append(place)
            return 0.0

    monkeypatch.setattr(home_assistant, "_AGAIN_S", Pauses(range(3)))
    with capture_logs() as logs:
        task = asyncio.create_task(HomeAssistant(OPTIONS).run(ctx))
        await until(lambda: len(pauses) >= 4)
        task.cancel()
        await asyncio.wait([task])
    assert pauses[:4] == [0, 1, 2, 2], "longer each time, though the broker lets it in"
    assert {entry["why"] for entry in logs} == {"the broker refuses homeassistant/device/hotzone-test-h/config: Not authorized"}


def test_every_template_reads_what_the_state_has() -> None:
    (_, payload), *_ = descriptions(WHERE, OPTIONS)
    (_, state), *_ = states(WHERE, seen(27.5))
    value_json = json.loads(state)
    components = json.loads(payload)["components"]
    assert len({one["unique_id"] for one in components.values()}) == len(components) == 2 * 4 + 4
    for entity in components.values():
        for name in ("value_template", "json_attributes_template"):
            for group, key, attribute in re.findall(r"value_json\.(\w+)\['([^']+)'\]\.(\w+)", entity.get(name, "")):
                assert attribute in value_json[group][key]
