"""Readings out of a recording: which frames, of which thermometer, in which unit."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from ...config.loader import loads
from ...config.model import Site
from ...config.problems import nearest
from ...sensors.frame import Frame
from ...sensors.hearing import Hearing, hearing
from ...sensors.payload import ABSOLUTE_ZERO, PayloadError, decode
from ...sensors.recording import Recording, RecordingDamaged
from ...sensors.samples import NONE
from ..errors import UserError

UNITS: Final = {"C": "celsius", "F": "fahrenheit", "K": "kelvin"}
"""What the column of temperatures is called."""


class Row(NamedTuple):
    """One reading. Times are ns since the epoch."""

    time: int
    """When it was measured; where its payload does not say that, when it arrived."""
    arrived: int
    sensor: str
    """Its id in the site, or its topic where there is no site."""
    zone: str
    value: float
    """In the unit that was asked for."""
    sequence: int | None


class Source:
    """The readings of a recording. `site` stands in for the recorded one; `patterns` choose ids, as `A1/*`. Raises UserError for one that chooses none."""

    def __init__(self, recording: Recording, site: Site | None, patterns: Sequence[str], unit: str) -> None:
        self.recording = recording
        self.rejected: Counter[str] = Counter()
        """Payloads that are no reading, by reason: of thermometers, or, without a site, of any topic that was asked for."""
        self.others = 0
        """Messages on topics of no thermometer of the site."""
        self.damage: list[str] = []
        self._site = site
        self._patterns = tuple(patterns)
        self._convert = _CONVERT[unit]
        self._topics: dict[str, tuple[str, str] | None] = {}
        self._sites = {source: self._site_of(source) for source in dict.fromkeys(segment.site_source for segment in recording.segments)}
        self._check_patterns()

    def _site_of(self, source: str) -> Site | None:
        return self._site or (loads(source, secrets=False) if source else None)

    def _check_patterns(self) -> None:
        """A pattern that chooses no thermometer of any site is a mistake."""
        if None in self._sites.values():
            return
        names = [sensor.id for site in self._sites.values() if site is not None for sensor in site.sensors]
        for pattern in self._patterns:
            if not any(fnmatchcase(name, pattern) for name in names):
                close = nearest(pattern, names)
                msg = f"--sensor {pattern}: no thermometer is called so" + (f"; nearest: {close}" if close else "")
                raise UserError(msg)

    def names(self, since: int | None, until: int | None) -> list[str]:
        """The ids of all thermometers that rows may have, in the order of the site; without a site, of those that have any."""
        known: dict[str, None] = {}
        for source in self._sites:
            site = self._sites[source]
            known |= dict.fromkeys(one[0] for one in (self._chosen_of(site) if site else ()) if one is not None)
        if not known:
            known = dict.fromkeys(row.sensor for row in self.rows(since, until))
            self.rejected.clear()
            self.damage.clear()
            self.others = 0
        return list(known)

    def _chosen_of(self, site: Site) -> list[tuple[str, str] | None]:
        """(id, zone) of each thermometer by its place; None for one that was not chosen."""
        return [(sensor.id, sensor.zone) if self._chosen(sensor.id) else None for sensor in site.sensors]

    def _chosen(self, name: str) -> bool:
        return not self._patterns or any(fnmatchcase(name, pattern) for pattern in self._patterns)

    def rows(self, since: int | None, until: int | None, progress: Callable[[int], None] = lambda _: None) -> Iterator[Row]:
        """Every reading that arrived from `since` to before `until`, in order of arrival."""
        sources = {segment.path: segment.site_source for segment in self.recording.segments}
        sites = {source: None if site is None else (hearing(site), self._chosen_of(site)) for source, site in self._sites.items()}
        for path, frames in self.recording.parts(since, until, damaged=self._damaged):
            if path not in sources:  # begun after we looked
                break
            site = sites[sources[path]]
            if site is not None:
                yield from self._of_site(frames, site[0], site[1])
                progress(frames[-1].at)
                continue
            for at, topic, payload in frames:
                known = self._by_topic(topic)
                if known is None:
                    continue
                try:
                    sample = decode(payload)
                except PayloadError as error:
                    self.rejected[error.reason] += 1
                    continue
                measured = at if sample.measured_at is None else sample.measured_at
                yield Row(measured, at, *known, self._convert(sample.celsius), sample.sequence)
            progress(frames[-1].at)
        self._check_topics()

    def _of_site(self, frames: Sequence[Frame], hear: Hearing, chosen: Sequence[tuple[str, str] | None]) -> Iterator[Row]:
        heard = hear(frames)
        self.others += sum(frame[1] not in hear and frame[1][:1] != "$" for frame in frames)
        for fault in heard.faults:
            place = hear.place(frames[fault.frame].topic, None)
            if place is None or chosen[place] is not None:
                self.rejected[fault.reason] += 1
        for number, place, celsius, measured_at, sequence in zip(*(column.tolist() for column in heard[:5]), strict=True):
            if (known := chosen[place]) is not None:
                at = frames[number].at
                measured = at if measured_at == NONE else measured_at
                yield Row(measured, at, known[0], known[1], self._convert(celsius), None if sequence == NONE else sequence)

    def _check_topics(self) -> None:
        """Without a site, a pattern that chose no topic is a mistake, too; that is known at the end."""
        topics = [topic for topic in self._topics if topic[:1] != "$"]
        if self._patterns and topics and not any(map(self._chosen, topics)):
            close = nearest(self._patterns[0], topics)
            msg = f"--sensor {' --sensor '.join(self._patterns)}: without a site names are topics, and none is called so"
            raise UserError(msg + (f"; nearest: {close}" if close else f", as {min(topics)} is"))

    def _by_topic(self, topic: str) -> tuple[str, str] | None:
        """Without a site, whatever says something that can be read as a temperature counts."""
        if topic not in self._topics:
            self._topics[topic] = (topic, "") if topic[:1] != "$" and self._chosen(topic) else None
        return self._topics[topic]

    def _damaged(self, error: RecordingDamaged) -> None:
        self.damage.append(str(error))


def _celsius(celsius: float) -> float:
    return celsius


def _fahrenheit(celsius: float) -> float:
    return round(celsius * 1.8 + 32.0, 6)


def _kelvin(celsius: float) -> float:
    return round(celsius - ABSOLUTE_ZERO, 6)


_CONVERT: Final = {"C": _celsius, "F": _fahrenheit, "K": _kelvin}
