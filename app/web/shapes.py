"""The shapes of the API's answers; docs/api.md has the same. Times are log time in ns since the epoch, temperatures °C, shares percent."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from ...config.model import Hall, Priority, Rack, Sensor, Site, Unit, Zone
from ...pipeline.indices import HallFigures
from ...pipeline.kpi import Kpi


class SensorShape(Struct, frozen=True):
    """A thermometer. Its index in `State.sensors` is its place among all of the site, in the order of this description."""

    id: str
    position: str
    role: str


class RackShape(Struct, frozen=True):
    """A rack; metres."""

    id: str
    x: float
    y: float
    sensors: Sequence[SensorShape]


class LimitShape(Struct, frozen=True):
    """A limit of a zone's value."""

    rule: str
    priority: str
    above: float | None
    below: float | None


class ZoneShape(Struct, frozen=True):
    """A zone."""

    id: str
    limits: Sequence[LimitShape]
    racks: Sequence[RackShape]
    air: Sequence[SensorShape]


class UnitShape(Struct, frozen=True):
    """A cooling unit; metres."""

    id: str
    x: float
    y: float
    serves: Sequence[str]
    control: str


class HallShape(Struct, frozen=True):
    """A hall."""

    id: str
    ashrae: str
    zones: Sequence[ZoneShape]
    units: Sequence[UnitShape]


class SiteShape(Struct, frozen=True):
    """What there is, and where it stands."""

    name: str
    timezone: str
    version: str
    halls: Sequence[HallShape]
    shelf: Mapping[str, int]
    """The longest that an alarm may be shelved, by priority, ns."""


class ZoneNow(Struct, frozen=True, omit_defaults=True):
    """A zone at present."""

    value: float | None
    state: str
    demand: float | None


class UnitNow(Struct, frozen=True):
    """A cooling unit at present. `override` and the hall's maintenance are until when."""

    fan: float | None
    commanded: float | None
    supply: float | None
    returned: float | None = field(name="return")
    state: str
    mode: str
    override: int | None


class AlarmNow(Struct, frozen=True):
    """An alarm that is not normal. `at` is of its last event; its id ends with when it was raised."""

    id: str
    rule: str
    priority: str
    state: str
    at: int
    zone: str | None
    hall: str | None
    unit: str | None
    value: float | None
    limit: float | None
    cause: str | None
    by: str | None
    reason: str | None
    until: int | None
    first_out: bool


Reading = tuple[float | None, int, str | None]
"""°C, quality (0 good, 1 uncertain, 2 bad, 3 stale), and why it is not good."""


class ReplayNow(Struct, frozen=True):
    """Where a recording stands that is shown: it goes `from` one time `to` another. `indexed`: all of its events are known."""

    begin: int = field(name="from")
    end: int = field(name="to")
    at: int
    rate: float
    playing: bool
    indexed: bool


class State(Struct, frozen=True):
    """Everything at one moment."""

    at: int
    rate: float
    sensors: Sequence[Reading]
    zones: Mapping[str, ZoneNow]
    units: Mapping[str, UnitNow]
    alarms: Sequence[AlarmNow]
    maintenance: Mapping[str, int]
    """Halls in maintenance, and until when."""
    replay: ReplayNow | None = None
    """Only of a recording."""


class Changes(Struct, frozen=True, omit_defaults=True):
    """What is other than it was in the last message; what is left out is as it was. Of alarms, all are told when one changes."""

    at: int
    rate: float
    values: Sequence[float | None] = ()
    """Index and °C of each thermometer in turn."""
    quality: Sequence[tuple[int, int, str | None]] = ()
    """Index, quality and cause."""
    zones: Mapping[str, ZoneNow] = {}
    units: Mapping[str, UnitNow] = {}
    alarms: Sequence[AlarmNow] | None = None
    maintenance: Mapping[str, int] | None = None
    replay: ReplayNow | None = None


class Named(Struct, frozen=True):
    """A part and whether it is well."""

    name: str
    good: bool
    state: str
    detail: str = ""


class HandlerNow(Struct, frozen=True):
    """A handler: what waits for it, what became of the rest, and how often it did not come back in time or had to be begun again."""

    name: str
    good: bool
    state: str
    waiting: int
    delivered: int
    failed: int
    dead: int
    abandoned: int
    restarted: int


class Queue(Struct, frozen=True):
    """Something that can fill up."""

    name: str
    depth: int
    limit: int | None = None


class RecordingNow(Struct, frozen=True):
    """What is kept."""

    good: bool
    folder: str
    bytes: int | None
    segments: int | None
    first: int | None
    last: int | None


class HealthNow(Struct, frozen=True, rename="camel"):
    """Does what is measured arrive, is it kept, does it reach people."""

    ready: bool
    reasons: Sequence[str]
    per_second: float
    frames: int
    lag_ms: float
    commit_ms: float | None
    repeated: int | None
    sources: Sequence[Named]
    handlers: Sequence[HandlerNow]
    queues: Sequence[Queue]
    recording: RecordingNow | None
    rejected: Sequence[tuple[str, int]]
    clients: int


class Chart(Struct, frozen=True):
    """Values over time: one column of `series` for each that was asked for, null where nothing is known."""

    t: Sequence[int]
    series: Mapping[str, Sequence[float | None]]


class EventList(Struct, frozen=True):
    """Events as in the journal, in its order."""

    events: Sequence[Mapping[str, Any]]


class KpiNow(Kpi, frozen=True, kw_only=True):
    """Key figures of the alarms, and of the halls now."""

    halls: Sequence[HallFigures]


class Done(Struct, frozen=True):
    """What became of an operator's action: its frame is in the log at `at`, and these events came of it, as in the journal."""

    at: int
    events: Sequence[Mapping[str, Any]]


class Problem(Struct, frozen=True, omit_defaults=True):
    """Why something was refused."""

    error: str
    reason: str = ""


def site_shape(site: Site, version: str) -> SiteShape:
    """The description of a site."""
    shelf = {str(priority): site.alarms.longest_shelf(priority) for priority in Priority}
    return SiteShape(site.name, site.timezone, version, [_hall(hall) for hall in site.halls], shelf)


def _hall(hall: Hall) -> HallShape:
    return HallShape(hall.id, str(hall.ashrae), [_zone(zone) for zone in hall.zones], [_unit(unit) for unit in hall.units])


def _zone(zone: Zone) -> ZoneShape:
    limits = [LimitShape(limit.rule, str(limit.priority), limit.above, limit.below) for limit in zone.limits]
    return ZoneShape(zone.id, limits, [_rack(rack) for rack in zone.racks], [_sensor(sensor) for sensor in zone.air])


def _rack(rack: Rack) -> RackShape:
    return RackShape(rack.id, rack.x, rack.y, [_sensor(sensor) for sensor in rack.sensors])


def _sensor(sensor: Sensor) -> SensorShape:
    return SensorShape(sensor.id, sensor.position, str(sensor.role))


def _unit(unit: Unit) -> UnitShape:
    return UnitShape(unit.id, unit.x, unit.y, unit.serves, str(unit.control))
