"""Where a zone is to its limits, with and without thermometers that fell silent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotzone.config.model import Limit, Statistic
from hotzone.pipeline.stages.limits import calm, compare
from hotzone.pipeline.stages.trip import Seen

HIGH = Limit(rule="high", above=32.0, deadband=1.0)
LOW = Limit(rule="low", below=18.0, deadband=1.0)
MAX = Statistic(kind="max")

CASES = [
    ("at the limit it is over", HIGH, [32.0], [], Seen.OVER),
    ("inside the deadband it is between", HIGH, [31.0], [], Seen.BETWEEN),
    ("past the deadband it is back", HIGH, [30.9], [], Seen.BACK),
    ("a hot thermometer that fell silent holds the alarm", HIGH, [25.0], [33.0], Seen.BETWEEN),
    ("a cool thermometer that fell silent does not", HIGH, [25.0], [24.0], Seen.BACK),
    ("a silent thermometer cannot raise", HIGH, [25.0], [99.0], Seen.BETWEEN),
    ("low: at the limit it is over", LOW, [18.0], [], Seen.OVER),
    ("low: inside the deadband it is between", LOW, [19.0], [], Seen.BETWEEN),
    ("low: past the deadband it is back", LOW, [19.1], [], Seen.BACK),
    ("low: a cold thermometer that fell silent holds the alarm", LOW, [25.0], [15.0], Seen.BETWEEN),
]


@pytest.mark.parametrize(("limit", "values", "lost", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_compare(limit: Limit, values: list[float], lost: list[float], expected: Seen) -> None:
    found = compare(limit, MAX, values, lost)
    assert found is not None
    assert found[0] is expected


def test_without_a_good_thermometer_nothing_is_known() -> None:
    assert compare(HIGH, MAX, [], [40.0]) is None


def test_the_calm_range_lies_between_the_nearest_limits() -> None:
    assert calm([HIGH, LOW, Limit(rule="warm", above=27.0)]) == (18.0, 27.0)
    assert calm([]) == (float("-inf"), float("inf"))


@pytest.mark.parametrize("kind", ["max", "median", "percentile", "k-of-n"])
@given(values=st.lists(st.floats(15, 40), min_size=1, max_size=9), lost=st.lists(st.floats(15, 40), max_size=9), silent=st.integers(0, 8))
def test_no_thermometer_ends_an_alarm_by_falling_silent(kind: str, values: list[float], lost: list[float], silent: int) -> None:
    statistic = Statistic(kind=kind)
    before = compare(HIGH, statistic, sorted(values), sorted(lost))
    gone = silent % len(values)
    after = compare(HIGH, statistic, sorted([*values[:gone], *values[gone + 1 :]]), sorted([*lost, values[gone]]))
    if before is not None and before[0] is not Seen.BACK and after is not None:
        assert after[0] is not Seen.BACK
