"""Racks from a pattern and from a list, on the floor plan of their hall."""

from collections.abc import Mapping
from math import ceil, isqrt
from typing import Final, NamedTuple

from .inherit import AT_RACK, Level, inherit
from .kinds import ID, ID_EXPECTED
from .model import Rack, Role
from .plan import Layout
from .problems import show
from .reader import Raw, Reader, good, make
from .service import Topics
from .tables import RACK
from .templates import numbered
from .thermometers import Place, Spec, sensors, specs

CROSS_AISLE: Final = 1.8
"""Between two zones that stand side by side, metres."""


class RackPlan(NamedTuple):
    """One rack, not yet placed. `raw` is what the file says about this one alone."""

    id: str
    raw: Raw | None
    key: str


class ZonePlan(NamedTuple):
    """One zone, with its racks counted but not made."""

    id: str
    key: str
    raw: Raw
    level: Level
    layout: Layout
    racks: tuple[RackPlan, ...]

    @property
    def columns(self) -> int:
        """Racks of its longest row."""
        return max(1, ceil(len(self.racks) / self.layout.rows))

    def free(self, index: int) -> tuple[float, float]:
        """Where the rack of this index stands, metres from the zone's first."""
        row, column = divmod(index, self.columns)
        return column * self.layout.rack_pitch, row * self.layout.aisle_pitch


def plan_racks(
    reader: Reader, hall: str, zone: str, layout: Layout, name_key: str, count_key: str, raw: Raw, key: str
) -> tuple[RackPlan, ...]:
    """The racks of one zone: those of the pattern first, then those that only the table `racks` names."""
    single = {name: (content, at) for name, content, at in reader.tables(raw, "racks", key)}
    if not reader.grow("racks", layout.count + len(single), count_key or key):
        return ()
    names = [numbered(layout.name, n, {"hall": hall, "zone": zone}) for n in range(1, layout.count + 1)]
    bad = next((name for name in names if not ID.fullmatch(name)), None)
    if bad is not None:
        reader.problem(name_key or key, f"the name {show(bad)}", ID_EXPECTED)
        return ()
    plans = [RackPlan(name, *single.pop(name, (None, key))) for name in names]
    return (*plans, *(RackPlan(name, content, at) for name, (content, at) in single.items()))


def origins(zones: list[ZonePlan], across: int | None) -> list[tuple[float, float]]:
    """Where the first rack of each zone of a hall stands, metres: side by side, then behind each other."""
    if not zones:
        return []
    side = across or isqrt(len(zones) - 1) + 1
    width = max(zone.columns * zone.layout.rack_pitch for zone in zones) + CROSS_AISLE
    depth = max(zone.layout.rows * zone.layout.aisle_pitch for zone in zones)
    return [
        (
            zone.layout.x if zone.layout.x is not None else index % side * width,
            zone.layout.y if zone.layout.y is not None else index // side * depth,
        )
        for index, zone in enumerate(zones)
    ]


def make_racks(reader: Reader, known: Mapping[str, str], plan: ZonePlan, origin: tuple[float, float], topics: Topics) -> tuple[Rack, ...]:
    """The racks of one zone with their thermometers; `known` are the placeholders of its topics."""
    if reader.full:
        return ()
    common = specs(reader, plan.level, plan.level.sensors, (Role.INLET, Role.OUTLET), topics.reading)
    racks: list[Rack] = []
    for index, rack in enumerate(plan.racks):
        x, y = (round(start + along, 3) for start, along in zip(origin, plan.free(index), strict=True))
        gateway, own = rack.id, common
        if rack.raw is not None:
            values = good(reader.values(rack.raw, rack.key, RACK, also=AT_RACK))
            x, y, gateway = _number(values.get("x"), x), _number(values.get("y"), y), str(values.get("gateway", gateway))
            own = _own(reader, plan, rack.raw, rack.key, topics)
        if not reader.grow("thermometers", len(own), plan.key):
            return tuple(racks)
        place = Place(plan.id, rack.id, gateway, {**known, "rack": rack.id, "gateway": gateway})
        racks.append(Rack(id=rack.id, x=x, y=y, sensors=sensors(place, own)))
    return tuple(racks)


def _own(reader: Reader, plan: ZonePlan, raw: Raw, key: str, topics: Topics) -> list[Spec]:
    level = inherit(reader, plan.level, raw, key, AT_RACK)
    return specs(reader, level, level.sensors, (Role.INLET, Role.OUTLET), topics.reading)


def _number(value: object, otherwise: float) -> float:
    return value if isinstance(value, float) else otherwise


def read_layout(level: Level) -> Layout:
    """The layout that holds at a level."""
    return make(Layout, good(level.layout))


def centre(racks: tuple[Rack, ...]) -> tuple[float, float]:
    """The middle of some racks, metres."""
    if not racks:
        return 0.0, 0.0
    return sum(rack.x for rack in racks) / len(racks), sum(rack.y for rack in racks) / len(racks)
