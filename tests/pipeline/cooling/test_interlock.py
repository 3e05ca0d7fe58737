"""The last word on every command."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotzone.config.units import MINUTE, SECOND
from hotzone.pipeline.cooling.interlock import interlock
from support.sites import unit

UNIT = unit("crac-1", ["A1"], floor=30.0, ceiling=100.0, slew_down=20.0, hold=10 * SECOND)
percent = st.floats(30.0, 100.0)
anything = st.floats(allow_nan=True, allow_infinity=True)


@given(percent, anything, st.integers(0, 10 * MINUTE), st.booleans())
def test_a_command_is_always_within_floor_and_ceiling(last: float, wanted: float, elapsed: int, hot: bool) -> None:
    assert 30.0 <= interlock(UNIT, last, 0, wanted, elapsed, held=hot) <= 100.0


@given(percent, anything, st.integers(0, 10 * MINUTE))
def test_a_hot_zone_is_never_cooled_less(last: float, wanted: float, elapsed: int) -> None:
    assert interlock(UNIT, last, 0, wanted, elapsed, held=True) >= last


@given(percent, percent, st.integers(0, 10 * MINUTE), st.booleans())
def test_a_rise_is_never_held_back(last: float, wanted: float, elapsed: int, hot: bool) -> None:
    assert interlock(UNIT, last, 0, wanted, elapsed, held=hot) >= wanted


@given(st.lists(st.tuples(st.integers(0, 20), percent), max_size=200))
def test_cooling_never_falls_faster_than_its_slew(wishes: list[tuple[int, float]]) -> None:
    at, last, lowered_at, falls = 0, 100.0, 0, []
    for seconds, wanted in wishes:
        at += seconds * SECOND
        allowed = interlock(UNIT, last, lowered_at, wanted, at, held=False)
        if allowed < last:
            falls.append((at, last - allowed))
            lowered_at = at
        last = allowed
    for since, _ in falls:
        within = [fall for when, fall in falls if since <= when < since + MINUTE]
        assert sum(within) <= 20.0 + 1e-6
        assert len(within) <= 6


@pytest.mark.parametrize("wanted", [nan, inf, -inf])
def test_what_is_no_number_asks_for_everything(wanted: float) -> None:
    assert interlock(UNIT, 40.0, 0, wanted, MINUTE, held=False) == 100.0
