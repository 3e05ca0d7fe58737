"""The timeline: timers as plain data, so that a fold's state can be written down and restored with them.

A timer is `(kind, key)` and the time it is due; setting it again moves it. `pop(at)` hands out the timers due at or before
`at`, earliest first and, at one instant, in the order in which they were set. Nothing here reads a clock: whoever owns the
timeline decides what time it is.
"""

from heapq import heappop, heappush
from typing import Final, NamedTuple

from msgspec import Struct, field

NEVER: Final = 1 << 63


class Timer(NamedTuple):
    """A timer that has come due, at its own due time."""

    due: int
    kind: str
    key: str


class Timeline(Struct):
    """Timers of one fold. `due` is when the next one is due, `NEVER` when there is none."""

    due: int = NEVER
    ordinal: int = 0
    heap: list[tuple[int, int, str, str]] = field(default_factory=list)
    armed: dict[str, dict[str, int]] = field(default_factory=dict)
    """By kind and key, the ordinal of the entry in the heap that counts; other entries are left over from moved timers."""

    def set(self, kind: str, due: int, key: str = "") -> None:
        """Arm the timer, or move it if it is armed."""
        self.ordinal += 1
        self.armed.setdefault(kind, {})[key] = self.ordinal
        heappush(self.heap, (due, self.ordinal, kind, key))
        self._settle()

    def set_by(self, kind: str, due: int, key: str = "") -> None:
        """Arm the timer, or move it if it is armed for later."""
        ordinal = self.armed.get(kind, {}).get(key)
        if ordinal is None or not any(entry[1] == ordinal and entry[0] <= due for entry in self.heap):
            self.set(kind, due, key)

    def is_set(self, kind: str, key: str = "") -> bool:
        """Whether the timer is armed."""
        return key in self.armed.get(kind, ())

    def cancel(self, kind: str, key: str = "") -> None:
        """Disarm the timer; one that is not armed is left alone."""
        if self.armed.get(kind, {}).pop(key, None) is not None:
            self._settle()

    def cancel_kind(self, kind: str) -> None:
        """Disarm every timer of one kind."""
        if self.armed.pop(kind, None):
            self._settle()

    def pop(self, at: int) -> Timer | None:
        """Take the next timer due at or before `at`, or None."""
        if self.due > at:
            return None
        due, _, kind, key = heappop(self.heap)
        del self.armed[kind][key]
        self._settle()
        return Timer(due, kind, key)

    def _settle(self) -> None:
        heap = self.heap
        while heap and self.armed.get(heap[0][2], {}).get(heap[0][3]) != heap[0][1]:
            heappop(heap)
        self.due = heap[0][0] if heap else NEVER
