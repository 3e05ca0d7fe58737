"""`readings.pipe(hot_zones(site))`: the detection alone, on any observable of readings."""

from collections.abc import Callable

import reactivex as rx
from reactivex import abc
from reactivex import operators as ops
from reactivex.disposable import SerialDisposable

from ...config.model import Site
from ...sensors.reading import Reading
from ..events import Event
from ..hall import HallFold
from ..inputs import Input, Measured, Moment, Start
from ..scheduler import TimelineScheduler
from ..state import PipelineState
from ..timeline import NEVER
from ..zones import ZoneFolds


def hot_zones(site: Site, timeline: TimelineScheduler | None = None) -> Callable[[rx.Observable[Reading]], rx.Observable[Event]]:
    """Turn readings into events: alarms, states of zones, demands and commands.

    Time is taken from the readings themselves (`Reading.at`, ns, non-decreasing), so silence shows when the next reading comes, from
    whichever thermometer. Pass a `timeline` to let time pass without readings: the timers of the detection then run on it.
    Readings of thermometers that the site does not know are skipped. Each subscription has a state of its own.

    Examples:
        >>> readings.pipe(hot_zones(site), ops.filter(lambda event: event.type == "alarm.raised"))
    """

    def operator(source: rx.Observable[Reading]) -> rx.Observable[Event]:
        def subscribed(_: object) -> rx.Observable[Event]:
            fold = _Fold(site)
            events = source.pipe(ops.map(fold.take))
            if timeline is not None:
                events = rx.merge(events, _moments(timeline, fold))
            return events.pipe(ops.concat_map(rx.from_iterable))

        return rx.defer(subscribed)

    return operator


class _Fold:
    """Both folds over one state, fed with readings and moments."""

    def __init__(self, site: Site) -> None:
        state = PipelineState()
        self._places = {sensor.id: place for place, sensor in enumerate(site.sensors)}
        self._zones, self._hall = ZoneFolds(site, state), HallFold(site, state)
        self._begun = False
        self.changed: Callable[[], None] = lambda: None

    @property
    def due(self) -> int:
        return min(self._zones.due, self._hall.timeline.due)

    def take(self, reading: Reading) -> list[Event]:
        place = self._places.get(reading.sensor)
        inputs: list[Input] = [Moment(reading.at)]
        if place is not None:
            inputs.insert(0, Measured(reading.at, place, reading.celsius, reading.measured_at, reading.sequence))
        return self._push(reading.at, inputs)

    def advance_to(self, at: int) -> list[Event]:
        return self._push(at, [Moment(at)]) if self._begun else []

    def _push(self, at: int, inputs: list[Input]) -> list[Event]:
        if not self._begun:
            self._begun = True
            inputs.insert(0, Start(at, previous=None, site="", version="", rate=1.0, session=False, note=""))
        due = self.due
        events = self._hall.push(self._zones.push(inputs))
        if self.due != due:
            self.changed()
        return events


def _moments(timeline: TimelineScheduler, fold: _Fold) -> rx.Observable[list[Event]]:
    """What comes of time alone: the fold's next timer is an action on the timeline."""

    def subscribe(observer: abc.ObserverBase[list[Event]], _: abc.SchedulerBase | None = None) -> abc.DisposableBase:
        armed = SerialDisposable()

        def fire(*_: object) -> None:
            observer.on_next(fold.advance_to(timeline.clock))

        def arm() -> None:
            if fold.due < NEVER:
                armed.disposable = timeline.schedule_absolute(fold.due, fire)

        fold.changed = arm
        return armed

    return rx.create(subscribe)
