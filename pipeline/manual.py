"""What people take into their own hands: a cooling unit by override, a hall by maintenance. Both end by themselves, always."""

from collections.abc import Callable
from typing import Final

from ..config.model import ControlMode, Site
from .annunciator import Annunciator
from .events import CoolingEvent, HallEvent
from .inputs import Action, Operator
from .state import HallState, Override, Suppressor
from .timeline import Timer

TIMERS: Final = ("override", "maintenance")
ACTIONS: Final = frozenset({Action.OVERRIDE, Action.RELEASE, Action.MAINTENANCE, Action.RESUME})
_OVER: Final = "its time is over"


class Manual:
    """Over the overrides and the halls in maintenance in `state`; `moved` is called when commands have to be made anew."""

    def __init__(self, site: Site, state: HallState, alarms: Annunciator, moved: Callable[[], None]) -> None:
        self._units = {unit.id: unit for unit in site.units}
        self._halls = {hall.id for hall in site.halls}
        self._state = state
        self._alarms = alarms
        self._moved = moved

    def operate(self, operator: Operator) -> None:
        """Begin or end one of them; what cannot be done is refused."""
        match operator:
            case Operator(action=Action.OVERRIDE, unit=str() as unit, value=float() as percent, until=int() as until):
                self._override(operator, unit, percent, until)
            case Operator(action=Action.RELEASE, unit=str() as unit):
                if unit in self._state.overrides:
                    self._release(unit, operator.at, operator.by, operator.reason or None)
                else:
                    self._alarms.refuse(operator, "nobody drives it by hand")
            case Operator(action=Action.MAINTENANCE, hall=str() as hall, until=int() as until):
                self._maintain(operator, hall, until)
            case Operator(action=Action.RESUME, hall=str() as hall):
                if hall in self._state.maintenance:
                    self._resume(hall, operator.at, operator.by, operator.reason or None)
                else:
                    self._alarms.refuse(operator, "it is not in maintenance")

    def fire(self, timer: Timer) -> None:
        """The time of one is over."""
        if timer.kind == "override":
            self._release(timer.key, timer.due, None, _OVER)
        else:
            self._resume(timer.key, timer.due, None, _OVER)

    def begin(self, at: int) -> None:
        """A run begins: what the site file names no more is in nobody's hands."""
        for unit in [unit for unit in self._state.overrides if unit not in self._units]:
            self._release(unit, at, None, "no longer configured")
        for hall in [hall for hall in self._state.maintenance if hall not in self._halls]:
            self._resume(hall, at, None, "no longer configured")

    def _override(self, operator: Operator, name: str, percent: float, until: int) -> None:
        unit = self._units[name]
        if unit.control is ControlMode.OFF:
            self._alarms.refuse(operator, "its control is off")
            return
        self._state.overrides[name] = Override(percent, until, operator.by, operator.reason)
        self._state.timeline.set("override", until, name)
        self._alarms.tell(
            CoolingEvent(
                at=operator.at,
                type="cooling.override",
                unit=name,
                hall=unit.hall,
                value=percent,
                by=operator.by,
                until=until,
                cause=operator.reason,
            )
        )
        self._moved()

    def _release(self, name: str, at: int, by: str | None, cause: str | None) -> None:
        found = self._state.overrides.pop(name, None)
        self._state.timeline.cancel("override", name)
        if found is not None:
            unit = self._units.get(name)
            hall = None if unit is None else unit.hall
            self._alarms.tell(CoolingEvent(at=at, type="cooling.released", unit=name, hall=hall, by=by, cause=cause))
            self._moved()

    def _maintain(self, operator: Operator, hall: str, until: int) -> None:
        why = f"maintenance by {operator.by}: {operator.reason}"
        self._state.maintenance[hall] = until
        self._state.suppressors[f"maintenance {hall}"] = Suppressor("maintenance", hall, operator.at, why, operator.by)
        self._state.timeline.set("maintenance", until, hall)
        self._alarms.tell(HallEvent(at=operator.at, type="hall.maintenance", hall=hall, by=operator.by, until=until, cause=operator.reason))
        self._alarms.review(operator.at)
        self._moved()

    def _resume(self, hall: str, at: int, by: str | None, cause: str | None) -> None:
        self._state.maintenance.pop(hall, None)
        self._state.suppressors.pop(f"maintenance {hall}", None)
        self._state.timeline.cancel("maintenance", hall)
        self._alarms.tell(HallEvent(at=at, type="hall.resumed", hall=hall, by=by, cause=cause))
        self._alarms.review(at)
        self._moved()
