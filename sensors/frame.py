"""The frame: one entry of the log, and the closed list of entries that hotzone itself writes."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple


class Frame(NamedTuple):
    """What arrived, or happened, at `at`. Frame times in one log are strictly increasing."""

    at: int
    """Log time, ns since the epoch."""
    topic: str
    payload: bytes


class Frames(list[Frame]):
    """Frames that are handed on together with what the first reader worked out from them; not changed after that."""

    __slots__ = ("found",)

    def __init__(self, frames: Iterable[Frame] = ()) -> None:
        super().__init__(frames)
        self.found: tuple[object, object] | None = None
        """By whom, and what."""


RETAINED: Final = "$hotzone/retained/"
"""Before the topic of a reading or report that the broker had kept, and that does not say when it was measured."""


class Own(StrEnum):
    """Topics of the frames that hotzone writes itself; the payload of each is a JSON object."""

    START = "$hotzone/start"
    """`{"previous": ns | null, "site": sha256, "version": str, "rate": float, "session": bool}`; `rate` is log seconds a wall second."""
    END = "$hotzone/end"
    TICK = "$hotzone/tick"
    """A timer fired and something came of it."""
    OPERATOR = "$hotzone/operator"
    """`{"action": "acknowledge", "alarm": id, "by": name, "reason": str}`."""
    REQUEST = "$hotzone/request"
    """`{"zone": id, "at_least": percent, "until": ns, "handler": name}`: a handler asks for cooling."""
    LINK = "$hotzone/link"
    """`{"kind": ..., "detail": str, "unit": id}`; see `LinkKind`."""
    NOTE = "$hotzone/note"
    """`{"kind": "fault" | "truth" | ..., "text": str, "at": ns, ...}`."""


class LinkKind(StrEnum):
    """What the transport can tell the pipeline."""

    LOST = "lost"
    """The connection to the broker is gone."""
    RESTORED = "restored"
    SESSION_LOST = "session-lost"
    """The broker has forgotten our session: readings may be missing."""
    DROPPING = "dropping"
    """The broker throws messages away."""
    GAPS = "gaps"
    """Too many readings of a zone have not come, by their sequence numbers. The pipeline's own finding, never a frame."""
    STALLED = "stalled"
    """Our own process did not run for a while: silence in that time says nothing about the sensors."""
    UNHEARD = "unheard"
    """Nobody is subscribed to a unit's commands (reason code 16)."""
    DENIED = "denied"
    """The broker refused a command (reason code 135)."""
    DISK = "disk"
    """The log could not be written; sent when it can be again."""
