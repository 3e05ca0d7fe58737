"""The interlock: the last word on every command, outside of control, handlers and operators.

It clamps, and it holds back whatever lowers cooling. It never holds back a rise.
"""

from math import isfinite
from typing import Final

from ...config.model import Unit
from ...config.units import MINUTE

FULL: Final = 100.0


def interlock(unit: Unit, last: float, lowered_at: int, wanted: float, at: int, *, held: bool) -> float:
    """The percent that may be commanded, given what is `wanted` and what was commanded `last`.

    `held`: a zone that the unit serves is hot, in fail-safe, or asked for more of late; then nothing is lowered. Otherwise a command may fall by
    `slew_down` a minute, in steps at least `hold` apart. Anything that is no number asks for everything.
    """
    if not isfinite(wanted):
        return FULL
    wanted = min(max(wanted, unit.floor), unit.ceiling)
    last = min(last, unit.ceiling)  # before the first command it is everything, whatever the unit may do
    if wanted >= last:
        return wanted
    elapsed = at - lowered_at
    if held or elapsed < unit.hold:
        return last
    return max(wanted, last - unit.slew_down * min(elapsed, unit.hold) / MINUTE)
