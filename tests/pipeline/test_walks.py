"""Random walks: no alarm is lost, none is cleared while it holds, who is called is told the end, and whatever is put aside comes back."""

from collections.abc import Sequence

import pytest

from hotzone.pipeline import Event, Pipeline
from hotzone.pipeline.alarms import ENDS, TABLE
from hotzone.pipeline.events import AlarmEvent, AlarmState
from support.sites import start
from support.walks import Walk
from support.weather import Weather

WALKS = 10_000


def test_ten_thousand_walks() -> None:
    types: set[str] = set()
    states: set[AlarmState] = set()
    for seed in range(WALKS):
        try:
            walk = Walk(seed).go(10)
        except AssertionError as error:
            msg = f"seed {seed}: {error}"
            raise AssertionError(msg) from error
        types |= {event.type for event in walk.events}
        states |= {event.state for event in walk.events if isinstance(event, AlarmEvent)}
    assert states == set(AlarmState)
    assert types >= {one.event for one in TABLE.values() if one.event}
    assert types >= {"operator.refused", "cooling.override", "cooling.released", "hall.maintenance", "hall.resumed"}


@pytest.mark.soak
def test_a_hundred_thousand_walks() -> None:
    for seed in range(WALKS, WALKS + 100_000):
        Walk(seed).go(30)


@pytest.mark.parametrize("weathers", [60, pytest.param(3_000, marks=pytest.mark.soak)])
def test_no_alarm_ends_while_thermometers_fail_and_none_that_is_left_is_cooler_than_before(weathers: int) -> None:
    ended = 0
    for seed in range(weathers):
        weather = Weather(seed)
        pipeline = Pipeline(weather.site)
        pipeline.push([start()])
        for _ in range(5):
            ended += len(ends(pipeline.push(weather.settled())))
            begun = pipeline.at
            early = [event.alarm for event in ends(pipeline.push(weather.failing())) if event.raised_at <= begun]
            assert early == [], f"seed {seed}"
    assert ended > weathers / 2, "what is cool again is over"


def ends(events: Sequence[Event]) -> list[AlarmEvent]:
    """Alarms that stand no more."""
    return [event for event in events if isinstance(event, AlarmEvent) and event.rule == "high" and event.type in ENDS]
