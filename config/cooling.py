"""Cooling units from a pattern and from a list: where they stand, which zones they serve, nearest first, and their thermometers."""

from collections import Counter
from collections.abc import Mapping
from math import dist
from typing import Final, NamedTuple, cast

from msgspec import structs

from .inherit import Level, thermometers
from .kinds import ID, ID_EXPECTED
from .model import Role, Sensor, Unit, Zone
from .plan import CoolingPlan
from .problems import join, nearest, show
from .reader import Given, Raw, Reader, Values, good, make
from .secrets import Secret
from .service import Topics
from .tables import UNIT, UNIT_SENSOR
from .templates import fill, numbered
from .thermometers import Place, sensors, specs

_SHORTEST_KEY: Final = 16
"""Bytes: a key that could be guessed is none."""
_BESIDE: Final = 0.9
"""From the last rack of a row to a unit at its end, metres."""


class HallPlan(NamedTuple):
    """What a unit has to know of its hall."""

    id: str
    key: str
    level: Level
    zones: tuple[Zone, ...]
    topics: Topics
    known: Mapping[str, str]
    """Placeholders of topics: site and hall."""
    centres: Mapping[str, tuple[float, float]]
    """By zone, metres."""


def make_units(reader: Reader, hall: HallPlan, raw: Raw) -> tuple[tuple[Unit, ...], tuple[Zone, ...]]:
    """The units of a hall, and its zones with the units' thermometers in them."""
    cooling = hall.level.cooling
    plan = make(CoolingPlan, {name: value for name, value in good(cooling).items() if name in {"count", "name"}})
    single = {name: (content, at) for name, content, at in reader.tables(raw, "units", hall.key)}
    names = [numbered(plan.name, n, {"hall": hall.id}) for n in range(1, plan.count + 1)]
    if (bad := next((name for name in names if not ID.fullmatch(name)), None)) is not None:
        reader.problem(_key(cooling, "name", hall.key), f"the name {show(bad)}", ID_EXPECTED)
        return (), hall.zones
    alone = [name for name in single if name not in names]
    if not reader.grow("units", len(names) + len(alone), _key(cooling, "count", hall.key)) or not hall.zones:
        return (), hall.zones
    places = [*_ends(hall, len(names)), *_ends(hall, len(alone))]
    units: list[Unit] = []
    air: dict[str, list[Sensor]] = {}
    for name, (x, y) in zip((*names, *alone), places, strict=True):
        content, at = single.get(name, ({}, join(hall.key, f"units.{name}")))
        values = {**cooling, **reader.values(content, at, UNIT, also=("sensors",))}
        unit = _unit(reader, hall, name, values, at, (x, y))
        units.append(unit)
        if unit.serves:
            entries = thermometers(reader, hall.level.unit_sensors, content, at, UNIT_SENSOR)
            found = specs(reader, hall.level, entries, (Role.SUPPLY, Role.RETURN), hall.topics.reading)
            if reader.grow("thermometers", len(found), at):
                known = {**hall.known, "zone": unit.serves[0], "rack": name, "gateway": name}
                air.setdefault(unit.serves[0], []).extend(sensors(Place(unit.serves[0], name, name, known), found))
    return tuple(units), tuple(structs.replace(zone, air=tuple(air.get(zone.id, ()))) for zone in hall.zones)


def _unit(reader: Reader, hall: HallPlan, name: str, values: Values, key: str, place: tuple[float, float]) -> Unit:
    known = {name: value for name, value in good(values).items() if name in UNIT.keys}
    known["key"] = _secret(reader, values["key"], {**hall.known, "unit": name}) if "key" in known else None
    x, y = (value if isinstance(value := known.get(axis), float) else start for axis, start in zip("xy", place, strict=True))
    names = {**hall.known, "unit": name}
    known |= {"id": name, "hall": hall.id, "x": x, "y": y, "serves": _serves(reader, hall.centres, values.get("serves"), (x, y), key)}
    topics = {"command_topic": hall.topics.command, "report_topic": hall.topics.report, "state_topic": hall.topics.unit}
    unit = make(Unit, {**known, **{field: fill(template, names) for field, template in topics.items()}})
    if unit.floor > unit.ceiling:
        written = _key(values, "floor", "") or _key(values, "ceiling", key)
        reader.problem(written, f"floor {unit.floor:g} and ceiling {unit.ceiling:g}", "a floor that is not above the ceiling")
    return unit


def _secret(reader: Reader, given: Given, names: Mapping[str, str]) -> Secret | None:
    """The key of one unit, which is long enough to be one."""
    ((source, place),) = cast("Mapping[str, str]", given.value).items()
    for name, value in names.items():
        place = place.replace(f"{{{name}}}", value) if isinstance(place, str) else place
    secret = reader.secret({source: place}, given.key)
    if secret is not None and len(secret.reveal().encode()) < _SHORTEST_KEY:
        reader.problem(
            given.key, "a key that is too short (not shown)", f"at least {_SHORTEST_KEY} bytes, such as `openssl rand -hex 32` prints"
        )
    return secret


def _serves(
    reader: Reader, centres: Mapping[str, tuple[float, float]], given: Given | None, place: tuple[float, float], key: str
) -> tuple[str, ...]:
    """Ids of the zones, nearest first; zones equally far keep the order of the file."""
    order = sorted(centres, key=lambda name: round(dist(centres[name], place), 6))
    match None if given is None else given.value:
        case int() as count:
            return tuple(order[:count])
        case tuple() as wanted:
            for name in wanted:
                if name not in centres:
                    at = given.key if given is not None else key
                    reader.problem(at, show(name), "a zone of this hall", nearest(name, centres))
            return tuple(name for name in order if name in wanted)
    return tuple(order)


def _ends(hall: HallPlan, count: int) -> list[tuple[float, float]]:
    """Places for `count` units, shared out among the zones: at the ends of their rows by turns, first the end away from the middle of the hall."""
    shares = Counter(index * len(hall.zones) // count for index in range(count))
    middle = sum(x for x, _ in hall.centres.values()) / len(hall.zones)
    places: list[tuple[float, float]] = []
    for home, many in sorted(shares.items()):
        zone = hall.zones[home]
        along, across = [rack.x for rack in zone.racks] or [0.0], [rack.y for rack in zone.racks] or [0.0]
        outward_is_left = hall.centres[zone.id][0] <= middle
        for ordinal in range(many):
            x = min(along) - _BESIDE if outward_is_left == (ordinal % 2 == 0) else max(along) + _BESIDE
            share = (ordinal // 2 + 1) / ((many + 1) // 2 + 1)
            places.append((round(x, 3), round(min(across) + (max(across) - min(across)) * share, 3)))
    return places


def _key(values: Values, name: str, otherwise: str) -> str:
    return values[name].key if name in values else otherwise
