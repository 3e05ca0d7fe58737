"""A fault as people write it, `crac-failure:crac-1@30s+5m`, and the place in a hall that it means."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

import numpy as np
from msgspec import Struct

from ...config.durations import parse_duration
from ...config.model import Hall, Site
from ...config.problems import Unfit
from .effects import Place
from .layout import Layout
from .scenarios import SCENARIOS, Scenario

_SPEC = re.compile(r"(?P<kind>[^:@*=]+)(:(?P<target>[^@*=]*))?([*=](?P<size>[^@]+))?@(?P<start>[^+]+)(\+(?P<duration>.+))?")


class FaultError(ValueError):
    """A fault that names what does not exist, or is not written as one."""


class Fault(Struct, frozen=True, kw_only=True):
    """One fault. Times are ns of hall time; `start` counts from the hall's start, a `duration` of None lasts for ever."""

    kind: str
    target: str = ""
    """Id of a unit, zone, rack, thermometer or hall; empty for every hall."""
    start: int
    duration: int | None = None
    size: float
    """How bad, in the unit that the kind's scenario names."""

    @classmethod
    def parse(cls, text: str) -> "Fault":
        """Read `kind[:target][*size]@start[+duration]`; `=size` will do for `*size`. What is left out is the scenario's default.

        Raises:
            FaultError: If it is not written so, or there is no such kind.
        """
        found = _SPEC.fullmatch(text.strip())
        if found is None:
            msg = f"{text!r} is no fault: expected kind[:target][*size]@start[+duration], such as crac-failure:crac-1@30s+5m"
            raise FaultError(msg)
        scenario = scenario_of(found["kind"])
        length = found["duration"]
        return cls(
            kind=found["kind"],
            target=found["target"] or "",
            start=_duration(found["start"], text),
            duration=scenario.duration if length is None else _duration(length, text),
            size=scenario.size if found["size"] is None else _size(found["size"], text),
        )

    @property
    def end(self) -> int | None:
        """When it is over, ns since the hall's start; None for never."""
        return None if self.duration is None else self.start + self.duration

    @property
    def title(self) -> str:
        """What a note says of it."""
        scenario = SCENARIOS[self.kind]
        size = f" ({self.size:g} {scenario.unit})" if scenario.unit else ""
        return f"{self.target or 'hall'} {self.kind}{size}"


def scenario_of(kind: str) -> Scenario:
    """The scenario of that name, or a FaultError with the nearest one."""
    if kind not in SCENARIOS:
        raise FaultError(_unknown("kind of fault", kind, SCENARIOS))
    return SCENARIOS[kind]


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = get_close_matches(name, names, n=1, cutoff=0.3)
    return f"no {what} {name!r}" + (f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(names[:8])}" if names else "")


def _duration(text: str, whole: str) -> int:
    try:
        return parse_duration(text)
    except Unfit as unfit:
        msg = f"{text!r} in {whole!r} is no duration: expected such as 30s, 5m, 1h30m"
        raise FaultError(msg) from unfit


def _size(text: str, whole: str) -> float:
    try:
        size = float(text)
    except ValueError:
        size = float("nan")
    if not abs(size) < float("inf"):
        msg = f"{text!r} in {whole!r} is no number"
        raise FaultError(msg)
    return size


def check_target(site: Site, fault: Fault) -> None:
    """Raise FaultError unless the fault's target exists in the site and its kind can befall it."""
    if not fault.target:
        return
    scenario = scenario_of(fault.kind)
    names = {name for hall in site.halls for scope in scenario.targets for name in _names(hall, scope)}
    if fault.target not in names:
        raise FaultError(_unknown(f"{' or '.join(scenario.targets)} for {fault.kind}", fault.target, names))


def _names(hall: Hall, scope: str) -> tuple[str, ...]:
    match scope:
        case "hall":
            return (hall.id,)
        case "unit":
            return tuple(unit.id for unit in hall.units)
        case "zone":
            return tuple(zone.id for zone in hall.zones)
        case "rack":
            return tuple(rack.id for zone in hall.zones for rack in zone.racks)
        case _:
            return tuple(sensor.id for zone in hall.zones for sensor in zone.sensors)


def place_of(fault: Fault, hall: Hall, layout: Layout) -> Place | None:
    """Where in this hall the fault acts; None if it belongs to another hall."""
    scenario = SCENARIOS[fault.kind]
    target = fault.target
    scope = "hall" if target in {"", hall.id} else next((scope for scope in scenario.targets if target in _names(hall, scope)), None)
    none = np.zeros(0, dtype=np.int64)
    match scope:
        case None:
            return None
        case "hall":
            return Place(*(np.arange(len(part)) for part in (layout.racks, layout.zones, layout.units, layout.sensors)))
        case "unit":
            return Place(none, none, np.array([layout.units.index(target)]), none)
        case "zone":
            zone = layout.zones.index(target)
            racks = np.flatnonzero(layout.rack_zone == zone)
            return Place(racks, np.array([zone]), none, np.flatnonzero(layout.sensor_zone == zone))
        case "rack":
            rack = layout.racks.index(target)
            return Place(np.array([rack]), none, none, np.flatnonzero((layout.sensor_rack == rack) & (layout.sensor_unit < 0)))
        case _:
            index = next(number for number, sensor in enumerate(layout.sensors) if sensor.id == target)
            return Place(none, none, none, np.array([index]))
