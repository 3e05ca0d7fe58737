"""The clock of a simulated hall."""

import pytest

from hotzone.config.units import SECOND
from hotzone.sensors.clock import ClockMessage, read_clock

WALL = 1_700_000_000 * SECOND
HALL = 1_500_000_000 * SECOND


def test_a_clock_says_which_time_of_the_hall_was_which_of_the_wall() -> None:
    assert read_clock(b'{"hall":%d,"wall":%d,"rate":60.0}' % (HALL, WALL)) == ClockMessage(HALL, WALL, 60.0)


@pytest.mark.parametrize("text", ["", "[]", "\xff", "[" * 5000, '{"hall":1}'])
def test_what_is_no_message_is_no_clock(text: str) -> None:
    assert read_clock(text.encode("latin-1")) is None


@pytest.mark.parametrize("rate", ["0", "-1", "61", "1e999", "NaN", "true"])
def test_a_rate_that_makes_no_sense_is_no_clock(rate: str) -> None:
    assert read_clock(b'{"hall":%d,"wall":%d,"rate":%s}' % (HALL, WALL, rate.encode())) is None


@pytest.mark.parametrize("time", [-1, 0, 10**18 - 1, 2**62, 2**63, 10**40])
def test_a_time_that_no_hall_can_have_is_no_clock(time: int) -> None:
    assert read_clock(b'{"hall":%d,"wall":%d,"rate":1.0}' % (time, WALL)) is None
    assert read_clock(b'{"hall":%d,"wall":%d,"rate":1.0}' % (HALL, time)) is None
