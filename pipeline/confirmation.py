"""Confirmation: a unit says at once, by its report, which command it obeys. What it has not said in time it has not heard.

The time runs from the command, so that a unit whose reports do not come either is found as soon. Commands that follow each other quickly
are confirmed one after the other: the next one to be confirmed is `awaited`, and a report may lag behind the newest.
"""

from typing import Final

from ..config.model import ControlMode, Unit
from ..config.units import SECOND
from .inputs import UnitReport
from .stages.trip import tripped
from .state import HallState, Phase, UnitState
from .units import DEAF, REMOTE, SILENT, UNHEARD

TIMER: Final = "confirm"
RECONNECT: Final = 10 * SECOND
"""What units are granted at the start of a run and when the link is back: they may have to come back themselves."""


def speaks_of_it(report: UnitReport) -> bool:
    """Whether a report is of a unit that obeys us, and says which command."""
    return report.mode == REMOTE and report.number is not None


def is_owed(unit: Unit, hall: HallState) -> bool:
    """Whether the unit has a command to confirm."""
    state = hall.units[unit.id]
    return unit.control is ControlMode.ON and unit.hall not in hall.maintenance and state.confirms and state.echoed < state.awaited


def is_overdue(unit: Unit, hall: HallState) -> bool:
    """Whether its time is over for a reason of its own: nothing else is known to be in the way."""
    state = hall.units[unit.id]
    return is_owed(unit, hall) and hall.linked_at is not None and not any(_holds(state, rule) for rule in (SILENT, UNHEARD))


def commanded(unit: Unit, hall: HallState, at: int) -> None:
    """A new command has gone out."""
    state = hall.units[unit.id]
    state.commanded_at = at
    if not hall.timeline.is_set(TIMER, unit.id) and not _holds(state, DEAF):
        state.awaited = state.number
        watch(unit, hall, at)


def confirmed(unit: Unit, hall: HallState, at: int) -> None:
    """A report shows the command that was awaited; a newer one may be on its way since."""
    state = hall.units[unit.id]
    state.awaited = state.number
    watch(unit, hall, state.commanded_at if state.commanded_at + unit.confirm_after > at else at)


def watch(unit: Unit, hall: HallState, since: int) -> None:
    """Wait for the word on a command of then, if one is owed."""
    if is_owed(unit, hall) and hall.linked_at is not None:
        hall.timeline.set(TIMER, max(since, hall.linked_at + RECONNECT) + unit.confirm_after + hall.grace, unit.id)
    else:
        hall.timeline.cancel(TIMER, unit.id)


def _holds(state: UnitState, rule: str) -> bool:
    return tripped(state.trips.get(rule, Phase.CLEAR))
