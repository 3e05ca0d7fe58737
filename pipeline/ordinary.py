"""The ordinary reading: in order, in range and near the last one, of a good thermometer, in a zone that nothing is up with.

Nearly every reading is one. It changes a few numbers, no finding comes of it and no timer moves; so it takes this short way, where
everything that can be known beforehand is. Whatever else comes takes the long way through the stages, which would do the same with an
ordinary reading: tests drive both ways and compare the states.
"""

from bisect import bisect_left, insort
from typing import Final

from ..config.model import Role, Sensor, Zone
from ..config.units import MINUTE
from ..sensors.reading import Quality
from .inputs import Measured
from .stages.gaps import follow
from .stages.limits import calm
from .stages.rise import remember, spacing
from .stages.statistic import rank
from .stages.validate import least_jump, rests
from .state import Phase, SensorState, ZoneState

_GOOD: Final = Quality.GOOD
_FAILSAFE: Final = Phase.ACTIVE


class Slot:
    """A thermometer: its state, and what its configuration comes to."""

    __slots__ = ("coolest", "high", "inlet", "known", "late", "least_rise", "low", "rest", "sensor", "skew", "smoothing", "step")

    def __init__(self, sensor: Sensor, known: SensorState, zone: Zone) -> None:
        spec = sensor.quality
        self.sensor, self.known = sensor, known
        self.inlet = sensor.role is Role.INLET
        self.low, self.high = spec.low, spec.high
        self.late, self.skew = spec.late_after, -spec.skew
        self.step = least_jump(spec)
        self.rest = rests(spec)
        self.smoothing = max(0, spec.smoothing)
        self.least_rise = min((max(limit.rise * limit.over / MINUTE, 1.5 * spec.quantum) for limit in zone.rates), default=float("inf"))
        self.coolest = min((celsius for _, celsius in known.trail), default=float("inf"))
        """At most what the trail holds."""


class Ordinary:
    """The short way of one zone."""

    def __init__(self, zone: Zone, state: ZoneState, slots: dict[str, Slot]) -> None:
        self.calm = False
        """Whether the zone's values, seen from above and from below, are clear of every limit. Whoever weighs them sets it."""
        self._state = state
        self._slots = slots
        self._bottom, self._top = calm(zone.limits)
        inlets = sum(slot.inlet for slot in slots.values())
        self._ranks = [rank(zone.statistic, count) if count else 0 for count in range(inlets + 1)]
        self._longest = max((limit.over for limit in zone.rates), default=0)
        self._spacing = spacing(self._longest)

    def take(self, item: Measured) -> bool:
        """Take the reading if it is ordinary; otherwise nothing is touched."""
        at, _, sensor, celsius, measured_at, sequence = item
        state = self._state
        slot = self._slots[sensor.id]
        known = slot.known
        last, smooth, counted = known.celsius, known.smooth, known.counted
        if measured_at is None:
            measured_at = at
        elapsed = measured_at - known.measured_at
        if (
            known.quality is not _GOOD
            or state.trips
            or last is None
            or smooth is None
            or elapsed <= 0
            or not slot.skew <= at - measured_at <= slot.late
            or not slot.low <= celsius <= slot.high
            or not -slot.step <= celsius - last <= slot.step
            or known.suspect is not None
            or (celsius == last and measured_at - known.changed_at >= slot.rest)
        ):
            return False
        if slot.smoothing:
            smooth += (celsius - smooth) * (elapsed / (elapsed + slot.smoothing))
        else:
            smooth = celsius
        if slot.inlet:
            if (
                not self.calm
                or counted is None
                or not self._bottom < smooth < self._top
                or celsius - slot.coolest >= slot.least_rise
                or known.rising
                or state.failsafe is _FAILSAFE
            ):
                return False
            if smooth != counted:
                values = state.values
                del values[bisect_left(values, counted)]
                insort(values, smooth)
                state.value = values[-1 - self._ranks[len(values)]]
                known.counted = smooth
            if self._longest and (not known.trail or measured_at - known.trail[-1][0] >= self._spacing):
                remember(known, self._longest, celsius, measured_at)
                slot.coolest = min(slot.coolest, celsius)
        if sequence is not None and known.sequence is not None:
            follow(state.gaps, known.sequence, sequence)
        known.seen_at = at
        known.sequence = sequence
        known.measured_at = measured_at
        if celsius != last:
            known.changed_at = measured_at
        known.celsius, known.smooth = celsius, smooth
        return True
