"""PID with feed-forward: from a zone's value to its demand, percent. Time is passed in; the integral cannot wind up."""

from typing import Final

from ...config.model import Control
from ...config.units import MINUTE, SECOND
from ..state import DemandState

_RISE_FILTER: Final = 30 * SECOND
"""Time constant of the derivative: a zone's value moves in steps, reading by reading."""

_REACH: Final = 50.0
"""Percent that the integral may stand beyond the output's own range: enough to start gently, too little to hold on to."""


def pid(control: Control, state: DemandState, value: float, elapsed: int) -> float:
    """The demand after `elapsed` ns (more than 0) at `value` °C.

    Starts without a bump from the output that stands. The integral rests while the output is at a bound and the error would push
    it further. Feed-forward answers a rise, never a fall.
    """
    minutes = elapsed / MINUTE
    error = value - control.set_point
    if state.value is not None:
        state.rise += ((value - state.value) / minutes - state.rise) * (elapsed / (elapsed + _RISE_FILTER))
    quick = control.kp * error + control.kd * state.rise + control.feed_forward * max(0.0, state.rise)
    if state.integral is None:
        state.integral = min(100.0 + _REACH, max(control.floor - _REACH, state.output - quick))
    pushed = state.integral + control.ki * error * minutes
    if control.floor < pushed + quick < 100.0 or (error < 0) == (pushed + quick >= 100.0):
        state.integral = pushed
    state.value = value
    return min(100.0, max(control.floor, state.integral + quick))
