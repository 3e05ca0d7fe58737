"""The rollup of a run: every thermometer, zone and cooling unit in each minute, for charts. Made where frames are written, by whoever writes them."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Final, Protocol

import numpy as np
from msgspec import Struct, ValidationError, json

from ..config.model import Site
from ..config.units import MINUTE, SECOND
from ..pipeline import Pipeline
from ..sensors.frame import Frame
from ..sensors.hearing import hearing
from ..sensors.recording import Rollup
from ..sensors.recording.rollup import Sampled

_LOOK: Final = SECOND
"""The zones are looked at so often, by the log's time."""


class Rows(Protocol):
    """Where finished minutes go; a recording's writer is one."""

    def rollup(self, rows: Iterable[tuple[int, bytes]], series: Sequence[str]) -> None:
        """Take rows for the next commit."""


def series_of(site: Site) -> tuple[str, ...]:
    """The names: thermometers by id, then zones, then the fans of cooling units."""
    return (*(sensor.id for sensor in site.sensors), *(zone.id for zone in site.zones), *(fan_of(unit.id) for unit in site.units))


def fan_of(unit: str) -> str:
    """The name of the series that a unit's fan is: a zone may share the unit's id."""
    return f"unit:{unit}"


class _Report(Struct):
    fan: float


_report = json.Decoder(_Report).decode


class Sampler:
    """Finds the values in frames: °C of thermometers, percent of units' fans. Alone, it is what `rebuild_rollup` takes; zones are not in frames."""

    def __init__(self, site: Site) -> None:
        self._hear = hearing(site)
        self._reports = {unit.report_topic: place for place, unit in enumerate(site.units, len(site.sensors) + len(site.zones))}

    def __call__(self, frames: Sequence[Frame]) -> Sampled:
        """The values, in order of time."""
        heard = self._hear(frames)
        at = np.array([frame[0] for frame in frames], np.int64)[heard.frame]
        readings = Sampled(heard.place, at, heard.celsius)
        fans = [(place, frame[0], fan) for frame in frames if (place := self._reports.get(frame[1])) is not None for fan in _fan(frame[2])]
        return merged(readings, fans) if fans else readings


def _fan(payload: bytes) -> Iterator[float]:
    with suppress(ValidationError, ValueError, RecursionError):
        yield _report(payload).fan


def merged(sampled: Sampled, others: Sequence[tuple[int, int, float]]) -> Sampled:
    """Those and others, rows of place, time and value, in order of time."""
    place, at, value = (np.concatenate([column, np.array(more)]) for column, more in zip(sampled, zip(*others, strict=True), strict=True))
    order = np.argsort(at, kind="stable")
    return Sampled(place[order], at[order], value[order])


class Minutes:
    """Collects the minutes of one run. One thread only."""

    def __init__(self, site: Site) -> None:
        self.series = series_of(site)
        self._sampler = Sampler(site)
        self._zones = {zone.id: len(site.sensors) + index for index, zone in enumerate(site.zones)}
        self._rollup = Rollup()
        self._minute = 0
        self._looked_at = 0

    def take(self, frames: Sequence[Frame], pipeline: Pipeline | None, rows: Rows) -> None:
        """Take frames that are about to be written, and now and then the zones as they were before; give the minutes that are over to `rows`."""
        if not frames:
            return
        sampled = self._sampler(frames)
        if pipeline is not None and pipeline.at >= self._looked_at + _LOOK:
            self._looked_at = at = pipeline.at
            values = [
                (self._zones[name], at, value) for name, value in pipeline.values.items() if value is not None and name in self._zones
            ]
            sampled = merged(sampled, values) if values else sampled
        self._rollup.feed(sampled)
        minute = frames[0].at // MINUTE
        if minute != self._minute:
            self._minute = minute
            if finished := self._rollup.take(frames[0].at):
                rows.rollup(finished, self.series)

    def end(self, rows: Rows) -> None:
        """Give the last minute, too."""
        if finished := self._rollup.take():
            rows.rollup(finished, self.series)
