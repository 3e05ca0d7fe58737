"""The table of an alarm's life."""

from hotzone.pipeline.alarms import STANDING, TABLE, Trigger
from hotzone.pipeline.events import AlarmState


def test_every_state_can_be_reached_and_left() -> None:
    assert {state for state, _ in TABLE} == set(AlarmState)
    assert {transition.state for transition in TABLE.values()} == set(AlarmState)


def test_a_condition_that_returns_is_told_exactly_when_it_stood() -> None:
    for state in AlarmState:
        told = (transition := TABLE.get((state, Trigger.RETURN))) is not None and transition.event == "alarm.cleared"
        assert told is (state in STANDING)


def test_no_transition_raises_what_already_stands() -> None:
    assert not any((state, Trigger.CONDITION) in TABLE for state in STANDING)
