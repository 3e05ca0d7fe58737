"""The flow as tasks on one event loop: a reader, a task for each group of zones, and the caller, who merges, folds the hall and tells.

    source -> reader -> zone-group-0..N -> caller: merge, hall fold, journal -> handler-1..M
                 bounded Queue      bounded Queue                     bounded Queue

There is one thread, so nothing needs a lock, and nothing runs at the same time either: a group gives way only where it awaits. The task
group sees to it that no task outlives the flow, whether it ends, fails or is cancelled. Plain handlers would stop the loop, so each call of
one goes to a thread of the loop's pool.
"""

import asyncio
import inspect
from asyncio import Queue, QueueFull, TaskGroup
from collections.abc import AsyncIterable, Coroutine, Sequence
from contextlib import suppress
from threading import Lock
from typing import Any, NamedTuple, TypeVar

from ...config.model import Site
from ..events import Event
from ..hall import HallFold
from ..inputs import Input
from ..merge import Merge, Router, share_out
from ..stages.decode import Decoder
from ..state import PipelineState
from ..zones import Depth, Finding, Glance, Look, ZoneFolds
from .contract import HANDLER_S, MAILBOX, QUEUE, Deliveries, FrameBatch, Handler, Rejecting, Taking, Told, total

T = TypeVar("T")


class _Batch(NamedTuple):
    at: int
    inputs: list[Input]


class _Result(NamedTuple):
    group: int
    at: int
    found: list[Finding]


class AsyncIO:
    """The stages as tasks, named by what they do."""

    def __init__(self, site: Site, state: PipelineState, rejected: Rejecting, workers: int) -> None:
        shares = share_out(site, workers)
        self._decode, self._route, self._hall = Decoder(site, rejected), Router(site, shares), HallFold(site, state)
        self._folds = [ZoneFolds(site, state, share, passing=group == 0, guard=Lock()) for group, share in enumerate(shares)]
        self._merge = Merge(len(shares))
        self._runner: asyncio.Runner | None = None

    def push(self, frames: FrameBatch) -> list[Event]:
        """The same as `push_async`, on a loop of its own; not for a thread in which a loop runs already."""
        return self._run(self.push_async(frames))

    async def push_async(self, frames: FrameBatch) -> list[Event]:
        """A task for each group; the task group waits for all of them."""
        try:
            async with TaskGroup() as tasks:
                groups = [
                    tasks.create_task(self._fold(group, batch), name=f"zone-group-{group}")
                    for group, batch in enumerate(self._routed(frames))
                ]
        except BaseExceptionGroup as errors:
            raise _first(errors) from errors
        return [event for group in groups for event in self._settle(group.result())]

    def flow(self, source: Taking, told: Told, handlers: Sequence[Handler], patience: float | None) -> Deliveries:
        """The same as `flow_async`, on a loop of its own."""
        return self._run(self.flow_async(source, told, handlers, patience))

    async def flow_async(
        self, source: AsyncIterable[FrameBatch], told: Told, handlers: Sequence[Handler], patience: float | None
    ) -> Deliveries:
        """The reader brings batches while others are on their way. Cancel it, and what is on its way is given up."""
        try:
            async with TaskGroup() as tasks:
                post = Post(handlers, tasks)
                await self._flow(source, told, post)
                return await post.close(patience)
        except BaseExceptionGroup as errors:
            raise _first(errors) from errors

    async def _flow(self, source: AsyncIterable[FrameBatch], told: Told, post: "Post") -> None:
        results: Queue[_Result | None] = Queue(QUEUE)
        inboxes: list[Queue[_Batch | None]] = [Queue(QUEUE) for _ in self._folds]
        async with TaskGroup() as tasks:
            tasks.create_task(self._read(source, inboxes), name="reader")
            for group, inbox in enumerate(inboxes):
                tasks.create_task(self._work(group, inbox, results), name=f"zone-group-{group}")
            ended = 0
            while ended < len(inboxes):
                if (result := await results.get()) is None:
                    ended += 1
                else:
                    events = self._settle(result)
                    told(events)
                    post.told(events)

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
        """Let the loop go, if `push` or `flow` made one."""
        runner, self._runner = self._runner, None
        if runner is not None:
            runner.close()

    async def _read(self, source: AsyncIterable[FrameBatch], inboxes: Sequence[Queue[_Batch | None]]) -> None:
        async for frames in source:
            for inbox, batch in zip(inboxes, self._routed(frames), strict=True):
                await inbox.put(batch)
        for inbox in inboxes:
            await inbox.put(None)

    async def _work(self, group: int, inbox: Queue[_Batch | None], results: Queue[_Result | None]) -> None:
        while (batch := await inbox.get()) is not None:
            await results.put(await self._fold(group, batch))
        await results.put(None)

    async def _fold(self, group: int, batch: _Batch) -> _Result:
        found = self._folds[group].push(batch.inputs)
        await asyncio.sleep(0)  # a fold awaits nothing, so it has to give way
        return _Result(group, batch.at, found)

    def _routed(self, frames: FrameBatch) -> list[_Batch]:
        return [_Batch(frames[-1].at, inputs) for inputs in self._route(self._decode(frames))]

    def _settle(self, result: _Result) -> list[Event]:
        return self._hall.push(self._merge.take(result.group, result.at, result.found))

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        self._runner = self._runner or asyncio.Runner()
        try:
            return self._runner.run(work)
        finally:
            work.close()


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """What ended a task group, alone: the others have only been cancelled by it."""
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


class Post:
    """Brings events to handlers, a task each."""

    def __init__(self, handlers: Sequence[Handler], tasks: TaskGroup) -> None:
        self._lanes = [_Lane(handler) for handler in handlers]
        self._tasks = [tasks.create_task(lane.run(), name=f"handler-{number}") for number, lane in enumerate(self._lanes, 1)]

    def told(self, events: Sequence[Event]) -> None:
        """Hand events on; returns at once."""
        for event in events:
            for lane in self._lanes:
                lane.hand(event)

    async def close(self, patience: float | None) -> Deliveries:
        """Wait for what has been handed on, but no longer than `patience` in all."""
        for seconds in (patience, HANDLER_S):
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    for lane in self._lanes:
                        await lane.queue.join()
            for lane in self._lanes:
                lane.empty()  # so the second time only for the calls that they are at
        for task in self._tasks:
            task.cancel()
        return total(lane.tally for lane in self._lanes)


class _Lane:
    """One handler's queue, and the task that empties it."""

    def __init__(self, handler: Handler) -> None:
        self.queue: Queue[Event] = Queue(MAILBOX)
        self.tally = Deliveries()
        self._handler = handler
        self._plain = not inspect.iscoroutinefunction(handler)

    def hand(self, event: Event) -> None:
        self.tally.handed += 1
        with suppress(QueueFull):
            self.queue.put_nowait(event)

    def empty(self) -> None:
        while not self.queue.empty():
            self.queue.get_nowait()
            self.queue.task_done()

    async def run(self) -> None:
        while True:
            event = await self.queue.get()
            try:
                outcome = await asyncio.to_thread(self._handler, event) if self._plain else self._handler(event)
                if inspect.isawaitable(outcome):
                    await outcome
            except Exception:  # noqa: BLE001  a handler raises what it likes
                self.tally.failed += 1
            else:
                self.tally.handled += 1
            finally:
                self.queue.task_done()
