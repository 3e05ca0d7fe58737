"""The short way of ordinary readings does what the long way through the stages would do, and nearly every reading takes it."""

from collections.abc import Callable
from itertools import pairwise
from math import isnan
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotzone.config.units import MILLISECOND, SECOND
from hotzone.pipeline import Pipeline, Style
from hotzone.pipeline.inputs import Readings
from hotzone.pipeline.ordinary import Ordinary
from hotzone.sensors.arrays import Ints
from hotzone.sensors.frame import Frame
from hotzone.sensors.reading import Quality
from support import catalogue
from support.sites import EPOCH, reading, site, start, stream, zone

TAKE = Ordinary.take
Told = tuple[list[float | None], dict[int, tuple[Quality, str]], dict[str, float | None]]
"""Of each thermometer the last value, of those that are not good why, of each zone its value."""
Counting = Callable[[], tuple[int, int]]


def the_long_way(_self: Ordinary, readings: Readings) -> Ints:
    return np.arange(len(readings.at))


@pytest.fixture(autouse=True)
def _however_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotzone.pipeline.zones.FEW", 1)
    monkeypatch.setattr("hotzone.pipeline.stages.decode.FEW", 1)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Counting:
    taken = [0, 0]

    def take(self: Ordinary, readings: Readings) -> Ints:
        others = TAKE(self, readings)
        taken[0] += len(readings.at) - len(others)
        taken[1] += len(others)
        return others

    monkeypatch.setattr(Ordinary, "take", take)
    return lambda: (taken[0], taken[1])


def folded(runs: Any) -> list[tuple[bytes, bytes]]:
    """Events and state of each run."""
    found, state = [], None
    for run in runs:
        pipeline = Pipeline(run.site, state)
        events = repr(pipeline.push(run.frames)).encode()
        assert glance(pipeline) == told(pipeline)
        state = pipeline.snapshot()
        found.append((events, state))
    return found


def glance(pipeline: Pipeline) -> Told:
    found = pipeline.glance()
    poor = {place: (known.quality, known.cause) for place, known in found.poor.items()}
    return (
        [None if isnan(celsius) else celsius for celsius in found.celsius.tolist()],
        poor,
        {name: known.value for name, known in found.zones.items()},
    )


def told(pipeline: Pipeline) -> Told:
    """The same by the states."""
    states = [pipeline.zones[sensor.zone].sensors[sensor.id] for sensor in pipeline.site.sensors]
    poor = {place: (known.quality, known.cause) for place, known in enumerate(states) if known.quality is not Quality.GOOD}
    return [known.celsius for known in states], poor, pipeline.values


@pytest.mark.parametrize("style", Style)
def test_in_every_style_a_glance_shows_what_the_states_are(style: Style) -> None:
    two = site(zone("A1"), zone("A2"))
    with Pipeline(two, style=style, workers=2) as pipeline:
        pipeline.push([start(), *stream(two.zones[0], 24.0, 1, 60)])
        pipeline.push([*stream(two.zones[0], 25.0, 60, 90), *stream(two.zones[1], 26.0, 90, 91)])
        found = glance(pipeline)
        assert found == told(pipeline)
    assert [celsius for celsius in found[0] if celsius is not None] == [25.0] * 4 + [26.0] * 4


@pytest.mark.parametrize("name", catalogue.names())
def test_both_ways_lead_to_the_same_state_on_every_recording_of_the_catalogue(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    short = folded(catalogue.entry(name).runs)
    monkeypatch.setattr(Ordinary, "take", the_long_way)
    assert folded(catalogue.entry(name).runs) == short


STEPS = st.tuples(
    st.integers(0, 3),  # of four thermometers
    st.sampled_from([0.0, 0.01, -0.01, 0.3, -0.3, 1.9, 2.1, 5.0, -5.0, 60.0]),  # by so much
    st.sampled_from([-20, -1, 0, 1, 3, 6, 10, 31]),  # measured so many seconds later
    st.sampled_from([0, 1, 5, 19, 21, -4, -6]),  # and arrived so many seconds late
    st.sampled_from([1, 1, 1, 0, 2, -5, None]),  # with a number so much higher
)


@settings(deadline=None)
@given(st.lists(STEPS, max_size=60), st.sets(st.integers(0, 64), max_size=6))
def test_both_ways_lead_to_the_same_state_whatever_comes(steps: list[tuple[int, float, int, int, int | None]], cuts: set[int]) -> None:
    where = site(zone())
    sensors = [sensor.id for sensor in where.sensors]
    celsius, measured, sequence = [24.0] * 4, [EPOCH] * 4, [1] * 4
    at = EPOCH + SECOND
    frames: list[Frame] = [start(), *(reading(at + index, sensor, 24.0, 1) for index, sensor in enumerate(sensors))]
    at += 50 * SECOND
    for which, change, later, late, number in steps:
        celsius[which] += change
        measured[which] = max(measured[which] + later * SECOND, EPOCH)
        sequence[which] += number or 0
        at = max(at + 1, measured[which] + late * SECOND)
        told = f',"sequence":{sequence[which]}' if number is not None else ""
        payload = f'{{"value":{celsius[which]:.2f},"time":{measured[which] // MILLISECOND}{told}}}'
        frames.append(Frame(at, where.sensors[which].topic, payload.encode()))
    short = Pipeline(where)
    events = [
        event
        for begin, end in pairwise(sorted({0, *(min(cut, len(frames)) for cut in cuts), len(frames)}))
        for event in short.push(frames[begin:end])
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Ordinary, "take", the_long_way)
        long = Pipeline(where)
        assert long.push(frames) == events
    assert short.snapshot() == long.snapshot()


def test_nearly_every_reading_of_a_zone_that_nothing_is_up_with_is_ordinary(counting: Counting) -> None:
    where = site(zone(sensors=10))
    Pipeline(where).push([start(), *stream(where.zones[0], 24.0, 1, 600)])
    short, long = counting()
    assert short + long == 600
    assert long <= 60, "the first ones, and those until the zone has left fail-safe"


def test_no_reading_of_a_zone_past_a_limit_is_ordinary(counting: Counting) -> None:
    where = site(zone(sensors=10))
    pipeline = Pipeline(where)
    pipeline.push([start(), *stream(where.zones[0], 24.0, 1, 120)])
    before = counting()[0]
    pipeline.push(list(stream(where.zones[0], 33.0, 121, 300)))
    assert counting()[0] == before
