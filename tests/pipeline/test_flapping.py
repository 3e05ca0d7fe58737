"""Flap detection against Nagios' published weights."""

import pytest

from hotzone.config.units import MINUTE, SECOND
from hotzone.pipeline.flapping import HIGH, LENGTH, LOW, Flap, share


def test_twenty_changes_in_twenty_one_states_are_everything() -> None:
    assert share([index % 2 == 0 for index in range(LENGTH)]) == pytest.approx(1.0)


def test_no_change_is_nothing() -> None:
    assert share([True] * LENGTH) == share([]) == share([False]) == 0.0


@pytest.mark.parametrize(("place", "weight"), [(1, 0.8), (20, 1.2)])
def test_the_oldest_change_weighs_8_tenths_and_the_newest_12(place: int, weight: float) -> None:
    assert share([index >= place for index in range(LENGTH)]) == pytest.approx(weight / 20)


def test_seven_changes_among_the_last_are_as_the_weights_add_up() -> None:
    states = [False] * 13 + [index % 2 == 0 for index in range(8)]
    wanted = sum(0.8 + 0.4 / 19 * (index - 1) for index in range(1, 21) if states[index] != states[index - 1]) / 20
    assert share(states) == pytest.approx(wanted)
    assert wanted > 8 / 20  # eight of twenty, and the newest weigh most


def test_what_is_not_remembered_did_not_change() -> None:
    assert share([False, True]) == pytest.approx(1.2 / 20)


def test_an_alarm_that_comes_and_goes_every_few_seconds_flaps_until_it_has_been_quiet() -> None:
    flap = Flap()
    found = [flap.look(MINUTE + number * 5 * SECOND, standing=number % 2 == 0) for number in range(14)]
    assert found[0] is False
    assert found[-1] is True
    assert share(flap.states) > HIGH
    at = MINUTE + 70 * SECOND
    quiet = [flap.look(at + minute * MINUTE, standing=False) for minute in range(1, 22)]
    assert quiet[0] is True
    assert quiet[-1] is False
    assert share(flap.states) < LOW


def test_an_alarm_that_comes_and_goes_once_an_hour_does_not_flap() -> None:
    flap = Flap()
    assert not any(flap.look((1 + number * 30) * MINUTE, standing=number % 2 == 0) for number in range(50))
