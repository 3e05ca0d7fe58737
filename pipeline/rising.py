"""The rate limits of a zone: which of its inlets warm too fast, and whether so many of them do that a rule trips.

Raising looks at the inlets that can be believed; clearing at those, too, that cannot and rose when they last could.
"""

from collections.abc import Sequence

from ..config.model import Zone
from .conditions import Conditions, Found
from .slot import Slot
from .stages.rise import exceeded, remember
from .stages.trip import Seen
from .state import SensorState, ZoneState


class Rising:
    """Over the counts in `state.rising`, by rate limit; what trips is told by `conditions`."""

    def __init__(self, zone: Zone, state: ZoneState, slots: Sequence[Slot], conditions: Conditions) -> None:
        self._rates = zone.rates
        self._state = state
        self._slots = [slot for slot in slots if slot.inlet]
        self._conditions = conditions
        self._longest = max((limit.over for limit in zone.rates), default=0)
        rates = [limit.rule for limit in zone.rates]
        if rates != state.rates:  # those of another site file
            state.rates = rates
            for known in state.sensors.values():
                known.rising = 0
        believed = [slot.known.rising for slot in self._slots if slot.known.counted is not None]
        state.rising = [sum(bits >> index & 1 for bits in believed) for index in range(len(rates))]

    def follow(self, slot: Slot, at: int, out: list[Found]) -> None:
        """A good inlet has a new value."""
        known = slot.known
        celsius = known.celsius
        if not self._longest or celsius is None:
            return
        remember(known, self._longest, celsius, known.measured_at)
        slot.coolest = min(value for _, value in known.trail)
        bits = exceeded(known, self._rates, slot.sensor.quality, celsius, known.measured_at)
        changed = bits ^ known.rising
        trips = self._state.trips
        if not changed and not trips:
            return
        known.rising = bits
        for index, limit in enumerate(self._rates):
            if changed >> index & 1:
                self._count(index, 1 if bits >> index & 1 else -1, at, out)
            elif limit.rule in trips:
                self._judge(index, at, out)

    def believe(self, known: SensorState, by: int, at: int, out: list[Found]) -> None:
        """An inlet can be believed again (`by` 1), or not any more (-1)."""
        for index in range(len(self._rates)):
            if known.rising >> index & 1:
                self._count(index, by, at, out)

    def _count(self, index: int, by: int, at: int, out: list[Found]) -> None:
        self._state.rising[index] += by
        self._judge(index, at, out)

    def _judge(self, index: int, at: int, out: list[Found]) -> None:
        limit, count = self._rates[index], self._state.rising[index]
        needed = max(1.0, limit.share * len(self._slots))
        seen = Seen.OVER if count >= needed else Seen.BETWEEN
        if seen is not Seen.OVER:
            if limit.rule in self._state.trips:
                count += sum(slot.known.rising >> index & 1 for slot in self._slots if slot.known.counted is None)
            if count < max(1.0, needed / 2):
                seen = Seen.BACK
        self._conditions.step(limit.rule, seen, at, out)
