"""The flow as reactivex observables. Batches flow, not single frames: an operator costs the same for a thousand frames as for one.

There is one thread, the caller's, from the source to the journal. Handlers are another matter: `observe_on` moves each to a scheduler of
its own, whose queue has no bound, so that a slow one delays nobody.
"""

import threading
import time
from collections.abc import Callable, Sequence
from queue import SimpleQueue

import reactivex as rx
from reactivex import Observable, Subject, abc, typing
from reactivex import operators as ops
from reactivex.scheduler import EventLoopScheduler

from ...config.model import Site
from ..events import Event
from ..hall import HallFold
from ..stages.decode import Decoder
from ..state import PipelineState
from ..zones import Depth, Glance, Look, ZoneFolds
from .contract import HANDLER_S, Caller, Deliveries, FrameBatch, Handler, Rejecting, Taking, Told, total


def flow(decode: Decoder, zones: ZoneFolds, hall: HallFold) -> Callable[[Observable[FrameBatch]], Observable[list[Event]]]:
    """Frames in, events out. No frame, however bad, ends the stream."""
    return rx.compose(
        ops.map(decode),  # frames   -> inputs     each on its own; what is no input is a dead letter
        ops.map(zones.push),  # inputs   -> findings   zone by zone: validate, smooth, statistic, limits, rise, presence, demand
        ops.map(hall.push),  # findings -> events     alarms; arbitration, interlock and verification of the units
    )


class Rx:
    """The stages as a pipe of operators. Zones are folded one after the other, so there are no workers."""

    def __init__(self, site: Site, state: PipelineState, rejected: Rejecting, _workers: int = 1) -> None:
        self._zones = ZoneFolds(site, state, guard=threading.Lock())
        self._flow = flow(Decoder(site, rejected), self._zones, HallFold(site, state))
        self._events: list[Event] = []
        self._frames: Subject[FrameBatch] = Subject()
        self._frames.pipe(self._flow).subscribe(self._events.extend)

    def push(self, frames: FrameBatch) -> list[Event]:
        """A subject takes the batch; the events are there when it returns."""
        self._frames.on_next(frames)
        events = self._events.copy()
        self._events.clear()
        return events

    async def push_async(self, frames: FrameBatch) -> list[Event]:
        """The same: it waits for nobody."""
        return self.push(frames)

    def flow(self, source: Taking, told: Told, handlers: Sequence[Handler], patience: float | None) -> Deliveries:
        """The source as an observable; its events to the journal, and then one by one to the handlers."""
        post, errors = Post(handlers), list[Exception]()
        try:
            rx.from_iterable(source).pipe(
                self._flow,
                ops.do_action(told),
                ops.do_action(post.told),
            ).subscribe(on_error=errors.append)
        except BaseException:  # Ctrl-C
            patience = 0.0
            raise
        finally:
            deliveries = post.close(patience)
        for error in errors:
            raise error
        return deliveries

    def settle(self, depth: Depth) -> None:
        """The states of the zones as they are."""
        self._zones.settle(depth)

    def glance(self, into: Glance) -> None:
        """The zones and thermometers as they are."""
        self._zones.glance(into)

    def each(self, look: Look) -> None:
        """Show the zones."""
        self._zones.each(look)

    def close(self) -> None:
        """There is nothing to let go."""


class Post:
    """Brings events to handlers, each on a scheduler of its own, for as long as the subscription lasts."""

    def __init__(self, handlers: Sequence[Handler]) -> None:
        self._events: Subject[Event] = Subject()
        self._lanes = [_Lane(handler, self._events, number) for number, handler in enumerate(handlers, 1)]

    def told(self, events: Sequence[Event]) -> None:
        """Hand events on; returns at once."""
        for event in events:
            self._events.on_next(event)

    def close(self, patience: float | None) -> Deliveries:
        """Wait for what has been handed on, but no longer than `patience` in all."""
        deadline = None if patience is None else time.monotonic() + patience
        self._events.on_completed()
        for lane in self._lanes:
            lane.ended.wait(None if deadline is None else max(0.0, deadline - time.monotonic()))
        for lane in self._lanes:
            lane.close()
        return total(lane.tally for lane in self._lanes)


class _Lane:
    """One handler: `observe_on` a scheduler whose work is done on the lane's one thread.

    The scheduler alone would start a thread for each burst of events; told to keep one, it may miss its `dispose`, and leave that behind.
    """

    def __init__(self, handler: Handler, events: Observable[Event], number: int) -> None:
        self.tally = Deliveries()
        self.ended = threading.Event()
        self._call = Caller(handler, self.tally)
        self._turns: _Turns = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"handler-{number}", daemon=True)
        self._thread.start()
        self._subscription = events.pipe(
            ops.do_action(self._count),
            ops.observe_on(EventLoopScheduler(lambda work: _Turn(work, self._turns), exit_if_empty=True)),
        ).subscribe(self._call, on_completed=self.ended.set)

    def close(self) -> None:
        self._subscription.dispose()
        self._turns.put(None)
        self._thread.join(HANDLER_S)
        if not self._thread.is_alive():
            self._call.close()

    def _count(self, _: Event) -> None:
        self.tally.handed += 1

    def _run(self) -> None:
        for work in iter(self._turns.get, None):
            work()


_Turns = SimpleQueue[typing.StartableTarget | None]


class _Turn(abc.StartableBase):
    """What the scheduler starts, whenever there is something to do again, in place of a thread of its own."""

    def __init__(self, work: typing.StartableTarget, turns: _Turns) -> None:
        self._work = work
        self._turns = turns

    def start(self) -> None:
        self._turns.put(self._work)
