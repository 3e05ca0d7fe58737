"""Zone folds over one input, with their findings in the canonical order: time, timers before frames, zone, order of finding.

That order does not depend on which zone worked first. So the zones of a site may be shared out among workers, each with the folds of some
zones for its own, and `merge.py` makes one stream of what they find.
"""

import math
from array import array
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from enum import Enum
from heapq import heappop, heappush
from operator import itemgetter
from typing import Final, NamedTuple

import numpy as np

from ..config.model import Site
from ..config.units import SECOND
from ..sensors.arrays import Floats, Ints
from ..sensors.frame import LinkKind
from ..sensors.reading import Quality
from ..sensors.samples import NONE
from ..sensors.shape import order_of
from .columns import CELSIUS, Columns
from .conditions import Found
from .events import Event
from .inputs import FEW, Condition, GatewayState, Input, Link, Measured, Other, Readings, Start
from .ordinary import Ordinary
from .slot import Slot
from .state import PipelineState, SensorState, ZoneState
from .timeline import NEVER
from .zone import ZoneFold

TRANSPORT_GRACE: Final = SECOND
"""Wall time that a broker and two busy processes may take. Where the hall's clock is faster, it weighs as much more log time."""


_canonical: Final = itemgetter(0, 1, 2)
_NOBODY: Final = nullcontext()


Look = Callable[[str, ZoneState], None]
"""Is shown a zone by its id; it must not keep anything of it."""


class Depth(Enum):
    """How much of the states is wanted."""

    ZONES = "zones"
    """Their values."""
    THERMOMETERS = "thermometers"
    """What they said last, too."""
    WHOLE = "whole"
    """Their trails, too; see `each` for those of many thermometers."""


class Glance(NamedTuple):
    """What the zones and the thermometers of a site are, for whoever looks often: no thermometer's state is brought up to date for it."""

    zones: Mapping[str, ZoneState]
    """Their values, conditions and demands."""
    celsius: Floats
    """°C of each thermometer in the order of the site; NaN for none."""
    poor: dict[int, SensorState]
    """The thermometers that are not good, by place; to look at, not to keep."""


class Finding(NamedTuple):
    """Something for the hall fold. `phase` 0: a timer's, 1: a frame's; `zone` is its index, -1 for what is no zone's."""

    at: int
    phase: int
    zone: int
    payload: Event | Condition | Other


def grace_of(start: Start) -> int:
    """Log time to grant the transport in a run: none at the pace of the wall clock."""
    return max(0, round((start.rate - 1) * TRANSPORT_GRACE))


class ZoneFolds:
    """Zone folds of a site, over the state they own in `state.zones`: all of them, or those of the zones with these indexes.

    Inputs that are no zone's are passed on to the hall fold as they are if `passing`; among several workers one does that. With a lock for
    `guard`, whoever looks may do so from another thread.
    """

    def __init__(
        self,
        site: Site,
        state: PipelineState,
        indexes: Iterable[int] | None = None,
        *,
        passing: bool = True,
        guard: AbstractContextManager[object] = _NOBODY,
    ) -> None:
        served = {zone for unit in site.units for zone in unit.serves}
        zones = site.zones
        state.zones = {zone.id: state.zones.get(zone.id, ZoneState()) for zone in zones}
        mine = range(len(zones)) if indexes is None else sorted(indexes)
        columns = Columns(sum(len(zones[index].sensors) for index in mine))
        self.folds: dict[int, ZoneFold] = {}
        """By index, in the order of the site."""
        self._columns = columns
        self._slots: list[Slot] = []
        self._rows = _rows(site, mine)
        self._row = array("l", self._rows.tolist())
        self._owner = array("l", [index for index in mine for _ in zones[index].sensors])
        begin = 0
        for index in mine:
            zone = zones[index]
            self.folds[index] = ZoneFold(zone, state.zones[zone.id], columns, begin, controlled=zone.id in served)
            begin += len(zone.sensors)
            self._slots += self.folds[index].slots
        self._ordinary = Ordinary(columns, self._owner, [slot.bounds for slot in self._slots])
        self._passing = passing
        self._dues = dict.fromkeys(self.folds, NEVER)
        self._heap: list[tuple[int, int]] = []
        """When the next timer of each zone is due, and its index; what is not in `_dues` any more is left over."""
        self.due = NEVER
        """When the next timer of any zone is due."""
        self._guard = guard
        self._unloaded: set[int] = set()
        self._watch(self.folds)

    def push(self, inputs: Iterable[Input]) -> list[Finding]:
        """Fold inputs into findings. Their times do not decrease, but for readings: these come before all else up to what concerns whole zones."""
        out: list[Finding] = []
        with self._guard:
            for item in inputs:
                if isinstance(item, Measured):
                    self._measured(item._replace(place=self._row[item.place]), out)
                elif isinstance(item, Readings):
                    self._readings(item, out)
                else:
                    self._other(item, out)
        out.sort(key=_canonical)
        return out

    def settle(self, depth: Depth) -> None:
        """Bring every state up to date, from whichever thread."""
        with self._guard:
            for index, fold in self.folds.items():
                self._refresh(index)
                if depth is Depth.WHOLE:
                    fold.settle()
                elif depth is Depth.THERMOMETERS:
                    fold.show()

    def glance(self, into: Glance) -> None:
        """Fill in what is ours, from whichever thread."""
        with self._guard:
            for index in self.folds:
                self._refresh(index)
            places = np.flatnonzero(self._rows >= 0)
            rows = self._rows[places]
            into.celsius[places] = self._columns.floats[rows, CELSIUS]
            for place in places[~self._columns.ahead[rows]].tolist():
                known = self._slots[self._row[place]].known
                into.celsius[place] = math.nan if known.celsius is None else known.celsius
                if known.quality is not Quality.GOOD:
                    into.poor[place] = known

    def each(self, look: Look) -> None:
        """Show every zone, with its whole state, one after the other: trails of all at once would take more room than everything else."""
        with self._guard:
            for index, fold in self.folds.items():
                self._refresh(index)
                fold.settle()
                look(fold.zone.id, fold.state)
                fold.release()

    def _readings(self, readings: Readings, out: list[Finding]) -> None:
        """Piece by piece: no timer comes due within one, and no thermometer comes twice."""
        readings = readings._replace(place=self._rows[readings.place])
        first, count = 0, len(readings.at)
        before = _before(readings.place)
        while first < count:
            at = int(readings.at[first])
            if self.due <= at:
                self._advance(at, out)
            until = count if self.due > readings.at[-1] else int(np.searchsorted(readings.at, self.due))
            again = before[first:until] >= first
            last = first + int(again.argmax()) if again.any() else until
            self._piece(readings.only(slice(first, last)), out)
            first = last

    def _piece(self, readings: Readings, out: list[Finding]) -> None:
        if len(readings.at) >= FEW:
            for index in [index for index in self._unloaded if self._ordinary.open[index]]:
                self.folds[index].load()
                self._unloaded.remove(index)
            readings = readings.only(self._ordinary.take(readings))
        for place, at, celsius, measured_at, sequence in zip(*(column.tolist() for column in readings), strict=True):
            self._measured(Measured(at, place, celsius, measured_at, None if sequence == NONE else sequence), out)

    def _measured(self, item: Measured, out: list[Finding]) -> None:
        """One the long way, by its row."""
        at, place, *_ = item
        if self.due <= at:
            self._advance(at, out)
        index = self._owner[place]
        found: list[Found] = []
        self._opened(index).measure(item, found)
        self._closed(index, at, 1, found, out)

    def _other(self, item: Other, out: list[Finding]) -> None:
        at = item.at
        if isinstance(item, Start):
            if self._passing:
                out.append(Finding(at, 1, -1, item))
            for index in self.folds:
                found: list[Found] = []
                self._opened(index).begin(at, grace_of(item), found)
                self._closed(index, at, 1, found, out)
            return
        stalled = isinstance(item, Link) and item.kind is LinkKind.STALLED
        if stalled:  # silence alone does not count; whether or not it had come due by then, the order of timers is the same
            for fold in self.folds.values():
                fold.timeline.cancel("silence")
            self._watch(self.folds)
        if self.due <= at:
            self._advance(at, out)
        if stalled:
            for index in self.folds:
                self._opened(index).observe_again(at)
                self._closed(index, at, 1, [], out)
        if isinstance(item, GatewayState):
            self._gateway(item, out)
        elif self._passing:
            out.append(Finding(at, 1, -1, item))

    def _opened(self, index: int) -> ZoneFold:
        """The zone, as the readings that went the short way have left it; it is going to be folded the long way."""
        self._refresh(index)
        return self.folds[index]

    def _closed(self, index: int, at: int, phase: int, found: list[Found], out: list[Finding]) -> None:
        """The zone has been folded the long way."""
        fold = self.folds[index]
        self._ordinary.open[index] = fold.open
        if fold.behind:
            self._unloaded.add(index)
        if fold.timeline.due != self._dues[index]:
            self._watch((index,))
        if found:
            out.extend(Finding(at, phase, index, payload) for payload in found)

    def _refresh(self, index: int) -> None:
        ordinary, fold = self._ordinary, self.folds[index]
        if ordinary.changed[index]:
            ordinary.changed[index] = False
            ordinary.gaps(index, fold.state.gaps)
            fold.weigh_rows()

    def _gateway(self, item: GatewayState, out: list[Finding]) -> None:
        if self._passing:
            out.append(Finding(item.at, 1, -1, item))
        if item.online:
            return
        for index in sorted({index for index, _ in item.sensors if index in self.folds}):
            fold = self._opened(index)
            found: list[Found] = []
            for owner, sensor in item.sensors:
                if owner == index:
                    fold.lose(sensor, item.at, found)
            self._closed(index, item.at, 1, found, out)

    def _advance(self, at: int, out: list[Finding]) -> None:
        """Fire the timers of every zone due at or before `at`, instant by instant, zone by zone."""
        while (due := self.due) <= at:
            for index in self._ready(due):
                found: list[Found] = []
                self._opened(index).fire(due, found)
                self._closed(index, due, 0, found, out)

    def _ready(self, due: int) -> list[int]:
        """The zones of which a timer is due then, in order."""
        ready: set[int] = set()
        while self._heap and self._heap[0][0] == due:
            index = heappop(self._heap)[1]
            if self._dues[index] == due:
                ready.add(index)
        return sorted(ready)

    def _watch(self, indexes: Iterable[int]) -> None:
        heap, dues = self._heap, self._dues
        for index in indexes:
            due = dues[index] = self.folds[index].timeline.due
            if due < NEVER:
                heappush(heap, (due, index))
        while heap and dues[heap[0][1]] != heap[0][0]:
            heappop(heap)
        self.due = heap[0][0] if heap else NEVER


def _rows(site: Site, mine: Iterable[int]) -> Ints:
    """The row of each thermometer of the site; -1 for one of a zone that is somebody else's."""
    owners = np.repeat(np.arange(len(site.zones)), [len(zone.sensors) for zone in site.zones])
    here = np.isin(owners, np.array(list(mine), np.int64))
    return np.where(here, np.cumsum(here) - 1, -1)


def _before(places: Ints) -> Ints:
    """For each, where the same came before it; -1 for the first time."""
    order = order_of(places)
    again = places[order[1:]] == places[order[:-1]]
    before = np.full(len(places), -1)
    before[order[1:][again]] = order[:-1][again]
    return before
