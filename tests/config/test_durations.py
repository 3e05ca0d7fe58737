"""Durations as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotzone.config.durations import format_duration, parse_duration
from hotzone.config.units import HOUR, MICROSECOND, MILLISECOND, MINUTE, SECOND


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("30s", 30 * SECOND),
        ("5m", 5 * MINUTE),
        ("1h30m", 90 * MINUTE),
        ("250ms", 250 * MILLISECOND),
        ("1.5s", 1500 * MILLISECOND),
        ("0.1s", 100 * MILLISECOND),
        ("7d", 168 * HOUR),
        ("0s", 0),
        ("1m30s500ms", 90_500 * MILLISECOND),
        ("3us", 3000),
    ],
)
def test_a_duration_is_read(text: str, duration: int) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text", ["", "5", "5 m", "m", "-5s", "5min", "30m1h", "1m1m", "1s2m", "٣s", "5s\n", "1e3s", "0.0000000001s", "s5", "inf", "5M"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a duration"):
        parse_duration(text)


@given(st.integers(0, 10**9).map(lambda count: count * MICROSECOND))
def test_a_duration_reads_back_as_it_was_written(duration: int) -> None:
    assert parse_duration(format_duration(duration)) == duration


def test_a_duration_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(ValueError, match="whole microseconds"):
        format_duration(1)
