import math
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotzone.config.units import MINUTE, SECOND
from hotzone.sensors.frame import Frame
from hotzone.sensors.payload import decode
from hotzone.sensors.recording import Bar, Recording, RecordingInUse, RecordingWriter, Rollup, rebuild_rollup
from hotzone.sensors.recording.errors import ChunkDamaged
from hotzone.sensors.recording.rollup import Sampled, decode_means, decode_minute
from support.readings import START, readings

NAMES = ["A1/r1/in", "A1/r2/in", "A1"]
NOON = START // MINUTE * MINUTE
FRAMES = readings(sensors=60, periods=20)
TOPICS = sorted({frame.topic for frame in FRAMES})


def sampled(*rows: tuple[int, int, float]) -> Sampled:
    place, at, value = zip(*rows, strict=True)
    return Sampled(np.array(place, np.int64), np.array(at, np.int64), np.array(value, np.float64))


def sample(frames: list[Frame]) -> Sampled:
    return sampled(*((TOPICS.index(frame.topic), frame.at, decode(frame.payload).celsius) for frame in frames))


def test_a_minute_has_the_least_mean_and_greatest_of_each_series() -> None:
    rollup = Rollup()
    rollup.feed(
        sampled(
            (0, NOON, 21.0),
            (2, NOON + SECOND, -5.5),
            (0, NOON + 2 * SECOND, 24.0),
            (0, NOON + 59 * SECOND, 21.25),
            (1, NOON + MINUTE, 30.0),
        )
    )
    rows = [decode_minute(*row, NAMES) for row in rollup.take()]
    assert [row.at for row in rows] == [NOON, NOON + MINUTE]
    assert rows[0].bars == {"A1/r1/in": Bar(3, 21.0, 22.083, 24.0), "A1": Bar(1, -5.5, -5.5, -5.5)}
    assert rows[1].bars == {"A1/r2/in": Bar(1, 30.0, 30.0, 30.0)}


def test_only_minutes_that_are_over_are_given_and_each_once() -> None:
    rollup = Rollup()
    rollup.feed(sampled((0, NOON, 21.0), (0, NOON + MINUTE, 22.0)))
    assert rollup.take(NOON + MINUTE - 1) == []
    assert [minute for minute, _ in rollup.take(NOON + MINUTE)] == [NOON // MINUTE]
    rollup.feed(sampled((0, NOON + MINUTE + SECOND, 23.0)))
    ((minute, blob),) = rollup.take(NOON + 2 * MINUTE)
    assert decode_minute(minute, blob, NAMES).bars["A1/r1/in"] == Bar(2, 22.0, 22.5, 23.0)
    assert rollup.take() == []


def test_what_is_no_temperature_is_in_no_chart() -> None:
    rollup = Rollup()
    rollup.feed(sampled((0, NOON, math.nan), (0, NOON, math.inf), (0, NOON, 1e300), (0, NOON, -1e10)))
    assert rollup.take() == []


@given(st.lists(st.tuples(st.integers(0, 2), st.floats(-1e6, 1e6)), min_size=1, max_size=50))
def test_the_rollup_is_what_plain_arithmetic_says(values: list[tuple[int, float]]) -> None:
    rollup = Rollup()
    rollup.feed(sampled(*((series, NOON, value) for series, value in values)))
    ((minute, blob),) = rollup.take()
    bars = decode_minute(minute, blob, NAMES).bars
    for place, name in enumerate(NAMES):
        mine = [value for series, value in values if series == place]
        if not mine:
            assert name not in bars
            continue
        bar = bars[name]
        assert (bar.count, bar.low, bar.high) == (len(mine), pytest.approx(min(mine), abs=6e-4), pytest.approx(max(mine), abs=6e-4))
        assert bar.mean == pytest.approx(sum(mine) / len(mine), abs=1e-3)


@given(st.lists(st.tuples(st.integers(0, 2), st.floats(-100, 100)), min_size=2, max_size=50), st.integers(1, 49))
def test_a_minute_is_the_same_in_whatever_pieces_it_comes(values: list[tuple[int, float]], cut: int) -> None:
    rows = [(series, NOON, value) for series, value in values]
    whole, pieces = Rollup(), Rollup()
    whole.feed(sampled(*rows))
    for part in (rows[:cut], rows[cut:]):
        if part:
            pieces.feed(sampled(*part))
    assert pieces.take() == whole.take()


@given(st.lists(st.dictionaries(st.integers(0, 2), st.floats(-1e6, 1e6), min_size=1), min_size=1, max_size=6))
def test_the_means_of_rows_together_are_those_of_each(minutes: list[dict[int, float]]) -> None:
    rollup = Rollup()
    rollup.feed(
        sampled(*((series, NOON + turn * MINUTE, value) for turn, values in enumerate(minutes) for series, value in values.items()))
    )
    rows = rollup.take()
    means = decode_means([blob for _, blob in rows], len(NAMES))
    for line, row in zip(means.tolist(), rows, strict=True):
        bars = decode_minute(*row, NAMES).bars
        assert [None if math.isnan(value) else value for value in line] == [
            *(bars[name].mean if name in bars else None for name in NAMES),
            None,
        ]


@given(st.lists(st.binary(max_size=80), min_size=1, max_size=3))
def test_rows_that_are_none_are_damage_together_too(blobs: list[bytes]) -> None:
    with suppress(ChunkDamaged):
        decode_means(blobs, len(NAMES))


@given(st.binary(max_size=80))
def test_a_row_that_is_none_is_damage_and_nothing_else(blob: bytes) -> None:
    with suppress(ChunkDamaged):
        decode_minute(0, blob, NAMES)


def record(folder: Path, **options: object) -> None:
    rollup = Rollup()
    with RecordingWriter(folder, **{"site_source": "", "version": "1", "started": START, **options}) as recording:
        for begin in range(0, len(FRAMES), 100):
            frames = FRAMES[begin : begin + 100]
            recording.append(frames)
            rollup.feed(sample(frames))
            recording.rollup(rollup.take(frames[-1].at), TOPICS)
            recording.commit()
        recording.rollup(rollup.take(), TOPICS)


def test_the_rollup_is_recorded_and_can_be_made_anew(tmp_path: Path) -> None:
    record(tmp_path)
    written = list(Recording(tmp_path).rollup())
    assert [minute.at for minute in written] == sorted({frame.at // MINUTE * MINUTE for frame in FRAMES})
    assert sum(bar.count for minute in written for bar in minute.bars.values()) == len(FRAMES)
    assert rebuild_rollup(tmp_path, TOPICS, sample) == len(written)
    assert list(Recording(tmp_path).rollup()) == written


def test_a_minute_that_two_segments_share_is_rebuilt_once(tmp_path: Path) -> None:
    record(tmp_path, segment_age=45 * SECOND)
    assert len(Recording(tmp_path).segments) > 2
    rebuild_rollup(tmp_path, TOPICS, sample)
    minutes = list(Recording(tmp_path).rollup())
    assert [minute.at for minute in minutes] == sorted({frame.at // MINUTE * MINUTE for frame in FRAMES})
    assert sum(bar.count for minute in minutes for bar in minute.bars.values()) == len(FRAMES)


def test_a_rollup_is_not_rebuilt_under_the_writer(tmp_path: Path) -> None:
    record(tmp_path)
    with RecordingWriter(tmp_path, site_source="", version="1", started=START), pytest.raises(RecordingInUse):
        rebuild_rollup(tmp_path, TOPICS, sample)
