"""Demand: the cooling that a zone asks for, percent, once a control cycle."""

from ...config.model import Control
from ..cooling.pid import pid
from ..cooling.stepwise import stepwise
from ..state import DemandState


def demand(control: Control, state: DemandState, value: float | None, elapsed: int, *, failsafe: bool) -> float:
    """The demand now. In fail-safe it is at least the fail-safe percentage, and the controller waits where it is."""
    if failsafe or value is None:
        state.integral = state.value = state.step = None
        state.rise = 0.0
        state.output = max(control.failsafe, state.output)
    elif control.kind == "stepwise":
        state.output = stepwise(control, state, value)
    else:
        state.output = pid(control, state, value, elapsed)
    return state.output
