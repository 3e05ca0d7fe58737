"""The life of an alarm, as a literal table (ISA-18.2 / IEC 62682, states by their published names).

The condition of a rule and what an operator does move it; there is no other way from one state to another. States that are yet to come
(latched, shelved, suppressed, out of service) are rows to add, not code to change.
"""

from enum import StrEnum
from typing import Final, NamedTuple

from .events import AlarmState


class Trigger(StrEnum):
    """What can happen to an alarm."""

    CONDITION = "condition true"
    RETURN = "return to normal"
    ACKNOWLEDGE = "acknowledge"
    REMOVE = "no longer configured"


class Transition(NamedTuple):
    """Where an alarm goes, and the type of the event that tells it; None when nobody needs to know."""

    state: AlarmState
    event: str | None


_A, _B, _C, _D = AlarmState.NORMAL, AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED, AlarmState.RETURNED

TABLE: Final[dict[tuple[AlarmState, Trigger], Transition]] = {
    (_A, Trigger.CONDITION): Transition(_B, "alarm.raised"),
    (_B, Trigger.ACKNOWLEDGE): Transition(_C, "alarm.acknowledged"),
    (_B, Trigger.RETURN): Transition(_D, "alarm.cleared"),
    (_C, Trigger.RETURN): Transition(_A, "alarm.cleared"),
    (_D, Trigger.ACKNOWLEDGE): Transition(_A, "alarm.acknowledged"),
    (_D, Trigger.CONDITION): Transition(_B, "alarm.raised"),
    (_B, Trigger.REMOVE): Transition(_A, "alarm.cleared"),
    (_C, Trigger.REMOVE): Transition(_A, "alarm.cleared"),
    (_D, Trigger.REMOVE): Transition(_A, None),
}
"""Every transition there is; a pair that is missing is refused."""

STANDING: Final = frozenset({_B, _C})
"""The states in which the condition holds."""
