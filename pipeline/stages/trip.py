"""The trip: a condition with on-delay, deadband and off-delay, as a literal table (OPC 10000-9 B.1.5).

A trip sees two facts: is the limit exceeded, and is it cleared by the deadband. Between the two it keeps its phase. `Move.wait` says which
delay to start, `Move.cancel` to stop the one that runs; `advance` does so.
"""

from enum import Enum
from typing import NamedTuple

from ..state import Phase
from ..timeline import Timeline


class Move(NamedTuple):
    """What one step of a trip asks for."""

    phase: Phase
    wait: str | None = None
    """`on` or `off`: start that delay."""
    cancel: bool = False
    edge: bool | None = None
    """True when the condition has become active, False when it has ended."""


class Seen(Enum):
    """What the value is to its limit, and that a delay has passed."""

    OVER = "over"
    BETWEEN = "between"
    BACK = "back"
    DELAY = "delay"


TABLE: dict[tuple[Phase, Seen], Move] = {
    (Phase.CLEAR, Seen.OVER): Move(Phase.PENDING, wait="on"),
    (Phase.PENDING, Seen.BETWEEN): Move(Phase.CLEAR, cancel=True),
    (Phase.PENDING, Seen.BACK): Move(Phase.CLEAR, cancel=True),
    (Phase.PENDING, Seen.DELAY): Move(Phase.ACTIVE, edge=True),
    (Phase.ACTIVE, Seen.BACK): Move(Phase.RETURNING, wait="off"),
    (Phase.RETURNING, Seen.OVER): Move(Phase.ACTIVE, cancel=True),
    (Phase.RETURNING, Seen.BETWEEN): Move(Phase.ACTIVE, cancel=True),
    (Phase.RETURNING, Seen.DELAY): Move(Phase.CLEAR, edge=False),
}
"""Every step there is; a pair that is missing changes nothing."""


def step(phase: Phase, seen: Seen, on_delay: int, off_delay: int) -> Move | None:
    """The step from `phase` on `seen`, or None when nothing changes. A delay of 0 passes at once."""
    move = TABLE.get((phase, seen))
    if move is not None and move.wait is not None and (on_delay if move.wait == "on" else off_delay) <= 0:
        return TABLE[move.phase, Seen.DELAY]
    return move


def advance(trips: dict[str, Phase], rule: str, seen: Seen, delays: tuple[int, int], at: int, timeline: Timeline, key: str) -> bool | None:
    """Move the trip of a rule, its on- or off-delay being the timer `trip` of `key`. True when its condition has begun, False when it has ended."""
    on_delay, off_delay = delays
    move = step(trips.get(rule, Phase.CLEAR), seen, on_delay, off_delay)
    if move is None:
        return None
    if move.phase is Phase.CLEAR:
        trips.pop(rule, None)
    else:
        trips[rule] = move.phase
    if move.cancel:
        timeline.cancel("trip", key)
    if move.wait is not None:
        timeline.set("trip", at + (on_delay if move.wait == "on" else off_delay), key)
    return move.edge


def fresh(phase: Phase) -> Phase:
    """The phase after a gap in observation: a delay that was running needs fresh evidence."""
    return {Phase.PENDING: Phase.CLEAR, Phase.RETURNING: Phase.ACTIVE}.get(phase, phase)


def tripped(phase: Phase) -> bool:
    """Whether the condition holds."""
    return phase is Phase.ACTIVE or phase is Phase.RETURNING
