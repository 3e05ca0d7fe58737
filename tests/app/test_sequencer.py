"""Log time."""

from hypothesis import given
from hypothesis import strategies as st

from hotzone.app.sequencer import ClockMessage, HallClock, Sequencer, read_clock
from hotzone.config.units import MINUTE, SECOND

WALL = 1_700_000_000 * SECOND


class Watch:
    """A monotonic clock that somebody turns."""

    def __init__(self) -> None:
        self.now = 5 * SECOND

    def __call__(self) -> int:
        return self.now


def test_a_frame_is_stamped_with_now() -> None:
    assert Sequencer(lambda: 100).stamp() == 100


def test_two_frames_at_one_instant_are_a_nanosecond_apart() -> None:
    sequencer = Sequencer(lambda: 100)
    assert [sequencer.stamp(), sequencer.stamp()] == [100, 101]


def test_a_clock_behind_the_log_goes_on_from_the_log() -> None:
    assert Sequencer(lambda: 100, last=500).stamp() == 501


def test_many_are_stamped_at_once() -> None:
    sequencer = Sequencer(lambda: 100)
    assert sequencer.stamp(1240) == 100
    assert sequencer.last == 1339
    assert sequencer.stamp() == 1340


@given(st.lists(st.tuples(st.integers(0, 2**62), st.integers(1, 5)), min_size=1))
def test_whatever_the_clock_does_times_strictly_increase(turns: list[tuple[int, int]]) -> None:
    now = 0
    sequencer = Sequencer(lambda: now)
    last = -1
    for now, count in turns:
        first = sequencer.stamp(count)
        assert first > last
        assert first >= now
        last = first + count - 1


def test_without_a_message_hall_time_is_wall_time() -> None:
    watch = Watch()
    clock = HallClock(lambda: WALL, watch)
    watch.now += 3 * SECOND
    assert clock.now() == WALL + 3 * SECOND
    assert clock.rate == 1.0


def test_somebody_who_sets_the_system_clock_moves_nothing() -> None:
    wall = WALL
    clock = HallClock(lambda: wall, Watch())
    wall -= 3600 * SECOND
    assert clock.now() == WALL


def test_a_hall_that_runs_60_times_as_fast_is_followed() -> None:
    watch = Watch()
    clock = HallClock(lambda: WALL, watch)
    assert clock.adopt(ClockMessage(hall=7 * MINUTE, wall=WALL - SECOND, rate=60.0))
    assert clock.now() == 8 * MINUTE
    watch.now += SECOND
    assert clock.now() == 9 * MINUTE
    assert clock.seconds_until(10 * MINUTE) == 1.0
    assert clock.seconds_until(0) == 0.0


def test_the_same_message_again_changes_nothing() -> None:
    clock = HallClock(lambda: WALL, Watch())
    message = ClockMessage(hall=0, wall=WALL, rate=2.0)
    assert [clock.adopt(message), clock.adopt(message)] == [True, False]


def test_what_is_no_clock_is_none() -> None:
    assert read_clock(b'{"hall":1,"wall":2,"rate":60.0}') == ClockMessage(1, 2, 60.0)
    for payload in (b"", b"[]", b'{"hall":1}', b'{"hall":1,"wall":2,"rate":0}', b'{"hall":1,"wall":2,"rate":61}', b"\xff"):
        assert read_clock(payload) is None


def test_a_time_of_the_hall_is_one_of_the_wall_too() -> None:
    clock = HallClock(lambda: WALL, Watch())
    assert clock.wall_at(WALL - 5) == WALL - 5
    clock.adopt(ClockMessage(hall=7 * MINUTE, wall=WALL, rate=60.0))
    assert clock.wall_at(7 * MINUTE) == WALL
    assert clock.wall_at(8 * MINUTE) == WALL + SECOND
    assert clock.wall_at(6 * MINUTE) == WALL - SECOND
