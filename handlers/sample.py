"""A sample of what a handler would hear, to try it with."""

from collections.abc import Iterator

from ..config.model import Priority, Site
from ..config.units import HOUR
from ..pipeline import (
    AlarmEvent,
    AlarmState,
    ConditionEvent,
    CoolingEvent,
    Event,
    HallEvent,
    NoteEvent,
    OperatorEvent,
    RunEvent,
    SensorEvent,
    ZoneCondition,
    ZoneEvent,
)
from ..pipeline.grouping import GroupEvent
from ..sensors.frame import LinkKind
from ..sensors.reading import Quality
from .contract import Subscription

CAUSE = "a sample: nothing has happened"
_BY_PEOPLE = {"acknowledged", "shelved", "unshelved", "out-of-service", "in-service"}


def sample(site: Site, subscription: Subscription, at: int) -> Event:
    """An event that the subscription wants, about the first zone of the site; its cause says that it is a sample.

    An alarm for a subscription that wants nothing that there is.
    """
    samples = list(_samples(site, at))
    return next((event for event in samples if subscription.wants(event)), samples[0])


def _samples(site: Site, at: int) -> Iterator[Event]:
    """One of each type, those first that most handlers are about."""
    zone = site.zones[0]
    unit = site.units[0].id if site.units else "unit-1"
    where, hall = zone.id, zone.hall
    for happened, state in (
        ("raised", AlarmState.UNACKNOWLEDGED),
        ("cleared", AlarmState.RETURNED),
        ("acknowledged", AlarmState.ACKNOWLEDGED),
        ("latched", AlarmState.LATCHED_UNACKNOWLEDGED),
        ("repeated", AlarmState.UNACKNOWLEDGED),
        ("shelved", AlarmState.SHELVED),
        ("unshelved", AlarmState.NORMAL),
        ("suppressed", AlarmState.SUPPRESSED),
        ("unsuppressed", AlarmState.NORMAL),
        ("out-of-service", AlarmState.OUT_OF_SERVICE),
        ("in-service", AlarmState.NORMAL),
    ):
        yield AlarmEvent(
            at=at,
            zone=where,
            hall=hall,
            cause=CAUSE,
            type=f"alarm.{happened}",
            alarm=f"{where}:sample@{at}",
            rule="sample",
            priority=Priority.CRITICAL,
            state=state,
            value=36.0,
            limit=35.0,
            by="sample" if happened in _BY_PEOPLE else None,
            until=at + HOUR if happened == "shelved" else None,
        )
    yield ZoneEvent(
        at=at, zone=where, hall=hall, cause=CAUSE, type="zone.state", state=ZoneCondition.WARM, previous=ZoneCondition.NORMAL, value=27.5
    )
    sensor = zone.sensors[0].id
    yield SensorEvent(
        at=at, zone=where, hall=hall, cause=CAUSE, type="sensor.quality", sensor=sensor, quality=Quality.UNCERTAIN, value=36.0
    )
    yield SensorEvent(
        at=at,
        zone=where,
        hall=hall,
        cause=CAUSE,
        type="sensor.history",
        sensor=sensor,
        quality=Quality.GOOD,
        value=36.0,
        rule="sample",
        limit=35.0,
    )
    yield CoolingEvent(at=at, zone=where, hall=hall, cause=CAUSE, type="cooling.demand", value=80.0)
    yield CoolingEvent(at=at, hall=hall, cause=CAUSE, type="cooling.command", unit=unit, value=80.0, number=1, advise=True)
    yield CoolingEvent(at=at, zone=where, hall=hall, cause=CAUSE, type="cooling.failsafe", value=100.0)
    yield CoolingEvent(at=at, zone=where, hall=hall, cause=CAUSE, type="cooling.request", value=90.0)
    yield CoolingEvent(at=at, hall=hall, cause=CAUSE, type="cooling.unit", unit=unit, state="failed")
    yield CoolingEvent(at=at, hall=hall, cause=CAUSE, type="cooling.override", unit=unit, value=80.0, by="sample", until=at + HOUR)
    yield CoolingEvent(at=at, hall=hall, cause=CAUSE, type="cooling.released", unit=unit, by="sample")
    yield HallEvent(at=at, hall=hall, cause=CAUSE, type="hall.maintenance", by="sample", until=at + HOUR)
    yield HallEvent(at=at, hall=hall, cause=CAUSE, type="hall.resumed", by="sample")
    for kind in ("group.changed", "group.flood"):
        yield GroupEvent(at=at, hall=hall, cause=CAUSE, type=kind, group=hall, raised=2, over=1, standing=2, priority=Priority.CRITICAL)
    for happened in ("began", "ended"):
        yield ConditionEvent(
            at=at,
            zone=where,
            hall=hall,
            cause=CAUSE,
            type=f"condition.{happened}",
            alarm=f"{where}:sample@{at}",
            rule="sample",
            priority=Priority.CRITICAL,
            state=AlarmState.SHELVED,
            value=36.0,
            limit=35.0,
        )
    yield OperatorEvent(at=at, zone=where, hall=hall, cause=CAUSE, type="operator.refused", action="shelve", by="sample")
    for happened in ("started", "ended"):
        yield RunEvent(at=at, type=f"run.{happened}", cause=CAUSE)
    for kind in LinkKind:
        yield RunEvent(at=at, type=f"link.{kind}", cause=CAUSE, unit=unit if kind in {LinkKind.UNHEARD, LinkKind.DENIED} else None)
    yield NoteEvent(at=at, type="note", cause=CAUSE, kind="fault", text="a sample", happened_at=at, target=unit)
