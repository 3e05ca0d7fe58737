"""The ordinary reading: in order, in range and near the last one, of a good thermometer, in a zone that nothing is up with.

Nearly every reading is one. It changes a few numbers, no finding comes of it and no timer moves; so ordinary readings take this short way,
all that came at once together. Whatever else comes takes the long way through the stages, which would do the same with an ordinary
reading: tests drive both ways and compare the states. All arithmetic is that of the stages, so it comes to the same to the last bit.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from ..sensors.arrays import Flags, Floats, Ints
from ..sensors.samples import NONE
from .columns import CELSIUS, CHANGED, COOLEST, MEASURED, SEEN, SEQUENCE, SMOOTH, TRAILED, Columns
from .inputs import Readings
from .slot import Bounds
from .stages.gaps import FAR, HASTE, NEAR
from .state import GapState

_EXACT: Final = 2**52
"""Up to here a time is the same number as a float."""


class Ordinary:
    """The short way. `zone` is the place of each thermometer's zone, `bounds` its bounds."""

    def __init__(self, columns: Columns, zone: Sequence[int], bounds: Sequence[Bounds]) -> None:
        kinds = {kind: number for number, kind in enumerate(dict.fromkeys(bounds))}
        zones = max(zone, default=-1) + 1
        self._columns = columns
        self._zone = np.array(zone, np.intp)
        self._kind = np.array([kinds[kind] for kind in bounds], np.intp)
        self._bounds: dict[str, Floats | Ints] = dict(zip(Bounds._fields, map(np.array, zip(*kinds, strict=True)), strict=False))
        self.open: Flags = np.zeros(zones, bool)
        """Zones that nothing is up with. Whoever folds one says so."""
        self.changed: Flags = np.zeros(zones, bool)
        """Zones whose value and gaps are to be worked out anew."""
        self._gaps: Ints = np.zeros((zones, 3), np.int64)

    def take(self, readings: Readings) -> Ints:
        """Take the readings, no two of one thermometer, of each zone in which all are ordinary; give the places of the others."""
        rows = self._columns.numbers[readings.place]
        zone = self._zone[readings.place]
        smooth = self._smooth(readings, rows)
        ordinary = self._ordinary(readings, rows, smooth) & self.open[zone]
        if ordinary.all():
            self._fold(readings, rows, zone, smooth)
            return np.empty(0, np.int64)
        closed = np.zeros(len(self.open), bool)
        closed[zone[~ordinary]] = True
        others = closed[zone]
        if not others.all():
            taken = ~others
            self._fold(readings.only(taken), rows[taken], zone[taken], smooth[taken])
        return np.flatnonzero(others)

    def gaps(self, zone: int, state: GapState) -> None:
        """What has been counted since the last time."""
        expected, missing, in_turn = self._gaps[zone].tolist()
        state.expected += expected
        state.missing += missing
        state.in_turn += in_turn
        self._gaps[zone] = 0

    def _of(self, kinds: npt.NDArray[np.intp], bound: str) -> Floats | Ints:
        known = self._bounds[bound]
        return known if len(known) == 1 else known[kinds]

    def _smooth(self, readings: Readings, rows: Ints) -> Floats:
        smoothing = self._of(self._kind[readings.place], "smoothing")
        smooth = rows.view(np.float64)[:, SMOOTH]
        elapsed = np.maximum(readings.measured_at - rows[:, MEASURED], 1)
        return np.where(smoothing > 0, smooth + (readings.celsius - smooth) * (elapsed / (elapsed + smoothing)), readings.celsius)

    def _ordinary(self, readings: Readings, rows: Ints, smooth: Floats) -> Flags:
        places, at, celsius, measured_at, _ = readings
        floats = rows.view(np.float64)
        kinds, of = self._kind[places], self._of
        elapsed = measured_at - rows[:, MEASURED]
        delay = at - measured_at
        change = celsius - floats[:, CELSIUS]
        ordinary: Flags = (
            self._columns.steady[places]
            & (elapsed > 0)
            & (elapsed < _EXACT)
            & (of(kinds, "skew") <= delay)
            & (delay <= of(kinds, "late"))
            & (of(kinds, "low") <= celsius)
            & (celsius <= of(kinds, "high"))
            & (np.abs(change) <= of(kinds, "step"))
            & ((change != 0) | (measured_at - rows[:, CHANGED] < of(kinds, "rest")))
            & (of(kinds, "bottom") < smooth)
            & (smooth < of(kinds, "top"))
            & (celsius - floats[:, COOLEST] < of(kinds, "rise"))
        )
        return ordinary

    def _fold(self, readings: Readings, rows: Ints, zone: npt.NDArray[np.intp], smooth: Floats) -> None:
        places, at, celsius, measured_at, sequence = readings
        floats = rows.view(np.float64)
        kinds = self._kind[places]
        self._count(zone, rows[:, SEQUENCE], sequence, measured_at - rows[:, MEASURED], self._of(kinds, "period"))
        rows[:, CHANGED] = np.where(celsius != floats[:, CELSIUS], measured_at, rows[:, CHANGED])
        floats[:, CELSIUS], floats[:, SMOOTH] = celsius, smooth
        rows[:, MEASURED], rows[:, SEEN], rows[:, SEQUENCE] = measured_at, at, sequence
        due = (self._of(kinds, "longest") > 0) & (measured_at - rows[:, TRAILED] >= self._of(kinds, "spacing"))
        if due.any():
            self._remember(places, rows, due)
        self._columns.numbers[places] = rows
        self._columns.ahead[places] = True
        self.changed[zone] = True

    def _remember(self, places: Ints, rows: Ints, due: Flags) -> None:
        """Another point for the trails that are due one."""
        columns, here = self._columns, places[due]
        at, celsius, cursor = rows[due, MEASURED], rows.view(np.float64)[due, CELSIUS], columns.cursor[here]
        columns.trail_at[here, cursor] = at
        columns.trail_celsius[here, cursor] = celsius
        columns.cursor[here] = (cursor + 1) % columns.trail_at.shape[1]
        within = columns.trail_at[here] >= (at - self._of(self._kind[here], "longest"))[:, None]
        rows[due, TRAILED] = at
        rows.view(np.float64)[due, COOLEST] = np.where(within, columns.trail_celsius[here], np.inf).min(axis=1)

    def _count(self, zone: npt.NDArray[np.intp], last: Ints, sequence: Ints, elapsed: Ints, period: Floats | Ints) -> None:
        """What `stages.gaps.follow` counts, by zone."""
        step = sequence - last
        good = (sequence != NONE) & (last != NONE) & (step > 0) & (step <= np.minimum(FAR, NEAR + HASTE * elapsed // period))
        step = np.where(good, step, 0)
        expected = np.bincount(zone, step, len(self._gaps)).astype(np.int64)
        came = np.bincount(zone, good, len(self._gaps)).astype(np.int64)
        self._gaps[:, 0] += expected
        self._gaps[:, 1] += expected - came
        self._gaps[:, 2] += np.bincount(zone, step == 1, len(self._gaps)).astype(np.int64)
