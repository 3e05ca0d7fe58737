"""Verification: does a cooling unit do what it was told, by its own report.

A fan takes time to follow, so it is judged against every target that it may still be on the way from: below the lowest of them, or
above the highest, by more than the tolerance, it does not follow. Whether it hears its commands at all is told by `confirmation`.
"""

from collections.abc import Callable
from typing import Final

from ..config.model import ControlMode, Unit
from ..config.units import MINUTE, SECOND
from .inputs import UnitReport
from .stages.trip import Seen, tripped
from .state import Phase, UnitState

FAILED: Final = "unit-failed"
OVERRUN: Final = "unit-overrun"
DEAF: Final = "unit-deaf"
SILENT: Final = "unit-silent"
ALONE: Final = "unit-alone"
UNHEARD: Final = "unit-unheard"

RESPONSE: Final = 5 * SECOND
"""Time that a unit may take to begin to follow."""

LOWERED_FOR: Final = 8 * MINUTE
"""How long the air of a zone may take to settle once its cooling was lowered."""

REMOTE: Final = "remote"
HEARTBEAT_LOST: Final = "heartbeat-lost"

_FULL: Final = 100.0
_ALONE: Final = "hears no heartbeat and runs at 100 % by its own timer"

Verdict = tuple[Seen, str | None]
"""What a report is to a rule, and why."""


def cools(state: UnitState) -> bool:
    """Whether its neighbours may rely on it: they take over as soon as it seems not to cool, or is known not to hear its commands."""
    trips = state.trips
    if not trips:
        return True
    seems_not = FAILED in trips or SILENT in trips
    return not seems_not and not any(tripped(trips.get(rule, Phase.CLEAR)) for rule in (DEAF, UNHEARD))


def why(state: UnitState, rule: str) -> str | None:
    """Why a rule holds whose delay has passed, by the unit's last report."""
    if rule in {FAILED, OVERRUN} and state.fan is not None and state.commanded is not None:
        return f"fan at {state.fan:.0f} %, commanded {state.commanded:.0f} %"
    if rule == DEAF:
        return f"reports command {state.echoed}, sent {state.awaited}"
    return _ALONE if rule == ALONE else None


def settling(unit: Unit, grace: int) -> int:
    """How long a fan may be on its way, ns."""
    return unit.ramp + RESPONSE + grace


def retarget(unit: Unit, state: UnitState, target: float, at: int, grace: int) -> None:
    """A new command: what was commanded before stays possible for the time that the fan may take."""
    state.targets = [(until, percent) for until, percent in state.targets if until > at]
    if state.commanded is not None:
        state.targets.append((at + settling(unit, grace), state.commanded))
        state.higher = [(until, percent) for until, percent in state.higher if until > at and percent > state.commanded]
        state.higher.append((at + LOWERED_FOR, state.commanded))
    state.commanded = target


def lowered(state: UnitState, at: int) -> tuple[float, int]:
    """By how many percent its commands have come down lately, and until when that is so if none goes out any more, log time, ns."""
    until, percent = next((one for one in state.higher if one[0] > at), (at, 0.0))
    return percent - (state.commanded or 0.0), until


def unobserved(unit: Unit, state: UnitState, at: int, grace: int) -> None:
    """A run begins: the unit may have gone anywhere meanwhile, and may take its time to come back."""
    state.targets = [(at + settling(unit, grace), 0.0), (at + settling(unit, grace), 100.0)]


def falls_short(unit: Unit, state: UnitState, report: UnitReport) -> Verdict:
    """Whether the unit cools less than it was commanded to. On its way it may be anywhere: that is no fault, and ends none.

    One that runs by its own timer should come to full speed; that it does not hear us ends no fault either.
    """
    if report.mode == HEARTBEAT_LOST:
        return (Seen.BACK if report.fan >= _FULL - unit.tolerance else Seen.BETWEEN), None
    possible = _possible(unit, state, report)
    if not possible or report.fan >= possible[0] - unit.tolerance:
        return Seen.BACK, None
    if report.fan >= min(possible) - unit.tolerance:
        return Seen.BETWEEN, None
    return Seen.OVER, f"fan at {report.fan:.0f} %, commanded {possible[0]:.0f} %"


def overruns(unit: Unit, state: UnitState, report: UnitReport) -> Verdict:
    """Whether the unit seems not to come down; a waste, not a danger."""
    possible = _possible(unit, state, report)
    if not possible or report.fan <= possible[0] + unit.tolerance:
        return Seen.BACK, None
    if report.fan <= max(possible) + unit.tolerance:
        return Seen.BETWEEN, None
    return Seen.OVER, f"fan at {report.fan:.0f} %, commanded {possible[0]:.0f} %"


def _possible(unit: Unit, state: UnitState, report: UnitReport) -> list[float]:
    """The targets between which the fan may be, the present one first; a unit that we do not drive is held to its own word."""
    if report.mode != REMOTE:
        return []
    if unit.control is not ControlMode.ON:
        return [] if report.command is None else [report.command]
    if state.commanded is None:
        return []
    return [state.commanded, *(percent for until, percent in state.targets if until > report.at)]


def alone(unit: Unit, _state: UnitState, report: UnitReport) -> Verdict:
    """Whether the unit runs by its own timer."""
    if unit.control is ControlMode.ON and report.mode == HEARTBEAT_LOST:
        return Seen.OVER, _ALONE
    return Seen.BACK, None


CHECKS: Final[dict[str, Callable[[Unit, UnitState, UnitReport], Verdict]]] = {
    FAILED: falls_short,
    OVERRUN: overruns,
    ALONE: alone,
}
"""What each report is checked for, by the rule that it trips."""
