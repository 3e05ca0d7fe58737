"""Timelines in text: `"0s A1/r1=24 A1/r2=24 5s A1/r1=28.2 90s"` becomes the frames that such thermometers would send.

A word that is a time says when what follows begins; the last one ends the run. `name=value` holds until the next word on the same name:
the thermometer publishes the value at once and then once a period, `stale` (or `none`) silences it. A name is the id of a thermometer or
the beginning of one (`A1/r1`, or `A1` for every inlet of the zone), or a cooling unit's, whose value is the fan that it reports.
Text from `#` to the end of a line is a comment.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from heapq import merge
from typing import Final, NamedTuple

from msgspec import json

from ...config.model import Hall, Limit, Presence, Priority, QualityRules, Rack, Role, Sensor, Site, Statistic, Unit, Zone
from ...config.problems import nearest
from ...config.units import HOUR, MILLISECOND, MINUTE, SECOND
from ...sensors.frame import Frame, Own

EPOCH: Final = 1_700_000_000 * SECOND
"""Log time of `0s`."""

REPORT_PERIOD: Final = 5 * SECOND
SILENT: Final = ("stale", "none")

_UNITS: Final = {"ms": MILLISECOND, "s": SECOND, "m": MINUTE, "min": MINUTE, "h": HOUR}
_TIME: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|min|m|h)")
_COMMENT: Final = re.compile(r"#.*")

QUALITY: Final = QualityRules(
    period=SECOND, max_rate=1000.0, confirm=1, stuck_after=None, stale_after=4 * SECOND, late_after=2 * SECOND, smoothing=0
)
PRESENCE: Final = Presence(quorum=0.5, recover=5 * SECOND, silent_after=5 * SECOND)
LIMITS: Final = (
    Limit(rule="warm", above=27.0, on_delay=5 * SECOND, off_delay=10 * SECOND, priority=Priority.MEDIUM),
    Limit(rule="high", above=32.0, on_delay=5 * SECOND, off_delay=10 * SECOND, priority=Priority.HIGH, hot=True),
    Limit(rule="critical", above=35.0, off_delay=10 * SECOND, priority=Priority.CRITICAL, hot=True),
)
"""Of the site that is made up when none is given; `docs/testing.md` lists them."""


class TimelineError(ValueError):
    """The text is no timeline, or names what the site does not have."""

    def __init__(self, word: str, expected: str) -> None:
        self.word = word
        msg = f"{word!r} in the timeline: expected {expected}"
        super().__init__(msg)


class Setting(NamedTuple):
    """From `at` (ns since the start) on, `name` shows `value`; None is silence."""

    at: int
    name: str
    value: float | None


class Script(NamedTuple):
    """A timeline that was read; `end` is ns since its start."""

    settings: tuple[Setting, ...]
    end: int


def is_timeline(text: str) -> bool:
    """Whether the text begins with a time: no path of a recording does."""
    words = _COMMENT.sub("", text).split(maxsplit=1)
    return bool(words) and _TIME.fullmatch(words[0]) is not None


def parse(text: str) -> Script:
    """Read a timeline. Raises TimelineError for a word that is neither, and for a time that goes back."""
    __tracebackhide__ = True
    settings: list[Setting] = []
    at = 0
    for word in _COMMENT.sub("", text).split():
        if found := _TIME.fullmatch(word):
            then = round(float(found[1]) * _UNITS[found[2]])
            if then < at:
                raise TimelineError(word, "a time that is not before the last")
            at = then
        else:
            settings.append(Setting(at, *_setting(word)))
    return Script(tuple(settings), at)


def _setting(word: str) -> tuple[str, float | None]:
    __tracebackhide__ = True
    name, sign, value = word.rpartition("=")
    if not sign or not name:
        raise TimelineError(word, "a time (5s, 250ms, 2m, 1h) or name=value")
    if value in SILENT:
        return name, None
    try:
        return name, float(value)
    except ValueError:
        raise TimelineError(word, "a number, stale or none after the =") from None


def site_of(script: Script) -> Site:
    """A site of the thermometers that the timeline names: quick limits, no smoothing, no cooling units.

    `A1/r1` is an inlet of rack r1 in zone A1, `A1/r1/top` one of several. Two inlets of a zone must agree, where it has two.
    """
    zones: dict[str, dict[str, list[str]]] = {}
    for name in dict.fromkeys(setting.name for setting in script.settings):
        zone, _, rest = name.partition("/")
        rack, _, position = rest.partition("/")
        racks = zones.setdefault(zone, {})
        if rack:
            racks.setdefault(rack, []).append(position or "in")
    for zone, racks in zones.items():
        if not racks:
            raise TimelineError(zone, "at least one thermometer of the zone, such as A1/r1, beside the zone as a whole")
    return Site(name="timeline", halls=(Hall(id="hall", zones=tuple(_zone(zone, racks) for zone, racks in zones.items())),))


def _zone(zone: str, racks: Mapping[str, Iterable[str]]) -> Zone:
    made = tuple(
        Rack(id=rack, x=float(index), y=0.0, sensors=tuple(_sensor(zone, rack, position) for position in positions))
        for index, (rack, positions) in enumerate(racks.items())
    )
    agree = min(2, sum(len(rack.sensors) for rack in made))
    return Zone(id=zone, hall="hall", racks=made, statistic=Statistic(k=agree), limits=LIMITS, presence=PRESENCE)


def _sensor(zone: str, rack: str, position: str) -> Sensor:
    name = f"{zone}/{rack}/{position}"
    return Sensor(id=name, zone=zone, rack=rack, position=position, topic=f"dc/hall/{name}", gateway=rack, quality=QUALITY)


def frames_of(script: Script, site: Site) -> list[Frame]:
    """The log of the timeline at `site`: its start, everything published, its end. Raises TimelineError for an unknown name."""
    sensors = {sensor.id: [setting for setting in script.settings if _means(setting.name, sensor)] for sensor in site.sensors}
    units = {unit.id: [setting for setting in script.settings if setting.name == unit.id] for unit in site.units}
    known = {setting.name for settings in (*sensors.values(), *units.values()) for setting in settings}
    for setting in script.settings:
        if setting.name not in known:
            close = nearest(setting.name, _names(site))
            hint = f"; did you mean {close}?" if close else ""
            raise TimelineError(setting.name, f"a zone, rack, inlet or cooling unit of the site {site.name!r}{hint}")
    published = merge(
        *(_readings(sensor, sensors[sensor.id], script.end) for sensor in site.sensors),
        *(_reports(unit, units[unit.id], script.end) for unit in site.units),
        key=lambda frame: frame.at,
    )
    start = json.encode({"previous": None, "site": site.name, "version": "timeline", "rate": 1.0, "session": False})
    frames = [Frame(EPOCH - 1, Own.START, start)]
    for frame in (*published, Frame(EPOCH + script.end, Own.END, b"{}")):
        frames.append(frame._replace(at=max(frame.at, frames[-1].at + 1)))
    return frames


def _names(site: Site) -> list[str]:
    """Everything that a timeline may name."""
    parts = [sensor.id.split("/") for sensor in site.sensors]
    prefixes = ["/".join(part[:length]) for part in parts for length in range(1, len(part) + 1)]
    return list(dict.fromkeys([*(unit.id for unit in site.units), *prefixes]))


def _means(name: str, sensor: Sensor) -> bool:
    return name == sensor.id or (sensor.role is Role.INLET and sensor.id.startswith(f"{name}/"))


def _held(settings: list[Setting], period: int, end: int) -> Iterator[tuple[int, float]]:
    """When each value is published, ns since the start: at once, and each period until the next setting."""
    for setting, until in zip(settings, [*(setting.at for setting in settings), end + 1][1:], strict=True):
        if setting.value is not None:
            for at in range(setting.at, until, period):
                yield at, setting.value


def _readings(sensor: Sensor, settings: list[Setting], end: int) -> Iterator[Frame]:
    for sequence, (at, celsius) in enumerate(_held(settings, sensor.quality.period, end), 1):
        payload = {"value": celsius, "unit": "C", "time": (EPOCH + at) // MILLISECOND, "sequence": sequence}
        yield Frame(EPOCH + at, sensor.topic, json.encode(payload))


def _reports(unit: Unit, settings: list[Setting], end: int) -> Iterator[Frame]:
    for at, fan in _held(settings, REPORT_PERIOD, end):
        payload = {"fan": fan, "mode": "remote", "time": (EPOCH + at) // MILLISECOND}
        yield Frame(EPOCH + at, unit.report_topic, json.encode(payload))
