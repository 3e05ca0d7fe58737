"""What a recording holds, for people: how long, of which runs and zones, what was no use, what is damaged. It reads and changes nothing."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from msgspec import MsgspecError, Struct, field, json

from ..config import Site, loads
from ..config.devices import pack_topic
from ..config.durations import format_duration
from ..config.problems import ConfigError
from ..config.units import SECOND
from ..sensors.frame import Frame, Own
from ..sensors.hearing import hearing
from ..sensors.recording import Recording
from .errors import RunFailed
from .importing.summary import iso
from .progress import progress

_NAMED: Final = 5
_EXCERPT: Final = 80
_TOPIC: Final = 120


class Run(Struct):
    """One run of a recording."""

    at: int
    version: str
    ended: bool = False


class Packs:
    """Finds the readings that gateways sent many at once."""

    def __init__(self, site: Site) -> None:
        self._hear = hearing(site)
        self._topics = {pack_topic(site, zone.hall, sensor) for zone in site.zones for sensor in zone.sensors}

    def places(self, frames: list[Frame]) -> list[int]:
        """The thermometer of each reading, by its place in the site."""
        packs = [frame for frame in frames if frame.topic in self._topics]
        return self._hear(packs).place.tolist() if packs else []


class Contents(Struct):
    """What was counted."""

    frames: int = 0
    topics: Counter[str] = field(default_factory=Counter)
    """Frames by topic."""
    packed: Counter[int] = field(default_factory=Counter)
    """Readings in packs, by the place of the thermometer."""
    runs: list[Run] = field(default_factory=list)
    links: Counter[str] = field(default_factory=Counter)
    damage: list[str] = field(default_factory=list)

    def take(self, frames: list[Frame], packs: Packs | None) -> None:
        """Count some frames, in order."""
        self.frames += len(frames)
        if packs is not None:
            self.packed.update(packs.places(frames))
        self.topics.update(frame.topic for frame in frames)
        for frame in frames:
            if frame.topic.startswith("$hotzone/"):
                self._own(frame)

    def _own(self, frame: Frame) -> None:
        match frame.topic:
            case Own.START:
                self.runs.append(Run(frame.at, _said(frame.payload, "version")))
            case Own.END if self.runs:
                self.runs[-1].ended = True
            case Own.LINK:
                self.links[_said(frame.payload, "kind")] += 1


def shown(path: Path, *, plain: bool) -> Iterator[str]:
    """The lines to show. Raises RecordingError; at the end RunFailed, if something is damaged."""
    recording = Recording(path)
    contents = Contents()
    site = _site(recording.site_source)
    packs = Packs(site) if isinstance(site, Site) else None
    first, last = recording.first_at, recording.last_at
    with progress("reading", (last or 0) - (first or 0), shown=not plain) as bar:
        for frames in recording.frames(damaged=lambda damage: contents.damage.append(str(damage))):
            contents.take(frames, packs)
            bar(frames[-1].at - (first or 0))
    size, segments = sum(info.path.stat().st_size for info in recording.segments), len(recording.segments)
    each = f", {size / contents.frames:.1f} bytes a frame" if contents.frames else ""
    yield f"{path}: {segments} segment{'s' * (segments != 1)}, {size / 2**20:.1f} MiB, {contents.frames:,} frames{each}"
    if first is not None and last is not None:
        yield f"from {iso(first)} to {iso(last)} ({format_duration((last - first) // SECOND * SECOND)})"
    yield from (f"run from {iso(run.at)}, version {run.version}, {'ended' if run.ended else 'not ended'}" for run in contents.runs)
    yield from _readings(site, contents)
    if contents.links:
        yield "link: " + ", ".join(f"{count} {kind}" for kind, count in contents.links.most_common())
    reasons = Counter(letter.reason for letter in recording.dead_letters())
    if reasons:
        yield f"dead letters: {', '.join(f'{count:,} {reason}' for reason, count in reasons.most_common())}"
    yield from (f"DAMAGED: {damage}" for damage in contents.damage)
    if contents.damage:
        msg = f"{path} is damaged"
        raise RunFailed(msg)


def dead_letters(path: Path) -> Iterator[str]:
    """Each message that was no use, a line each: when, why, on which topic, and its first bytes."""
    for letter in Recording(path).dead_letters():
        payload = ascii(letter.payload[:_EXCERPT])[1:] + _more(letter.payload, _EXCERPT)
        yield f"{iso(letter.at)} {letter.reason} {_named(letter.topic)} {payload}"


def _named(topic: str) -> str:
    """A topic, which may be of 65,535 bytes and anything in them."""
    return ascii(topic[:_TOPIC])[1:-1] + _more(topic, _TOPIC)


def _more(said: bytes | str, shown: int) -> str:
    return f" and {len(said) - shown:,} more" if len(said) > shown else ""


def _site(source: str) -> Site | ConfigError | None:
    try:
        return loads(source, secrets=False) if source else None
    except ConfigError as error:
        return error


def _readings(site: Site | ConfigError | None, contents: Contents) -> Iterator[str]:
    """Readings by zone, and the thermometers of the site file that said nothing; by topic where there is no site file."""
    if isinstance(site, Site):
        yield from _zones(site, contents)
        return
    if site is not None:
        yield f"its site file is not one for this version: {site.problems[0]}"
    for topic, count in contents.topics.most_common(_NAMED):
        yield f"topic {_named(topic)}: {count:,}"
    if len(contents.topics) > _NAMED:
        rest = contents.topics.most_common()[_NAMED:]
        yield f"{len(rest):,} more topic{'s' * (len(rest) != 1)}: {sum(count for _, count in rest):,}"


def _zones(site: Site, contents: Contents) -> Iterator[str]:
    yield f"site {site.name}"
    counts = {sensor.id: contents.topics[sensor.topic] + contents.packed[place] for place, sensor in enumerate(site.sensors)}
    for zone in site.zones:
        silent = [sensor.id for sensor in zone.sensors if not counts[sensor.id]]
        told = f", {len(silent)} never heard: {', '.join(silent[:_NAMED])}{' ...' * (len(silent) > _NAMED)}" if silent else ""
        heard = len(zone.sensors) - len(silent)
        total = sum(counts[sensor.id] for sensor in zone.sensors)
        yield f"zone {zone.id}: {total:,} readings of {heard} thermometer{'s' * (heard != 1)}{told}"


def _said(payload: bytes, name: str) -> str:
    try:
        return str(json.decode(payload, type=dict[str, object]).get(name, "?"))
    except MsgspecError:
        return "?"
