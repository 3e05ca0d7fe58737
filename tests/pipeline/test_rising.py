"""The rate limits of a zone: only inlets that can be believed raise, and no alarm ends without evidence."""

from collections.abc import Iterator

from hotzone.config.model import Priority, RateLimit
from hotzone.config.units import MINUTE, SECOND
from hotzone.pipeline import AlarmEvent, Event, Pipeline
from hotzone.sensors.frame import Frame
from support.sites import EPOCH, merged, reading, site, start, zone

SLOW = RateLimit(rule="slow", rise=0.33, over=3 * MINUTE, share=0.3, priority=Priority.MEDIUM)
FAST = RateLimit(rule="fast", rise=1.0, over=MINUTE, share=0.3, priority=Priority.CRITICAL, hot=True)


def ramp(inlet: int, since: float, until: float, begin: float, per_minute: float) -> Iterator[Frame]:
    """An inlet that warms, a reading each 10 s."""
    second = since
    while second < until:
        yield reading(EPOCH + round(second * SECOND), f"A1/r{inlet}/in", round(begin + per_minute * (second - since) / 60, 3))
        second += 10


def told(events: list[Event]) -> list[tuple[str, str, int]]:
    return [
        (one.type, one.rule, (one.at - EPOCH) // SECOND) for one in events if isinstance(one, AlarmEvent) and one.rule in {"slow", "fast"}
    ]


def test_one_that_fell_silent_while_it_rose_does_not_raise_with_one_other_minutes_later() -> None:
    place = zone(sensors=4, rates=(FAST,), limits=())
    frames = merged(
        [start()],
        ramp(0, 1, 100, 24.0, 0.0),
        ramp(0, 101, 170, 24.0, 1.5),  # one of four is below the share
        ramp(1, 1.1, 1500, 24.0, 0.0),
        ramp(1, 1500, 1600, 24.0, 1.5),
        *(ramp(inlet, 1 + inlet / 10, 1700, 24.0, 0.0) for inlet in (2, 3)),
    )
    assert told(Pipeline(site(place)).push(frames)) == []


def test_an_alarm_does_not_end_because_those_that_rose_fall_silent() -> None:
    place = zone(sensors=4, rates=(FAST,), limits=())
    calm = [ramp(inlet, 1 + inlet / 10, 900, 24.0, 0.0) for inlet in (2, 3)]
    rising = [ramp(inlet, 1 + inlet / 10, 170, 24.0, 1.5) for inlet in (0, 1)]
    pipeline = Pipeline(site(place))
    assert [one[:2] for one in told(pipeline.push(merged([start()], *calm, *rising)))] == [("alarm.raised", "fast")]
    back = [ramp(inlet, 901 + inlet / 10, 1200, 24.0, 0.0) for inlet in range(4)]
    assert [one[:2] for one in told(pipeline.push(merged(*back)))] == [("alarm.cleared", "fast")]


def test_a_restart_in_a_steady_rise_ends_no_alarm() -> None:
    place = zone(sensors=4, rates=(SLOW,), limits=())
    frames = merged([start()], *(ramp(inlet, 1 + inlet / 10, 600, 20.0, 0.5) for inlet in range(4)))
    pipeline = Pipeline(site(place))
    assert [one[:2] for one in told(pipeline.push([frame for frame in frames if frame.at < EPOCH + 400 * SECOND]))] == [
        ("alarm.raised", "slow")
    ]
    again = Pipeline(site(place), pipeline.snapshot())
    assert told(again.push([start(EPOCH + 401 * SECOND), *(frame for frame in frames if frame.at > EPOCH + 402 * SECOND)])) == []


def test_a_rate_that_is_gone_from_the_site_file_is_not_mistaken_for_the_one_behind_it() -> None:
    before, after = (zone(sensors=4, rates=rates, limits=()) for rates in ((SLOW, FAST), (FAST,)))
    pipeline = Pipeline(site(before))
    pipeline.push(merged([start()], *(ramp(inlet, 1 + inlet / 10, 400, 20.0, 0.5) for inlet in range(4))))
    again = Pipeline(site(after), pipeline.snapshot())
    rest = merged([start(EPOCH + 420 * SECOND)], *(ramp(inlet, 421 + inlet / 10, 600, 23.3, 0.0) for inlet in range(4)))
    assert told(again.push(rest)) == [("alarm.cleared", "slow", 420)]
