"""Log time."""

from hypothesis import given
from hypothesis import strategies as st

from hotzone.app.sequencer import HallClock, Sequencer
from hotzone.config.units import HOUR, MINUTE, SECOND
from hotzone.sensors.clock import ClockMessage

WALL = 1_700_000_000 * SECOND
HALL = 1_500_000_000 * SECOND


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
    assert clock.adopt(ClockMessage(hall=HALL + 7 * MINUTE, wall=WALL - SECOND, rate=60.0))
    assert clock.now() == HALL + 8 * MINUTE
    watch.now += SECOND
    assert clock.now() == HALL + 9 * MINUTE
    assert clock.seconds_until(HALL + 10 * MINUTE) == 1.0
    assert clock.seconds_until(0) == 0.0


def test_the_same_message_again_changes_nothing() -> None:
    clock = HallClock(lambda: WALL, Watch())
    message = ClockMessage(hall=HALL, wall=WALL, rate=2.0)
    assert [clock.adopt(message), clock.adopt(message)] == [True, False]


def test_a_time_of_the_hall_is_one_of_the_wall_too() -> None:
    clock = HallClock(lambda: WALL, Watch())
    assert clock.wall_at(WALL - 5) == WALL - 5
    clock.adopt(ClockMessage(hall=HALL + 7 * MINUTE, wall=WALL, rate=60.0))
    assert clock.wall_at(HALL + 7 * MINUTE) == WALL
    assert clock.wall_at(HALL + 8 * MINUTE) == WALL + SECOND
    assert clock.wall_at(HALL + 6 * MINUTE) == WALL - SECOND


def test_a_clock_that_has_run_out_of_time_is_not_followed() -> None:
    clock = HallClock(lambda: WALL, Watch())
    assert not clock.adopt(ClockMessage(hall=2**62 - MINUTE, wall=WALL - HOUR, rate=60.0))
    assert clock.now() == WALL


def test_a_system_clock_that_was_set_is_noticed_and_followed_on_request() -> None:
    watch, wall = Watch(), WALL
    clock = HallClock(lambda: wall, watch)
    wall += MINUTE + 3 * SECOND
    watch.now += 3 * SECOND
    assert (clock.stepped(), clock.now()) == (MINUTE, WALL + 3 * SECOND)
    clock.follow()
    assert (clock.stepped(), clock.now()) == (0, wall)


def test_a_simulated_hall_has_a_clock_of_its_own() -> None:
    watch, wall = Watch(), WALL
    clock = HallClock(lambda: wall, watch)
    clock.adopt(ClockMessage(HALL, WALL, 60.0))
    wall += HOUR
    assert clock.stepped() == 0
