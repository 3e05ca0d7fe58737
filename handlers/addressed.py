"""Who is told of an event: whoever wants it, and of an alarm whoever was told that it began."""

from collections.abc import Mapping
from typing import Final

from ..pipeline import AlarmEvent, AlarmState, Event
from ..pipeline.subject import alarm_of
from .contract import Subscription

_ASIDE: Final = frozenset(
    f"alarm.{what}" for what in ("shelved", "unshelved", "suppressed", "unsuppressed", "out-of-service", "in-service")
)
"""News only for those who were told that the alarm stands: what was put aside before it began calls nobody."""


def addressed(event: Event, wanted: Mapping[str, Subscription], told: set[tuple[str, str]]) -> list[str]:
    """The names of those who are to be told; `told`, the alarms that are on and who knows, is kept up to date."""
    names = [name for name, one in wanted.items() if one.wants(event)]
    if not isinstance(event, AlarmEvent):
        return names
    alarm = alarm_of(event)
    if event.type == "alarm.raised":
        told -= {(alarm, name) for name in wanted}
        told |= {(alarm, name) for name in names}
        return names
    if event.type in _ASIDE:
        names = [name for name, one in wanted.items() if one.asks_for(event)]
    knowing = [name for name, one in wanted.items() if name in names or (one.alarms and (alarm, name) in told)]
    if event.state is AlarmState.NORMAL:
        told -= {(alarm, name) for name in wanted}
    return knowing
