"""Events: what the pipeline found out. Frozen, typed, and each with a stable id.

One event is one line of the journal: canonical JSON, sorted keys, no spaces, defaults left out. An id says what
happened, to what, and when in the log (`alarm.raised:A1:inlet-high@1700000000000000000`); it is derived, never drawn, so a
replay names the same things by the same ids.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar, Final

from msgspec import Struct, json

from ..config.model import Priority
from ..sensors.reading import Quality
from .subject import raised_at


class ZoneCondition(StrEnum):
    """What a zone is, worst first."""

    FAILSAFE = "failsafe"
    HOT = "hot"
    WARM = "warm"
    COLD = "cold"
    NORMAL = "normal"


class AlarmState(StrEnum):
    """The states of ISA-18.2 / IEC 62682 that an alarm can be in."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned-unacknowledged"
    LATCHED_UNACKNOWLEDGED = "latched-unacknowledged"
    LATCHED_ACKNOWLEDGED = "latched-acknowledged"
    SHELVED = "shelved"
    SUPPRESSED = "suppressed"
    """By design: something that is an alarm itself explains it."""
    OUT_OF_SERVICE = "out-of-service"


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every event says. `type` is `subject.happened`."""

    at: int
    """Log time, ns since the epoch."""
    type: str
    zone: str | None = None
    hall: str | None = None
    cause: str | None = None
    """Why, in words."""
    again: int = 0
    """How often the same has been told before at the same instant; part of the id when it is not 0."""

    SUBJECT: ClassVar[tuple[str, ...]] = ("zone",)

    @property
    def id(self) -> str:
        """What happened, to what, and when: unique in a log."""
        subject = [str(value) for name in self.SUBJECT if (value := getattr(self, name)) is not None]
        again = f"+{self.again}" if self.again else ""
        return f"{':'.join([self.type, *subject])}@{self.at}{again}"


class AlarmEvent(Event, frozen=True, kw_only=True, omit_defaults=True):
    """An alarm went from one state to another, or `alarm.repeated`: it was acknowledged, and has stood for too long since."""

    alarm: str
    """Id of the alarm's life: from being raised until it is normal again."""
    rule: str
    priority: Priority
    state: AlarmState
    unit: str | None = None
    value: float | None = None
    limit: float | None = None
    by: str | None = None
    """Who acted, for what an operator did."""
    until: int | None = None
    """When a shelf ends, log time, ns."""
    first_out: bool = False
    """The first of its hall, where followers are suppressed."""

    @property
    def raised_at(self) -> int:
        """Log time at which this life of the alarm began, ns."""
        return raised_at(self.alarm)

    SUBJECT: ClassVar[tuple[str, ...]] = ("zone", "unit", "rule")


class ConditionEvent(Event, frozen=True, kw_only=True, omit_defaults=True):
    """`condition.began`, `condition.ended`: what an alarm would have told, were it not put aside. Nobody is called; it is not forgotten."""

    rule: str
    priority: Priority
    state: AlarmState
    """Why nobody is called: shelved, suppressed, out-of-service."""
    alarm: str
    unit: str | None = None
    value: float | None = None
    limit: float | None = None

    SUBJECT: ClassVar[tuple[str, ...]] = ("zone", "unit", "rule")


class OperatorEvent(Event, frozen=True, kw_only=True, omit_defaults=True):
    """`operator.refused`: somebody asked for what cannot be done; `cause` says why."""

    action: str
    by: str
    alarm: str | None = None
    unit: str | None = None
    rule: str | None = None

    SUBJECT: ClassVar[tuple[str, ...]] = ("action", "alarm", "zone", "hall", "unit", "rule")


class HallEvent(Event, frozen=True, kw_only=True, omit_defaults=True):
    """`hall.maintenance`, `hall.resumed`: people work in a hall, or have done so."""

    by: str | None = None
    """Who said so; None when its time was over."""
    until: int | None = None
    """When it ends by itself, log time, ns."""

    SUBJECT: ClassVar[tuple[str, ...]] = ("hall",)


class SensorEvent(Event, frozen=True, kw_only=True, omit_defaults=True):
    """`sensor.quality`: a thermometer is believed more or less than before. `sensor.history`: a late reading was past a limit."""

    sensor: str
    quality: Quality
    value: float | None = None
    rule: str | None = None
    limit: float | None = None

    SUBJECT: ClassVar[tuple[str, ...]] = ("sensor",)


class ZoneEvent(Event, frozen=True, kw_only=True, omit_defaults=True):
    """`zone.state`: a zone became hot, warm, cold, normal or fail-safe."""

    state: ZoneCondition
    previous: ZoneCondition
    value: float | None = None


class CoolingEvent(Event, frozen=True, kw_only=True, omit_defaults=True):
    """`cooling.demand` and `cooling.failsafe` of a zone, `cooling.request` for one; of a unit `.command`, `.unit`, `.override`, `.released`."""

    unit: str | None = None
    value: float | None = None
    """Percent."""
    number: int | None = None
    """Of a command: larger than any before to the same unit, also across a lost state."""
    advise: bool = False
    """Computed and shown, not sent."""
    by: str | None = None
    """Who drives the unit by hand, for `cooling.override` and `cooling.released`."""
    until: int | None = None
    """When that ends, log time, ns."""
    state: str | None = None
    """For `cooling.unit`: following, failed, silent, deaf, unheard, alone, overrun."""

    SUBJECT: ClassVar[tuple[str, ...]] = ("zone", "unit")


class RunEvent(Event, frozen=True, kw_only=True, omit_defaults=True):
    """`run.started`, `run.ended`, `link.lost`, `link.restored` and the other kinds of `link.*`."""

    detail: str | None = None
    unit: str | None = None

    SUBJECT: ClassVar[tuple[str, ...]] = ("unit",)


class NoteEvent(Event, frozen=True, kw_only=True, omit_defaults=True):
    """`note`: an annotation in the log, such as an injected fault. `happened_at` is when, in log time, by its author."""

    kind: str
    text: str
    happened_at: int
    target: str | None = None
    value: float | None = None

    SUBJECT: ClassVar[tuple[str, ...]] = ("kind", "target")


_KINDS: Final[Mapping[str, type[Event]]] = {
    "alarm": AlarmEvent,
    "condition": ConditionEvent,
    "cooling": CoolingEvent,
    "hall": HallEvent,
    "note": NoteEvent,
    "operator": OperatorEvent,
    "sensor": SensorEvent,
    "zone": ZoneEvent,
}
"""By the subject of the type; every other is of a run."""


def kind_of(event_type: str) -> type[Event]:
    """The class of the events of a type, as the journal has them."""
    return _KINDS.get(event_type.partition(".")[0], RunEvent)


_ENCODER = json.Encoder(order="sorted")


def said(event: Event) -> dict[str, object]:
    """What the event says, by field: what is None or False, and an `again` of 0, is left out."""
    fields = {name: value for name in event.__struct_fields__ if (value := getattr(event, name)) is not None and value is not False}
    if not event.again:
        del fields["again"]
    return fields


def journal_line(event: Event) -> bytes:
    """The event as one line of the journal, without the newline."""
    return _ENCODER.encode({"id": event.id, **said(event)})
