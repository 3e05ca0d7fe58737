"""The rollup of a run: every thermometer and zone in each minute, for charts. Made where frames are written, by whoever writes them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

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
    """The names: thermometers by id, then zones."""
    return (*(sensor.id for sensor in site.sensors), *(zone.id for zone in site.zones))


class Sampler:
    """Finds the temperatures in frames: place of the series, log time, °C. Alone, it is what `rebuild_rollup` takes; zones are not in frames."""

    def __init__(self, site: Site) -> None:
        self._places = {sensor.topic: place for place, sensor in enumerate(site.sensors)}

    def __call__(self, frames: Iterable[Frame]) -> Iterator[Sampled]:
        """The temperatures, in order."""
        places = self._places
        for at, topic, payload in frames:
            place = places.get(topic)
            if place is not None:
                try:
                    yield place, at, decode(payload).celsius
                except PayloadError:
                    continue


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
