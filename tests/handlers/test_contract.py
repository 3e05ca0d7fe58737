"""Who hears of what."""

import pytest
from structlog.testing import capture_logs

from hotzone.config.model import Priority
from hotzone.handlers import Context, handler, subscription_of
from hotzone.pipeline import AlarmEvent, AlarmState, Event, SensorEvent
from hotzone.sensors.reading import Quality
from support.sites import site


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


@pytest.mark.parametrize("percent", [float("nan"), float("inf"), -1.0, 100.5])
def test_cooling_is_asked_for_in_percent(percent: float) -> None:
    asked: list[tuple[object, ...]] = []
    ctx = Context("h", site(), {}, lambda *request: asked.append(request))
    with pytest.raises(ValueError, match="0 to 100"):
        ctx.request_cooling("A1", percent, 1)
    assert asked == []


def test_cooling_for_a_zone_that_there_is_not_is_logged_and_not_asked_for() -> None:
    asked: list[tuple[object, ...]] = []
    ctx = Context("h", site(), {}, lambda *request: asked.append(request))
    with capture_logs() as lines:
        ctx.request_cooling("A9", 90.0, 1)
    assert asked == []
    assert [line["zone"] for line in lines] == ["A9"]


def test_a_priority_that_there_is_not_is_refused_where_it_is_written() -> None:
    with pytest.raises(ValueError, match="urgent"):
        handler(min_priority="urgent")
