"""Explain: for an alarm, or for an alarm that did not come, the causal chain, in words and as data.

Pure functions over the state of a pipeline and the events that led to it, so that a live run, a replay and a test are told the same.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from ..config.model import Site
from ..config.units import MINUTE
from .events import AlarmEvent, ConditionEvent, CoolingEvent, Event, HallEvent, NoteEvent, OperatorEvent, RunEvent, SensorEvent, ZoneEvent
from .hall import HallFold
from .saying import measured_in, quantity, says
from .situation import Situation, UnitSituation, clock, inlet_says, situation, unit_situation
from .state import Phase, PipelineState, ZoneState
from .subject import place_of, raised_at, subject_of

BEFORE: Final = 10 * MINUTE
"""How far back the chain of an alarm looks."""
_STEPS: Final = 60
_READINGS: Final = 12


class Step(Struct, frozen=True, kw_only=True):
    """One thing that happened on the way."""

    at: int
    event: str
    """Id of the event."""
    says: str


class Explanation(Struct, frozen=True, kw_only=True):
    """Why there is an alarm, or none."""

    subject: str
    at: int
    alarm: str | None
    verdict: str
    zone: Situation | None
    unit: UnitSituation | None
    steps: tuple[Step, ...]
    left_out: int
    """Steps that there were too many of: what led to the alarm and the latest are kept."""


def explain(
    site: Site, state: PipelineState, events: Sequence[Event], at: int, *, alarm: str | None = None, zone: str | None = None
) -> Explanation:
    """Why `alarm` was raised, or what alarms the `zone` has and why no others, by the state at `at` and the events before and after it.

    Raises LookupError for an alarm of a place, or a zone, that the site does not have.
    """
    place, rule = (zone or "", None) if alarm is None else subject_of(alarm)
    fold = HallFold(site, PipelineState(hall=state.hall))
    known = next((one for one in site.zones if one.id == place), None)
    unit = next((one for one in site.units if one.id == place), None)
    if known is None and unit is None and (alarm is None or place not in {site.name, *(hall.id for hall in site.halls)}):
        msg = f"the site has no {'zone' if alarm is None else 'place'} {place!r}"
        raise LookupError(msg)
    there = None if known is None else situation(fold, known, state.zones.get(known.id, ZoneState()), at)
    of_unit = None if unit is None else unit_situation(site, state.hall, unit.id, at)
    hall = known.hall if known is not None else unit.hall if unit is not None else place
    steps = [
        Step(at=event.at, event=event.id, says=told)
        for event in events
        if _about(event, place, hall, unit is not None) and (told := says(event, site)) is not None
    ]
    kept = _kept(steps, None if alarm is None else raised_at(alarm))
    return Explanation(
        subject=alarm or place,
        at=at,
        alarm=alarm,
        verdict=_verdict(site, there, rule, alarm, events),
        zone=there,
        unit=of_unit,
        steps=kept,
        left_out=len(steps) - len(kept),
    )


def _kept(steps: Sequence[Step], raised: int | None) -> tuple[Step, ...]:
    """Not too many: of an alarm that has stood for long, its cause as well as the latest."""
    led = [step for step in steps if raised is not None and step.at <= raised]
    since = steps[len(led) :]
    led = led[-max(_STEPS // 2, _STEPS - len(since)) :]
    return (*led, *since[max(0, len(since) - _STEPS + len(led)) :])


def words(explanation: Explanation) -> list[str]:
    """The explanation for people, line by line."""
    lines = [explanation.verdict]
    zone, unit = explanation.zone, explanation.unit
    if zone is not None:
        value = "no value" if zone.value is None else f"{zone.value:.2f} °C"
        lines += ["", f"Zone {zone.zone} at {clock(zone.at)}: {zone.condition}, {value}, {zone.good} of {zone.inlets} inlets good."]
        if zone.maintenance is not None:
            lines.append(f"People work in hall {zone.hall} until {clock(zone.maintenance)}.")
        lines += [f"  {one.says}" for one in zone.rules]
        lines += ["", "Inlets, warmest first:"]
        lines += [f"  {inlet_says(one)}" for one in zone.readings[:_READINGS]]
        if len(zone.readings) > _READINGS:
            lines.append(f"  and {len(zone.readings) - _READINGS} more")
    if unit is not None:
        lines += ["", unit.says]
    if explanation.steps:
        left = f" ({explanation.left_out} steps left out)" if explanation.left_out else ""
        lines += ["", f"What happened{left}:"]
        lines += [f"  {clock(step.at)}  {step.says}" for step in explanation.steps]
    return lines


def _verdict(site: Site, zone: Situation | None, rule: str | None, alarm: str | None, events: Iterable[Event]) -> str:
    if alarm is None and zone is not None:
        standing = [one for one in zone.rules if one.alarm is not None]
        if not standing:
            near = [one for one in zone.rules if one.phase is not Phase.CLEAR]
            return f"Zone {zone.zone} has no alarm" + (f"; {near[0].says}." if near else ": every rule is clear.")
        return f"Zone {zone.zone} has {len(standing)} alarm{'' if len(standing) == 1 else 's'}: {', '.join(f'{one.rule} ({one.state})' for one in standing)}."
    raised = next((one for one in events if isinstance(one, AlarmEvent | ConditionEvent) and one.alarm == alarm), None)
    if raised is None:
        return f"The log does not have alarm {alarm}."
    cause = f": {raised.cause}" if raised.cause else ""
    found = next((one for one in zone.rules if one.rule == rule), None) if zone is not None else None
    delay = f", as it had for {found.on_delay:g} s" if found is not None and found.on_delay else ""
    if raised.value is not None and raised.limit is not None and not raised.cause:
        unit = measured_in(raised, site)
        cause = f": {quantity(raised.value, unit)} against a limit of {quantity(raised.limit, unit)}{delay}"
    happened = raised.type.partition(".")[2]
    return f"{raised.priority.capitalize()} alarm {rule} of {place_of(raised, 'the site')} was {happened} at {clock(raised.at)}{cause}."


def _about(event: Event, place: str, hall: str, unit: bool) -> bool:  # noqa: FBT001  a question with one fact
    match event:
        case NoteEvent() | RunEvent(unit=None):
            return True
        case AlarmEvent(zone=None, unit=None) | HallEvent():
            return event.hall in {None, hall}
        case SensorEvent() | ZoneEvent() | ConditionEvent(unit=None) | AlarmEvent(unit=None):
            return event.zone == place
        case OperatorEvent():
            return place in {event.zone, event.unit, (event.alarm or "").partition(":")[0]} or event.hall == hall
        case CoolingEvent(type="cooling.unit" | "cooling.override" | "cooling.released"):
            return event.hall == hall
        case CoolingEvent(type="cooling.failsafe"):
            return event.zone == place
        case CoolingEvent():
            return unit and event.unit == place
    return getattr(event, "unit", None) == place
