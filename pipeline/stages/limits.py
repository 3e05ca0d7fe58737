"""Limits: is the zone's value past a limit, and is it back by the deadband.

Raising looks at the thermometers that can be believed. Clearing looks at those and at the ones that cannot and were not back by the deadband
when they last could: an alarm does not end because the thermometer that raised it fell silent.
"""

from collections.abc import Sequence

from ...config.model import Limit, Statistic
from .statistic import highest, lowest
from .trip import Seen


def compare(limit: Limit, statistic: Statistic, values: Sequence[float], lost: Sequence[float]) -> tuple[Seen, float] | None:
    """Where the zone is to `limit`, and its value, °C; None when nothing is known.

    `values` and `lost` are sorted; `lost` holds what the thermometers that are not good said last.
    """
    if limit.above is not None:
        sign, bound, pick = 1.0, limit.above, highest
    elif limit.below is not None:
        sign, bound, pick = -1.0, limit.below, lowest
    else:
        return None
    value = pick(statistic, values)
    if value is None:
        return None
    if sign * (value - bound) >= 0:
        return Seen.OVER, value
    # Of those that are lost only the ones that are not back count: so it is never their silence that ends an alarm, whatever the statistic.
    hanging = [last for last in lost if sign * (bound - last) <= limit.deadband]
    worst = pick(statistic, sorted((*values, *hanging))) if hanging else value
    back = worst is not None and sign * (bound - worst) > limit.deadband
    return (Seen.BACK if back else Seen.BETWEEN), value


def calm(limits: Sequence[Limit]) -> tuple[float, float]:
    """The open range of values in which no limit that is clear can trip: what lets a quiet zone cost nothing."""
    above = min((limit.above for limit in limits if limit.above is not None), default=float("inf"))
    below = max((limit.below for limit in limits if limit.below is not None), default=float("-inf"))
    return below, above
