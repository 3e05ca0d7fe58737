"""The flow as threads and queues: a reader, workers that own some zones each, and the caller, who merges, folds the hall and tells.

    source -> reader -> zone-worker-0..N -> caller: merge, hall fold, journal -> handler-1..M
                  bounded Queue      bounded Queue                    bounded PriorityQueue

A queue is the only thing that two threads share, so the flow needs no lock: each fold's state belongs to one worker. (The lock that a fold is
given is for those who look in from outside.) A full queue makes whoever fills it wait, back to the source.
"""

import threading
import time
from collections.abc import Sequence
from itertools import count
from queue import PriorityQueue, Queue
from typing import Final, NamedTuple

from ...config.model import Site
from ..events import Event
from ..hall import HallFold
from ..inputs import Input
from ..merge import Merge, Router, share_out
from ..stages.decode import Decoder
from ..state import PipelineState
from ..zones import Depth, Finding, Glance, Look, ZoneFolds
from .contract import HANDLER_S, MAILBOX, QUEUE, Caller, Deliveries, FrameBatch, Handler, Rejecting, Taking, Told, total, urgency

_LAST: Final = 1 << 30
"""Less urgent than any event."""


class _End(NamedTuple):
    """The source has ended; goes through every worker after the last batch, and shows that nothing is on its way any more."""

    error: Exception | None = None


class _Batch(NamedTuple):
    at: int
    inputs: list[Input]


class _Result(NamedTuple):
    worker: int
    at: int
    found: list[Finding] | Exception


class Threads:
    """The stages as threads, named by what they do."""

    def __init__(self, site: Site, state: PipelineState, rejected: Rejecting, workers: int) -> None:
        shares = share_out(site, workers)
        self._decode, self._route, self._hall = Decoder(site, rejected), Router(site, shares), HallFold(site, state)
        self._folds = [ZoneFolds(site, state, share, passing=worker == 0, guard=threading.Lock()) for worker, share in enumerate(shares)]
        self._merge = Merge(len(shares))
        self._inboxes: list[Queue[_Batch | _End | None]] = [Queue(QUEUE) for _ in shares]
        self._results: Queue[_Result | _End] = Queue(QUEUE + len(shares))  # one of each fits: a push that is interrupted blocks nobody
        self._threads: list[threading.Thread] = []

    def push(self, frames: FrameBatch) -> list[Event]:
        """Spread the batch, and wait for every worker."""
        self._hire()
        self._spread(frames)
        results = [self._results.get() for _ in self._folds]
        return [event for result in results for event in self._settle(result)]

    async def push_async(self, frames: FrameBatch) -> list[Event]:
        """The same: the loop waits for the workers."""
        return self.push(frames)

    def flow(self, source: Taking, told: Told, handlers: Sequence[Handler], patience: float | None) -> Deliveries:
        """The reader brings batches while the caller settles those before them."""
        self._hire()
        post = Post(handlers)
        reader = threading.Thread(target=self._read, args=(source,), name="reader", daemon=True)
        reader.start()
        ended = 0
        try:
            while ended < len(self._folds):
                result = self._results.get()
                ended += isinstance(result, _End)
                events = self._settle(result)
                told(events)
                post.told(events)
        except BaseException:
            source.stop()
            while ended < len(self._folds):  # let everybody come to the end of what was taken
                ended += isinstance(self._results.get(), _End)
            patience = 0.0
            raise
        finally:
            reader.join()
            deliveries = post.close(patience)
        return deliveries

    def settle(self, depth: Depth) -> None:
        """The states of the zones as they are."""
        for folds in self._folds:
            folds.settle(depth)

    def glance(self, into: Glance) -> None:
        """The zones and thermometers as they are."""
        for folds in self._folds:
            folds.glance(into)

    def each(self, look: Look) -> None:
        """Show the zones."""
        for folds in self._folds:
            folds.each(look)

    def close(self) -> None:
        """Send the workers home, and wait for them."""
        threads, self._threads = self._threads, []
        for inbox in self._inboxes if threads else ():
            inbox.put(None)
        for thread in threads:
            thread.join()

    def _hire(self) -> None:
        if not self._threads:
            self._threads = [
                threading.Thread(target=self._work, args=(worker,), name=f"zone-worker-{worker}", daemon=True)
                for worker in range(len(self._folds))
            ]
            for thread in self._threads:
                thread.start()

    def _read(self, source: Taking) -> None:
        end = _End()
        try:
            for frames in source:
                self._spread(frames)
        except Exception as error:  # noqa: BLE001  whatever the source raises is the caller's
            end = _End(error)
        for inbox in self._inboxes:
            inbox.put(end)

    def _spread(self, frames: FrameBatch) -> None:
        for inbox, inputs in zip(self._inboxes, self._route(self._decode(frames)), strict=True):
            inbox.put(_Batch(frames[-1].at, inputs))

    def _work(self, worker: int) -> None:
        fold, inbox, results = self._folds[worker], self._inboxes[worker], self._results
        while (item := inbox.get()) is not None:
            if isinstance(item, _End):
                results.put(item)
                continue
            try:
                results.put(_Result(worker, item.at, fold.push(item.inputs)))
            except Exception as error:  # noqa: BLE001  told to the caller, who ends the flow
                results.put(_Result(worker, item.at, error))

    def _settle(self, result: _Result | _End) -> list[Event]:
        if isinstance(result, _End):
            if result.error is not None:
                raise result.error
            return []
        if isinstance(result.found, Exception):
            raise result.found
        return self._hall.push(self._merge.take(result.worker, result.at, result.found))


class Post:
    """Brings events to handlers, a thread each. A critical alarm overtakes what waits; the journal is in order all the same."""

    def __init__(self, handlers: Sequence[Handler]) -> None:
        self._over = threading.Event()
        self._ordinals = count()
        self._lanes = [_Lane(handler, self._over, number) for number, handler in enumerate(handlers, 1)]

    def told(self, events: Sequence[Event]) -> None:
        """Hand events on; returns at once."""
        for event in events:
            for lane in self._lanes:
                lane.hand(event, next(self._ordinals))

    def close(self, patience: float | None) -> Deliveries:
        """Wait for what has been handed on, but no longer than `patience` in all."""
        deadline = None if patience is None else time.monotonic() + patience
        for lane in self._lanes:
            lane.queue.put((_LAST, next(self._ordinals), None))
        for lane in self._lanes:
            lane.thread.join(None if deadline is None else max(0.0, deadline - time.monotonic()))
        self._over.set()
        for lane in self._lanes:
            lane.thread.join(HANDLER_S)
        return total(lane.tally for lane in self._lanes)


class _Lane:
    """One handler's thread and queue. A full queue takes critical alarms only, so it has no bound of its own: a `put` must not wait."""

    def __init__(self, handler: Handler, over: threading.Event, number: int) -> None:
        self.queue: PriorityQueue[tuple[int, int, Event | None]] = PriorityQueue()
        self.tally = Deliveries()
        self._over = over
        self._call = Caller(handler, self.tally)
        self.thread = threading.Thread(target=self._run, name=f"handler-{number}", daemon=True)
        self.thread.start()

    def hand(self, event: Event, ordinal: int) -> None:
        self.tally.handed += 1
        urgent = urgency(event)
        if urgent == 0 or self.queue.qsize() < MAILBOX:
            self.queue.put((urgent, ordinal, event))

    def _run(self) -> None:
        while (event := self.queue.get()[2]) is not None and not self._over.is_set():
            self._call(event)
        self._call.close()
