"""The present state of a site, whole or as what has changed since it was last looked at."""

from collections.abc import Iterator, Mapping
from typing import Final, Protocol, TypeVar

from ...config.model import Site
from ...pipeline import Pipeline
from ...sensors.reading import Quality
from .shapes import AlarmNow, Changes, Reading, ReplayNow, State, UnitNow, ZoneNow

QUALITIES: Final = {Quality.GOOD: 0, Quality.UNCERTAIN: 1, Quality.BAD: 2, Quality.STALE: 3}
_Shape = TypeVar("_Shape")
_UNKNOWN: Final[Reading] = (None, 3, "never heard")


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
        self._sensors = room.site.sensors
        self._last = State(0, 0.0, [_UNKNOWN] * len(self._sensors), {}, {}, [], {})

    @property
    def state(self) -> State:
        """Everything, as of the last look."""
        return self._last

    def look(self) -> Changes:
        """What is other than at the last look."""
        before, now = self._last, self._take()
        self._last = now
        values: list[float | None] = []
        quality: list[tuple[int, int, str | None]] = []
        for index, (then, this) in enumerate(zip(before.sensors, now.sensors, strict=True)):
            if then != this:
                if then[0] != this[0]:
                    values += (index, this[0])
                if then[1:] != this[1:]:
                    quality.append((index, this[1], this[2]))
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

    def _take(self) -> State:
        room, pipeline = self._room, self._room.pipeline
        if pipeline is None:
            return State(room.now(), room.rate, self._last.sensors, {}, {}, [], {}, room.replay)
        hall = pipeline.hall
        return State(
            room.now(),
            room.rate,
            list(self._readings(pipeline)),
            {zone: ZoneNow(_rounded(one.value), str(one.condition), _rounded(one.demand.told, 1)) for zone, one in pipeline.zones.items()},
            {unit.id: _unit(pipeline, unit.id) for unit in room.site.units},
            [*_alarms(pipeline)],
            dict(hall.maintenance),
            room.replay,
        )

    def _readings(self, pipeline: Pipeline) -> Iterator[Reading]:
        zones = {zone: one.sensors for zone, one in pipeline.zones.items()}
        for sensor in self._sensors:
            known = zones[sensor.zone].get(sensor.id)
            if known is None:
                yield _UNKNOWN
            else:
                quality = QUALITIES[known.quality]
                yield (_rounded(known.celsius), quality, (known.cause or "never heard") if quality else None)


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
            one.why if one.by else None,
            one.until,
            one.first_out,
        )


def _rounded(value: float | None, digits: int = 2) -> float | None:
    return None if value is None else round(value, digits)
