"""Gaps: what has not come, by the sequence numbers of what has. Radio loses some and that is no alarm; a share of them over a while is.

A number that is not larger, or larger by more than there was time for, begins anew: the thermometer restarted, or two count for it. Where no
two numbers of a zone follow each other, they count something else than its readings.
"""

from typing import Final

from ...config.units import MINUTE
from ..state import GapState

WINDOW: Final = 10 * MINUTE
"""What has not come is weighed so often."""
_LEAST: Final = 20
"""Readings that a zone should have had in a window, for their share to mean something."""
FAR: Final = 10_000
"""A number that is larger by more than this begins anew."""
NEAR: Final = 20
"""One that is larger by no more than this follows, however little time has passed."""
HASTE: Final = 10
"""Thermometers may send so many times as often as the site file says."""


def follow(state: GapState, last: int, sequence: int, elapsed: int, period: int) -> None:
    """A reading came, `sequence`, and the one of its thermometer before it was `last`, `elapsed` ns ago; it should send each `period` ns."""
    step = sequence - last
    if 0 < step <= min(FAR, NEAR + HASTE * max(0, elapsed) // period):
        state.expected += step
        state.missing += step - 1
        state.in_turn += step == 1


def fill(state: GapState, last: int, sequence: int) -> None:
    """A reading came late: it is not missing any more."""
    if sequence < last and state.missing:
        state.missing -= 1


def weigh(state: GapState, share: float) -> str | None:
    """What is missing, in words, if it is too much; the next window begins."""
    expected, missing, in_turn = state.expected, state.missing, state.in_turn
    state.expected = state.missing = state.in_turn = 0
    if expected < _LEAST or not missing or not in_turn or missing < share * expected:
        return None
    return f"{missing} of {expected} readings have not come, {100 * missing / expected:.0f} %, by their sequence numbers"
