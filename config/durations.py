"""Durations as people write them: `250ms`, `30s`, `5m`, `1h30m`, `7d`."""

import re
from fractions import Fraction
from typing import Final

from .problems import Unfit, show
from .units import DAY, HOUR, MICROSECOND, MILLISECOND, MINUTE, SECOND

UNITS: Final = {"d": DAY, "h": HOUR, "m": MINUTE, "s": SECOND, "ms": MILLISECOND, "us": MICROSECOND}
"""Largest first; the order in which a duration may name them."""
EXPECTED: Final = 'a duration such as "250ms", "30s", "5m" or "1h30m"'
_PART: Final = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(d|h|ms|m|us|s)", re.ASCII)


def parse_duration(text: str) -> int:
    """Nanoseconds of `text`. Raises `Unfit`, a `ValueError`, for anything else."""
    total, at, last = Fraction(0), 0, -1
    order = list(UNITS)
    while at < len(text):
        part = _PART.match(text, at)
        if part is None or order.index(part[2]) <= last:
            raise Unfit(show(text), EXPECTED)
        total += Fraction(part[1]) * UNITS[part[2]]
        at, last = part.end(), order.index(part[2])
    if not text or total.denominator != 1:
        raise Unfit(show(text), EXPECTED)
    return int(total)


def format_duration(duration: int) -> str:
    """`duration`, in nanoseconds and not negative, as `parse_duration` reads it back: `1h30m`, `0s`."""
    parts, rest = [], duration
    for name, unit in UNITS.items():
        count, rest = divmod(rest, unit)
        if count:
            parts.append(f"{count}{name}")
    if rest:
        msg = f"a duration in whole microseconds, not {duration} ns"
        raise ValueError(msg)
    return "".join(parts) or "0s"
