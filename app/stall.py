"""Did our own process stand still? Then silence in that time says nothing about the sensors."""

import asyncio
from collections.abc import Callable
from typing import Final

BEAT_S: Final = 0.1
STALLED_S: Final = 0.25
"""Wall seconds by which the event loop may be late before it counts as stalled."""


class StallWatch:
    """Beats on the event loop; a beat that is late is a stall, told once by whoever notices first. `now` is monotonic, in seconds."""

    def __init__(self, told: Callable[[float], None], now: Callable[[], float] | None = None) -> None:
        self._told = told
        self._now = now or asyncio.get_running_loop().time
        self._beat_at = self._now()
        self._timer: asyncio.TimerHandle | None = None

    def look(self) -> None:
        """Tell of a stall since the last beat, if there was one. Call it before taking input or firing timers."""
        now = self._now()
        lag, self._beat_at = now - self._beat_at - BEAT_S, now
        if lag > STALLED_S:
            self._told(lag)

    def start(self) -> None:
        """Begin to beat."""
        self._beat_at = self._now()
        self._again()

    def _again(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(BEAT_S, self._beat)

    def _beat(self) -> None:
        self.look()
        self._again()

    def stop(self) -> None:
        """Beat no more."""
        if self._timer is not None:
            self._timer.cancel()
