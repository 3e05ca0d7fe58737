"""The room as metrics: a fixed catalogue, labelled by hall, zone and unit and never by thermometer.

Units are Prometheus' base units: degrees Celsius, seconds, and ratios of 0 to 1 where the rest of hotzone has percent. What is not known has
no sample, rather than a zero or the last that was.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final, NamedTuple

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

from ..config.model import Priority, Site, Unit, Zone
from ..pipeline import AlarmEvent, CoolingEvent, Event, RunEvent, ZoneCondition
from ..pipeline.supervisor import RULES
from ..sensors.reading import Quality
from .view import View

CONDITIONS: Final = ("following", *(condition for condition, _ in RULES.values()), "unknown")
"""What a cooling unit can be."""
_ZONE_EVENTS: Final = ("alarm.raised", "alarm.acknowledged", "alarm.cleared", "zone.state", "cooling.failsafe")
"""Events of every zone that are there from the start, as 0, so that the first of them is a rise."""
_UNIT_EVENTS: Final = ("alarm.raised", "alarm.acknowledged", "alarm.cleared", "cooling.unit")


class Kind(StrEnum):
    """What a number does: only rises, or moves."""

    COUNTER = "counter"
    GAUGE = "gauge"


class Entry(NamedTuple):
    """One metric of the catalogue. A counter's samples end in `_total`, which `name` leaves out."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...]


_ZONE: Final = ("hall", "zone")
_UNIT: Final = ("hall", "unit")

CATALOGUE: Final = (
    Entry("hotzone_zone_temperature_celsius", Kind.GAUGE, "The zone's value, from the inlets that can be believed.", _ZONE),
    Entry("hotzone_zone_limit_celsius", Kind.GAUGE, "A limit on the zone's value.", (*_ZONE, "rule", "priority", "side")),
    Entry("hotzone_zone_condition", Kind.GAUGE, "1 for the condition that the zone is in, 0 for the others.", (*_ZONE, "condition")),
    Entry("hotzone_zone_inlets", Kind.GAUGE, "Inlet thermometers of the zone, by the quality of their data.", (*_ZONE, "quality")),
    Entry("hotzone_zone_reading_age_seconds", Kind.GAUGE, "Time since the zone's youngest good inlet reading was measured.", _ZONE),
    Entry("hotzone_zone_demand_ratio", Kind.GAUGE, "The cooling that the zone asks for.", _ZONE),
    Entry("hotzone_zone_alarms", Kind.GAUGE, "Alarms of the zone that stand, by priority.", (*_ZONE, "priority")),
    Entry("hotzone_zone_events", Kind.COUNTER, "Events of the zone, by type.", (*_ZONE, "type")),
    Entry("hotzone_unit_command_ratio", Kind.GAUGE, "The fan speed last commanded.", _UNIT),
    Entry("hotzone_unit_fan_ratio", Kind.GAUGE, "The fan speed last reported by the unit.", _UNIT),
    Entry("hotzone_unit_supply_celsius", Kind.GAUGE, "The air that the unit blows out, as last reported.", _UNIT),
    Entry("hotzone_unit_return_celsius", Kind.GAUGE, "The air that the unit draws in, as last reported.", _UNIT),
    Entry("hotzone_unit_condition", Kind.GAUGE, "1 for the condition that the unit is in, 0 for the others.", (*_UNIT, "condition")),
    Entry("hotzone_unit_alarms", Kind.GAUGE, "Alarms of the unit that stand, by priority.", (*_UNIT, "priority")),
    Entry("hotzone_unit_events", Kind.COUNTER, "Events of the unit, by type.", (*_UNIT, "type")),
    Entry("hotzone_site_alarms", Kind.GAUGE, "Alarms that stand and are about no zone or unit, by priority.", ("priority",)),
)
"""Every metric there is; `docs/metrics.md` has the same rows."""

_BY_NAME: Final = {entry.name: entry for entry in CATALOGUE}

Samples = Iterable[tuple[tuple[str, ...], float | None]]


class Counts:
    """Events since the start, by what they are about. Belongs to one thread."""

    def __init__(self) -> None:
        self.zones: Counter[tuple[str, str]] = Counter()
        self.units: Counter[tuple[str, str]] = Counter()

    def count(self, event: Event) -> None:
        """One more of its zone or unit."""
        unit = event.unit if isinstance(event, AlarmEvent | CoolingEvent | RunEvent) else None
        if unit is not None:
            self.units[unit, event.type] += 1
        elif event.zone is not None:
            self.zones[event.zone, event.type] += 1


def room(site: Site, view: View, counts: Counts) -> Iterator[Metric]:
    """All metrics at once. What the site no longer has is not among them, whatever was counted of it."""
    zones, units = _Zones(site, view, counts), _Units(site, view, counts)
    for name, samples in (*zones.gauges(), *units.gauges(), ("hotzone_site_alarms", _site_alarms(view))):
        family = GaugeMetricFamily(name, _BY_NAME[name].help, labels=_BY_NAME[name].labels)
        _add(family, samples)
        yield family
    for name, samples in (("hotzone_zone_events", zones.events()), ("hotzone_unit_events", units.events())):
        counter = CounterMetricFamily(name, _BY_NAME[name].help, labels=_BY_NAME[name].labels)
        _add(counter, samples)
        yield counter


class _Zones:
    """What there is to say of zones."""

    def __init__(self, site: Site, view: View, counts: Counts) -> None:
        self._zones = [(zone, (zone.hall, zone.id), view.zones[zone.id]) for zone in site.zones if zone.id in view.zones]
        self._site = site
        self._counts = counts.zones
        self._alarms = Counter((event.zone, event.priority) for event in view.alarms if event.unit is None)

    def gauges(self) -> Iterator[tuple[str, Samples]]:
        known = self._zones
        yield "hotzone_zone_temperature_celsius", ((at, now.value) for _, at, now in known)
        yield "hotzone_zone_limit_celsius", (sample for zone in self._site.zones for sample in _limits(zone))
        yield "hotzone_zone_condition", (((*at, one), float(now.condition is one)) for _, at, now in known for one in ZoneCondition)
        yield "hotzone_zone_inlets", (((*at, one), float(now.inlets.get(one, 0))) for _, at, now in known for one in Quality)
        yield "hotzone_zone_reading_age_seconds", ((at, now.age) for _, at, now in known)
        yield "hotzone_zone_demand_ratio", ((at, _ratio(now.demand)) for _, at, now in known)
        yield "hotzone_zone_alarms", (((*at, one), float(self._alarms[zone.id, one])) for zone, at, _ in known for one in Priority)

    def events(self) -> Samples:
        return _events([(zone.hall, zone.id) for zone in self._site.zones], _ZONE_EVENTS, self._counts)


class _Units:
    """What there is to say of cooling units."""

    def __init__(self, site: Site, view: View, counts: Counts) -> None:
        self._units: list[tuple[Unit, tuple[str, str]]] = [(unit, (unit.hall, unit.id)) for unit in site.units]
        self._known = [(at, view.units[unit.id]) for unit, at in self._units if unit.id in view.units]
        self._counts = counts.units
        self._alarms = Counter((event.unit, event.priority) for event in view.alarms)

    def gauges(self) -> Iterator[tuple[str, Samples]]:
        known = self._known
        yield "hotzone_unit_command_ratio", ((at, _ratio(now.commanded)) for at, now in known)
        yield "hotzone_unit_fan_ratio", ((at, _ratio(now.fan)) for at, now in known)
        yield "hotzone_unit_supply_celsius", ((at, now.supply) for at, now in known)
        yield "hotzone_unit_return_celsius", ((at, now.returned) for at, now in known)
        yield "hotzone_unit_condition", (((*at, one), float(now.condition == one)) for at, now in known for one in CONDITIONS)
        yield "hotzone_unit_alarms", (((*at, one), float(self._alarms[unit.id, one])) for unit, at in self._units for one in Priority)

    def events(self) -> Samples:
        return _events([at for _, at in self._units], _UNIT_EVENTS, self._counts)


def _limits(zone: Zone) -> Iterator[tuple[tuple[str, ...], float]]:
    for limit in zone.limits:
        for side, celsius in (("above", limit.above), ("below", limit.below)):
            if celsius is not None:
                yield (zone.hall, zone.id, limit.rule, limit.priority, side), celsius


def _site_alarms(view: View) -> Samples:
    standing = Counter(event.priority for event in view.alarms if event.zone is None and event.unit is None)
    return [((one,), float(standing[one])) for one in Priority]


def _events(places: Iterable[tuple[str, str]], always: tuple[str, ...], counts: Counter[tuple[str, str]]) -> Samples:
    types = sorted({*always, *(kind for _, kind in counts)})
    for hall, name in places:
        for kind in types:
            if kind in always or (name, kind) in counts:
                yield (hall, name, kind), float(counts[name, kind])


def _ratio(percent: float | None) -> float | None:
    return None if percent is None else percent / 100.0


def _add(family: GaugeMetricFamily | CounterMetricFamily, samples: Samples) -> None:
    for labels, value in samples:
        if value is not None:
            family.add_metric(labels, value)
