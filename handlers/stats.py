"""How a handler does: what became of each delivery, and counts of it."""

from enum import StrEnum

from msgspec import Struct


class Outcome(StrEnum):
    """What became of a delivery."""

    DELIVERED = "delivered"
    RETRIED = "retried"
    DEAD = "dead"


class Stats(Struct):
    """How one handler does."""

    delivered: int = 0
    retried: int = 0
    dead: int = 0
    abandoned: int = 0
    """Calls that did not come back in time."""
    queued: int = 0
    open: bool = False
    """Whether it is left alone for a while: its breaker is open, or the other side takes nothing now."""
    disabled: str | None = None
    """Why it is not called any more in this run."""
    restarted: int = 0
    """Times that its background work failed and was begun again."""

    @property
    def called(self) -> bool:
        """Whether it is called for what comes now."""
        return not self.open and self.disabled is None
