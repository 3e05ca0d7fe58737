"""The slot: a thermometer's state, and what its configuration comes to."""

from functools import lru_cache
from typing import Final, NamedTuple

from ..config.model import Limit, QualityRules, RateLimit, Role, Sensor, Zone
from ..config.units import MINUTE
from .stages.limits import calm
from .stages.rise import spacing
from .stages.validate import least_jump, rests
from .state import SensorState

ENDLESS: Final = 2**63 - 1
"""Of whole numbers."""


class Bounds(NamedTuple):
    """Within these a reading is an ordinary one; the same for all thermometers that are configured alike. °C, K and ns."""

    low: float
    high: float
    step: float
    """The change that is never suspect."""
    bottom: float
    """Of the range in which no limit of the zone can trip."""
    top: float
    rise: float
    """The least rise that a rate limit of the zone can mean."""
    skew: int
    late: int
    rest: int
    """How long one single value is believed."""
    smoothing: int
    longest: int
    """The longest window of a rate limit; 0: the thermometer is not watched for its rise."""
    spacing: int
    period: int


class Slot:
    """A thermometer of a zone."""

    __slots__ = ("bounds", "coolest", "inlet", "known", "sensor")

    def __init__(self, sensor: Sensor, known: SensorState, zone: Zone) -> None:
        self.sensor, self.known = sensor, known
        self.inlet = sensor.role is Role.INLET
        self.bounds = _bounds(sensor.quality, zone.limits if self.inlet else (), zone.rates if self.inlet else ())
        self.coolest = min((celsius for _, celsius in known.trail), default=float("inf"))
        """At most what the trail holds."""


@lru_cache
def _bounds(spec: QualityRules, limits: tuple[Limit, ...], rates: tuple[RateLimit, ...]) -> Bounds:
    bottom, top = calm(limits)
    longest = max((limit.over for limit in rates), default=0)
    return Bounds(
        low=spec.low,
        high=spec.high,
        step=least_jump(spec),
        bottom=bottom,
        top=top,
        rise=min((max(limit.rise * limit.over / MINUTE, 1.5 * spec.quantum) for limit in rates), default=float("inf")),
        skew=-spec.skew,
        late=spec.late_after,
        rest=int(min(rests(spec), ENDLESS)),
        smoothing=max(0, spec.smoothing),
        longest=longest,
        spacing=spacing(longest),
        period=spec.period,
    )
