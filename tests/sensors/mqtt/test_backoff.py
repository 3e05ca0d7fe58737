from random import Random

from hotzone.sensors.mqtt.backoff import CAP_S, REFUSED_S, Backoff


class Highest(Random):
    """Always draws the upper end."""

    def uniform(self, a: float, b: float) -> float:  # noqa: ARG002  as the real one has it
        return b


def test_the_bound_doubles_up_to_the_cap() -> None:
    backoff = Backoff(Highest())
    assert [backoff.next() for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    backoff.reset()
    assert backoff.next() == 0.5


def test_the_jitter_is_full() -> None:
    backoff = Backoff(Random(1))
    delays = [backoff.next() for _ in range(2000)][10:]
    assert min(delays) < 0.1
    assert CAP_S - 0.1 < max(delays) <= CAP_S


def test_after_a_refusal_a_second_passes() -> None:
    backoff = Backoff(Random(1))
    assert min(backoff.next(refused=True) for _ in range(100)) >= REFUSED_S
