"""Simulated halls for tests: a demo-like site, and short ways to run it."""

import json
from collections.abc import Iterable

from hotzone.config.model import Hall, Limit, QualityRules, Rack, Role, Sensor, Site, Unit, Zone
from hotzone.config.service import HallSimulation, Simulation
from hotzone.config.units import HOUR, SECOND
from hotzone.sensors.hall import Fault, SimulatedHall, TimedMessage

START = 1_700_006_400 * SECOND // (24 * HOUR) * (24 * HOUR) + 10 * HOUR
"""Ten in the morning, UTC."""
POSITIONS = (("in-top", Role.INLET), ("in-mid", Role.INLET), ("in-bot", Role.INLET), ("out-top", Role.OUTLET))
LIMITS = (Limit(rule="inlet-high", above=27.0), Limit(rule="inlet-critical", above=32.0), Limit(rule="inlet-low", below=18.0))


def hall_site(
    zones: Iterable[str] = ("A1", "A2", "B1", "B2"),
    racks: int = 10,
    *,
    settings: HallSimulation | None = None,
    quality: QualityRules | None = None,
    positions: Iterable[tuple[str, Role]] = POSITIONS,
) -> Site:
    """One hall, `h`, one unit a zone, each nearest to its own."""
    names = tuple(zones)
    built = tuple(
        Zone(id=zone, hall="h", limits=LIMITS, racks=tuple(_rack(zone, row, place, quality, tuple(positions)) for place in range(racks)))
        for row, zone in enumerate(names)
    )
    units = tuple(_unit(number, names) for number in range(len(names)))
    simulation = Simulation(halls={} if settings is None else {"h": settings})
    return Site(name="test", halls=(Hall(id="h", zones=built, units=units),), simulation=simulation)


def _rack(zone: str, row: int, place: int, quality: QualityRules | None, positions: tuple[tuple[str, Role], ...]) -> Rack:
    rack = f"{zone}-r{place + 1:02d}"
    sensors = tuple(
        Sensor(
            id=f"{zone}/{rack}/{position}",
            zone=zone,
            rack=rack,
            position=position,
            topic=f"dc/h/{zone}/{rack}/{position}",
            gateway=rack,
            role=role,
            quality=quality or QualityRules(),
        )
        for position, role in positions
    )
    return Rack(id=rack, x=0.6 * place, y=3.0 * row, sensors=sensors)


def _unit(number: int, zones: tuple[str, ...]) -> Unit:
    topics = {f"{kind}_topic": f"dc/h/units/crac-{number + 1}/{kind}" for kind in ("command", "report", "state")}
    serves = sorted(range(len(zones)), key=lambda zone: (abs(zone - number), zone))
    return Unit(id=f"crac-{number + 1}", hall="h", serves=tuple(zones[zone] for zone in serves), **topics)


def hall(site: Site | None = None, *faults: str, seed: int = 1, start: int = START, **options: object) -> SimulatedHall:
    """A hall that starts at ten in the morning, unless said otherwise."""
    site = site or hall_site()
    return SimulatedHall(site, site.halls[0], start, seed, [Fault.parse(fault) for fault in faults], **options)


def command(fan: float, number: int, expires: int = 2**50) -> bytes:
    """A command as it comes off the wire; `expires` in ms."""
    return json.dumps({"fan": fan, "number": number, "issued": 0, "expires": expires}).encode()


def readings(messages: Iterable[TimedMessage], sensor: str) -> list[dict[str, float]]:
    """The payloads of one thermometer, which must be JSON."""
    return [json.loads(message.payload) for message in messages if message.topic == f"dc/h/{sensor}"]


def notes(messages: Iterable[TimedMessage]) -> list[dict[str, object]]:
    """The payloads of all notes."""
    return [json.loads(message.payload) for message in messages if message.topic.endswith("/note")]
