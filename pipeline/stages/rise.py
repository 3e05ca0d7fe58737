"""Rise: how fast a thermometer warms, by measured time.

The rise is the change since the oldest remembered value of the window, so it shows as soon as the air has warmed by as much as the
whole window would allow: a loss of cooling is seen long before the window is over. A change under 1.5 quanta is the thermometer's
resolution, not warmth. One that rose goes on to, until its memory reaches over the window again: after a restart there is none.
"""

from collections.abc import Sequence
from typing import Final

from ...config.model import QualityRules, RateLimit
from ...config.units import MINUTE
from ..state import SensorState

POINTS: Final = 12
"""Points remembered over the longest window."""


def spacing(longest: int) -> int:
    """How far points are apart at least."""
    return longest // POINTS


def remember(state: SensorState, longest: int, celsius: float, measured_at: int) -> None:
    """Add the value to the trail, thinned, and forget what lies before the longest window."""
    trail = state.trail
    if not trail or measured_at - trail[-1][0] >= spacing(longest):
        oldest = measured_at - longest
        state.trail = (*(point for point in trail if point[0] >= oldest), (measured_at, celsius))


def exceeded(state: SensorState, limits: Sequence[RateLimit], spec: QualityRules, celsius: float, measured_at: int) -> int:
    """Which of the rate limits the thermometer exceeds now: bit i for `limits[i]`."""
    bits = 0
    apart = spacing(max((limit.over for limit in limits), default=0)) + spec.period
    for index, limit in enumerate(limits):
        needed = max(limit.rise * limit.over / MINUTE, 1.5 * spec.quantum)
        since = measured_at - limit.over
        oldest = next((value for then, value in state.trail if then >= since), celsius)
        if celsius - oldest >= needed or (state.rising >> index & 1 and state.trail[0][0] > since + apart):
            bits |= 1 << index
    return bits
