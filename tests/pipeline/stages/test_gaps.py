"""Readings that have not come, by their sequence numbers."""

from collections.abc import Iterable
from itertools import pairwise

import pytest

from hotzone.config.units import MINUTE, SECOND
from hotzone.pipeline import Pipeline
from hotzone.pipeline.stages.gaps import WINDOW, fill, follow, weigh
from hotzone.pipeline.state import GapState
from hotzone.sensors.frame import Frame, Own
from support.site_text import SMALL, site_of

PERIOD = 10 * SECOND
BEGAN = 1_700_000_000 * SECOND
SITE = site_of(SMALL)


def weighed(numbers: Iterable[int], share: float = 0.25) -> str | None:
    state = GapState()
    for last, number in pairwise(numbers):
        follow(state, last, number, PERIOD, PERIOD)
    return weigh(state, share)


@pytest.mark.parametrize(
    ("name", "numbers", "told"),
    [
        ("nothing is missing", range(100), None),
        ("a fifth is missing, as radio does", [number for number in range(100) if number % 5], None),
        ("a third is missing", [number for number in range(100) if number % 3], "33 of 99 readings have not come, 33 %, by their sequence numbers"),
        ("too few to tell", [0, 1, 5, 9], None),
        ("they count seconds, not readings", range(0, 1000, 10), None),
        ("a restart begins anew", [*range(50), *range(50)], None),
        ("a leap begins anew", [*range(50), *range(10**6, 10**6 + 50)], None),
        ("two that count for themselves", [number for first in range(100) for number in (5000 + first, 100 + first)], None),
        ("a wrap begins anew", [*range(2**32 - 50, 2**32), *range(50)], None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_share_of_missing_readings_is_told(name: str, numbers: list[int], told: str | None) -> None:  # noqa: ARG001  asked for, not used
    found = weighed(numbers)
    assert (found is None) == (told is None)
    if told is not None:
        assert found is not None
        assert found.endswith("by their sequence numbers")
        assert " 33 %" in found


def test_what_comes_late_is_not_missing() -> None:
    state = GapState()
    for last, number in ((0, 1), (1, 40)):
        follow(state, last, number, (number - last) * PERIOD, PERIOD)
    for number in range(2, 40):
        fill(state, 40, number)
    assert (state.expected, state.missing) == (40, 0)
    assert weigh(state, 0.25) is None


@pytest.mark.parametrize(
    ("elapsed", "step", "missing"), [(0, 20, 19), (0, 21, 0), (PERIOD, 30, 29), (PERIOD, 31, 0), (10**6 * PERIOD, 10_001, 0)]
)
def test_numbers_that_went_on_faster_than_time_begin_anew(elapsed: int, step: int, missing: int) -> None:
    state = GapState()
    follow(state, 7, 7 + step, elapsed, PERIOD)
    assert (state.missing, state.expected) == (missing, missing and step)


def test_the_window_begins_anew() -> None:
    state = GapState(expected=100, missing=50, in_turn=10)
    assert weigh(state, 0.25) is not None
    assert state == GapState()


def reading(second: int, number: int) -> Frame:
    at = BEGAN + second * SECOND
    return Frame(at, SITE.sensors[0].topic, b'{"value":21,"unit":"C","time":%d,"sequence":%d}' % (at // 10**6, number))


def test_a_zone_that_loses_a_third_becomes_the_alarm_that_data_is_lost_and_the_alarm_ends() -> None:
    pipeline = Pipeline(SITE)
    start = Frame(BEGAN, Own.START, b'{"rate":1.0}')
    heard = [reading(10 * number + 1, number) for number in range(120) if number % 3 or number > 60]
    events = pipeline.push([start, *heard])
    events += pipeline.advance_to(BEGAN + 40 * MINUTE)
    assert [event.at - BEGAN for event in events if event.type == "link.gaps"] == [WINDOW]
    lost = [event for event in events if getattr(event, "rule", "") == "losing-data"]
    assert [(event.at - BEGAN, event.type) for event in lost] == [(WINDOW, "alarm.raised"), (2 * WINDOW, "alarm.cleared")]
    assert lost[0].cause is not None
    assert lost[0].cause.startswith("zone A1: 19 of 58 readings have not come")
