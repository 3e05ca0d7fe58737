"""Grouping: from single changes of alarms to notices that people can take in, with Alertmanager's meaning of wait, interval and repeat.

A pure machine: whoever owns it passes the time, ns on one clock, and delivers what comes out. Each notice names the deliveries that it
covers, and every delivery that was taken is covered by exactly one, so nothing is dropped: what is inhibited, flaps or comes in a flood is told
later and together, never not at all. Critical alarms never wait.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

from msgspec import Struct, field, structs

from ..config.model import Priority
from ..config.service import Grouping
from ..config.units import MINUTE
from .alarms import FLOOD_ABOVE, FLOOD_BELOW, STANDING, TEN_MINUTES
from .events import AlarmEvent, Event
from .flapping import LENGTH, Flap
from .subject import alarm_of, place_of
from .timeline import NEVER

FLAP_REST: Final = LENGTH * MINUTE
"""After so long without a change nothing flaps."""
_LISTED: Final = 10


class GroupEvent(Event, frozen=True, kw_only=True, omit_defaults=True):
    """`group.changed`: alarms of one place that changed together; `group.flood`: all that came in a flood. `cause` lists them."""

    group: str
    raised: int
    over: int
    standing: int
    """Alarms of the group that stand."""
    priority: Priority
    """The highest of those that changed or stand."""

    SUBJECT: ClassVar[tuple[str, ...]] = ("group",)


class Notice(Struct, frozen=True):
    """What to deliver, and the ids of the deliveries that are done with it."""

    event: Event
    covers: tuple[str, ...]


class _Group(Struct):
    """Alarms that are told together."""

    pending: list[tuple[str, AlarmEvent]] = field(default_factory=list)
    standing: dict[str, AlarmEvent] = field(default_factory=dict)
    told: int | None = None
    """When it was last told."""
    repeated: int = 0
    due: int = NEVER


class Grouper:
    """`take` what happens, then ask for what is `due`: `advance` gives the notices."""

    def __init__(self, rules: Grouping, site: str) -> None:
        self._rules = rules
        self._site = site
        self._groups: dict[str, _Group] = {}
        self._flaps: dict[str, Flap] = {}
        self._calls: deque[int] = deque()
        self._ready: list[Notice] = []
        self._flood: list[tuple[str, AlarmEvent]] = []
        self._flood_due = NEVER
        self._flood_told: int | None = None
        self.flooded = False

    @property
    def due(self) -> int:
        """When there will be a notice, `NEVER` when none is to come."""
        if self._ready:
            return 0
        ends = self._calls[-FLOOD_BELOW] + TEN_MINUTES if self.flooded and len(self._calls) >= FLOOD_BELOW else NEVER
        return min(ends, self._flood_due, *(group.due for group in self._groups.values()), NEVER)

    def take(self, delivery: str, event: Event, now: int) -> None:
        """Something is to be told."""
        if not isinstance(event, AlarmEvent):
            self._ready.append(Notice(event, (delivery,)))
            return
        key = alarm_of(event)
        group = self._groups.setdefault(self._place(event), _Group())
        stands = event.state in STANDING
        if stands:
            group.standing[key] = event
        else:
            group.standing.pop(key, None)
        if event.type == "alarm.raised":
            self._calls.append(now)
        flaps = self._flaps.setdefault(key, Flap()).look(now, standing=stands)
        self._weigh_flood(now)
        if event.priority is Priority.CRITICAL:
            self._ready.append(Notice(event, (delivery,)))
            group.told = group.told or now
            group.due = min(group.due, now + self._rules.repeat)
        elif self.flooded:
            self._flood.append((delivery, event))
            told = self._flood_told
            self._flood_due = min(self._flood_due, now + self._rules.wait if told is None else max(now, told + self._rules.interval))
        else:
            group.pending.append((delivery, event))
            quiet = FLAP_REST if flaps else self._rules.repeat if self._inhibited(event, group.standing.values()) else None
            self._plan(group, now, quiet)
        self._free(group, now)

    def advance(self, now: int) -> list[Notice]:
        """What is due by `now`."""
        self._weigh_flood(now)
        found, self._ready = self._ready, []
        if self._flood and (self._flood_due <= now or not self.flooded):
            found.append(self._summary(now))
        for key, group in list(self._groups.items()):
            if group.due <= now:
                if (notice := self._tell(key, group, now)) is not None:
                    found.append(notice)
            elif not group.pending and not group.standing:
                del self._groups[key]
        return found

    def _place(self, event: AlarmEvent) -> str:
        if self._rules.by == "zone":
            return place_of(event, self._site)
        return event.hall or self._site

    def _plan(self, group: _Group, now: int, quiet: int | None = None) -> None:
        """When the group is told of a change; what flaps or is inhibited rides along, at the latest after `quiet`."""
        if quiet is not None:
            due = now + min(quiet, self._rules.repeat)
        elif group.told is None:
            due = now + self._rules.wait
        else:
            due = max(now, group.told + self._rules.interval)
        group.due = min(group.due, due)

    def _free(self, group: _Group, now: int) -> None:
        """What was inhibited and is not any more is told after the interval."""
        if group.pending and any(
            event.state in STANDING and not self._inhibited(event, group.standing.values()) and not self._flapping(event)
            for _, event in group.pending
        ):
            self._plan(group, now)

    def _flapping(self, event: AlarmEvent) -> bool:
        return self._flaps[alarm_of(event)].flapping

    def _inhibited(self, event: AlarmEvent, standing: Iterable[AlarmEvent]) -> bool:
        return self._rules.inhibit and any(inhibits(one, event) for one in standing)

    def _weigh_flood(self, now: int) -> None:
        while self._calls and self._calls[0] <= now - TEN_MINUTES:
            self._calls.popleft()
        before = self.flooded
        self.flooded = len(self._calls) >= FLOOD_BELOW if before else len(self._calls) > FLOOD_ABOVE
        if self.flooded and not before:
            self._flood_told = None
            for group in self._groups.values():
                self._flood += group.pending
                group.pending = []
                group.due = now + self._rules.repeat if group.standing else NEVER
            self._flood_due = now + self._rules.wait if self._flood else NEVER

    def _tell(self, key: str, group: _Group, now: int) -> Notice | None:
        changes, group.pending = group.pending, []
        group.told = now
        group.repeated = 0 if changes else group.repeated + 1
        group.due = now + self._rules.repeat if group.standing else NEVER
        if not changes and not group.standing:
            return None
        covers = tuple(delivery for delivery, _ in changes)
        if len(changes) == 1:
            return Notice(changes[0][1], covers)
        return Notice(self._event(key, [event for _, event in changes], group.standing.values(), now, group.repeated), covers)

    def _summary(self, now: int) -> Notice:
        changes, self._flood, self._flood_due, self._flood_told = self._flood, [], NEVER, now
        standing = [one for group in self._groups.values() for one in group.standing.values()]
        for group in self._groups.values():
            if group.standing and group.due == NEVER:
                group.told, group.due = now, now + self._rules.repeat
        covers = tuple(delivery for delivery, _ in changes)
        return Notice(
            structs.replace(self._event(self._site, [event for _, event in changes], standing, now, 0), type="group.flood"), covers
        )

    def _event(self, key: str, changes: Sequence[AlarmEvent], standing: Iterable[AlarmEvent], now: int, again: int) -> GroupEvent:
        all_standing = list(standing)
        stand = [one for one in all_standing if not self._inhibited(one, all_standing)]
        hidden = len(all_standing) - len(stand)
        raised = [one for one in changes if one.type == "alarm.raised"]
        over = [one for one in changes if one.state not in STANDING]
        parts = [f"{len(raised)} raised: {_listed(raised)}"] if raised else []
        parts += [f"{len(over)} over or put aside: {_listed(over)}"] if over else []
        parts.append(f"{len(stand)} stand{': ' + _listed(stand) if stand else ''}{f', {hidden} more explained by them' if hidden else ''}")
        flapping = sorted({_name(one) for one in changes if self._flapping(one)})
        parts += [f"flapping: {', '.join(flapping[:_LISTED])}"] if flapping else []
        known = [*changes, *stand]
        at = max((one.at for one in changes), default=max((one.at for one in stand), default=now))
        return GroupEvent(
            at=at,
            type="group.changed",
            hall=known[0].hall if known and len({one.hall for one in known}) == 1 else None,
            group=key,
            raised=len(raised),
            over=len(over),
            standing=len(stand),
            priority=max((one.priority for one in known), key=lambda one: one.rank, default=Priority.LOW),
            cause="; ".join(parts),
            again=again,
        )


def inhibits(source: AlarmEvent, target: AlarmEvent) -> bool:
    """Whether one alarm that stands makes another not worth a call: the same zone or unit, and a higher priority.

    An alarm without zone and without unit has the same place as another without, as an absent label is an empty one to Alertmanager; and no
    alarm inhibits its like, so two of them never hide each other.
    """
    same = (source.zone or "", source.unit or "", source.hall or "") == (target.zone or "", target.unit or "", target.hall or "")
    return same and source.priority.rank > target.priority.rank


def _name(event: AlarmEvent) -> str:
    return f"{place_of(event, 'site')} {event.rule}"


def _listed(events: Sequence[AlarmEvent]) -> str:
    worst = sorted(events, key=lambda one: (-one.priority.rank, one.at))
    more = f" and {len(worst) - _LISTED} more" if len(worst) > _LISTED else ""
    return ", ".join(f"{_name(one)} ({one.priority})" for one in worst[:_LISTED]) + more
