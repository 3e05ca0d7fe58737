"""A small hall in virtual time: zones that heat and cool, thermometers that lie, cooling units with a timer of their own.

The units run the product's own simulated controller; everything else is the least that makes something happen.
"""

from collections.abc import Callable
from random import Random

from msgspec import json

from hotzone.sensors.hall.controller import Controller, Mode
from hotzone.sensors.mqtt import PubAckReasonCode

from .broker import SimBroker
from .loop import SECOND
from .plan import SENSORS, UNITS, ZONES, Fault

EPOCH = 1_767_225_600 * SECOND
PERIOD_S = 2.0
STEP_S = 0.5
HEARTBEAT_TIMEOUT = 5 * SECOND
TAU_S = 25.0
RAMP = 10.0
"""Percent a second."""


class SimUnit:
    """One cooling unit."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.controller = Controller(60.0, HEARTBEAT_TIMEOUT)
        self.fan = 60.0
        self.online = True
        self.heard_at = 0
        self.said = self.obeys

    @property
    def obeys(self) -> tuple[int, Mode]:
        """Which command, and whom."""
        return self.controller.number, self.controller.mode

    def step(self, now: int, *, failed: bool) -> None:
        self.controller.advance_to(now)
        wanted = 15.0 if failed else self.controller.wanted
        most = RAMP * STEP_S
        self.fan += max(-most, min(most, wanted - self.fan))


class World:
    """Everything outside of hotzone. `step` is called each `STEP_S`, with virtual ns; times on the wire are wall ns."""

    def __init__(self, broker: SimBroker, random: Random, faults: list[Fault]) -> None:
        self.broker = broker
        self.now = 0
        self._random = random
        self._faults = faults
        self.active: list[Fault] = []
        self.temperature = dict.fromkeys(ZONES, 24.0)
        self.units = {name: SimUnit(name) for name in UNITS}
        self._sequence: dict[str, int] = {}
        self._said: dict[str, list[bytes]] = {}
        self._due = {f"{zone}/{zone}-{name}": random.uniform(0, PERIOD_S) for zone in ZONES for name in SENSORS}
        self._report_due = {name: random.uniform(0, 5.0) for name in UNITS}
        self._stuck: dict[str, float] = {}
        self._offline: set[str] = set()
        broker.hear = self.hear

    # What hotzone says

    def hear(self, topic: str, payload: bytes) -> PubAckReasonCode:
        """A heartbeat or a command."""
        if topic == "hotzone/sim/heartbeat":
            for unit in self.units.values():
                if unit.online:
                    unit.controller.heartbeat(self.now)
                    unit.heard_at = self.now
        for unit in self.units.values():
            if topic == f"dc/h1/units/{unit.name}/command":
                if not unit.online:
                    return PubAckReasonCode.NO_MATCHING_SUBSCRIBERS
                unit.controller.command(EPOCH + self.now, payload, retained=False, deaf=self.is_(unit.name, "unit-deaf"))
        return PubAckReasonCode.SUCCESS

    # What happens

    def is_(self, target: str, *kinds: str) -> bool:
        """Whether such a fault befalls it now."""
        return any(fault.kind in kinds and target in fault.target.split() for fault in self.active)

    def size_of(self, target: str, kind: str) -> float:
        return sum(fault.size for fault in self.active if fault.kind == kind and fault.target == target)

    def step(self, now: int, begin: Callable[[Fault], None], end: Callable[[Fault], None]) -> None:
        """Let the world go on to `now`."""
        self.now = now
        seconds = now / SECOND
        for fault in [fault for fault in self.active if fault.until <= seconds]:
            self.active.remove(fault)
            self._stuck.pop(fault.target, None)
            end(fault)
        for fault in [fault for fault in self._faults if fault.at <= seconds]:
            self._faults.remove(fault)
            self.active.append(fault)
            begin(fault)
        self._physics()
        self._gateways()
        for sensor, due in self._due.items():
            if due <= seconds:
                self._due[sensor] = due + PERIOD_S * (1 + self._random.uniform(-0.02, 0.02))
                self._measure(sensor)
        for name, due in self._report_due.items():
            unit = self.units[name]
            if due <= seconds or unit.said != unit.obeys:
                self._report_due[name] = seconds + 5.0
                unit.said = unit.obeys
                self._report(unit)

    def _physics(self) -> None:
        flow = 0.0
        for unit in self.units.values():
            unit.step(self.now, failed=self.is_(unit.name, "unit-failed"))
            flow += unit.fan / 100 / len(self.units)
        for zone, celsius in self.temperature.items():
            heat = 0.75 + max(0.0, self.size_of(zone, "heat") - 0.75 if self.size_of(zone, "heat") else 0.0)
            rest = 17.0 + 9.5 * heat * (1.6 - flow)
            self.temperature[zone] = celsius + (rest - celsius) * STEP_S / TAU_S

    def _gateways(self) -> None:
        for zone in ZONES:
            for rack in ("r01", "r02"):
                gateway = f"{zone}-{rack}"
                lost = self.is_(gateway, "gateway")
                if lost != (gateway in self._offline):
                    self._offline ^= {gateway}
                    self.broker.publish(f"dc/h1/gateways/{gateway}/state", b"offline" if lost else b"online")
        for unit in self.units.values():
            lost = self.is_(unit.name, "unit-offline")
            if lost == unit.online:
                unit.online = not lost
                self.broker.publish(f"dc/h1/units/{unit.name}/state", b"offline" if lost else b"online")

    def silent(self, sensor: str) -> bool:
        """Whether nothing comes from the thermometer."""
        zone, _, rest = sensor.partition("/")
        return self.is_(sensor, "silent") or self.is_(rest.partition("/")[0], "gateway") or zone not in ZONES

    def honest(self, zone: str) -> bool:
        """Whether every thermometer of the zone says what is so."""
        names = [f"{zone}/{zone}-{name}" for name in SENSORS]
        lies = ("silent", "stuck", "spike", "garbage", "late", "again")
        return not any(self.is_(name, *lies) or self.silent(name) for name in names)

    def _measure(self, sensor: str) -> None:
        zone = sensor.partition("/")[0]
        if self.silent(sensor):
            return
        value = round(self.temperature[zone] + self._random.gauss(0, 0.03), 2)
        measured = EPOCH + self.now
        if self.is_(sensor, "stuck"):
            value = self._stuck.setdefault(sensor, value)
        if self.is_(sensor, "spike"):
            value = round(value + self.size_of(sensor, "spike"), 2)
        if self.is_(sensor, "late"):
            measured -= 40 * SECOND
        topic = f"dc/h1/{sensor}"
        if self.is_(sensor, "garbage"):
            self.broker.publish(topic, self._random.choice([b"", b"nan", b"{}", b"\xff\xfe", b"true", b'{"value":"hot"}', b"[" * 300]))
            return
        number = self._sequence[sensor] = self._sequence.get(sensor, 0) + 1
        payload = json.encode({"value": value, "unit": "C", "time": measured // 1_000_000, "sequence": number})
        said = self._said.setdefault(sensor, [])
        said.append(payload)
        if self.is_(sensor, "again"):
            for old in said[-6:-1]:
                self.broker.publish(topic, old, reading=True)
            self.broker.count("said again")
        self.broker.publish(topic, payload, reading=True)

    def _report(self, unit: SimUnit) -> None:
        if self.is_(unit.name, "unit-silent") or not unit.online:
            return
        controller = unit.controller
        report = {
            "fan": round(unit.fan, 1),
            "command": controller.commanded,
            "number": controller.number,
            "mode": str(controller.mode),
            "time": (EPOCH + self.now) // 1_000_000,
        }
        self.broker.publish(f"dc/h1/units/{unit.name}/report", json.encode(report))

    @property
    def at_full(self) -> bool:
        """Whether every unit that nobody drives by hand wants full speed."""
        return all(unit.controller.wanted >= 100.0 for unit in self.units.values() if unit.controller.mode is not Mode.MANUAL)
