"""From a zone's value to its demand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotzone.config.model import Control, Step
from hotzone.config.units import MINUTE, SECOND
from hotzone.pipeline.cooling.pid import pid
from hotzone.pipeline.cooling.stepwise import stepwise
from hotzone.pipeline.stages.demand import demand
from hotzone.pipeline.state import DemandState

CONTROL = Control(set_point=24.0, kp=10.0, ki=2.0, kd=0.0, feed_forward=5.0, floor=30.0)
temperatures = st.lists(st.floats(-40, 125), min_size=1, max_size=200)


def test_it_starts_without_a_bump() -> None:
    assert pid(CONTROL, DemandState(output=77.0), 25.0, 5 * SECOND) == pytest.approx(77.0, abs=0.2)


def test_a_lasting_error_moves_it_by_the_integral() -> None:
    state = DemandState(output=60.0)
    outputs = []
    for _ in range(24):
        state.output = pid(CONTROL, state, 25.0, 5 * SECOND)
        outputs.append(state.output)
    assert outputs[-1] == pytest.approx(60.0 + 2.0 * 1.0 * 2.0, abs=0.2)


def test_a_rise_is_answered_before_the_limit_is_reached() -> None:
    state = DemandState(output=50.0)
    for step in range(12):
        state.output = pid(CONTROL, state, 23.0 + step * 5 / 60, 5 * SECOND)
    without = DemandState(output=50.0)
    for step in range(12):
        without.output = pid(Control(set_point=24.0, kp=10.0, ki=2.0, feed_forward=0.0), without, 23.0 + step * 5 / 60, 5 * SECOND)
    assert state.output > without.output + 3


@given(temperatures)
def test_the_demand_stays_within_its_bounds_and_never_winds_up(values: list[float]) -> None:
    state = DemandState()
    for value in values:
        state.output = pid(CONTROL, state, value, 5 * SECOND)
        assert 30.0 <= state.output <= 100.0
    for _ in range(60):
        state.output = pid(CONTROL, state, 10.0, MINUTE)
    assert state.output == 30.0
    for _ in range(60):
        state.output = pid(CONTROL, state, 40.0, MINUTE)
    assert state.output == 100.0


def test_stepwise_climbs_at_once_and_descends_by_its_hysteresis() -> None:
    control = Control(kind="stepwise", steps=(Step(18.0, 40.0), Step(23.0, 55.0), Step(25.0, 75.0), Step(27.0, 100.0)), hysteresis=0.5)
    state, outputs = DemandState(), []
    for value in (22.0, 25.0, 24.8, 24.6, 24.4, 27.0, 26.7, 26.4, 10.0):
        state.output = stepwise(control, state, value)
        outputs.append(state.output)
    assert outputs == [40.0, 75.0, 75.0, 75.0, 55.0, 100.0, 100.0, 75.0, 30.0]


def test_in_fail_safe_the_demand_is_never_less_than_fail_safe() -> None:
    state = DemandState(output=40.0)
    assert demand(Control(failsafe=90.0), state, 20.0, 5 * SECOND, failsafe=True) == 90.0
    assert demand(Control(failsafe=90.0), DemandState(output=100.0), 20.0, 5 * SECOND, failsafe=True) == 100.0
    assert demand(Control(failsafe=90.0), DemandState(output=40.0), None, 5 * SECOND, failsafe=False) == 90.0
