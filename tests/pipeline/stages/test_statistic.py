"""From the inlets of a zone to one number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotzone.config.model import Statistic
from hotzone.pipeline.stages.smooth import smooth
from hotzone.pipeline.stages.statistic import highest, lowest, replace

VALUES = [20.0, 21.0, 22.0, 23.0, 24.0, 25.0, 26.0, 27.0, 28.0, 90.0]
CASES = [
    (Statistic(kind="max"), 90.0, 20.0),
    (Statistic(kind="k-of-n", k=2), 28.0, 21.0),
    (Statistic(kind="k-of-n", k=3), 27.0, 22.0),
    (Statistic(kind="percentile", percentile=90.0), 28.0, 21.0),
    (Statistic(kind="percentile", percentile=100.0), 90.0, 20.0),
    (Statistic(kind="median"), 25.0, 24.0),
]


@pytest.mark.parametrize(("statistic", "high", "low"), CASES, ids=[f"{case[0].kind} {case[1]}" for case in CASES])
def test_statistic(statistic: Statistic, high: float, low: float) -> None:
    assert (highest(statistic, VALUES), lowest(statistic, VALUES)) == (high, low)


@given(st.lists(st.floats(-40, 125), min_size=3), st.floats(-40, 125), st.sampled_from(["median", "k-of-n", "percentile"]))
def test_one_wild_thermometer_cannot_leave_the_range_of_the_others(values: list[float], wild: float, kind: str) -> None:
    statistic = Statistic(kind=kind, k=2, percentile=60.0)
    for pick in (highest, lowest):
        found = pick(statistic, sorted([*values, wild]))
        assert found is not None
        assert min(values) <= found <= max(values)


def test_few_values_still_give_one_and_none_gives_none() -> None:
    assert highest(Statistic(kind="k-of-n", k=5), [20.0, 21.0]) == 20.0
    assert highest(Statistic(), []) is None


@given(st.lists(st.tuples(st.integers(0, 5), st.one_of(st.none(), st.floats(-40, 125)))))
def test_replacing_keeps_the_values_sorted_and_complete(changes: list[tuple[int, float | None]]) -> None:
    values: list[float] = []
    entries: dict[int, float | None] = {}
    for sensor, celsius in changes:
        replace(values, entries.get(sensor), celsius)
        entries[sensor] = celsius
    assert values == sorted(value for value in entries.values() if value is not None)


def test_smoothing_weighs_by_elapsed_time() -> None:
    assert smooth(None, 24.0, 0, 10) == 24.0
    assert smooth(20.0, 24.0, 10, 0) == 24.0
    assert smooth(20.0, 24.0, 10, 10) == 22.0
    assert smooth(20.0, 24.0, 1_000_000, 10) == pytest.approx(24.0, abs=1e-3)
