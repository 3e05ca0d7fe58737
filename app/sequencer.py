"""Log time: one sequencer stamps every frame, by a clock that never goes back.

The clock is monotonic and anchored to the wall, so that somebody who sets the system's clock moves nothing here unasked: set forward it may be
followed, set back it cannot be, for what is in the log has happened. A simulated hall publishes a clock of its own; adopted, it maps the wall to hall time, which may run up to 60 times as fast.
"""

from collections.abc import Callable

from ..config.units import SECOND
from ..sensors.clock import ClockMessage, possible


class HallClock:
    """Hall time, ns since the epoch. Without a message it is the wall's. `wall` and `monotonic` give ns."""

    def __init__(self, wall: Callable[[], int], monotonic: Callable[[], int]) -> None:
        self._system, self._monotonic = wall, monotonic
        self._anchor = wall() - monotonic()
        self.message: ClockMessage | None = None
        """The one that is followed."""

    @property
    def rate(self) -> float:
        """Hall seconds a wall second."""
        return 1.0 if self.message is None else self.message.rate

    def wall(self) -> int:
        """Wall time that never goes back."""
        return self._monotonic() + self._anchor

    def stepped(self) -> int:
        """How far, ns, the system's clock was set since it was last followed. A simulated hall's clock has nothing to do with it."""
        return self._system() - self.wall() if self.message is None else 0

    def follow(self) -> None:
        """Go by the system's clock as it is now."""
        self._anchor = self._system() - self._monotonic()

    def now(self) -> int:
        """Hall time."""
        wall = self.wall()
        return wall if self.message is None else at(self.message, wall)

    def wall_at(self, at: int) -> int:
        """What the wall's clock shows when it is `at` in the hall, also for times gone by."""
        return at if self.message is None else self.message.wall + round((at - self.message.hall) / self.message.rate)

    def adopt(self, message: ClockMessage) -> bool:
        """Follow this clock from now on; False when it is the one that is followed, or has run out of the time that a hall can have."""
        if message == self.message or not possible(at(message, self.wall())):
            return False
        self.message = message
        return True

    def seconds_until(self, due: int) -> float:
        """Wall seconds until it is `due` in the hall; 0 when it is past."""
        return max(0.0, (due - self.now()) / SECOND / self.rate)


def at(message: ClockMessage, wall: int) -> int:
    """Hall time at that wall time."""
    return message.hall + round((wall - message.wall) * message.rate)


class Sequencer:
    """Gives out log times, strictly increasing: now, or a nanosecond after the last."""

    def __init__(self, now: Callable[[], int], last: int = 0) -> None:
        self._now = now
        self.last = last
        """The last one given out, or that of the log before."""

    def stamp(self, count: int = 1) -> int:
        """The first of `count` times, each a nanosecond after the one before."""
        first = max(self._now(), self.last + 1)
        self.last = first + count - 1
        return first
