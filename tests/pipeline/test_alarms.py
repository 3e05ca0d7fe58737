"""The table of an alarm's life: every state with every trigger, written down a second time as a grid."""

import pytest

from hotzone.pipeline.alarms import ACTIVE, ASIDE, LETTERS, STANDING, TABLE, Trigger
from hotzone.pipeline.events import AlarmState

COLUMNS = [
    Trigger.CONDITION,
    Trigger.RETURN,
    Trigger.RETURN_LATCHED,
    Trigger.ACKNOWLEDGE,
    Trigger.RESET,
    Trigger.REPEAT,
    Trigger.SHELVE,
    Trigger.UNSHELVE,
    Trigger.SUPPRESS,
    Trigger.UNSUPPRESS,
    Trigger.DISABLE,
    Trigger.ENABLE,
    Trigger.REMOVE,
]
GRID = """
    A  B . . . . . G . H . I . .
    B  . D E C . . G . H . I . A
    C  . A F . . B G . H . I . A
    D  B . . A . . G . H . I . A
    E  B . . F . . G . H . I . A
    F  B . . . A . G . H . I . A
    G  G G G . . . G A . . I . A
    H  H H H . . . G . . A I . A
    I  I I I . . . . . . . . A A
"""
"""Rows are states, columns triggers, cells where it goes; a dot is refused."""
ROWS = [
    (state, trigger, cell)
    for line in GRID.split("\n")[1:-1]
    for state, cells in [(line.split()[0], line.split()[1:])]
    for trigger, cell in zip(COLUMNS, cells, strict=True)
]
BY_LETTER = {letter: state for state, letter in LETTERS.items()}


@pytest.mark.parametrize(("state", "trigger", "wanted"), ROWS, ids=[f"{state} {trigger}" for state, trigger, _ in ROWS])
def test_every_state_does_with_every_trigger_what_the_grid_says(state: str, trigger: Trigger, wanted: str) -> None:
    transition = TABLE.get((BY_LETTER[state], trigger))
    assert (LETTERS[transition.state] if transition is not None else ".") == wanted


def test_the_grid_has_every_pair() -> None:
    assert {(BY_LETTER[state], trigger) for state, trigger, _ in ROWS} == {(state, trigger) for state in AlarmState for trigger in Trigger}


def test_every_state_can_be_reached_and_left() -> None:
    assert {state for state, _ in TABLE} == set(AlarmState)
    assert {transition.state for transition in TABLE.values()} == set(AlarmState)
    assert all(any(one.state is not state for (source, _), one in TABLE.items() if source is state) for state in AlarmState)


def test_every_change_of_state_is_told_but_the_end_of_what_is_over() -> None:
    silent = [(state, trigger) for (state, trigger), one in TABLE.items() if one.event is None]
    assert silent == [(AlarmState.RETURNED, Trigger.REMOVE)]


def test_only_a_condition_raises_and_only_what_is_not_active() -> None:
    raising = {(state, trigger) for (state, trigger), one in TABLE.items() if one.event == "alarm.raised"}
    assert {trigger for _, trigger in raising} == {Trigger.CONDITION}
    assert {state for state, _ in raising}.isdisjoint(ACTIVE)


def test_a_latched_alarm_stands_until_it_is_reset_and_nothing_else_that_is_over_does() -> None:
    assert {AlarmState.LATCHED_UNACKNOWLEDGED, AlarmState.LATCHED_ACKNOWLEDGED} == STANDING - ACTIVE
    ends = {trigger for (state, trigger), one in TABLE.items() if state in STANDING - ACTIVE and one.state is AlarmState.NORMAL}
    assert ends == {Trigger.RESET, Trigger.REMOVE}


def test_what_comes_back_from_aside_is_normal_first_and_never_acknowledged() -> None:
    back = {one.state for (state, _), one in TABLE.items() if state in ASIDE and one.state not in ASIDE}
    assert back == {AlarmState.NORMAL}


def test_a_condition_of_what_is_put_aside_is_recorded_and_moves_nothing() -> None:
    for state in ASIDE:
        assert TABLE[state, Trigger.CONDITION] == (state, "condition.began")
        assert TABLE[state, Trigger.RETURN] == TABLE[state, Trigger.RETURN_LATCHED] == (state, "condition.ended")
