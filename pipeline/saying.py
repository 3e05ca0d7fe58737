"""An event on one line, for people: what happened to what, how far, by whom, until when and why."""

from collections.abc import Mapping
from typing import Final

from ..config.model import Site
from . import units
from .events import AlarmEvent, ConditionEvent, CoolingEvent, Event, HallEvent, NoteEvent, OperatorEvent, RunEvent, SensorEvent, ZoneEvent
from .situation import clock
from .subject import place_of

DONE: Final[Mapping[str, str]] = {
    "alarm.latched": "over, to be reset",
    "alarm.repeated": "still stands",
    "alarm.unshelved": "back from its shelf",
    "alarm.unsuppressed": "suppressed no more",
    "alarm.out-of-service": "out of service",
    "alarm.in-service": "in service again",
    "condition.began": "holds, but is",
    "condition.ended": "is over, and was",
}
"""What happened to an alarm, where the type of the event does not say it; of a condition its state follows."""
SHARE: Final = "share"
"""The unit of a value that is a part of a zone's inlets, 0 to 1; it is shown in percent."""


def says(event: Event, site: Site) -> str | None:
    """An event on one line; None for those that explain nothing."""
    what = _what(event, site)
    if what is None:
        return None
    unit = measured_in(event, site)
    who = f" by {by}" if (by := getattr(event, "by", None)) else ""
    until = f" until {clock(end)}" if (end := getattr(event, "until", None)) is not None else ""
    value = f", {quantity(number, unit)}" if (number := getattr(event, "value", None)) is not None else ""
    against = f" against {quantity(limit, unit)}" if (limit := getattr(event, "limit", None)) is not None else ""
    return f"{what}{who}{until}{value}{against}" + (f": {event.cause}" if event.cause else "")


def _what(event: Event, site: Site) -> str | None:
    match event:
        case ConditionEvent():
            return f"{event.rule} of {place_of(event, site.name)} {DONE[event.type]} {event.state.replace('-', ' ')}"
        case AlarmEvent():
            return f"{event.rule} of {place_of(event, site.name)}: {DONE.get(event.type, event.type.removeprefix('alarm.'))}"
        case SensorEvent():
            return f"{event.sensor}: a late reading" if event.type == "sensor.history" else f"{event.sensor} is {event.quality}"
        case ZoneEvent():
            return f"zone {event.zone} is {event.state}, was {event.previous}"
        case CoolingEvent():
            return f"{event.unit or event.zone or event.hall}{_cooled(event)}"
        case HallEvent():
            return f"hall {event.hall}: {event.type.removeprefix('hall.')}"
    return _more(event)


def _more(event: Event) -> str | None:
    """What operators, notes and runs have to say."""
    match event:
        case OperatorEvent():
            return f"refused: {event.action}"
        case NoteEvent(kind="fault" | "fault-end"):
            return f"{event.kind.replace('-', ' ')}: {event.text}"
        case RunEvent():
            return event.type.replace(".", " ") + (f": {event.detail}" if event.detail else "")
    return None


def _cooled(event: CoolingEvent) -> str:
    match event.type:
        case "cooling.unit":
            return f" is {event.state}"
        case "cooling.override":
            return ": driven by hand"
        case "cooling.released":
            return ": driven by hand no more"
        case "cooling.failsafe":
            return " goes to its fail-safe"
    return f": {event.type.removeprefix('cooling.')}{' (advised, not sent)' if event.advise else ''}"


def measured_in(event: Event, site: Site) -> str:
    """What its value is measured in: `°C`, `%`, `SHARE`, or empty for a count and where there is none."""
    match event:
        case ZoneEvent() | SensorEvent():
            return "°C"
        case CoolingEvent() | AlarmEvent(rule=units.FAILED | units.OVERRUN) | ConditionEvent(rule=units.FAILED | units.OVERRUN):
            return "%"
        case AlarmEvent(zone=str() as name, rule=rule) | ConditionEvent(zone=str() as name, rule=rule):
            zone = next((zone for zone in site.zones if zone.id == name), None)
            if zone is not None and any(limit.rule == rule for limit in zone.limits):
                return "°C"
            if zone is not None and any(rate.rule == rule for rate in zone.rates):
                return SHARE
    return ""


def quantity(value: float, unit: str) -> str:
    """`32.1 °C`."""
    return f"{round(value * 100)} %" if unit == SHARE else f"{round(value, 2):g} {unit}".rstrip()
