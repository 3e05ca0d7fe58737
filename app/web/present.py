"""The present state of a site, whole or as what has changed since it was last looked at."""

from collections.abc import Iterator, Mapping
from math import isnan
from typing import Final, Protocol, TypeVar

import numpy as np
from msgspec import structs

from ...config.model import Site
from ...pipeline import Pipeline
from ...pipeline.alarms import ASIDE
from ...pipeline.zones import Glance
from ...sensors.arrays import Floats
from ...sensors.reading import Quality
from .shapes import AlarmNow, Changes, Reading, ReplayNow, State, UnitNow, ZoneNow

QUALITIES: Final = {Quality.GOOD: 0, Quality.UNCERTAIN: 1, Quality.BAD: 2, Quality.STALE: 3}
_Shape = TypeVar("_Shape")
_GOOD: Final = (0, None)
_UNKNOWN: Final = (QUALITIES[Quality.STALE], "never heard")


class Room(Protocol):
    """What is looked at: a run, or a recording that is played. It may be of another moment, or another state, at each look."""

    @property
    def site(self) -> Site:
        """The site."""

    @property
    def pipeline(self) -> Pipeline | None:
        """Its fold; None before the run has begun."""

    @property
    def rate(self) -> float:
        """Hall seconds a wall second; 0 while it is held."""

    @property
    def replay(self) -> ReplayNow | None:
        """Where a recording stands; None for a run."""

    def now(self) -> int:
        """Log time."""


class Present:
    """Looks at a room. `look` gives what has changed; `state` everything, as of the last look."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._begin(room.site)

    def _begin(self, site: Site) -> None:
        self.site = site
        """Whose thermometers these are: that of the last look."""
        count = len(site.sensors)
        self._celsius: Floats = np.full(count, np.nan)
        self._poor: dict[int, tuple[int, str | None]] = dict.fromkeys(range(count), _UNKNOWN)
        self._rest = State(0, 0.0, (), {}, {}, [], {})

    @property
    def state(self) -> State:
        """Everything, as of the last look."""
        sensors: list[Reading] = [(None if isnan(celsius) else celsius, 0, None) for celsius in self._celsius.tolist()]
        for place, (quality, cause) in self._poor.items():
            sensors[place] = (sensors[place][0], quality, cause)
        return structs.replace(self._rest, sensors=sensors)

    def look(self) -> Changes:
        """What is other than at the last look. Of a recording with another site by now, `site` is that one, and everything is other."""
        pipeline = self._room.pipeline
        site = self._room.site if pipeline is None else pipeline.site
        if site is not self.site and site != self.site:
            self._begin(site)
        glance = None if pipeline is None else pipeline.glance()
        before, now = self._rest, self._take(pipeline, glance)
        self._rest = now
        values, quality = ([], []) if glance is None else self._heard(glance)
        return Changes(
            now.at,
            now.rate,
            values,
            quality,
            _changed(before.zones, now.zones),
            _changed(before.units, now.units),
            None if before.alarms == now.alarms else now.alarms,
            None if before.maintenance == now.maintenance else now.maintenance,
            None if before.replay == now.replay else now.replay,
        )

    def _heard(self, glance: Glance) -> tuple[list[float | None], list[tuple[int, int, str | None]]]:
        """The thermometers that say something else, or are believed more or less."""
        celsius = np.round(glance.celsius, 2)
        poor: dict[int, tuple[int, str | None]] = {
            place: (QUALITIES[known.quality], known.cause or "never heard") for place, known in glance.poor.items()
        }
        before, now = self._poor.items(), poor.items()
        believed = sorted({place for place, _ in before ^ now})
        changed = np.flatnonzero((celsius != self._celsius) & ~(np.isnan(celsius) & np.isnan(self._celsius)))
        self._celsius, self._poor = celsius, poor
        values = [
            part
            for place, value in zip(changed.tolist(), celsius[changed].tolist(), strict=True)
            for part in (place, None if isnan(value) else value)
        ]
        return values, [(place, *poor.get(place, _GOOD)) for place in believed]

    def _take(self, pipeline: Pipeline | None, glance: Glance | None) -> State:
        room = self._room
        if pipeline is None or glance is None:
            return State(room.now(), room.rate, (), {}, {}, [], {}, room.replay)
        return State(
            room.now(),
            room.rate,
            (),
            {zone: ZoneNow(_rounded(one.value), str(one.condition), _rounded(one.demand.told, 1)) for zone, one in glance.zones.items()},
            {unit.id: _unit(pipeline, unit.id) for unit in pipeline.site.units},
            [*_alarms(pipeline)],
            dict(pipeline.hall.maintenance),
            room.replay,
        )


def _changed(before: Mapping[str, _Shape], now: Mapping[str, _Shape]) -> dict[str, _Shape]:
    return {name: one for name, one in now.items() if before.get(name) != one}


def _unit(pipeline: Pipeline, unit: str) -> UnitNow:
    known, override = pipeline.units.get(unit), pipeline.hall.overrides.get(unit)
    until = None if override is None else override.until
    if known is None:
        return UnitNow(None, None, None, None, "unknown", "", until)
    return UnitNow(
        _rounded(known.fan, 1),
        _rounded(known.commanded, 1),
        _rounded(known.supply),
        _rounded(known.returned),
        known.condition,
        known.mode,
        until,
    )


def _alarms(pipeline: Pipeline) -> Iterator[AlarmNow]:
    for one in [*pipeline.hall.alarms.values()]:
        yield AlarmNow(
            one.id,
            one.rule,
            str(one.priority),
            str(one.state),
            one.at,
            one.zone,
            one.hall,
            one.unit,
            _rounded(one.value),
            one.limit,
            one.cause,
            one.by,
            one.why if one.by or one.state in ASIDE else None,
            one.until,
            one.first_out,
        )


def _rounded(value: float | None, digits: int = 2) -> float | None:
    return None if value is None else round(value, digits)
