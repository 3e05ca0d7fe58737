"""The supervisor: judges every cooling unit by its reports and by their absence, and makes conditions of what is wrong with it."""

from collections.abc import Callable
from typing import Final

from msgspec import structs

from ..config.model import ControlMode, Priority, Site, Unit
from ..config.units import MINUTE, SECOND
from . import confirmation, units
from .events import CoolingEvent, Event
from .inputs import Condition, UnitPresence, UnitReport
from .stages import trip
from .stages.trip import Seen
from .state import HallState, Phase, UnitState
from .timeline import Timer

TIMERS: Final = ("trip", "report", confirmation.TIMER)
_OFF_DELAY: Final = 30 * SECOND
RULES: Final = {
    units.FAILED: ("failed", Priority.HIGH),
    units.SILENT: ("silent", Priority.HIGH),
    units.DEAF: ("deaf", Priority.HIGH),
    units.UNHEARD: ("unheard", Priority.HIGH),
    units.ALONE: ("alone", Priority.MEDIUM),
    units.OVERRUN: ("overrun", Priority.LOW),
}
"""What a unit is while a rule holds, worst first, and the priority of its alarm."""


class Supervisor:
    """Over the units in `state`. `alarm` is given conditions, `tell` what a unit has become; `moved` is called when that changes."""

    def __init__(
        self, site: Site, state: HallState, alarm: Callable[[Condition], None], tell: Callable[[Event], None], moved: Callable[[], None]
    ) -> None:
        self.units = {unit.id: unit for unit in site.units}
        self._advised = {
            unit.id: structs.replace(unit, control=ControlMode.ADVISE) for unit in site.units if unit.control is ControlMode.ON
        }
        """How a unit is judged while its hall is in maintenance: by its own word, for nothing is sent."""
        self.stood_still = False
        """We do so until the next input: in that time no command went out, and no word came in."""
        self._state = state
        self._timeline = state.timeline
        self._alarm, self._tell, self._moved = alarm, tell, moved

    def forget_delays(self) -> None:
        """A run begins: delays need fresh evidence."""
        for state in self._state.units.values():
            state.trips = {rule: Phase.ACTIVE for rule, phase in state.trips.items() if trip.tripped(phase)}

    def begin(self, at: int) -> None:
        """A run begins: absence begins anew, and a fan may be anywhere."""
        state = self._state
        state.linked_at = at
        state.units = {name: state.units.get(name, UnitState()) for name in self.units}
        for unit in self.units.values():
            if unit.control is not ControlMode.OFF:
                self._watch_report(unit, at)
                units.unobserved(unit, state.units[unit.id], at, state.grace)

    def observe_again(self, at: int) -> None:
        """Silence before `at` says nothing about the units: we were not listening."""
        for unit in self.units.values():
            if self._timeline.is_set("report", unit.id):
                self._watch_report(unit, at)
        self._wait_again(at)

    def link(self, at: int, *, lost: bool) -> None:
        """The link is lost, and nobody can confirm anything, or it is back."""
        self._state.linked_at = None if lost else at
        self._wait_again(at)

    def _wait_again(self, at: int) -> None:
        """What was to be confirmed before `at` has its time from then on."""
        for unit in self.units.values():
            if unit.id in self._state.units:
                confirmation.watch(unit, self._state, at)

    def fire(self, timer: Timer) -> None:
        """A delay has passed, or a report is missing."""
        if timer.kind == "trip":
            unit, _, rule = timer.key.partition(" ")
            self._step(self.units[unit], rule, Seen.DELAY, timer.due, None)
        elif timer.kind == confirmation.TIMER:
            if not self.stood_still and confirmation.is_overdue(self.units[timer.key], self._state):
                self._step(self.units[timer.key], units.DEAF, Seen.OVER, timer.due, None)
        else:
            unit_ = self.units[timer.key]
            self._step(unit_, units.SILENT, Seen.OVER, timer.due, f"no report for {unit_.report_after // SECOND} s")

    def report(self, report: UnitReport) -> None:
        """A unit says what it does."""
        unit = self.units[report.unit]
        state = self._state.units.setdefault(unit.id, UnitState())
        state.fan, state.supply, state.returned = report.fan, report.supply, report.returned
        state.mode, state.echoed, state.confirms = report.mode, report.number or 0, confirmation.speaks_of_it(report)
        self._watch_report(unit, report.at)
        self._step(unit, units.SILENT, Seen.BACK, report.at, None)
        driven = self._advised.get(unit.id, unit) if unit.hall in self._state.maintenance else unit
        for rule, check in units.CHECKS.items():
            seen, why = check(driven, state, report)
            self._step(unit, rule, seen, report.at, why)
        self._hear(unit, report.at)
        if state.echoed >= state.number:
            self._step(unit, units.UNHEARD, Seen.BACK, report.at, None)
        if state.condition == "unknown":
            self._judge(unit, state, report.at)

    def _hear(self, unit: Unit, at: int) -> None:
        """Does the report confirm what is awaited? A unit that obeys somebody else owes us no word."""
        if confirmation.is_owed(unit, self._state):
            if not self._timeline.is_set(confirmation.TIMER, unit.id):
                confirmation.watch(unit, self._state, at)
            return
        self._step(unit, units.DEAF, Seen.BACK, at, None)
        confirmation.confirmed(unit, self._state, at)

    def presence(self, presence: UnitPresence) -> None:
        """The broker says that a unit is there, or gone."""
        if not presence.online:
            self._step(self.units[presence.unit], units.SILENT, Seen.OVER, presence.at, "its last will: offline")

    def unheard(self, unit: str | None, at: int, detail: str) -> None:
        """A command reached nobody, or was refused."""
        if unit in self.units:
            self._step(self.units[unit], units.UNHEARD, Seen.OVER, at, detail)

    def _watch_report(self, unit: Unit, at: int) -> None:
        self._timeline.set("report", at + unit.report_after + self._state.grace, unit.id)

    def _step(self, unit: Unit, rule: str, seen: Seen, at: int, cause: str | None) -> None:
        """Move one of a unit's trips; told as an alarm, and as the unit's own state."""
        state = self._state.units.setdefault(unit.id, UnitState())
        if rule not in state.trips and seen is not Seen.OVER:  # nothing changes, as of nearly every report
            return
        edge = trip.advance(state.trips, rule, seen, self._delays(unit, rule), at, self._timeline, key=f"{unit.id} {rule}")
        if edge is not None:
            value, limit = (state.fan, state.commanded) if rule in {units.FAILED, units.OVERRUN} else (None, None)
            why = (cause or units.why(state, rule)) if edge else None
            priority = RULES[rule][1]
            self._alarm(
                Condition(at, rule, active=edge, priority=priority, unit=unit.id, hall=unit.hall, value=value, limit=limit, cause=why)
            )
            self._judge(unit, state, at)

    def _delays(self, unit: Unit, rule: str) -> tuple[int, int]:
        match rule:
            case units.FAILED:
                return unit.fault_after, _OFF_DELAY
            case units.ALONE:
                return 2 * units.RESPONSE + self._state.grace, 0
            case units.OVERRUN:
                return MINUTE, 0
        return 0, 0

    def _judge(self, unit: Unit, state: UnitState, at: int) -> None:
        """What the unit is now; told when it changes."""
        active = {rule for rule, phase in state.trips.items() if trip.tripped(phase)}
        condition = next((name for rule, (name, _) in RULES.items() if rule in active), "following")
        if condition != state.condition:
            state.condition = condition
            self._tell(CoolingEvent(at=at, type="cooling.unit", unit=unit.id, hall=unit.hall, value=state.fan, state=condition))
            self._moved()
