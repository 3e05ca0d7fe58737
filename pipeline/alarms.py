"""The life of an alarm, as a literal table (ISA-18.2 / IEC 62682, states A to I by their published names).

The condition of a rule, what an operator does, the clock and what suppresses alarms by design move it; there is no other way from one state
to another. An alarm that comes back from a shelf, from suppression or from being out of service goes to normal first and is judged anew:
it is raised again if its condition holds, and never acknowledged by what was done before.
"""

from enum import StrEnum
from typing import Final, NamedTuple

from ..config.units import MINUTE
from .events import AlarmState

TEN_MINUTES: Final = 10 * MINUTE
"""The time in which the alarms of a flood are counted."""
FLOOD_ABOVE: Final = 10
"""A flood begins with ten minutes in which more alarms than this call."""
FLOOD_BELOW: Final = 5
"""It ends with ten in which fewer do."""


class Trigger(StrEnum):
    """What can happen to an alarm."""

    CONDITION = "condition true"
    RETURN = "return to normal"
    RETURN_LATCHED = "return to normal, latching"
    """Of a rule with `latch`: somebody has to look at it and reset it."""
    ACKNOWLEDGE = "acknowledge"
    RESET = "reset"
    REPEAT = "re-alarm timer"
    SHELVE = "shelve"
    UNSHELVE = "unshelve or expiry"
    SUPPRESS = "suppress by design"
    UNSUPPRESS = "suppression over"
    DISABLE = "take out of service"
    ENABLE = "return to service"
    REMOVE = "no longer configured"


class Transition(NamedTuple):
    """Where an alarm goes, and the type of the event that tells it; None when nobody needs to know."""

    state: AlarmState
    event: str | None


_A, _B, _C, _D = AlarmState.NORMAL, AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED, AlarmState.RETURNED
_E, _F = AlarmState.LATCHED_UNACKNOWLEDGED, AlarmState.LATCHED_ACKNOWLEDGED
_G, _H, _I = AlarmState.SHELVED, AlarmState.SUPPRESSED, AlarmState.OUT_OF_SERVICE

LETTERS: Final = dict(zip((_A, _B, _C, _D, _E, _F, _G, _H, _I), "ABCDEFGHI", strict=True))
"""The letter of each state in the standard's figure."""

TABLE: Final[dict[tuple[AlarmState, Trigger], Transition]] = {
    (_A, Trigger.CONDITION): Transition(_B, "alarm.raised"),
    (_A, Trigger.SHELVE): Transition(_G, "alarm.shelved"),
    (_A, Trigger.SUPPRESS): Transition(_H, "alarm.suppressed"),
    (_A, Trigger.DISABLE): Transition(_I, "alarm.out-of-service"),
    (_B, Trigger.ACKNOWLEDGE): Transition(_C, "alarm.acknowledged"),
    (_B, Trigger.RETURN): Transition(_D, "alarm.cleared"),
    (_B, Trigger.RETURN_LATCHED): Transition(_E, "alarm.latched"),
    (_B, Trigger.SHELVE): Transition(_G, "alarm.shelved"),
    (_B, Trigger.SUPPRESS): Transition(_H, "alarm.suppressed"),
    (_B, Trigger.DISABLE): Transition(_I, "alarm.out-of-service"),
    (_B, Trigger.REMOVE): Transition(_A, "alarm.cleared"),
    (_C, Trigger.RETURN): Transition(_A, "alarm.cleared"),
    (_C, Trigger.RETURN_LATCHED): Transition(_F, "alarm.latched"),
    (_C, Trigger.REPEAT): Transition(_B, "alarm.repeated"),
    (_C, Trigger.SHELVE): Transition(_G, "alarm.shelved"),
    (_C, Trigger.SUPPRESS): Transition(_H, "alarm.suppressed"),
    (_C, Trigger.DISABLE): Transition(_I, "alarm.out-of-service"),
    (_C, Trigger.REMOVE): Transition(_A, "alarm.cleared"),
    (_D, Trigger.CONDITION): Transition(_B, "alarm.raised"),
    (_D, Trigger.ACKNOWLEDGE): Transition(_A, "alarm.acknowledged"),
    (_D, Trigger.SHELVE): Transition(_G, "alarm.shelved"),
    (_D, Trigger.SUPPRESS): Transition(_H, "alarm.suppressed"),
    (_D, Trigger.DISABLE): Transition(_I, "alarm.out-of-service"),
    (_D, Trigger.REMOVE): Transition(_A, None),
    (_E, Trigger.CONDITION): Transition(_B, "alarm.raised"),
    (_E, Trigger.ACKNOWLEDGE): Transition(_F, "alarm.acknowledged"),
    (_E, Trigger.SHELVE): Transition(_G, "alarm.shelved"),
    (_E, Trigger.SUPPRESS): Transition(_H, "alarm.suppressed"),
    (_E, Trigger.DISABLE): Transition(_I, "alarm.out-of-service"),
    (_E, Trigger.REMOVE): Transition(_A, "alarm.cleared"),
    (_F, Trigger.CONDITION): Transition(_B, "alarm.raised"),
    (_F, Trigger.RESET): Transition(_A, "alarm.cleared"),
    (_F, Trigger.SHELVE): Transition(_G, "alarm.shelved"),
    (_F, Trigger.SUPPRESS): Transition(_H, "alarm.suppressed"),
    (_F, Trigger.DISABLE): Transition(_I, "alarm.out-of-service"),
    (_F, Trigger.REMOVE): Transition(_A, "alarm.cleared"),
    (_G, Trigger.CONDITION): Transition(_G, "condition.began"),
    (_G, Trigger.RETURN): Transition(_G, "condition.ended"),
    (_G, Trigger.RETURN_LATCHED): Transition(_G, "condition.ended"),
    (_G, Trigger.SHELVE): Transition(_G, "alarm.shelved"),
    (_G, Trigger.UNSHELVE): Transition(_A, "alarm.unshelved"),
    (_G, Trigger.DISABLE): Transition(_I, "alarm.out-of-service"),
    (_G, Trigger.REMOVE): Transition(_A, "alarm.unshelved"),
    (_H, Trigger.CONDITION): Transition(_H, "condition.began"),
    (_H, Trigger.RETURN): Transition(_H, "condition.ended"),
    (_H, Trigger.RETURN_LATCHED): Transition(_H, "condition.ended"),
    (_H, Trigger.SHELVE): Transition(_G, "alarm.shelved"),
    (_H, Trigger.UNSUPPRESS): Transition(_A, "alarm.unsuppressed"),
    (_H, Trigger.DISABLE): Transition(_I, "alarm.out-of-service"),
    (_H, Trigger.REMOVE): Transition(_A, "alarm.unsuppressed"),
    (_I, Trigger.CONDITION): Transition(_I, "condition.began"),
    (_I, Trigger.RETURN): Transition(_I, "condition.ended"),
    (_I, Trigger.RETURN_LATCHED): Transition(_I, "condition.ended"),
    (_I, Trigger.ENABLE): Transition(_A, "alarm.in-service"),
    (_I, Trigger.REMOVE): Transition(_A, "alarm.in-service"),
}
"""Every transition there is; a pair that is missing is refused."""

ACTIVE: Final = frozenset({_B, _C})
"""The states of an alarm that is announced and whose condition holds."""

STANDING: Final = frozenset({_B, _C, _E, _F})
"""The states in which an alarm stands: its condition holds, or it is latched and nobody has reset it."""

ASIDE: Final = frozenset({_G, _H, _I})
"""The states in which nobody is called: shelved, suppressed, out of service."""


ENDS: Final = frozenset(
    one.event for (state, _), one in TABLE.items() if one.event is not None and state in STANDING and one.state not in STANDING
)
"""The types of events after which an alarm that stood does not: whoever called people for it may tell them so."""
