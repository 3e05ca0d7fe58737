"""The timeline as a reactivex scheduler, under the stock time operators, on epoch nanoseconds."""

from datetime import UTC, datetime, timedelta

import pytest
import reactivex as rx
from reactivex import Observable, Subject
from reactivex import operators as ops

from hotzone.config.units import SECOND
from hotzone.pipeline.scheduler import TimelineScheduler

T = 1_700_000_000 * SECOND


def played(operator: object, values: list[tuple[float, int]], until: float) -> list[tuple[float, object]]:
    """What comes out, and when, in seconds since `T`."""
    timeline, source, out = TimelineScheduler(T), Subject[int](), []
    observable: Observable[object] = source.pipe(operator)
    observable.subscribe(lambda value: out.append(((timeline.clock - T) / SECOND, value)), scheduler=timeline)
    for second, value in values:
        timeline.advance_to(T + round(second * SECOND))
        source.on_next(value)
    timeline.advance_to(T + round(until * SECOND))
    return out


def test_now_is_the_time_of_the_log() -> None:
    timeline = TimelineScheduler(T)
    assert timeline.now == datetime.fromtimestamp(1_700_000_000, UTC)
    timeline.advance_to(T + 1)
    assert timeline.clock == T + 1


@pytest.mark.parametrize("duration", [2 * SECOND, 2.0, timedelta(seconds=2)], ids=["integer nanoseconds", "float seconds", "timedelta"])
def test_debounce_on_epoch_nanoseconds(duration: object) -> None:
    assert played(ops.debounce(duration), [(0, 1), (1, 2), (5, 3)], 20) == [(3.0, 2), (7.0, 3)]


def test_delay() -> None:
    assert played(ops.delay(2 * SECOND), [(0, 1), (1, 2)], 20) == [(2.0, 1), (3.0, 2)]


def test_buffer_with_time() -> None:
    assert played(ops.buffer_with_time(10.0), [(1, 1), (2, 2), (12, 3)], 25) == [(10.0, [1, 2]), (20.0, [3])]


def test_sample_and_throttle() -> None:
    assert played(ops.sample(5.0), [(1, 1), (2, 2), (7, 3)], 12) == [(5.0, 2), (10.0, 3)]
    assert played(ops.throttle_first(5.0), [(1, 1), (2, 2), (7, 3)], 12) == [(1.0, 1), (7.0, 3)]


def test_timeout_takes_the_other_way() -> None:
    other = ops.timeout(3.0, rx.of(-1))
    assert played(other, [(1, 1)], 10) == [(1.0, 1), (4.0, -1)]


def test_an_interval_fires_each_at_its_own_time() -> None:
    timeline, out = TimelineScheduler(T), []
    rx.interval(1.0, scheduler=timeline).subscribe(lambda _: out.append(timeline.clock))
    timeline.advance_to(T + 5 * SECOND)
    assert out == [T + second * SECOND for second in range(1, 6)]


def test_350_items_due_at_one_instant_all_see_that_instant() -> None:
    timeline, out = TimelineScheduler(T), []
    for _ in range(350):
        timeline.schedule_absolute(T + SECOND, lambda *_: out.append(timeline.clock))
    timeline.advance_to(T + 2 * SECOND)
    assert out == [T + SECOND] * 350


def test_a_disposed_action_does_not_run_and_time_never_goes_back() -> None:
    timeline, out = TimelineScheduler(T), []
    timeline.schedule_relative(SECOND, lambda *_: out.append(1)).dispose()
    timeline.advance_to(T + 2 * SECOND)
    timeline.advance_to(T)
    assert (out, timeline.clock) == ([], T + 2 * SECOND)
