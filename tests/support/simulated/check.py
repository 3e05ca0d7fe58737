"""What must hold, whatever happens: of the events as they came, and of the present while somebody is watching."""

from collections.abc import Iterable, Mapping, Sequence

from hotzone.pipeline import CoolingEvent, Event, Pipeline, RunEvent, ZoneCondition, ZoneEvent
from support.accounts import faults_of_alarms, standing_after

from .loop import SECOND
from .plan import SENSORS, ZONES
from .world import World

OVER = {"losing-data"}
"""Alarms that last longer than the quiet at the end."""
HELD = {ZoneCondition.HOT, ZoneCondition.FAILSAFE}


def check_events(events: Sequence[Event], sites: Mapping[str, Sequence[str]]) -> list[str]:
    """Of a whole run, the quiet at the end included. `sites` has the zones of each site, by what a run's start calls it."""
    wrong = faults_of_alarms(events)
    wrong += [f"{alarm} never ended" for alarm in standing_after(events) if alarm.partition("@")[0].rpartition(":")[2] not in OVER]
    return wrong + list(_lowered(events, sites))


def _lowered(events: Iterable[Event], sites: Mapping[str, Sequence[str]]) -> Iterable[str]:
    """No command lowers a unit that serves a hot or failed-safe zone; not at a restart either."""
    conditions: dict[str, ZoneCondition] = {}
    last: dict[str, float] = {}
    for event in events:
        match event:
            case ZoneEvent(zone=str() as zone, state=state):
                conditions[zone] = state
            case CoolingEvent(type="cooling.command", unit=str() as unit, value=float() as value):
                hot = [zone for zone, condition in conditions.items() if condition in HELD]
                if hot and value < last.get(unit, 0.0):
                    yield f"{event.id} lowers {unit} from {last[unit]:g} to {value:g} % while {hot[0]} is {conditions[hot[0]]}"
                last[unit] = value
            case RunEvent(type="run.started", detail=str() as detail):
                zones = next(zones for name, zones in sites.items() if f"site {name}" in detail)
                conditions = {zone: conditions.get(zone, ZoneCondition.FAILSAFE) for zone in zones}


def check_present(world: World, pipeline: Pipeline, now: int, since: int, kept: dict[str, float]) -> list[str]:
    """What whoever has been watching since then must know by now. `kept` remembers how long things have been so."""
    wrong: list[str] = []
    alarms = pipeline.state.hall.alarms.values()
    for zone in ZONES:
        known = pipeline.zones.get(zone)
        if known is None or zone not in {one.id for one in pipeline.site.zones}:
            continue
        for what, is_so, wait_s, seen in (
            (
                "is above 36.5 °C",
                world.temperature[zone] > 36.5 and world.honest(zone),
                25.0,
                any(alarm.zone == zone and alarm.rule in {"critical", "data-lost"} for alarm in alarms),
            ),
            (
                "says nothing",
                sum(world.silent(f"{zone}/{zone}-{name}") for name in SENSORS) >= 3,
                14.0,
                known.condition is ZoneCondition.FAILSAFE,
            ),
            (
                "is above 33.5 °C",
                world.temperature[zone] > 33.5 and world.honest(zone),
                30.0,
                known.condition in HELD,
            ),
        ):
            key = f"{zone} {what}"
            if not is_so:
                kept.pop(key, None)
                continue
            began = max(kept.setdefault(key, now / SECOND), since / SECOND)
            if now / SECOND - began > wait_s and not seen:
                wrong.append(f"{now / SECOND:.1f} s: {key} for {wait_s:g} s, and nobody was told")
                kept[key] = now / SECOND
    return wrong
