"""Zone folds over one input, with their findings in the canonical order: time, timers before frames, zone, order of finding.

That order does not depend on which zone worked first. So the zones of a site may be shared out among workers, each with the folds of some
zones for its own, and `merge.py` makes one stream of what they find.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from ..config.model import Site
from ..config.units import SECOND
from ..sensors.frame import LinkKind
from .conditions import Found
from .events import Event
from .inputs import Condition, GatewayState, Input, Link, Measured, Start
from .state import PipelineState, ZoneState
from .timeline import NEVER
from .zone import ZoneFold

TRANSPORT_GRACE: Final = SECOND
"""Wall time that a broker and two busy processes may take. Where the hall's clock is faster, it weighs as much more log time."""


class Finding(NamedTuple):
    """Something for the hall fold. `phase` 0: a timer's, 1: a frame's; `zone` is its index, -1 for what is no zone's."""

    at: int
    phase: int
    zone: int
    payload: Event | Condition | Input


def grace_of(start: Start) -> int:
    """Log time to grant the transport in a run: none at the pace of the wall clock."""
    return max(0, round((start.rate - 1) * TRANSPORT_GRACE))


class ZoneFolds:
    """Zone folds of a site, over the state they own in `state.zones`: all of them, or those of the zones with these indexes.

    Inputs that are no zone's are passed on to the hall fold as they are if `passing`; among several workers one does that.
    """

    def __init__(self, site: Site, state: PipelineState, indexes: Iterable[int] | None = None, *, passing: bool = True) -> None:
        served = {zone for unit in site.units for zone in unit.serves}
        zones = site.zones
        state.zones = {zone.id: state.zones.get(zone.id, ZoneState()) for zone in zones}
        mine = range(len(zones)) if indexes is None else sorted(indexes)
        self.folds = {index: ZoneFold(zones[index], state.zones[zones[index].id], controlled=zones[index].id in served) for index in mine}
        """By index, in the order of the site."""
        self._passing = passing
        self._dues = dict.fromkeys(self.folds, NEVER)
        self.due = NEVER
        """When the next timer of any zone is due."""
        self._watch(self.folds)

    def push(self, inputs: Iterable[Input]) -> list[Finding]:
        """Fold inputs, in the order of their times, into findings."""
        out: list[Finding] = []
        folds = self.folds
        for item in inputs:
            at = item.at
            if isinstance(item, Measured):
                if self.due <= at:
                    self._advance(at, out)
                if not folds[item.zone].take(item):
                    self._one(item.zone, at, item, out)
            elif isinstance(item, Start):
                if self._passing:
                    out.append(Finding(at, 1, -1, item))
                for index, fold in self.folds.items():
                    found: list[Found] = []
                    fold.begin(at, grace_of(item), found)
                    out.extend(Finding(at, 1, index, payload) for payload in found)
                self._watch(self.folds)
            else:
                stalled = isinstance(item, Link) and item.kind is LinkKind.STALLED
                if stalled:  # silence alone does not count; whether or not it had come due by then, the order of timers is the same
                    for fold in self.folds.values():
                        fold.timeline.cancel("silence")
                    self._watch(self.folds)
                if self.due <= at:
                    self._advance(at, out)
                if stalled:
                    for fold in self.folds.values():
                        fold.observe_again(at)
                    self._watch(self.folds)
                if isinstance(item, GatewayState):
                    self._gateway(item, out)
                elif self._passing:
                    out.append(Finding(at, 1, -1, item))
        return out

    def _one(self, index: int, at: int, item: Measured, out: list[Finding]) -> None:
        fold = self.folds[index]
        found: list[Found] = []
        fold.measure(item, found)
        if fold.timeline.due != self._dues[index]:
            self._watch((index,))
        if found:
            out.extend(Finding(at, 1, index, payload) for payload in found)

    def _gateway(self, item: GatewayState, out: list[Finding]) -> None:
        if self._passing:
            out.append(Finding(item.at, 1, -1, item))
        if item.online:
            return
        for index in sorted({index for index, _ in item.sensors if index in self.folds}):
            found: list[Found] = []
            for owner, sensor in item.sensors:
                if owner == index:
                    self.folds[index].lose(sensor, item.at, found)
            out.extend(Finding(item.at, 1, index, payload) for payload in found)
            self._watch((index,))

    def _advance(self, at: int, out: list[Finding]) -> None:
        """Fire the timers of every zone due at or before `at`, instant by instant, zone by zone."""
        while (due := self.due) <= at:
            ready = [index for index, zone_due in self._dues.items() if zone_due == due]
            for index in ready:
                found: list[Found] = []
                self.folds[index].fire(due, found)
                out.extend(Finding(due, 0, index, payload) for payload in found)
            self._watch(ready)

    def _watch(self, indexes: Iterable[int]) -> None:
        for index in indexes:
            self._dues[index] = self.folds[index].timeline.due
        self.due = min(self._dues.values(), default=NEVER)
