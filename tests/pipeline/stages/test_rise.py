"""How fast a thermometer warms."""

from hotzone.config.model import QualityRules, RateLimit
from hotzone.config.units import MINUTE, SECOND
from hotzone.pipeline.stages.rise import exceeded, remember
from hotzone.pipeline.state import SensorState

FAST = RateLimit(rule="fast", rise=1.0, over=MINUTE, share=0.3)
SLOW = RateLimit(rule="slow", rise=0.33, over=3 * MINUTE, share=0.3)


def first_exceeded(
    values: list[tuple[float, float]], quantum: float = 0.01, limits: tuple[RateLimit, ...] = (FAST, SLOW)
) -> dict[int, float]:
    """By limit, the second at which it is first exceeded."""
    state, longest, found = SensorState(), max(limit.over for limit in limits), {}
    for second, celsius in values:
        at = round(second * SECOND)
        remember(state, longest, celsius, at)
        bits = state.rising = exceeded(state, limits, QualityRules(quantum=quantum), celsius, at)
        for index in range(len(limits)):
            if bits >> index & 1:
                found.setdefault(index, second)
    return found


def ramp(kelvin_per_minute: float, period: float = 10.0, until: float = 600.0) -> list[tuple[float, float]]:
    return [(step * period, 24.0 + kelvin_per_minute * step * period / 60) for step in range(int(until / period))]


def test_a_loss_of_cooling_is_seen_before_the_window_is_over() -> None:
    assert first_exceeded(ramp(4.9)) == {0: 20.0, 1: 20.0}


def test_a_slow_rise_trips_only_the_slow_limit() -> None:
    assert first_exceeded(ramp(0.4)) == {1: 150.0}


def test_the_drift_of_a_day_trips_nothing() -> None:
    assert first_exceeded(ramp(0.2)) == {}


def test_the_chatter_of_a_whole_degree_thermometer_is_no_rise() -> None:
    chatter = [(step * 60.0, 24.0 + step % 2) for step in range(60)]
    assert first_exceeded(chatter, quantum=1.0) == {}
    assert first_exceeded(chatter, quantum=0.1) != {}


def bits_after(begin: int, celsius: float) -> list[int]:
    """What a thermometer exceeds that rests after a restart at `begin` s, when it had risen before; a reading each 10 s."""
    state, found = SensorState(rising=0b11), []
    for second in range(begin, begin + 300, 10):
        remember(state, SLOW.over, celsius, second * SECOND)
        state.rising = exceeded(state, (FAST, SLOW), QualityRules(), celsius, second * SECOND)
        found.append(state.rising)
    return found


def test_one_that_rose_does_until_its_memory_reaches_over_the_window_again() -> None:
    found = bits_after(1000, 24.0)
    assert (found[0], found[-1]) == (0b11, 0)
    assert 40 <= 10 * found.index(0b10) <= 60
    assert 150 <= 10 * found.index(0) <= 180


def test_the_trail_stays_short() -> None:
    state = SensorState()
    for second in range(3600):
        remember(state, 3 * MINUTE, 24.0, second * SECOND)
    assert len(state.trail) <= 14
