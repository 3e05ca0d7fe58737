"""Who hears of what."""

import pytest

from hotzone.config.model import Priority
from hotzone.handlers import handler, subscription_of
from hotzone.pipeline import AlarmEvent, AlarmState, Event, SensorEvent
from hotzone.sensors.reading import Quality


def alarm(priority: Priority, happened: str = "raised") -> AlarmEvent:
    return AlarmEvent(at=1, type=f"alarm.{happened}", zone="A1", alarm="a", rule="r", priority=priority, state=AlarmState.UNACKNOWLEDGED)


SENSOR = SensorEvent(at=1, type="sensor.quality", zone="A1", sensor="s", quality=Quality.BAD)


@pytest.mark.parametrize(
    ("marks", "event", "wanted"),
    [
        ({"alarms": True, "min_priority": "high"}, alarm(Priority.HIGH), True),
        ({"alarms": True, "min_priority": "high"}, alarm(Priority.CRITICAL, "cleared"), True),
        ({"alarms": True, "min_priority": "high"}, alarm(Priority.MEDIUM), False),
        ({"alarms": True}, SENSOR, False),
        ({"events": "sensor.*"}, SENSOR, True),
        ({"events": "sensor.*"}, alarm(Priority.CRITICAL), False),
        ({"events": "sensor.*", "alarms": True}, alarm(Priority.LOW), True),
        ({}, alarm(Priority.LOW), True),
    ],
)
def test_a_subscription_wants(marks: dict[str, object], event: Event, wanted: bool) -> None:
    @handler(**marks)
    def marked(_: object, __: object) -> None: ...

    subscription = subscription_of(marked)
    assert subscription is not None
    assert subscription.wants(event) is wanted


def test_a_priority_that_there_is_not_is_refused_where_it_is_written() -> None:
    with pytest.raises(ValueError, match="urgent"):
        handler(min_priority="urgent")
