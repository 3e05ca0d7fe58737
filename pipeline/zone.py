"""The zone fold: everything that one zone's thermometers say, and nothing else, becomes conditions and demand.

Zones are independent of each other, so a fold may run in any thread or process. It owns a `ZoneState`; time reaches it as the `at` of
its inputs and through its timers:

    silence   the next thermometer counts as silent
    trip      the on- or off-delay of a rule has passed
    failsafe  the data has been good for long enough
    cycle     the control cycle

Findings are appended to `out`, in order: events as they are, and conditions for the hall fold to make alarms of.
"""

from typing import Final

from ..config.model import Limit, Priority, RateLimit, Role, Sensor, Zone
from ..config.units import HOUR, SECOND
from ..sensors.reading import Quality
from .events import CoolingEvent, Event, SensorEvent, ZoneCondition, ZoneEvent
from .inputs import Condition, Measured
from .stages import trip
from .stages.demand import demand
from .stages.limits import calm, compare
from .stages.presence import next_silence, quorum, silent_at
from .stages.rise import exceeded, remember
from .stages.smooth import smooth
from .stages.statistic import highest, lowest, replace
from .stages.trip import Seen
from .stages.validate import CLOCK_AHEAD, LATE, UNCONFIRMED, Verdict, validate
from .state import Phase, SensorState, ZoneState

DATA_LOST: Final = "data-lost"
SENSORS_LOST: Final = "sensors-lost"
BUILT_IN: Final = {DATA_LOST: Priority.HIGH, SENSORS_LOST: Priority.LOW}
"""Rules that every zone has, beside those of its site file."""

_SILENT: Final = Verdict(Quality.STALE, "silent")
_NEVER_HEARD: Final = Verdict(Quality.STALE, "never heard")
_GATEWAY_LOST: Final = Verdict(Quality.STALE, "gateway lost")
_GONE: Final = (Quality.STALE, Quality.BAD)

Found = Event | Condition


class ZoneFold:
    """One zone. `controlled`: some cooling unit serves it, so it has a demand."""

    def __init__(self, zone: Zone, state: ZoneState, *, controlled: bool) -> None:
        self.zone = zone
        self.state = state
        self.controlled = controlled
        self.timeline = state.timeline
        self._slots: dict[str, tuple[Sensor, SensorState]] = {
            sensor.id: (sensor, state.sensors.setdefault(sensor.id, SensorState())) for sensor in zone.sensors
        }
        self._inlets = sum(sensor.role is Role.INLET for sensor, _ in self._slots.values())
        self._gone = sum(known.quality in _GONE and known.cause != "" for _, known in self._slots.values())
        self._limits = {limit.rule: limit for limit in zone.limits}
        self._rates = {limit.rule: (index, limit) for index, limit in enumerate(zone.rates)}
        self._calm = calm(zone.limits)
        self._longest = max((limit.over for limit in zone.rates), default=0)
        state.rising = (state.rising + [0] * len(zone.rates))[: len(zone.rates)]

    # --- inputs

    def begin(self, at: int, grace: int, out: list[Found]) -> None:
        """A run begins: nothing was observed before `at`. Absence begins anew, delays need fresh evidence."""
        state = self.state
        state.grace = grace
        for kind in ("trip", "failsafe", "cycle"):
            self.timeline.cancel_kind(kind)
        state.trips = {rule: Phase.ACTIVE for rule, phase in state.trips.items() if trip.tripped(phase)}
        state.failsafe = trip.fresh(state.failsafe)
        state.demand.value, state.demand.rise = None, 0.0
        for _, known in self._slots.values():
            known.trail.clear()
            known.suspect = None
        self.observe_again(at)
        self._judge_sensors(at, out)
        if self.controlled:
            self.timeline.set("cycle", at + self.zone.control.cycle)

    def observe_again(self, at: int) -> None:
        """Silence before `at` says nothing about the thermometers: we were not listening."""
        for _, known in self._slots.values():
            known.seen_at = at
        self.timeline.cancel("silence")
        self._watch_silence()

    def measure(self, item: Measured, out: list[Found]) -> None:
        """Take one temperature through every stage."""
        at, _, sensor, celsius, measured_at, sequence = item
        state, known, spec = self.state, self._slots[sensor.id][1], sensor.quality
        if measured_at is None:
            measured_at = at
        verdict = validate(spec, known, celsius, measured_at, sequence, at, state.grace)
        quality = verdict.quality
        if quality is None:
            state.ignored[verdict.cause] = state.ignored.get(verdict.cause, 0) + 1
            if verdict is LATE:
                self._tell_history(sensor, known, celsius, measured_at, at, out)
            return
        known.seen_at = at
        known.sequence = sequence
        elapsed = measured_at - known.measured_at
        if verdict is not CLOCK_AHEAD:
            known.measured_at = measured_at
        good = quality is Quality.GOOD
        if good:
            known.celsius = celsius
            known.smooth = smooth(known.smooth, celsius, elapsed, spec.smoothing)
        if quality is not known.quality or verdict.cause != known.cause:
            self._regrade(sensor, known, verdict, at, out, value=celsius)
        if good and sensor.role is Role.INLET:
            if known.smooth != known.counted:
                replace(state.values, known.counted, known.smooth)
                known.counted = known.smooth
                self._weigh(at, out)
            elif state.trips:
                self._weigh(at, out)
            if state.failsafe is Phase.ACTIVE:
                self._judge_quorum(at, out)
            if self._longest:
                self._follow_rise(known, spec.quantum, at, out)

    def lose(self, sensor: Sensor, at: int, out: list[Found]) -> None:
        """The gateway of the thermometer is gone, and it with it."""
        known = self._slots[sensor.id][1]
        if known.quality is not Quality.STALE:
            self._regrade(sensor, known, _GATEWAY_LOST, at, out)

    def fire(self, at: int, out: list[Found]) -> None:
        """Fire every timer due at `at`."""
        while (timer := self.timeline.pop(at)) is not None:
            match timer.kind:
                case "silence":
                    self._fall_silent(at, out)
                case "trip":
                    self._step(timer.key, Seen.DELAY, at, out)
                case "failsafe":
                    self._judge_quorum(at, out, Seen.DELAY)
                case "cycle":
                    self._control(at, out)
                    self.timeline.set("cycle", at + self.zone.control.cycle)

    # --- presence

    def _watch_silence(self) -> None:
        due = next_silence(self._slots.values(), self.state.grace)
        if due < 1 << 62:
            self.timeline.set("silence", due)

    def _fall_silent(self, at: int, out: list[Found]) -> None:
        for sensor, known in self._slots.values():
            if silent_at(sensor, known, self.state.grace) <= at:
                self._regrade(sensor, known, _SILENT if known.cause or known.quality is not Quality.STALE else _NEVER_HEARD, at, out)
        self._watch_silence()

    def _regrade(self, sensor: Sensor, known: SensorState, verdict: Verdict, at: int, out: list[Found], value: float | None = None) -> None:
        """A thermometer is believed more, or less, than before."""
        state = self.state
        quality = verdict.quality or Quality.BAD
        was_gone, first = known.quality in _GONE and known.cause != "", known.quality is Quality.STALE and not known.cause
        was_stale = known.quality is Quality.STALE
        known.quality, known.cause = quality, verdict.cause
        self._gone += (quality in _GONE) - was_gone
        if was_stale and quality is not Quality.STALE:
            self._watch_silence()
        if not (first and quality is Quality.GOOD):
            told = None if value is None else round(value, 3)
            event = SensorEvent(
                at=at,
                type="sensor.quality",
                zone=self.zone.id,
                hall=self.zone.hall,
                sensor=sensor.id,
                quality=quality,
                value=told,
                cause=verdict.cause or None,
            )
            out.append(event)
        if sensor.role is Role.INLET:
            if quality is Quality.GOOD:
                replace(state.lost, known.lost, None)
                replace(state.values, known.counted, known.smooth)
                known.lost, known.counted = None, known.smooth
            elif verdict is not UNCONFIRMED and known.counted is not None:
                replace(state.values, known.counted, None)
                replace(state.lost, known.lost, known.counted)
                known.lost, known.counted = known.counted, None
            self._weigh(at, out)
            self._judge_quorum(at, out)
        self._judge_sensors(at, out)

    def _judge_quorum(self, at: int, out: list[Found], seen: Seen | None = None) -> None:
        """Enter or leave fail-safe. The zone starts in it; not having heard anybody yet is no alarm until they count as silent."""
        state, presence = self.state, self.zone.presence
        good = len(state.values)
        move = trip.step(state.failsafe, seen or quorum(presence, good, self._inlets), 0, presence.recover)
        if move is not None:
            state.failsafe = move.phase
            if move.cancel:
                self.timeline.cancel("failsafe")
            if move.wait:
                self.timeline.set("failsafe", at + presence.recover)
        lost = (move is not None and move.edge) or (self._gone and self._beyond_quorum())
        if state.failsafe is Phase.ACTIVE and DATA_LOST not in state.trips and lost:
            cause = f"{good} of {self._inlets} inlets are good"
            state.trips[DATA_LOST] = Phase.ACTIVE
            out.append(
                CoolingEvent(
                    at=at, type="cooling.failsafe", zone=self.zone.id, hall=self.zone.hall, value=self.zone.control.failsafe, cause=cause
                )
            )
            self._report(DATA_LOST, at, out, active=True, value=good, cause=cause)
        if state.failsafe is Phase.CLEAR and DATA_LOST in state.trips:
            del state.trips[DATA_LOST]
            self._report(DATA_LOST, at, out, active=False, value=good)
        if move is not None and move.edge is not None:
            if self.controlled and move.edge:
                self._control(at, out)
            self._settle_condition(at, out)
            self._judge_sensors(at, out)

    def _beyond_quorum(self) -> bool:
        """Whether so many inlets are known to be gone that the rest cannot make a quorum, whatever they say."""
        gone = sum(known.quality in _GONE and known.cause != "" for sensor, known in self._slots.values() if sensor.role is Role.INLET)
        return quorum(self.zone.presence, self._inlets - gone, self._inlets) is Seen.OVER

    def _judge_sensors(self, at: int, out: list[Found]) -> None:
        """Some thermometers are gone: one alarm for the zone, and none beside the alarm that the zone has lost its data."""
        if not self._gone:
            self._step(SENSORS_LOST, Seen.BACK, at, out)
        elif trip.tripped(self.state.failsafe):
            self._step(SENSORS_LOST, Seen.BETWEEN, at, out)
        else:
            self._step(SENSORS_LOST, Seen.OVER, at, out)

    def _tell_history(self, sensor: Sensor, known: SensorState, celsius: float, measured_at: int, at: int, out: list[Found]) -> None:
        """A late reading never touches the present, but one past a limit is told, once an hour."""
        for limit in self.zone.limits:
            past = (limit.above is not None and celsius >= limit.above) or (limit.below is not None and celsius <= limit.below)
            if past and sensor.role is Role.INLET and (known.history_at == 0 or at - known.history_at >= HOUR):
                known.history_at = at
                bound = limit.above if limit.above is not None else limit.below
                cause = f"measured {(at - measured_at) // SECOND} s before it arrived"
                out.append(
                    SensorEvent(
                        at=at,
                        type="sensor.history",
                        zone=self.zone.id,
                        hall=self.zone.hall,
                        sensor=sensor.id,
                        quality=known.quality,
                        value=round(celsius, 3),
                        rule=limit.rule,
                        limit=bound,
                        cause=cause,
                    )
                )
                return

    # --- the zone's value

    def _weigh(self, at: int, out: list[Found]) -> None:
        """The inlets have changed: compare the zone with its limits. A calm zone with nothing pending costs two comparisons."""
        state, statistic = self.state, self.zone.statistic
        value = state.value = highest(statistic, state.values)
        if value is not None and not state.trips:
            bottom = lowest(statistic, state.values)
            if bottom is not None and self._calm[0] < bottom and value < self._calm[1]:
                return
        for limit in self.zone.limits:
            found = compare(limit, statistic, state.values, state.lost)
            if found is not None:
                self._step(limit.rule, found[0], at, out)

    def _follow_rise(self, known: SensorState, quantum: float, at: int, out: list[Found]) -> None:
        celsius = known.celsius
        if celsius is None:
            return
        remember(known, self._longest, celsius, known.measured_at)
        bits = exceeded(known, self.zone.rates, quantum, celsius, known.measured_at)
        changed = bits ^ known.rising
        trips = self.state.trips
        if not changed and not trips:
            return
        known.rising = bits
        for rule, (index, limit) in self._rates.items():
            if changed >> index & 1:
                self.state.rising[index] += 1 if bits >> index & 1 else -1
            elif rule not in trips:
                continue
            self._step(rule, self._compare_rise(limit, self.state.rising[index]), at, out)

    def _compare_rise(self, limit: RateLimit, count: int) -> Seen:
        needed = max(1.0, limit.share * self._inlets)
        if count >= needed:
            return Seen.OVER
        return Seen.BACK if count < max(1.0, needed / 2) else Seen.BETWEEN

    # --- conditions

    def _step(self, rule: str, seen: Seen, at: int, out: list[Found]) -> None:
        """Move the trip of a rule, keep its delay, and tell when the condition has begun or ended."""
        trips = self.state.trips
        phase = trips.get(rule, Phase.CLEAR)
        on_delay, off_delay = self._delays(rule)
        move = trip.step(phase, seen, on_delay, off_delay)
        if move is None:
            return
        if move.phase is Phase.CLEAR:
            trips.pop(rule, None)
        else:
            trips[rule] = move.phase
        if move.cancel:
            self.timeline.cancel("trip", rule)
        if move.wait is not None:
            self.timeline.set("trip", at + (on_delay if move.wait == "on" else off_delay), rule)
        if move.edge is not None:
            self._tell(rule, at, out, active=move.edge)
            self._settle_condition(at, out)

    def _delays(self, rule: str) -> tuple[int, int]:
        if rule == SENSORS_LOST:
            return self.zone.presence.silent_after, 0
        limit = self._rule(rule)
        return (limit.on_delay, limit.off_delay) if limit is not None else (0, 0)

    def _rule(self, rule: str) -> Limit | RateLimit | None:
        if rule in self._rates:
            return self._rates[rule][1]
        return self._limits.get(rule)

    def _tell(self, rule: str, at: int, out: list[Found], *, active: bool) -> None:
        limit = self._rule(rule)
        match limit:
            case None:
                self._report(
                    rule, at, out, active=active, value=self._gone, cause=f"{self._gone} thermometers are silent or bad" if active else None
                )
            case RateLimit():
                rising = self.state.rising[self._rates[rule][0]]
                cause = f"{rising} of {self._inlets} inlets rise by {limit.rise:g} K/min or more"
                self._report(
                    rule, at, out, active=active, value=round(rising / self._inlets, 3), limit=limit.share, cause=cause if active else None
                )
            case Limit():
                bound = limit.above if limit.above is not None else limit.below
                pick = highest if limit.above is not None else lowest
                self._report(rule, at, out, active=active, value=pick(self.zone.statistic, self.state.values), limit=bound)

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
        known = self._rule(rule)
        priority = known.priority if known is not None else BUILT_IN[rule]
        told = None if value is None else round(value, 3)
        out.append(Condition(at, rule, active, priority, self.zone.id, None, self.zone.hall, told, limit, cause))

    def _settle_condition(self, at: int, out: list[Found]) -> None:
        """What the zone is now, worst first; told when it changes."""
        state = self.state
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
            value = None if state.value is None else round(state.value, 3)
            out.append(
                ZoneEvent(at=at, type="zone.state", zone=self.zone.id, hall=self.zone.hall, state=condition, previous=previous, value=value)
            )

    # --- control

    def _control(self, at: int, out: list[Found]) -> None:
        """One control cycle; a demand is told when it has moved by a percent or reached a bound."""
        state, control = self.state, self.zone.control
        output = demand(control, state.demand, state.value, control.cycle, failsafe=trip.tripped(state.failsafe))
        told = state.demand.told
        if told is None or abs(output - told) >= 1.0 or (output != told and output in {control.floor, 100.0}):
            state.demand.told = output
            value = None if state.value is None else f"{state.value:.2f} °C"
            cause = "fail-safe" if trip.tripped(state.failsafe) else value
            out.append(
                CoolingEvent(at=at, type="cooling.demand", zone=self.zone.id, hall=self.zone.hall, value=round(output, 1), cause=cause)
            )
