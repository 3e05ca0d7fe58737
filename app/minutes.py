"""The rollup of a run: every thermometer, zone and cooling unit in each minute, for charts. Made where frames are written, by whoever writes them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from msgspec import Struct, ValidationError, json

from ..config.model import Site
from ..config.units import MINUTE
from ..pipeline import Pipeline
from ..sensors.frame import Frame
from ..sensors.payload import PayloadError, decode
from ..sensors.recording import Rollup
from ..sensors.recording.rollup import Sampled


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


def sampled(payload: bytes, *, report: bool) -> float | None:
    """What a frame says, °C of a thermometer or percent of a unit's report; None for nothing that can be used."""
    try:
        return _report(payload).fan if report else decode(payload).celsius
    except (PayloadError, ValidationError, ValueError, RecursionError):
        return None


class Sampler:
    """Finds the values in frames: place of the series, log time, °C or percent. Alone, it is what `rebuild_rollup` takes; zones are not in frames."""

    def __init__(self, site: Site) -> None:
        reports = len(site.sensors) + len(site.zones)
        self._places = {sensor.topic: (place, False) for place, sensor in enumerate(site.sensors)}
        self._places |= {unit.report_topic: (place, True) for place, unit in enumerate(site.units, reports)}

    def __call__(self, frames: Iterable[Frame]) -> Iterator[Sampled]:
        """The values, in order."""
        places = self._places
        for at, topic, payload in frames:
            known = places.get(topic)
            if known is not None and (value := sampled(payload, report=known[1])) is not None:
                yield known[0], at, value


class Minutes:
    """Collects the minutes of one run. One thread only."""

    def __init__(self, site: Site) -> None:
        self.series = series_of(site)
        self._sampler = Sampler(site)
        self._zones = {zone.id: len(site.sensors) + index for index, zone in enumerate(site.zones)}
        self._rollup = Rollup()
        self._minute = 0

    def take(self, frames: Sequence[Frame], pipeline: Pipeline | None, rows: Rows) -> None:
        """Take frames that are about to be written, and the zones as they were before; give the minutes that are over to `rows`."""
        if not frames:
            return
        if pipeline is not None and pipeline.at:
            values = ((self._zones[name], pipeline.at, zone.value) for name, zone in pipeline.zones.items() if name in self._zones)
            self._rollup.feed((place, at, value) for place, at, value in values if value is not None)
        self._rollup.feed(self._sampler(frames))
        minute = frames[0].at // MINUTE
        if minute != self._minute:
            self._minute = minute
            if finished := self._rollup.take(frames[0].at):
                rows.rollup(finished, self.series)

    def end(self, rows: Rows) -> None:
        """Give the last minute, too."""
        if finished := self._rollup.take():
            rows.rollup(finished, self.series)
