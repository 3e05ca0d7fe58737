"""The zone fold: everything that one zone's thermometers say, and nothing else, becomes conditions and demand.

Zones are independent of each other, so a fold may run in any thread or process. It owns a `ZoneState`; time reaches it as the `at` of
its inputs and through its timers:

    silence   the next thermometer counts as silent
    trip      the on- or off-delay of a rule has passed
    failsafe  the data has been good for long enough
    cycle     the control cycle
    gaps      what has not come is weighed

Findings are appended to `out`, in order: events as they are, and conditions for the hall fold to make alarms of.
"""

from typing import Final

import numpy as np
from msgspec import structs

from ..config.model import Role, Sensor, Zone
from ..sensors.arrays import Ints
from ..sensors.frame import LinkKind
from ..sensors.reading import Quality
from . import history
from .columns import SEEN, SMOOTH, Columns
from .conditions import DATA_LOST, SENSORS_LOST, Conditions, Found
from .events import CoolingEvent, SensorEvent
from .inputs import Link, Measured
from .rising import Rising
from .slot import ENDLESS, Slot
from .stages import gaps, trip
from .stages.demand import demand
from .stages.limits import calm, compare
from .stages.presence import quorum, silent_at
from .stages.smooth import smooth
from .stages.statistic import highest, lowest, replace
from .stages.trip import Seen
from .stages.validate import DUPLICATE, LATE, UNCONFIRMED, Verdict, validate
from .state import Phase, SensorState, ZoneState

_SILENT: Final = Verdict(Quality.STALE, "silent")
_NEVER_HEARD: Final = Verdict(Quality.STALE, "never heard")
_GATEWAY_LOST: Final = Verdict(Quality.STALE, "gateway lost")
_GONE: Final = (Quality.STALE, Quality.BAD)


class ZoneFold:
    """One zone, whose thermometers have the rows of `columns` from `begin` on. `controlled`: some cooling unit serves it, so it has a demand."""

    def __init__(self, zone: Zone, state: ZoneState, columns: Columns, begin: int, *, controlled: bool) -> None:
        self.zone = zone
        self.state = state
        self.controlled = controlled
        self.timeline = state.timeline
        state.sensors = {sensor.id: state.sensors.get(sensor.id, SensorState()) for sensor in zone.sensors}
        self.slots = [Slot(sensor, state.sensors[sensor.id], zone) for sensor in zone.sensors]
        self._begin, self._end = begin, begin + len(self.slots)
        self._columns = columns
        self._patience = np.array([sensor.quality.stale_after for sensor in zone.sensors], np.int64)
        self.behind = set(range(self._begin, self._end))
        """Rows that the states have left behind."""
        self._calm = False
        """Whether the zone's values, seen from above and from below, are clear of every limit."""
        self._presence = zone.presence
        if any(rule.on_bad == "fail-safe" for rule in zone.rules):
            self._presence = structs.replace(zone.presence, quorum=1.0)
        self._inlets = sum(slot.inlet for slot in self.slots)
        self.conditions = Conditions(zone, state, self._inlets)
        self.conditions.gone = sum(slot.known.quality in _GONE and slot.known.cause != "" for slot in self.slots)
        self._bottom, self._top = calm(zone.limits)
        self._rising = Rising(zone, state, self.slots, self.conditions)
        self._count()

    # --- rows and states

    @property
    def open(self) -> bool:
        """Whether nothing is up with the zone, so that ordinary readings may go the short way. That some thermometers are silent is not theirs."""
        state = self.state
        return self._calm and state.failsafe is not Phase.ACTIVE and not state.trips.keys() - {SENSORS_LOST}

    def load(self) -> None:
        """Take every state into its row."""
        for place in self.behind:
            self._columns.take(place, self.slots[place - self._begin])
        self.behind.clear()

    def weigh_rows(self) -> None:
        """The zone's values as its rows have them: all of them have come the short way, so nothing is past a limit."""
        here = slice(self._begin, self._end)
        state = self.state
        state.values = sorted(self._columns.floats[here, SMOOTH][self._columns.counted[here]].tolist())
        state.value = highest(self.zone.statistic, state.values)

    def show(self) -> None:
        """The states as they are, but for trails."""
        self._columns.show(self._begin, self._end, self.slots)

    def settle(self) -> None:
        """The states as they are."""
        self._columns.settle(self._begin, self._end, self.slots)

    def release(self) -> None:
        """Let the trails go that the rows have, too."""
        places = [place for place in range(self._begin, self._end) if place not in self.behind]
        self._columns.release(places, [self.slots[place - self._begin] for place in places])

    def _touch(self, place: int) -> Slot:
        """The state is about to be changed."""
        slot = self.slots[place - self._begin]
        self._columns.bring(place, slot)
        self.behind.add(place)
        return slot

    def _count(self) -> None:
        """What the zone knows of its inlets, by their states: those of another site file may be gone."""
        state = self.state
        inlets = [slot.known for slot in self.slots if slot.inlet]
        state.values = sorted(known.counted for known in inlets if known.counted is not None)
        state.lost = sorted(known.lost for known in inlets if known.lost is not None)
        state.value = highest(self.zone.statistic, state.values)

    # --- inputs

    def begin(self, at: int, grace: int, out: list[Found]) -> None:
        """A run begins: nothing was observed before `at`. Absence begins anew, delays need fresh evidence."""
        state = self.state
        state.grace = grace
        for kind in ("trip", "failsafe", "cycle", "gaps"):
            self.timeline.cancel_kind(kind)
        self.conditions.begin()
        state.failsafe = trip.fresh(state.failsafe)
        state.demand.value, state.demand.rise = None, 0.0
        self.settle()
        for slot in self.slots:
            slot.known.trail = ()
            slot.known.suspect = None
        self.observe_again(at)
        self._judge_sensors(at, out)
        self.timeline.set("gaps", at + gaps.WINDOW)
        if self.controlled:
            self.timeline.set("cycle", at + self.zone.control.cycle)
        if state.failsafe is Phase.CLEAR and quorum(self._presence, len(state.values), self._inlets) is Seen.OVER:
            state.failsafe = Phase.ACTIVE  # too many of them are new in the site file; no alarm before they count as silent
            if self.controlled:
                self._control(at, out)
        self.conditions.judge(at, out)

    def observe_again(self, at: int) -> None:
        """Silence before `at` says nothing about the thermometers: we were not listening."""
        for place in range(self._begin, self._end):
            self._touch(place).known.seen_at = at
        self.timeline.cancel("silence")
        self._watch_silence(int(self._silent_from().min(initial=ENDLESS)))

    def measure(self, item: Measured, out: list[Found]) -> None:
        """Take one temperature through every stage."""
        at, place, celsius, measured_at, sequence = item
        state, slot = self.state, self._touch(place)
        sensor, known = slot.sensor, slot.known
        spec = sensor.quality
        verdict = validate(spec, known, celsius, measured_at, sequence, at, state.grace)
        quality = verdict.quality
        if quality is None:
            state.ignored[verdict.cause] = state.ignored.get(verdict.cause, 0) + 1
            if sequence is not None and known.sequence is not None and verdict is not DUPLICATE:
                gaps.fill(state.gaps, known.sequence, sequence)
            if verdict is LATE and (told := history.tell(self.zone, sensor, known, celsius, measured_at, at)) is not None:
                out.append(told)
            return
        known.seen_at = at
        elapsed = measured_at - known.measured_at
        if sequence is not None and known.sequence is not None:
            gaps.follow(state.gaps, known.sequence, sequence, elapsed, spec.period)
        known.sequence = sequence
        if measured_at - at <= spec.skew + state.grace:  # whatever else is wrong with it: what comes later must not look older
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
            elif state.trips or not self._calm:  # not calm: since a restart, perhaps, nothing was compared
                self._weigh(at, out)
            if state.failsafe is Phase.ACTIVE:
                self._judge_quorum(at, out)
            self._rising.follow(slot, at, out)

    def lose(self, sensor: Sensor, at: int, out: list[Found]) -> None:
        """The gateway of the thermometer is gone, and it with it."""
        place = next(place for place, slot in enumerate(self.slots, self._begin) if slot.sensor.id == sensor.id)
        known = self._touch(place).known
        if known.quality is not Quality.STALE:
            self._regrade(sensor, known, _GATEWAY_LOST, at, out)

    def fire(self, at: int, out: list[Found]) -> None:
        """Fire every timer due at `at`."""
        while (timer := self.timeline.pop(at)) is not None:
            match timer.kind:
                case "silence":
                    self._fall_silent(at, out)
                case "trip":
                    self.conditions.step(timer.key, Seen.DELAY, at, out)
                case "failsafe":
                    self._judge_quorum(at, out, Seen.DELAY)
                case "cycle":
                    self._control(at, out)
                    self.timeline.set("cycle", at + self.zone.control.cycle)
                case "gaps":
                    self.timeline.set("gaps", at + gaps.WINDOW)
                    if (missing := gaps.weigh(self.state.gaps, self.zone.presence.gaps)) is not None:
                        out.append(Link(at, LinkKind.GAPS, f"zone {self.zone.id}: {missing}", None))

    # --- presence

    def _watch_silence(self, due: int) -> None:
        """One timer serves the zone: it is due when the next thermometer may count as silent."""
        if due < ENDLESS:
            self.timeline.set("silence", due)

    def _fall_silent(self, at: int, out: list[Found]) -> None:
        silent_from = self._silent_from()
        silent = silent_from <= at
        for place in np.flatnonzero(silent).tolist():
            slot = self._touch(self._begin + place)
            known = slot.known
            self._regrade(slot.sensor, known, _SILENT if known.cause or known.quality is not Quality.STALE else _NEVER_HEARD, at, out)
        self._watch_silence(int(silent_from[~silent].min(initial=ENDLESS)))

    def _silent_from(self) -> Ints:
        """When each thermometer will count as silent, if nothing comes."""
        here = slice(self._begin, self._end)
        found: Ints = self._columns.numbers[here, SEEN] + (self._patience + self.state.grace)
        found[self._columns.silent[here]] = ENDLESS
        for place in self.behind:
            slot = self.slots[place - self._begin]
            found[place - self._begin] = min(silent_at(slot.sensor, slot.known, self.state.grace), ENDLESS)
        return found

    def _regrade(self, sensor: Sensor, known: SensorState, verdict: Verdict, at: int, out: list[Found], value: float | None = None) -> None:
        """A thermometer is believed more, or less, than before."""
        state = self.state
        quality = verdict.quality or Quality.BAD
        was_gone, first = known.quality in _GONE and known.cause != "", known.quality is Quality.STALE and not known.cause
        was_stale = known.quality is Quality.STALE
        known.quality, known.cause = quality, verdict.cause
        self.conditions.gone += (quality in _GONE) - was_gone
        if was_stale and quality is not Quality.STALE:
            self.timeline.set_by("silence", silent_at(sensor, known, state.grace))
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
            believed = known.counted is not None
            if quality is Quality.GOOD:
                replace(state.lost, known.lost, None)
                replace(state.values, known.counted, known.smooth)
                known.lost, known.counted = None, known.smooth
            elif verdict is not UNCONFIRMED and known.counted is not None:
                replace(state.values, known.counted, None)
                replace(state.lost, known.lost, known.counted)
                known.lost, known.counted = known.counted, None
            if believed is not (known.counted is not None):
                self._rising.believe(known, -1 if believed else 1, at, out)
            self._weigh(at, out)
            self._judge_quorum(at, out)
        self._judge_sensors(at, out)

    def _judge_quorum(self, at: int, out: list[Found], seen: Seen | None = None) -> None:
        """Enter or leave fail-safe. The zone starts in it; not having heard anybody yet is no alarm until they count as silent."""
        state, presence = self.state, self._presence
        good = len(state.values)
        move = trip.step(state.failsafe, seen or quorum(presence, good, self._inlets), 0, presence.recover)
        if move is not None:
            state.failsafe = move.phase
            if move.cancel:
                self.timeline.cancel("failsafe")
            if move.wait:
                self.timeline.set("failsafe", at + presence.recover)
        lost = (move is not None and move.edge) or (self.conditions.gone and self._beyond_quorum())
        if state.failsafe is Phase.ACTIVE and DATA_LOST not in state.trips and lost:
            cause = f"{good} of {self._inlets} inlets are good"
            out.append(
                CoolingEvent(
                    at=at, type="cooling.failsafe", zone=self.zone.id, hall=self.zone.hall, value=self.zone.control.failsafe, cause=cause
                )
            )
            self.conditions.lose_data(at, out, lost=True, good=good, cause=cause)
        if state.failsafe is Phase.CLEAR and DATA_LOST in state.trips:
            self.conditions.lose_data(at, out, lost=False, good=good)
        if move is not None and move.edge is not None:
            if self.controlled and move.edge:
                self._control(at, out)
            self.conditions.judge(at, out)
            self._judge_sensors(at, out)

    def _beyond_quorum(self) -> bool:
        """Whether so many inlets are known to be gone that the rest cannot make a quorum, whatever they say."""
        gone = sum(slot.known.quality in _GONE and slot.known.cause != "" for slot in self.slots if slot.inlet)
        return quorum(self._presence, self._inlets - gone, self._inlets) is Seen.OVER

    def _judge_sensors(self, at: int, out: list[Found]) -> None:
        """Some thermometers are gone: one alarm for the zone, and none beside the alarm that the zone has lost its data."""
        if not self.conditions.gone:
            self.conditions.step(SENSORS_LOST, Seen.BACK, at, out)
        elif trip.tripped(self.state.failsafe):
            self.conditions.step(SENSORS_LOST, Seen.BETWEEN, at, out)
        else:
            self.conditions.step(SENSORS_LOST, Seen.OVER, at, out)

    # --- the zone's value

    def _weigh(self, at: int, out: list[Found]) -> None:
        """The inlets have changed: compare the zone with its limits. A calm zone with nothing pending costs two comparisons."""
        state, statistic = self.state, self.zone.statistic
        value = state.value = highest(statistic, state.values)
        bottom = lowest(statistic, state.values)
        self._calm = value is not None and bottom is not None and self._bottom < bottom and value < self._top
        if self._calm and not state.trips:
            return
        if self._unheard():
            return
        for limit in self.zone.limits:
            found = compare(limit, statistic, state.values, state.lost)
            if found is not None:
                self.conditions.step(limit.rule, found[0], at, out)

    def _unheard(self) -> bool:
        """Whether the zone has yet to hear from so many inlets that their word counts: the first of them alone is not to raise an alarm."""
        state = self.state
        if state.failsafe is not Phase.ACTIVE or DATA_LOST in state.trips:
            return False
        return quorum(self.zone.presence, len(state.values), self._inlets) is Seen.OVER

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
