"""Stepwise: a table from temperature to demand with hysteresis (the way of phosphor-pid-control)."""

from ...config.model import Control
from ..state import DemandState


def stepwise(control: Control, state: DemandState, value: float) -> float:
    """The demand at `value` °C: rises at once, falls when the value is `hysteresis` below where it last switched."""
    if state.step is None or value > state.step or value < state.step - control.hysteresis:
        state.step = value
        demand = next((step.demand for step in reversed(control.steps) if value >= step.celsius), control.floor)
        return min(100.0, max(control.floor, demand))
    return state.output
