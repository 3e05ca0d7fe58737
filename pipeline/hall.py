"""The hall fold: what the zones found, what the units report and what people do, in canonical order, become alarms and commands.

It is low-rate and there is one for the site. At the end of each instant in which something changed it settles: it arbitrates every unit
(the largest demand of its zones, a share more for each failed neighbour, requests), passes the result through the interlock, and
commands what has moved by a percent.
"""

from collections.abc import Iterable
from typing import Final

from msgspec import structs

from ..config.model import ControlMode, Priority, Site, Unit
from ..config.units import MINUTE, SECOND
from ..sensors.frame import LinkKind
from . import units
from .alarms import STANDING, TABLE, Trigger
from .cooling.interlock import FULL, interlock
from .events import AlarmEvent, AlarmState, CoolingEvent, Event, NoteEvent, RunEvent, ZoneCondition, ZoneEvent
from .inputs import Condition, Link, Moment, Note, Operator, Request, Start, UnitPresence, UnitReport
from .stages import trip
from .stages.trip import Seen
from .state import AlarmRecord, HallState, Phase, PipelineState, UnitState
from .timeline import Timer
from .zone import BUILT_IN
from .zones import Finding, grace_of

LINK_LOST: Final = "link-lost"
LOSING_DATA: Final = "losing-data"
_LOSING_DATA_FOR: Final = 10 * MINUTE
"""How long the alarm that data may be missing stands after the last sign of it."""
_OFF_DELAY: Final = 30 * SECOND
_STEP: Final = 1.0
"""Percent by which a command must move to be sent."""
_UNIT_RULES: Final = {
    units.FAILED: Priority.HIGH,
    units.SILENT: Priority.HIGH,
    units.DEAF: Priority.HIGH,
    units.UNHEARD: Priority.HIGH,
    units.ALONE: Priority.MEDIUM,
    units.OVERRUN: Priority.LOW,
}
_FAN_RULES: Final = (units.FAILED, units.OVERRUN)
_USELESS: Final = (units.FAILED, units.SILENT)
"""Rules that mean that a unit does not cool: its neighbours take over."""


class HallFold:
    """The hall fold over the state it owns in `state.hall`."""

    def __init__(self, site: Site, state: PipelineState) -> None:
        self.site = site
        self.state: HallState = state.hall
        self.timeline = self.state.timeline
        self._units = {unit.id: unit for unit in site.units}
        self._halls = {zone.id: zone.hall for zone in site.zones}
        self._serving = {zone.id: [unit for unit in site.units if zone.id in unit.serves] for zone in site.zones}
        self._rules = {
            zone.id: {*BUILT_IN, *(limit.rule for limit in zone.limits), *(limit.rule for limit in zone.rates)} for zone in site.zones
        }
        self._out: list[Event] = []
        self._instant = (0, 0)
        self._moved = False
        self._resend = False

    @property
    def due(self) -> int:
        """When the next timer is due."""
        return self.timeline.due

    def push(self, findings: Iterable[Finding]) -> list[Event]:
        """Fold findings, in canonical order, into events."""
        out = self._out = []
        for at, phase, _, payload in findings:
            if isinstance(payload, Start):
                self._settle()
                self._forget_delays()
            self._advance(at, phase)
            self._take(payload)
        self._settle()
        return out

    # --- time

    def _advance(self, at: int, phase: int) -> None:
        """Fire the timers before `(at, phase)`: at one instant zones' timers come first, then the hall's, then the frame."""
        if (at, phase) != self._instant:
            self._settle()
            while (timer := self.timeline.pop(at if phase else at - 1)) is not None:
                self._instant = (timer.due, 0)
                self._fire(timer)
                if self.timeline.due > timer.due:
                    self._settle()
            self._instant = (at, phase)

    def _fire(self, timer: Timer) -> None:
        match timer.kind:
            case "trip":
                unit, _, rule = timer.key.partition(" ")
                self._step(self._units[unit], rule, Seen.DELAY, timer.due, None)
            case "report":
                self._step(
                    self._units[timer.key],
                    units.SILENT,
                    Seen.OVER,
                    timer.due,
                    f"no report for {self._units[timer.key].report_after // SECOND} s",
                )
            case "lower":
                self._moved = True
            case "request":
                self.state.requests.pop(timer.key, None)
                self._moved = True
            case "losing-data":
                self._alarm(Condition(timer.due, LOSING_DATA, active=False, priority=Priority.MEDIUM))

    def _forget_delays(self) -> None:
        """A run begins: absence begins anew and delays need fresh evidence, so what came due in the gap does not count."""
        for kind in ("trip", "report", "lower"):
            self.timeline.cancel_kind(kind)
        for state in self.state.units.values():
            state.trips = {rule: Phase.ACTIVE for rule, phase in state.trips.items() if trip.tripped(phase)}

    # --- inputs

    def _take(self, item: object) -> None:
        match item:
            case Moment() as moment:
                if moment.ended:
                    self._tell(RunEvent(at=moment.at, type="run.ended"))
            case Condition() as condition:
                self._alarm(condition)
            case CoolingEvent(type="cooling.demand", zone=str() as zone, value=float() as value) as event:
                self.state.demands[zone] = value
                self._moved = True
                self._tell(event)
            case ZoneEvent(zone=str() as zone) as event:
                self.state.conditions[zone] = event.state
                self._moved = True
                self._tell(event)
            case Event() as event:
                self._tell(event)
            case UnitReport() as report:
                self._report(report)
            case UnitPresence() as presence:
                self._presence(presence)
            case Link() as link:
                self._link(link)
            case Operator() as operator:
                self._operate(operator)
            case Request() as request:
                self._request(request)
            case Note() as note:
                self._tell(
                    NoteEvent(
                        at=note.at,
                        type="note",
                        kind=note.kind,
                        text=note.text,
                        happened_at=note.happened_at,
                        target=note.target,
                        value=note.value,
                    )
                )
            case Start() as start:
                self._start(start)

    def _start(self, start: Start) -> None:
        state, at = self.state, start.at
        state.grace = grace_of(start)
        detail = f"version {start.version}, site {start.site[:12]}" + (f", {start.note}" if start.note else "")
        self._tell(RunEvent(at=at, type="run.started", detail=detail))
        for record in list(state.alarms.values()):
            if not self._configured(record):
                self._transition(record, Trigger.REMOVE, at, cause="no longer configured")
        state.units = {unit.id: state.units.get(unit.id, UnitState()) for unit in self.site.units}
        state.demands = {zone: demand for zone, demand in state.demands.items() if zone in self._serving}
        state.conditions = {zone.id: state.conditions.get(zone.id, ZoneCondition.FAILSAFE) for zone in self.site.zones}
        for unit in self.site.units:
            if unit.control is not ControlMode.OFF:
                self._watch_report(unit, at)
                units.unobserved(unit, state.units[unit.id], at, state.grace)
        self._moved = self._resend = True

    def _configured(self, record: AlarmRecord) -> bool:
        if record.zone is not None:
            return record.rule in self._rules.get(record.zone, ())
        return record.unit is None or record.unit in self._units

    def _link(self, link: Link) -> None:
        at = link.at
        self._tell(RunEvent(at=at, type=f"link.{link.kind}", detail=link.detail or None, unit=link.unit))
        match link.kind:
            case LinkKind.LOST | LinkKind.RESTORED:
                lost = link.kind is LinkKind.LOST
                self._alarm(Condition(at, LINK_LOST, lost, Priority.HIGH, cause=link.detail if lost else None))
            case LinkKind.SESSION_LOST | LinkKind.DROPPING | LinkKind.DISK:
                self._alarm(Condition(at, LOSING_DATA, active=True, priority=Priority.MEDIUM, cause=link.detail))
                self.timeline.set("losing-data", at + _LOSING_DATA_FOR)
            case LinkKind.UNHEARD | LinkKind.DENIED:
                unit = self._units.get(link.unit or "")
                if unit is not None:
                    self._step(unit, units.UNHEARD, Seen.OVER, at, link.detail)
            case LinkKind.STALLED:
                for unit in self.site.units:
                    if self.timeline.is_set("report", unit.id):
                        self._watch_report(unit, at)

    def _operate(self, operator: Operator) -> None:
        record = next((record for record in self.state.alarms.values() if record.id == operator.alarm), None)
        if record is not None and operator.action == "acknowledge":
            self._transition(record, Trigger.ACKNOWLEDGE, operator.at, cause=operator.reason or None, by=operator.by)

    def _request(self, request: Request) -> None:
        if request.zone not in self._serving or request.until <= request.at:
            return
        key = f"{request.zone} {request.handler}"
        again = self.state.requests.get(key) == request.at_least
        self.state.requests[key] = request.at_least
        self.timeline.set("request", request.until, key)
        if again:  # only longer: a handler that is told of its own requests must not feed itself
            return
        self._tell(
            CoolingEvent(
                at=request.at,
                type="cooling.request",
                zone=request.zone,
                hall=self._halls[request.zone],
                value=request.at_least,
                cause=f"{request.handler}, until {request.until}",
            )
        )
        self._moved = True

    # --- units

    def _report(self, report: UnitReport) -> None:
        unit = self._units[report.unit]
        state = self.state.units.setdefault(unit.id, UnitState())
        state.fan, state.supply, state.returned = report.fan, report.supply, report.returned
        state.mode, state.echoed = report.mode, report.number or 0
        self._watch_report(unit, report.at)
        self._step(unit, units.SILENT, Seen.BACK, report.at, None)
        for rule, check in units.CHECKS.items():
            seen, why = check(unit, state, report)
            self._step(unit, rule, seen, report.at, why)
        if state.echoed >= state.awaited:
            state.awaited = state.number
        if state.echoed >= state.number:
            self._step(unit, units.UNHEARD, Seen.BACK, report.at, None)
        if state.condition == "unknown":
            self._judge(unit, state, report.at)

    def _presence(self, presence: UnitPresence) -> None:
        unit = self._units[presence.unit]
        if not presence.online:
            self._step(unit, units.SILENT, Seen.OVER, presence.at, "its last will: offline")

    def _watch_report(self, unit: Unit, at: int) -> None:
        self.timeline.set("report", at + unit.report_after + self.state.grace, unit.id)

    def _step(self, unit: Unit, rule: str, seen: Seen, at: int, cause: str | None) -> None:
        """Move one of a unit's trips; told as an alarm, and as the unit's own state."""
        state = self.state.units.setdefault(unit.id, UnitState())
        phase = state.trips.get(rule, Phase.CLEAR)
        on_delay, off_delay = self._delays(unit, rule)
        move = trip.step(phase, seen, on_delay, off_delay)
        if move is None:
            return
        if move.phase is Phase.CLEAR:
            state.trips.pop(rule, None)
        else:
            state.trips[rule] = move.phase
        key = f"{unit.id} {rule}"
        if move.cancel:
            self.timeline.cancel("trip", key)
        if move.wait is not None:
            self.timeline.set("trip", at + (on_delay if move.wait == "on" else off_delay), key)
        if move.edge is not None:
            value, limit = (state.fan, state.commanded) if rule in _FAN_RULES else (None, None)
            why = (cause or self._why(state, rule)) if move.edge else None
            self._alarm(Condition(at, rule, move.edge, _UNIT_RULES[rule], None, unit.id, unit.hall, value, limit, why))
            self._judge(unit, state, at)

    def _why(self, state: UnitState, rule: str) -> str | None:
        match rule:
            case units.FAILED | units.OVERRUN if state.fan is not None and state.commanded is not None:
                return f"fan at {state.fan:.0f} %, commanded {state.commanded:.0f} %"
            case units.DEAF:
                return f"reports command {state.echoed}, sent {state.awaited}"
            case units.ALONE:
                return "hears no heartbeat and runs at 100 % by its own timer"
        return None

    def _delays(self, unit: Unit, rule: str) -> tuple[int, int]:
        match rule:
            case units.FAILED:
                return unit.fault_after, _OFF_DELAY
            case units.DEAF | units.ALONE:
                return 2 * units.RESPONSE + self.state.grace, 0
            case units.OVERRUN:
                return MINUTE, 0
        return 0, 0

    def _judge(self, unit: Unit, state: UnitState, at: int) -> None:
        """What the unit is now, worst first; told when it changes."""
        active = {rule for rule, phase in state.trips.items() if trip.tripped(phase)}
        names = {
            units.FAILED: "failed",
            units.SILENT: "silent",
            units.DEAF: "deaf",
            units.UNHEARD: "unheard",
            units.ALONE: "alone",
            units.OVERRUN: "overrun",
        }
        condition = next((name for rule, name in names.items() if rule in active), "following")
        if condition != state.condition:
            state.condition = condition
            self._tell(CoolingEvent(at=at, type="cooling.unit", unit=unit.id, hall=unit.hall, value=state.fan, state=condition))
            self._moved = True

    # --- commands

    def _settle(self) -> None:
        """Close the instant: arbitrate, and command what has moved."""
        if not self._moved:
            return
        self._moved = False
        at = self._instant[0]
        for unit in self.site.units:
            if unit.control is not ControlMode.OFF:
                self._arbitrate(unit, at, resend=self._resend)
        self._resend = False

    def _arbitrate(self, unit: Unit, at: int, *, resend: bool) -> None:
        state = self.state.units.setdefault(unit.id, UnitState())
        conditions = self.state.conditions
        hot = any(conditions.get(zone, ZoneCondition.FAILSAFE) in {ZoneCondition.HOT, ZoneCondition.FAILSAFE} for zone in unit.serves)
        wanted, zone = max(((self._wanted(zone), zone) for zone in unit.serves), default=(unit.floor, ""), key=lambda pair: pair[0])
        last = FULL if state.commanded is None else state.commanded
        allowed = interlock(unit, last, state.lowered_at, wanted, at, hot=hot)
        moved = abs(allowed - last) >= _STEP or (allowed != last and allowed in {unit.floor, unit.ceiling})
        if moved or resend or state.commanded is None:
            if allowed < last:
                state.lowered_at = at
            self._command(unit, allowed, at, f"zone {zone} wants {wanted:.0f} %")
            last = allowed
        if last - max(wanted, unit.floor) >= _STEP and not hot and not self.timeline.is_set("lower", unit.id):
            self.timeline.set("lower", max(at, state.lowered_at + unit.hold), unit.id)

    def _wanted(self, zone: str) -> float:
        """What a zone wants of each of its units: more when some of them do not cool."""
        serving = self._serving[zone]
        healthy = sum(
            not any(rule in self.state.units[unit.id].trips for rule in _USELESS) for unit in serving if unit.id in self.state.units
        )
        demand = self.state.demands.get(zone, FULL)
        shared = demand * len(serving) / healthy if healthy else FULL
        asked = [percent for key, percent in self.state.requests.items() if key.partition(" ")[0] == zone]
        return min(FULL, max(shared, *asked, 0.0))

    def _command(self, unit: Unit, percent: float, at: int, cause: str) -> None:
        state = self.state.units[unit.id]
        units.retarget(unit, state, percent, at, self.state.grace)
        state.number = max(state.number + 1, at // SECOND)
        self._tell(
            CoolingEvent(
                at=at,
                type="cooling.command",
                unit=unit.id,
                hall=unit.hall,
                value=round(percent, 1),
                number=state.number,
                advise=unit.control is ControlMode.ADVISE,
                cause=cause,
            )
        )

    # --- alarms

    def _tell(self, event: Event) -> None:
        """Give the event out. The same thing twice at one instant is told apart by a count, so that ids stay unique."""
        state = self.state
        if event.at != state.told_at:
            state.told_at = event.at
            state.told.clear()
        again = state.told.get(event.id, 0)
        state.told[event.id] = again + 1
        self._out.append(structs.replace(event, again=again) if again else event)

    def _alarm(self, condition: Condition) -> None:
        key = f"{condition.zone or ''} {condition.unit or ''} {condition.rule}"
        record = self.state.alarms.get(key)
        if record is None:
            if not condition.active:
                return
            subject = condition.zone or condition.unit or self.site.name
            record = AlarmRecord(
                id=f"{subject}:{condition.rule}@{condition.at}",
                zone=condition.zone,
                unit=condition.unit,
                hall=condition.hall,
                rule=condition.rule,
                priority=condition.priority,
                state=AlarmState.NORMAL,
            )
            self.state.alarms[key] = record
        record.value, record.limit, record.cause = condition.value, condition.limit, condition.cause
        self._transition(record, Trigger.CONDITION if condition.active else Trigger.RETURN, condition.at, cause=condition.cause)

    def _transition(self, record: AlarmRecord, trigger: Trigger, at: int, *, cause: str | None, by: str | None = None) -> None:
        transition = TABLE.get((record.state, trigger))
        if transition is None:
            return
        if trigger is Trigger.CONDITION and record.state not in STANDING:
            subject = record.zone or record.unit or self.site.name
            record.id = f"{subject}:{record.rule}@{at}"
        record.state = transition.state
        if record.state is AlarmState.NORMAL:
            self.state.alarms = {key: kept for key, kept in self.state.alarms.items() if kept is not record}
        if transition.event is not None:
            self._tell(
                AlarmEvent(
                    at=at,
                    type=transition.event,
                    zone=record.zone,
                    hall=record.hall,
                    unit=record.unit,
                    alarm=record.id,
                    rule=record.rule,
                    priority=Priority(record.priority),
                    state=record.state,
                    value=record.value,
                    limit=record.limit,
                    cause=cause,
                    by=by,
                )
            )
