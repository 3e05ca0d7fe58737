"""How much is measured: all of it, or so little that only the harness is tried."""

from msgspec import Struct


class Scale(Struct, frozen=True, kw_only=True):
    """The size of a run."""

    rounds: int = 5
    readings: int = 300_000
    """Of a run through a broker with QoS 0; with QoS 1 a third of it."""
    periods: int = 30
    """Readings of each thermometer, in memory."""
    sensors: tuple[int, int, int] = (1_000, 10_000, 100_000)
    """Sizes of halls in memory; the middle one is the one that is compared."""
    crowd: int = 100_000
    """Thermometers whose memory is measured."""
    hours: float = 24.0
    """Hall-hours of a replay, and of the accelerated run whose memory is watched."""
    seconds: float = 20.0
    """Of a paced run."""
    rate: int = 10_000
    """Messages a second of a paced run."""
    clients: int = 200
    """Who listen to the stream of changes."""
    starts: int = 5
    """Starts of a program in each round, of which the median counts."""


FULL = Scale()
SMOKE = Scale(
    rounds=1, readings=3_000, periods=2, sensors=(100, 1_000, 2_000), crowd=2_000, hours=0.02, seconds=1.0, rate=1_000, clients=20, starts=1
)
