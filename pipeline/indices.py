"""Thermal indices of a hall: RCI, RTI, SHI and RHI, the ASHRAE class of a rack and how fast it warms.

Sources: RCI, Herrlin, ASHRAE Trans. 111(2), 2005; RTI, Herrlin, 2007; SHI and RHI, Sharma, Bash and Patel, AIAA 2002-3091; classes, ASHRAE
TC 9.9, 5th edition 2021, after its reference card. Temperatures are °C at the IT inlet unless said otherwise.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from msgspec import Struct

from ..config.model import Rack, Role, Sensor
from ..config.units import HOUR, MINUTE
from ..sensors.reading import Quality
from .pipeline import Pipeline
from .state import SensorState, ZoneState


class Envelope(NamedTuple):
    """What a class recommends and allows, °C."""

    recommended: tuple[float, float]
    allowable: tuple[float, float]


CLASSES: Final = {
    "A1": Envelope((18.0, 27.0), (15.0, 32.0)),
    "A2": Envelope((18.0, 27.0), (10.0, 35.0)),
    "A3": Envelope((18.0, 27.0), (5.0, 40.0)),
    "A4": Envelope((18.0, 27.0), (5.0, 45.0)),
    "H1": Envelope((18.0, 22.0), (5.0, 25.0)),
}
MOST_AN_HOUR: Final = 20.0
"""K an hour that equipment without tapes may see."""
_LEAST_SPAN: Final = MINUTE


class Rci(Struct, frozen=True, kw_only=True):
    """The Rack Cooling Index, percent: 100 is ideal, 96 good, 90 poor. Below 0 it says how far outside; the clamped one is for display."""

    hi: float
    lo: float
    hi_clamped: float
    lo_clamped: float
    outside: bool
    """Some inlet is outside of the allowable range: the index is marked with a star."""
    inlets: int

    @property
    def rating(self) -> str:
        """In a word, by the worse of the two."""
        worse = min(self.hi, self.lo)
        return "good" if worse >= 96 else "acceptable" if worse > 90 else "poor"


class RackFigures(Struct, frozen=True, kw_only=True):
    """One rack."""

    rack: str
    zone: str
    coolest: float
    warmest: float
    ashrae: str
    """`recommended`, the narrowest class that allows it, or `outside`."""
    rise: float | None
    """K per hour of the inlet that warms fastest, over what is remembered; None for less than a minute."""
    fast: bool
    """Faster than 20 K an hour, up or down."""


class HallFigures(Struct, frozen=True, kw_only=True):
    """One hall. What cannot be computed from the thermometers that there are, or are good, is None."""

    hall: str
    ashrae: str
    """The class that it was declared for."""
    rci: Rci | None
    rti: float | None
    """Percent: 100 is balanced, more is recirculation, less is bypass."""
    shi: float | None
    """0 is ideal; a typical goal is below 0.2."""
    rhi: float | None
    racks: tuple[RackFigures, ...]


def rci(inlets: Sequence[float], ashrae: str) -> Rci | None:
    """The index of these inlet temperatures against a class; None without any."""
    if not inlets:
        return None
    (low, high), (least, most) = CLASSES[ashrae]
    over = sum(max(0.0, one - high) for one in inlets)
    under = sum(max(0.0, low - one) for one in inlets)
    hi = 100.0 * (1.0 - over / (len(inlets) * (most - high)))
    lo = 100.0 * (1.0 - under / (len(inlets) * (low - least)))
    outside = any(not least <= one <= most for one in inlets)
    return Rci(hi=hi, lo=lo, hi_clamped=max(0.0, hi), lo_clamped=max(0.0, lo), outside=outside, inlets=len(inlets))


def rti(returned: float, supply: float, equipment: float) -> float | None:
    """100 * (return - supply) / rise through the equipment, which is weighted by air flow; None where the equipment does not warm."""
    return 100.0 * (returned - supply) / equipment if equipment > 0 else None


def shi(racks: Sequence[tuple[float, float]], supply: float) -> float | None:
    """The Supply Heat Index of racks by inlet and outlet, against the supply air; RHI is 1 less it. None where nothing warms."""
    gained = sum(outlet - supply for _, outlet in racks)
    return sum(inlet - supply for inlet, _ in racks) / gained if gained > 0 else None


def ashrae_class(coolest: float, warmest: float) -> str:
    """`recommended`, the narrowest of A1 to A4 that allows both, or `outside`."""
    low, high = CLASSES["A1"].recommended
    if low <= coolest and warmest <= high:
        return "recommended"
    allowing = (
        name for name in ("A1", "A2", "A3", "A4") if CLASSES[name].allowable[0] <= coolest and warmest <= CLASSES[name].allowable[1]
    )
    return next(allowing, "outside")


def rate(points: Sequence[tuple[int, float]]) -> float | None:
    """K per hour from the first to the last of `(ns, °C)`; None over less than a minute."""
    if len(points) < 2 or points[-1][0] - points[0][0] < _LEAST_SPAN:
        return None
    return (points[-1][1] - points[0][1]) * HOUR / (points[-1][0] - points[0][0])


def rises(pipeline: Pipeline) -> dict[str, float]:
    """By thermometer, K per hour over what is remembered of it."""
    found: dict[str, float] = {}

    def look(_: str, zone: ZoneState) -> None:
        found.update((name, one) for name, known in zone.sensors.items() if (one := rate(known.trail)) is not None)

    pipeline.each(look)
    return found


def figures(pipeline: Pipeline) -> tuple[HallFigures, ...]:
    """Every hall as the pipeline has it now, from thermometers that are good. Racks are taken to have equal air flow: it is not measured."""
    site, rising, state = pipeline.site, rises(pipeline), pipeline.state
    known = {name: sensor for zone in state.zones.values() for name, sensor in zone.sensors.items()}
    found = []
    for hall in site.halls:
        racks = [(zone.id, rack) for zone in hall.zones for rack in zone.racks]
        inlets = [value for _, rack in racks for value in _values(rack.sensors, Role.INLET, known)]
        air = [sensor for zone in hall.zones for sensor in zone.air]
        units = [state.hall.units[unit.id] for unit in hall.units if unit.id in state.hall.units]
        supply = _mean(_values(air, Role.SUPPLY, known) or [unit.supply for unit in units if unit.supply is not None])
        returned = _mean(_values(air, Role.RETURN, known) or [unit.returned for unit in units if unit.returned is not None])
        pairs = [pair for _, rack in racks if (pair := _through(rack, known)) is not None]
        equipment = _mean([outlet - inlet for inlet, outlet in pairs])
        heat = shi(pairs, supply) if supply is not None and pairs else None
        found.append(
            HallFigures(
                hall=hall.id,
                ashrae=hall.ashrae,
                rci=rci(inlets, hall.ashrae),
                rti=None if supply is None or returned is None or equipment is None else rti(returned, supply, equipment),
                shi=heat,
                rhi=None if heat is None else 1.0 - heat,
                racks=tuple(one for zone, rack in racks if (one := _rack(zone, rack, known, rising)) is not None),
            )
        )
    return tuple(found)


def _rack(zone: str, rack: Rack, known: Mapping[str, SensorState], rising: Mapping[str, float]) -> RackFigures | None:
    values = _values(rack.sensors, Role.INLET, known)
    if not values:
        return None
    rates = [rising[sensor.id] for sensor in rack.sensors if sensor.role is Role.INLET and sensor.id in rising]
    fastest = max(rates, key=abs, default=None)
    return RackFigures(
        rack=rack.id,
        zone=zone,
        coolest=min(values),
        warmest=max(values),
        ashrae=ashrae_class(min(values), max(values)),
        rise=fastest,
        fast=fastest is not None and abs(fastest) > MOST_AN_HOUR,
    )


def _through(rack: Rack, known: Mapping[str, SensorState]) -> tuple[float, float] | None:
    inlet, outlet = _mean(_values(rack.sensors, Role.INLET, known)), _mean(_values(rack.sensors, Role.OUTLET, known))
    return None if inlet is None or outlet is None else (inlet, outlet)


def _values(sensors: Iterable[Sensor], role: Role, known: Mapping[str, SensorState]) -> list[float]:
    return [
        value
        for sensor in sensors
        if sensor.role is role
        and (one := known.get(sensor.id)) is not None
        and one.quality is Quality.GOOD
        and (value := one.celsius) is not None
    ]


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
