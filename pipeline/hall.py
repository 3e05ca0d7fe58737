"""The hall fold: what the zones found, what the units report and what people do, in canonical order, become alarms and commands.

It is low-rate and there is one for the site. It keeps the order of things; the work is done by three that share its state: the annunciator
makes alarms, the supervisor judges the units, and the arbiter, at the end of each instant in which something changed, commands them.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from ..config.model import Priority, Site
from ..config.units import MINUTE
from ..sensors.frame import LinkKind
from . import annunciator, arbiter, confirmation, manual, supervisor, suppression
from .annunciator import Annunciator
from .arbiter import Arbiter
from .conditions import BUILT_IN
from .events import CoolingEvent, Event, NoteEvent, RunEvent, ZoneEvent
from .inputs import Condition, GatewayState, Link, Moment, Note, Operator, Request, Start, UnitPresence, UnitReport
from .manual import Manual
from .state import AlarmRecord, HallState, PipelineState
from .supervisor import Supervisor
from .suppression import Suppression
from .timeline import Timer
from .zones import Finding, grace_of

LINK_LOST: Final = "link-lost"
LOSING_DATA: Final = "losing-data"
"""A rule, and the kind of the timer that ends it."""
_LOSING_DATA_FOR: Final = 10 * MINUTE
"""How long the alarm that data may be missing stands after the last sign of it."""


class HallFold:
    """The hall fold over the state it owns in `state.hall`."""

    def __init__(self, site: Site, state: PipelineState) -> None:
        self.state: HallState = state.hall
        self.timeline = self.state.timeline
        self._rules = {zone.id: {*BUILT_IN, *(rule.rule for rule in zone.rules)} for zone in site.zones}
        self.alarms = Annunciator(site, self.state)
        self.suppression = Suppression(site, self.state, self.alarms)
        self.cooling = Arbiter(site, self.state, self.alarms.tell)
        self.units = Supervisor(site, self.state, self.alarms.condition, self.alarms.tell, self._move)
        self.manual = Manual(site, self.state, self.alarms, self.cooling.tell_again)
        self._firing: Mapping[str, Callable[[Timer], None]] = {
            **dict.fromkeys(supervisor.TIMERS, self.units.fire),
            **dict.fromkeys(arbiter.TIMERS, self.cooling.fire),
            **dict.fromkeys(annunciator.TIMERS, self.alarms.fire),
            **dict.fromkeys(suppression.TIMERS, self.suppression.fire),
            **dict.fromkeys(manual.TIMERS, self.manual.fire),
            LOSING_DATA: self._lose_no_more,
        }
        """Who is told that a timer is due, by its kind."""
        self._instant = (0, 0)

    def push(self, findings: Iterable[Finding]) -> list[Event]:
        """Fold findings, in canonical order, into events."""
        out = self.alarms.out = []
        for at, phase, _, payload in findings:
            if isinstance(payload, Start):
                self._settle()
                for kind in ("trip", "report", confirmation.TIMER, "lower"):  # what came due in the gap does not count
                    self.timeline.cancel_kind(kind)
                self.units.forget_delays()
            self.units.stood_still = isinstance(payload, Link) and payload.kind is LinkKind.STALLED
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
                self._firing[timer.kind](timer)
                if self.timeline.due > timer.due:
                    self._settle()
            self._instant = (at, phase)

    def _lose_no_more(self, timer: Timer) -> None:
        """There was no sign of missing data for long enough."""
        self.alarms.condition(Condition(timer.due, LOSING_DATA, active=False, priority=Priority.MEDIUM))

    def _settle(self) -> None:
        if self.cooling.moved:
            self.cooling.settle(self._instant[0])
            self.suppression.settle(self._instant[0])

    def _move(self) -> None:
        self.cooling.moved = True

    # --- inputs

    def _take(self, item: object) -> None:
        match item:
            case Moment() as moment:
                if moment.ended:
                    self.alarms.tell(RunEvent(at=moment.at, type="run.ended"))
            case Condition() as condition:
                self.alarms.condition(condition)
            case CoolingEvent(type="cooling.demand", zone=str() as zone, value=float() as value) as event:
                self.cooling.demand(zone, value, event.at)
                self.alarms.tell(event)
            case ZoneEvent(zone=str() as zone) as event:
                self.state.conditions[zone] = event.state
                self._move()
                self.alarms.tell(event)
            case Event() as event:
                self.alarms.tell(event)
            case UnitReport() as report:
                self.units.report(report)
            case UnitPresence() as presence:
                self.units.presence(presence)
            case Link() as link:
                self._link(link)
            case Operator() as operator:
                (self.manual if operator.action in manual.ACTIONS else self.alarms).operate(operator)
            case GatewayState() as gateway:
                self.suppression.gateway(gateway)
            case Request() as request:
                self.cooling.request(request)
            case Note() as note:
                self.alarms.tell(_told(note))
            case Start() as start:
                self._start(start)

    def _start(self, start: Start) -> None:
        self.state.grace = grace_of(start)
        detail = f"version {start.version}, site {start.site[:12]}" + (f", {start.note}" if start.note else "")
        self.alarms.tell(RunEvent(at=start.at, type="run.started", detail=detail))
        self.manual.begin(start.at)
        self.alarms.begin(start.at, self._configured)
        self.suppression.begin(start.at)
        self.units.begin(start.at)
        self.cooling.begin()

    def _configured(self, record: AlarmRecord) -> bool:
        if record.zone is not None:
            return record.rule in self._rules.get(record.zone, ())
        if record.unit is not None:
            return record.unit in self.units.units
        return record.hall is None or self.suppression.configured(record)

    def _link(self, link: Link) -> None:
        at = link.at
        self.alarms.tell(RunEvent(at=at, type=f"link.{link.kind}", detail=link.detail or None, unit=link.unit))
        match link.kind:
            case LinkKind.LOST | LinkKind.RESTORED:
                lost = link.kind is LinkKind.LOST
                self.units.link(at, lost=lost)
                self.alarms.condition(Condition(at, LINK_LOST, active=lost, priority=Priority.HIGH, cause=link.detail if lost else None))
            case LinkKind.SESSION_LOST | LinkKind.DROPPING | LinkKind.GAPS | LinkKind.DISK:
                self.alarms.condition(Condition(at, LOSING_DATA, active=True, priority=Priority.MEDIUM, cause=link.detail))
                self.timeline.set(LOSING_DATA, at + _LOSING_DATA_FOR)
            case LinkKind.UNHEARD | LinkKind.DENIED:
                self.units.unheard(link.unit, at, link.detail)
            case LinkKind.STALLED:
                self.units.observe_again(at)


def _told(note: Note) -> NoteEvent:
    return NoteEvent(
        at=note.at, type="note", kind=note.kind, text=note.text, happened_at=note.happened_at, target=note.target, value=note.value
    )
