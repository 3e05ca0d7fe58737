"""A sample of what a handler would hear, to try it with."""

from ..config.model import Priority, Site
from ..pipeline import AlarmEvent, AlarmState, Event, SensorEvent, ZoneCondition, ZoneEvent
from ..sensors.reading import Quality
from .contract import Subscription


def sample(site: Site, subscription: Subscription, at: int) -> Event:
    """An event that the subscription wants, about the first zone of the site; its cause says that it is a sample."""
    zone = site.zones[0]
    cause = "a sample: nothing has happened"
    alarm = AlarmEvent(
        at=at,
        type="alarm.raised",
        zone=zone.id,
        hall=zone.hall,
        cause=cause,
        alarm=f"{zone.id}:sample@{at}",
        rule="sample",
        priority=Priority.CRITICAL,
        state=AlarmState.UNACKNOWLEDGED,
        value=36.0,
        limit=35.0,
    )
    sensor = SensorEvent(
        at=at,
        type="sensor.quality",
        zone=zone.id,
        hall=zone.hall,
        cause=cause,
        sensor=zone.sensors[0].id,
        quality=Quality.UNCERTAIN,
        value=36.0,
    )
    state = ZoneEvent(
        at=at,
        type="zone.state",
        zone=zone.id,
        hall=zone.hall,
        cause=cause,
        state=ZoneCondition.WARM,
        previous=ZoneCondition.NORMAL,
        value=27.5,
    )
    return next((event for event in (alarm, sensor, state) if subscription.wants(event)), alarm)
