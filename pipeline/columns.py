"""The numbers of many thermometers side by side, a row each, so that thousands of readings are folded at once.

They are those of `SensorState`. A row is `ahead` of its state after readings went the short way (`ordinary.py`); whoever wants the state
has the row brought there first. A state that the long way has changed is taken into its row before the short way is used again.
"""

from collections.abc import Collection, Iterable
from typing import Final

import numpy as np

from ..sensors.arrays import Bytes, Flags, Floats, Ints
from ..sensors.reading import Quality
from ..sensors.samples import NONE
from .slot import Slot
from .stages.rise import POINTS
from .state import SensorState

CELSIUS, SMOOTH, COOLEST, MEASURED, SEEN, SEQUENCE, CHANGED, TRAILED = range(8)
"""The numbers of a row: the first three are floats, `SMOOTH` is what counts for the zone, `TRAILED` the time of the trail's last point."""
_TRAIL: Final = POINTS + 2
"""Points that a window can hold: one at either end, and what rounding leaves."""


class Columns:
    """Rows for `size` thermometers; none is worth anything before its state was taken."""

    def __init__(self, size: int) -> None:
        self.numbers: Ints = np.zeros((size, 8), np.int64)  # a row is one line of a processor's cache
        self.floats: Floats = self.numbers.view(np.float64)
        self.trail_at: Ints = np.zeros((size, _TRAIL), np.int64)
        self.trail_celsius: Floats = np.zeros((size, _TRAIL))
        self.cursor: Bytes = np.zeros(size, np.uint8)
        """Where the next point of the trail goes."""
        self.steady: Flags = np.zeros(size, bool)
        """Good, and neither rising nor suspect."""
        self.counted: Flags = np.zeros(size, bool)
        self.silent: Flags = np.zeros(size, bool)
        self.ahead: Flags = np.zeros(size, bool)

    def take(self, place: int, slot: Slot) -> None:
        """The state into its row."""
        known = slot.known
        self.counted[place] = known.counted is not None
        self.silent[place] = known.quality is Quality.STALE and known.cause != ""
        self.numbers[place, SEEN] = known.seen_at
        self.steady[place] = steady = _steady(slot)
        if not steady:
            self.floats[place, SMOOTH] = known.counted or 0.0
            return
        sequence = NONE if known.sequence is None else known.sequence
        last = known.trail[-1][0] if known.trail else 0
        self.numbers[place, MEASURED:] = (known.measured_at, known.seen_at, sequence, known.changed_at, last)
        self.floats[place, :MEASURED] = (known.celsius, known.smooth, slot.coolest)
        count = len(known.trail)
        self.trail_at[place] = 0
        self.trail_at[place, :count] = [at for at, _ in known.trail]
        self.trail_celsius[place, :count] = [celsius for _, celsius in known.trail]
        self.cursor[place] = count % _TRAIL
        known.trail = ()
        self.ahead[place] = True

    def release(self, places: Collection[int], slots: Iterable[Slot]) -> None:
        """The rows alone have the trails from now on: as points, those of all thermometers take more room than everything else."""
        rows = np.fromiter(places, np.int64, len(places))
        steady = self.steady[rows]
        for there, slot in zip(steady.tolist(), slots, strict=True):
            if there:
                slot.known.trail = ()
        self.ahead[rows[steady]] = True

    def bring(self, place: int, slot: Slot) -> None:
        """The row into its state, if it is ahead."""
        if self.ahead[place]:
            self.show(place, place + 1, [slot])
            self.ahead[place] = False
            if slot.bounds.longest:
                slot.known.trail = self._trail(place, slot.bounds.longest)
                slot.coolest = float(self.floats[place, COOLEST])

    def show(self, begin: int, end: int, slots: list[Slot]) -> None:
        """The rows that are ahead into their states, trails apart; they stay ahead."""
        ahead = self.ahead[begin:end].tolist()
        numbers, floats = self.numbers[begin:end].tolist(), self.floats[begin:end, :COOLEST].tolist()
        for there, row, (celsius, smooth), slot in zip(ahead, numbers, floats, slots, strict=True):
            if there:
                known = slot.known
                known.celsius, known.smooth = celsius, smooth
                if slot.inlet:
                    known.counted = smooth
                known.measured_at, known.seen_at, known.changed_at = row[MEASURED], row[SEEN], row[CHANGED]
                known.sequence = None if row[SEQUENCE] == NONE else row[SEQUENCE]

    def settle(self, begin: int, end: int, slots: list[Slot]) -> None:
        """The rows that are ahead into their states, trails and all; of many at once, as `bring` of one."""
        self.show(begin, end, slots)
        here = slice(begin, end)
        order = np.argsort(self.trail_at[here], axis=1)
        times = np.take_along_axis(self.trail_at[here], order, axis=1)
        points = np.take_along_axis(self.trail_celsius[here], order, axis=1).tolist()
        oldest = self.numbers[here, TRAILED] - np.array([slot.bounds.longest for slot in slots])
        first = np.count_nonzero((times == 0) | (times < oldest[:, None]), axis=1).tolist()
        coolest, ahead = self.floats[here, COOLEST].tolist(), self.ahead[here].tolist()
        for there, slot, skipped, at, celsius, low in zip(ahead, slots, first, times.tolist(), points, coolest, strict=True):
            if there and slot.bounds.longest:
                slot.known.trail = tuple(zip(at[skipped:], celsius[skipped:], strict=True))
                slot.coolest = low
        self.ahead[here] = False

    def _trail(self, place: int, longest: int) -> tuple[tuple[int, float], ...]:
        oldest = int(self.numbers[place, TRAILED]) - longest
        points = zip(self.trail_at[place].tolist(), self.trail_celsius[place].tolist(), strict=True)
        return tuple(sorted(point for point in points if point[0] and point[0] >= oldest))


def _steady(slot: Slot) -> bool:
    known: SensorState = slot.known
    return (
        known.quality is Quality.GOOD
        and known.suspect is None
        and not known.rising
        and known.celsius is not None
        and known.smooth is not None
        and (not slot.inlet or known.counted == known.smooth)
        and len(known.trail) <= _TRAIL
    )
