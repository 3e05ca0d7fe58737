"""The conditions of one zone: its rules tripping and returning with their delays, and what the zone is for it."""

from typing import Final

from ..config.model import Limit, Priority, RateLimit, Zone
from .events import Event, ZoneCondition, ZoneEvent
from .inputs import Condition, Link
from .stages import trip
from .stages.statistic import highest, lowest
from .stages.trip import Seen
from .state import Phase, ZoneState

DATA_LOST: Final = "data-lost"
SENSORS_LOST: Final = "sensors-lost"
BUILT_IN: Final = {DATA_LOST: Priority.HIGH, SENSORS_LOST: Priority.LOW}
"""Rules that every zone has, beside those of its site file."""

Found = Event | Condition | Link


class Conditions:
    """Over the trips in `state`; `gone` is how many thermometers of the zone are silent or bad, `inlets` how many it has."""

    def __init__(self, zone: Zone, state: ZoneState, inlets: int) -> None:
        self.gone = 0
        self._zone = zone
        self._state = state
        self._inlets = inlets
        self._limits = {limit.rule: limit for limit in zone.limits}
        self.bad = [rule.rule for rule in zone.rules if rule.on_bad == "raise"]
        """Rules that count as exceeded while the zone has lost its data."""
        self._rates = {limit.rule: (index, limit) for index, limit in enumerate(zone.rates)}

    def begin(self) -> None:
        """A run begins: delays need fresh evidence, and rules that the site file no longer has are forgotten."""
        state, known = self._state, BUILT_IN.keys() | self._limits.keys() | self._rates.keys()
        state.trips = {rule: Phase.ACTIVE for rule, phase in state.trips.items() if rule in known and trip.tripped(phase)}

    def step(self, rule: str, seen: Seen, at: int, out: list[Found]) -> None:
        """Move the trip of a rule, keep its delay, and tell when the condition has begun or ended."""
        trips = self._state.trips
        if DATA_LOST in trips and rule in self.bad and seen is not Seen.DELAY:
            seen = Seen.OVER
        edge = trip.advance(trips, rule, seen, self._delays(rule), at, self._state.timeline, key=rule)
        if edge is not None:
            self._tell(rule, at, out, active=edge)
            self.judge(at, out)

    def lose_data(self, at: int, out: list[Found], *, lost: bool, good: int, cause: str | None = None) -> None:
        """The zone has lost its data, or has it again; it has no delay of its own, fail-safe has."""
        if lost:
            self._state.trips[DATA_LOST] = Phase.ACTIVE
        else:
            del self._state.trips[DATA_LOST]
        self._report(DATA_LOST, at, out, active=lost, value=good, cause=cause)
        if lost:
            for rule in self.bad:
                self.step(rule, Seen.OVER, at, out)

    def judge(self, at: int, out: list[Found]) -> None:
        """What the zone is now, worst first; told when it changes."""
        state = self._state
        active = [known for rule, phase in state.trips.items() if trip.tripped(phase) and (known := self._rule(rule)) is not None]
        if trip.tripped(state.failsafe):
            condition = ZoneCondition.FAILSAFE
        elif any(limit.hot for limit in active):
            condition = ZoneCondition.HOT
        elif any(isinstance(limit, Limit) and limit.above is not None for limit in active):
            condition = ZoneCondition.WARM
        elif any(isinstance(limit, Limit) and limit.below is not None for limit in active):
            condition = ZoneCondition.COLD
        else:
            condition = ZoneCondition.NORMAL
        if condition is not state.condition:
            previous, state.condition = state.condition, condition
            value, zone = None if state.value is None else round(state.value, 3), self._zone
            out.append(ZoneEvent(at=at, type="zone.state", zone=zone.id, hall=zone.hall, state=condition, previous=previous, value=value))

    def _delays(self, rule: str) -> tuple[int, int]:
        if rule == SENSORS_LOST:
            return self._zone.presence.silent_after, 0
        limit = self._rule(rule)
        return (limit.on_delay, limit.off_delay) if limit is not None else (0, 0)

    def _rule(self, rule: str) -> Limit | RateLimit | None:
        if rule in self._rates:
            return self._rates[rule][1]
        return self._limits.get(rule)

    def _tell(self, rule: str, at: int, out: list[Found], *, active: bool) -> None:
        blind = active and DATA_LOST in self._state.trips and rule in self.bad
        match self._rule(rule):
            case Limit() | RateLimit() as limit if blind:
                bound = limit.share if isinstance(limit, RateLimit) else limit.above if limit.above is not None else limit.below
                why = f"bad data: {len(self._state.values)} of {self._inlets} inlets are good"
                self._report(rule, at, out, active=True, value=None, limit=bound, cause=why)
            case None:
                cause = f"{self.gone} thermometer{' is' if self.gone == 1 else 's are'} silent or bad" if active else None
                self._report(rule, at, out, active=active, value=self.gone, cause=cause)
            case RateLimit() as limit:
                rising = self._state.rising[self._rates[rule][0]]
                share = round(rising / self._inlets, 3)
                cause = f"{rising} of {self._inlets} inlets rise by {limit.rise:g} K/min or more" if active else None
                self._report(rule, at, out, active=active, value=share, limit=limit.share, cause=cause)
            case Limit() as limit:
                bound, pick = (limit.above, highest) if limit.above is not None else (limit.below, lowest)
                self._report(rule, at, out, active=active, value=pick(self._zone.statistic, self._state.values), limit=bound)

    def _report(
        self,
        rule: str,
        at: int,
        out: list[Found],
        *,
        active: bool,
        value: float | None,
        limit: float | None = None,
        cause: str | None = None,
    ) -> None:
        known, zone = self._rule(rule), self._zone
        priority = known.priority if known is not None else BUILT_IN[rule]
        told = None if value is None else round(float(value), 3)  # counts, too: a snapshot gives them back so
        out.append(
            Condition(at, rule, active=active, priority=priority, zone=zone.id, hall=zone.hall, value=told, limit=limit, cause=cause)
        )
