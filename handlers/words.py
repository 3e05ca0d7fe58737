"""Events in words, for people who were not looking: a title, a sentence, and the facts."""

import unicodedata
from datetime import UTC, datetime
from typing import Final

from ..config.model import Site
from ..config.units import SECOND
from ..pipeline import AlarmEvent, CoolingEvent, Event, NoteEvent, RunEvent, SensorEvent, ZoneEvent
from ..pipeline.grouping import GroupEvent
from ..pipeline.saying import DONE, measured_in, quantity
from ..pipeline.subject import place_of

LONGEST: Final = 500


def title(event: Event, site: Site) -> str:
    """What happened to what, in a few words: `A1: high raised (critical)`."""
    match event:
        case AlarmEvent():
            return (
                f"{place_of(event, site.name)}: {event.rule} {DONE.get(event.type, event.type.removeprefix('alarm.'))} ({event.priority})"
            )
        case ZoneEvent():
            return f"{event.zone}: {event.state}, was {event.previous}"
        case SensorEvent():
            return f"{event.sensor}: {event.quality}"
        case CoolingEvent():
            return f"{event.unit or event.zone or site.name}: {event.type}" + (f" {event.state}" if event.state else "")
        case GroupEvent():
            what = "a flood of alarms, " if event.type == "group.flood" else ""
            counts = f"{event.raised} raised, {event.over} over, {event.standing} stand"
            return f"{event.group}: {what}{counts} ({event.priority})"
        case NoteEvent():
            return f"{site.name}: {event.kind} {event.target or ''}".strip()
    return f"{site.name}: {event.type}"


def sentence(event: Event, site: Site) -> str:
    """What there is to say about it: the value, its limit and the cause."""
    parts = []
    value = getattr(event, "value", None)
    limit = getattr(event, "limit", None)
    unit = measured_in(event, site)
    if value is not None:
        parts.append(quantity(value, unit) + (f", limit {quantity(limit, unit)}" if limit is not None else ""))
    match event:
        case NoteEvent(text=str() as more) | RunEvent(detail=str() as more):
            parts.append(more)
    if event.cause:
        parts.append(event.cause)
    return "; ".join(parts) or title(event, site)


def facts(event: Event, site: Site) -> list[tuple[str, str]]:
    """Names and values, those that there are: where, what, how much, when."""
    unit = measured_in(event, site)
    found: list[tuple[str, str | None]] = [("site", site.name), ("hall", event.hall), ("zone", event.zone)]
    found += [(name, getattr(event, name, None)) for name in ("unit", "sensor", "rule", "priority", "by")]
    found += [(name, None if (number := getattr(event, name, None)) is None else quantity(number, unit)) for name in ("value", "limit")]
    found += [("cause", event.cause), ("at", moment(event.at))]
    return [(name, str(value)) for name, value in found if value]


def moment(at: int) -> str:
    """A time of the log in UTC, to the second: `2026-11-23T09:00:00Z`."""
    return datetime.fromtimestamp(at // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def clean(text: str, most: int = LONGEST) -> str:
    """On one line, without control and formatting characters, which turn text around or hide it."""
    visible = "".join(" " if unicodedata.category(letter) in {"Cc", "Zl", "Zp"} else letter for letter in text)
    shown = "".join(letter for letter in visible if unicodedata.category(letter) not in {"Cf", "Cs", "Co", "Cn"})
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"
