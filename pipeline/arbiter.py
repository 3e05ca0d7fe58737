"""The arbiter: from what zones demand and handlers request to one command for each cooling unit, which several zones share.

A unit gets the largest demand of its zones, a share more for each neighbour that does not cool; the interlock has the last word. A
command goes out when it has moved by a percent.
"""

from collections.abc import Callable
from typing import Final

from ..config.model import ControlMode, Site, Unit
from ..config.units import SECOND
from . import confirmation, units
from .cooling.interlock import FULL, interlock
from .events import CoolingEvent, Event, ZoneCondition
from .inputs import Request
from .state import HallState, UnitState
from .timeline import Timer

TIMERS: Final = ("lower", "request")
_STEP: Final = 1.0
"""Percent by which a command must move to be sent."""


class Arbiter:
    """Over the demands, requests and units in `state`. Whoever changes one of them sets `moved`, and calls `settle` when the instant is over."""

    def __init__(self, site: Site, state: HallState, tell: Callable[[Event], None]) -> None:
        self.moved = False
        self._resend = False
        self._site = site
        self._state = state
        self._timeline = state.timeline
        self._tell = tell
        self._halls = {zone.id: zone.hall for zone in site.zones}
        self._serving = {zone.id: [unit for unit in site.units if zone.id in unit.serves] for zone in site.zones}

    def begin(self) -> None:
        """A run begins: every unit is told again."""
        state = self._state
        state.demands = {zone: demand for zone, demand in state.demands.items() if zone in self._serving}
        state.asked_more = {zone: at for zone, at in state.asked_more.items() if zone in self._serving}
        state.conditions = {zone.id: state.conditions.get(zone.id, ZoneCondition.FAILSAFE) for zone in self._site.zones}
        self.moved = self._resend = True

    def fire(self, timer: Timer) -> None:
        """A request is over, or a command may be lowered."""
        if timer.kind == "request":
            self._state.requests.pop(timer.key, None)
        self.moved = True

    def tell_again(self) -> None:
        """Commands go another way from now on, or others want them: every unit is told again."""
        self.moved = self._resend = True

    def demand(self, zone: str, percent: float, at: int) -> None:
        """A zone asks for so much."""
        if percent > self._state.demands.get(zone, FULL):
            self._state.asked_more[zone] = at
        self._state.demands[zone] = percent
        self.moved = True

    def request(self, request: Request) -> None:
        """A handler asks for cooling; one that asks for the same again is only granted longer."""
        if request.zone not in self._serving or request.until <= request.at:
            return
        key = f"{request.zone} {request.handler}"
        again = self._state.requests.get(key) == request.at_least
        self._state.requests[key] = request.at_least
        self._timeline.set("request", request.until, key)
        if again:  # not told: a handler that is told of its own requests must not feed itself
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
        self.moved = True

    def settle(self, at: int) -> None:
        """Close the instant: command what has moved."""
        if not self.moved:
            return
        self.moved = False
        for unit in self._site.units:
            if unit.control is not ControlMode.OFF:
                self._arbitrate(unit, at)
        self._resend = False

    def _arbitrate(self, unit: Unit, at: int) -> None:
        state = self._state.units.setdefault(unit.id, UnitState())
        conditions = self._state.conditions
        hot = any(conditions.get(zone, ZoneCondition.FAILSAFE) in {ZoneCondition.HOT, ZoneCondition.FAILSAFE} for zone in unit.serves)
        wanted, zone = max(((self._wanted(zone), zone) for zone in unit.serves), default=(unit.floor, ""), key=lambda pair: pair[0])
        who = f"zone {zone}"
        override = self._state.overrides.get(unit.id)
        if override is not None and not (hot and wanted > override.percent):  # what is hot is cooled, whatever anybody says
            wanted, who = override.percent, f"{override.by} (override)"
        last = FULL if state.commanded is None else state.commanded
        settled = max((self._state.asked_more.get(zone, 0) for zone in unit.serves), default=0) + unit.settle
        allowed = interlock(unit, last, state.lowered_at, wanted, at, held=hot or at < settled)
        to_go = last - max(wanted, unit.floor)
        falls = allowed < last and to_go >= _STEP  # also in steps that are smaller
        moved = falls or allowed - last >= _STEP or (allowed != last and allowed in {unit.floor, unit.ceiling})
        if moved or self._resend or state.commanded is None:
            if allowed < last:
                state.lowered_at = at
            self._command(unit, allowed, at, f"{who} wants {wanted:.0f} %")
            to_go -= last - allowed
        due = max(state.lowered_at + unit.hold, settled)
        if to_go >= _STEP and due > at and not hot and not self._timeline.is_set("lower", unit.id):
            self._timeline.set("lower", due, unit.id)

    def _wanted(self, zone: str) -> float:
        """What a zone wants of each of its units: more when some of them do not cool."""
        serving, known = self._serving[zone], self._state.units
        healthy = sum(units.cools(known[unit.id]) for unit in serving if unit.id in known)
        demand = self._state.demands.get(zone, FULL)
        shared = demand * len(serving) / healthy if healthy else FULL
        asked = [percent for key, percent in self._state.requests.items() if key.partition(" ")[0] == zone]
        return min(FULL, max(shared, *asked, 0.0))

    def _command(self, unit: Unit, percent: float, at: int, cause: str) -> None:
        state = self._state.units[unit.id]
        units.retarget(unit, state, percent, at, self._state.grace)
        state.number = max(state.number + 1, at // SECOND)
        confirmation.commanded(unit, self._state, at)
        self._tell(
            CoolingEvent(
                at=at,
                type="cooling.command",
                unit=unit.id,
                hall=unit.hall,
                value=round(percent, 1),
                number=state.number,
                advise=unit.control is ControlMode.ADVISE or unit.hall in self._state.maintenance,
                cause=cause,
            )
        )
