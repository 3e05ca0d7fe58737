"""Statistic: from the inlets of a zone to one number that a single faulty thermometer cannot move.

The values are kept sorted, so every statistic is an index. `highest` serves the limits from above; `lowest` mirrors it for the
limits from below.
"""

from bisect import bisect_left, insort
from collections.abc import Sequence

from ...config.model import Statistic


def replace(values: list[float], old: float | None, new: float | None) -> None:
    """Take `old` out of the sorted values and put `new` in; None stands for nothing."""
    if old is not None:
        del values[bisect_left(values, old)]
    if new is not None:
        insort(values, new)


def highest(statistic: Statistic, values: Sequence[float]) -> float | None:
    """The statistic as seen from above, °C; None without values. An even median is the higher of the two in the middle."""
    return values[-1 - statistic.rank(len(values))] if values else None


def lowest(statistic: Statistic, values: Sequence[float]) -> float | None:
    """The statistic as seen from below: k-th lowest, minimum, the mirrored percentile."""
    return values[statistic.rank(len(values))] if values else None
