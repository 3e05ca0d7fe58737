"""Home Assistant: each hall is a device, with its zones, cooling units and alarms as entities, found by MQTT discovery.

What is told is read from the run now and then, and at once when an alarm changes. Entities are available for as long as hotzone is online:
its last will says when it is not.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated, Final

import aiomqtt
from msgspec import Struct, json

from ..config.kinds import Duration, Text
from ..config.model import Hall, Site
from ..config.units import MINUTE, SECOND
from ..pipeline import AlarmEvent, ZoneCondition
from .contract import Context, handler
from .mqtt_client import TIMEOUT_S, Client, mqtt_client
from .room import CONDITIONS
from .view import View

_AGAIN_S: Final = (1.0, 2.0, 5.0, 15.0, 60.0)
"""Wall seconds between attempts to tell it, the last for good."""
_STEADY_S: Final = 60.0
"""A connection that lasted so long begins the pauses anew when it fails."""
_MISSED: Final = 6
"""States that fail to come before an entity is unavailable, should nobody say why."""
_CONDITIONS: Final = [one for one in CONDITIONS if one != "unknown"]
"""Home Assistant has a word of its own for what is unknown."""


@handler(alarms=True)
class HomeAssistant:
    """Keeps one connection in the background; what there is to say is said anew on each."""

    class Options(Struct, frozen=True, kw_only=True):
        """How Home Assistant is set up."""

        prefix: Annotated[str, Text("topic", 100)] = "homeassistant"
        """Its discovery prefix."""
        every: Annotated[int, Duration(SECOND, MINUTE)] = 10 * SECOND
        """How often states are published, wall time."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._changed = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def handle(self, event: AlarmEvent, ctx: Context) -> None:
        """An alarm has changed: say so now. What is said is the state, so there is nothing to repeat."""
        del event, ctx
        self._in_loop().set()

    async def run(self, ctx: Context) -> None:
        """Publish what there is, and how it is, for ever."""
        failures = 0
        while True:
            began = time.monotonic()
            try:
                async with mqtt_client(ctx.site.broker, "home-assistant") as client:
                    await self._talk(client, ctx)
            except (aiomqtt.MqttError, OSError) as error:
                ctx.log.warning("Home Assistant is not told", why=str(error))
            _check_cancelled()
            failures = 1 if time.monotonic() - began > _STEADY_S else failures + 1
            await asyncio.sleep(_AGAIN_S[min(failures, len(_AGAIN_S)) - 1])

    async def _talk(self, client: Client, ctx: Context) -> None:
        prefix = self._options.prefix
        await client.subscribe(f"{prefix}/status", qos=1, timeout=TIMEOUT_S)
        changed = self._in_loop()
        hearing = asyncio.create_task(self._hear(client, ctx), name="home-assistant-status")
        hearing.add_done_callback(lambda _: changed.set())
        try:
            await self._describe(client, ctx)
            while not hearing.done():
                changed.clear()
                for topic, payload in states(ctx.site, ctx.view()):
                    await client.tell(topic, payload, retain=True)
                _check_cancelled()
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._options.every / SECOND):
                        await changed.wait()
            await hearing
        finally:
            hearing.cancel()

    async def _hear(self, client: Client, ctx: Context) -> None:
        """Home Assistant says that it has started: it is described to again."""
        async for message in client.messages:
            if message.payload == b"online" and not message.retain:
                await self._describe(client, ctx)

    async def _describe(self, client: Client, ctx: Context) -> None:
        for topic, payload in descriptions(ctx.site, self._options):
            await client.tell(topic, payload, retain=True)

    def _in_loop(self) -> asyncio.Event:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:  # the one before was given up
            self._loop, self._changed = loop, asyncio.Event()
        return self._changed


def _check_cancelled() -> None:
    """The client waits by `wait_for`, which in Python 3.11 swallows a cancellation that comes together with what it waits for."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def descriptions(site: Site, options: HomeAssistant.Options) -> Iterator[tuple[str, bytes]]:
    """For each hall, the topic and the payload of its discovery, retained."""
    base = site.topics.base.format(site=site.name)
    for hall in site.halls:
        device = f"hotzone-{site.name}-{hall.id}"
        described = {
            "device": {"identifiers": [device], "name": f"{site.name} {hall.id}", "manufacturer": "hotzone", "model": "data hall"},
            "origin": {"name": "hotzone"},
            "availability_topic": f"{base}/state",
            "state_topic": _topic(site, hall),
            "qos": 1,
            "components": {
                f"{device}-{key}": {**entity, "unique_id": f"{device}-{key}", "expire_after": _MISSED * options.every // SECOND}
                for key, entity in _entities(hall, site)
            },
        }
        yield f"{options.prefix}/device/{device}/config", json.encode(described)


def _topic(site: Site, hall: Hall) -> str:
    return f"{site.topics.base.format(site=site.name)}/home-assistant/{hall.id}"


def _entities(hall: Hall, site: Site) -> Iterator[tuple[str, dict[str, object]]]:
    for zone in hall.zones:
        here = f"value_json.zones['{zone.id}']"
        yield f"zone-{zone.id}-temperature", _number(f"{zone.id} temperature", f"{here}.value", "°C", "temperature")
        yield f"zone-{zone.id}-demand", _number(f"{zone.id} demand", f"{here}.demand", "%", None)
        yield f"zone-{zone.id}-condition", _choice(f"{zone.id} condition", f"{here}.condition", [str(one) for one in ZoneCondition])
        yield f"zone-{zone.id}-alarm", _alarm(f"{zone.id} alarm", here, _topic(site, hall))
    for unit in hall.units:
        here = f"value_json.units['{unit.id}']"
        yield f"unit-{unit.id}-fan", _number(f"{unit.id} fan", f"{here}.fan", "%", None)
        yield f"unit-{unit.id}-supply", _number(f"{unit.id} supply air", f"{here}.supply", "°C", "temperature")
        yield f"unit-{unit.id}-condition", _choice(f"{unit.id} condition", f"{here}.condition", _CONDITIONS)
        yield f"unit-{unit.id}-alarm", _alarm(f"{unit.id} alarm", here, _topic(site, hall))


def _number(name: str, value: str, unit: str, kind: str | None) -> dict[str, object]:
    entity: dict[str, object] = {
        "platform": "sensor",
        "name": name,
        "value_template": f"{{{{ {value} }}}}",
        "unit_of_measurement": unit,
        "state_class": "measurement",
    }
    return entity if kind is None else {**entity, "device_class": kind}


def _choice(name: str, value: str, options: list[str]) -> dict[str, object]:
    return {"platform": "sensor", "name": name, "value_template": f"{{{{ {value} }}}}", "device_class": "enum", "options": options}


def _alarm(name: str, here: str, topic: str) -> dict[str, object]:
    return {
        "platform": "binary_sensor",
        "name": name,
        "value_template": f"{{{{ 'ON' if {here}.alarms else 'OFF' }}}}",
        "device_class": "problem",
        "json_attributes_topic": topic,
        "json_attributes_template": f"{{{{ {{'alarms': {here}.alarms}} | tojson }}}}",
    }


def states(site: Site, view: View) -> Iterator[tuple[str, bytes]]:
    """For each hall, where its state is published, retained, and what it is; null is unknown."""
    for hall in site.halls:
        zones = {zone.id: view.zones.get(zone.id) for zone in hall.zones}
        units = {unit.id: view.units.get(unit.id) for unit in hall.units}
        said = {
            "zones": {
                name: {
                    "value": None if known is None or known.value is None else round(known.value, 2),
                    "demand": None if known is None else known.demand,
                    "condition": None if known is None else known.condition,
                    "alarms": [_sentence(event) for event in view.alarms if event.zone == name],
                }
                for name, known in zones.items()
            },
            "units": {
                name: {
                    "fan": None if known is None else known.fan,
                    "supply": None if known is None else known.supply,
                    "condition": None if known is None or known.condition == "unknown" else known.condition,
                    "alarms": [_sentence(event) for event in view.alarms if event.unit == name],
                }
                for name, known in units.items()
            },
        }
        yield _topic(site, hall), json.encode(said)


def _sentence(event: AlarmEvent) -> dict[str, object]:
    return {"rule": event.rule, "priority": event.priority, "state": event.state, "cause": event.cause}
