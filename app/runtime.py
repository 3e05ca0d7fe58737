"""The runtime: the order of things between a message that arrives and somebody who hears of what it meant.

A turn of the flow takes what has arrived since the last one; its stages are `Runtime._flow`, below. Time itself is input, too:
`Runtime._clock_flow` is what happens when a timer of the fold comes due. Whatever can make an event is in the log before the event is given out, so a run that is
killed anywhere comes back to the same state, and replaying its log gives the same events.

Input that is already waiting goes before timers: a thermometer is not silent while its reading stands in our own queue.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final, Protocol

import structlog

from ..config.units import SECOND
from ..pipeline import Event, Rejected
from ..sensors.frame import Frame, LinkKind
from ..sensors.source import Source
from . import own
from .intake import Intake, Turn
from .sequencer import HallClock, Sequencer
from .stall import StallWatch

Told = Callable[[Sequence[Event]], None]
"""Is given events, in order, once they may be known. It must not block; what it raises is logged and harms nobody else."""

_YIELDS: Final = 3
"""Rounds of the event loop that take a message from the socket to the intake."""

_log = structlog.get_logger("hotzone.runtime")


class Fold(Protocol):
    """What the runtime needs of the pipeline."""

    @property
    def at(self) -> int:
        """Log time up to which everything has been applied."""

    @property
    def next_due(self) -> int | None:
        """When the next timer is due."""

    async def push_async(self, frames: Sequence[Frame]) -> list[Event]:
        """Fold frames."""

    async def advance_to_async(self, at: int) -> list[Event]:
        """Fire the timers due at or before `at`."""

    def snapshot(self) -> bytes:
        """The state as bytes."""

    def take_rejected(self) -> list[Rejected]:
        """Dead letters since the last call."""


class Keeper(Protocol):
    """What the runtime needs of the ledger."""

    async def commit(self, frames: Sequence[Frame], rejected: Sequence[Rejected] = ()) -> None:
        """Frames are safe when this returns."""

    async def store(self, events: Sequence[Event]) -> None:
        """Events are in the outbox when this returns."""

    async def keep(self, at: int, blob: bytes) -> None:
        """Keep a snapshot."""


class Runtime:
    """One run over one source. `told` hears of events in the order given, the commands to cooling units first."""

    def __init__(
        self,
        pipeline: Fold,
        ledger: Keeper,
        intake: Intake,
        clock: HallClock,
        *,
        told: Sequence[Told] = (),
        rejected: Callable[[Sequence[Rejected]], None] = lambda _: None,
        safe: Callable[[Sequence[Frame]], None] = lambda _: None,
        commit_every: int = 0,
        snapshot_every: int,
    ) -> None:
        self.pipeline = pipeline
        self.clock = clock
        self._ledger = ledger
        self._intake = intake
        self._told = list(told)
        self._tell_rejected = rejected
        self._tell_safe = safe
        self._letters: list[Rejected] = []
        self._commit_every_s = commit_every / SECOND
        self._snapshot_every = snapshot_every
        self._kept_at = 0
        self._sequencer = Sequencer(clock.now)
        self._stall = StallWatch(self._stalled)
        intake.before = self._stall.look
        self._stopping = asyncio.Event()
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self._listening: asyncio.Task[None] | None = None
        self._turn_began: float | None = None
        self._resting_until = 0.0

        self._flow: Final = (
            self._commit,  #       what has arrived is on the disk
            self._acknowledge,  #  and only now may the broker forget it
            self._fold,  #         frames become events
            self._store,  #        events are in the outbox, by derived id
            self._release,  #      and only now does anybody hear of them
        )
        self._clock_flow: Final = (
            self._fire,  #         timers become events
            self._commit,  #       and the tick that made them is on the disk
            self._store,
            self._release,
        )

    @property
    def last_at(self) -> int:
        """Time of the last frame that was stamped."""
        return self._sequencer.last

    def stop(self) -> None:
        """Take nothing more; what has arrived is still seen through."""
        self._stopping.set()
        self._intake.arrived.set()
        self._intake.plenty.set()

    @property
    def turn_s(self) -> float:
        """For how many wall seconds the present turn has gone on; 0 between two of them."""
        return 0.0 if self._turn_began is None else asyncio.get_running_loop().time() - self._turn_began

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stopping.is_set()

    async def passed(self, at: int) -> None:
        """Wait until everybody has been told of what came of the frame at `at`."""
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((at, waiting))
        await waiting

    def listen(self, source: Source) -> None:
        """Begin to hold what the source brings; it is stamped when `run` begins. Nothing of it is acknowledged before that."""
        self._listening = asyncio.create_task(self._listen(source), name="intake")
        self._listening.add_done_callback(lambda _: self.stop())

    async def run(self, start: own.Unstamped, last_at: int) -> None:
        """Log `start`, later than `last_at`, then work until told to stop or until the source fails; log `end`.

        Raises whatever ended the source's iteration, after the log was closed cleanly.
        """
        self._sequencer = Sequencer(self.clock.now, max(last_at, self.pipeline.at))
        self._intake.begin(self._sequencer, start)
        self._kept_at = self._sequencer.last
        self._stall.start()
        try:
            await self._work()
        finally:
            self._stall.stop()
            await self._hear_no_more()
        await self._end()
        if self._listening is not None and not self._listening.cancelled():
            self._listening.result()

    def begin_again(self, start: own.Unstamped, change: Callable[[], None] = lambda: None) -> None:
        """Log another `start` in the same process: the hall's clock has changed under us, or changes by `change`."""
        self._intake.own(own.TICK)  # what came due until now counts, in a replay too
        change()
        self._intake.own(start)

    async def _hear_no_more(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait([self._listening])

    def recovered(self, detail: str) -> None:
        """The log can be written again; meanwhile we listened to nobody."""
        self._intake.own(own.link(LinkKind.DISK, detail))
        self._intake.own(own.link(LinkKind.STALLED, detail))

    async def _listen(self, source: Source) -> None:
        async for batch in source.batches():
            if self._stopping.is_set():
                return  # not acknowledged, so it comes again
            self._intake.messages(batch)
            await self._intake.room.wait()

    async def _work(self) -> None:
        while True:
            await self._rest()
            turn = self._intake.take()
            if turn is not None:
                await self._pass(turn, self._flow)
            elif self._stopping.is_set():
                return
            elif not await self._tick():
                await self._idle()

    async def _rest(self) -> None:
        """Let readings gather: a commit costs the disk as much for one as for hundreds."""
        seconds = self._resting_until - asyncio.get_running_loop().time()
        if seconds > 0 and not self._stopping.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._intake.plenty.wait()

    async def _end(self) -> None:
        """Log that it was a clean end, and keep the state."""
        self._intake.own(own.END)
        while (turn := self._intake.take()) is not None:
            await self._pass(turn, self._flow)
        await self._keep()

    async def _pass(self, turn: Turn, flow: Sequence[Callable[[Turn], Awaitable[None]]]) -> None:
        self._turn_began = asyncio.get_running_loop().time()
        if turn.frames:
            self._resting_until = self._turn_began + self._commit_every_s
        for stage in flow:
            await stage(turn)
        if turn.frames and self._waiting:
            self._wake(turn.frames[-1].at)
        if turn.frames and self.pipeline.at - self._kept_at >= self._snapshot_every:
            await self._keep()  # only where the log stands: what a tick without events did is found again by the next frame
        self._turn_began = None

    def _wake(self, at: int) -> None:
        for due, waiting in self._waiting:
            if due <= at and not waiting.done():
                waiting.set_result(None)
        self._waiting = [one for one in self._waiting if not one[1].done()]

    # The stages

    async def _commit(self, turn: Turn) -> None:
        if turn.frames:
            letters, self._letters = self._letters, []
            await self._ledger.commit(turn.frames, letters)

    async def _acknowledge(self, turn: Turn) -> None:
        for batch in turn.batches:
            batch.acknowledge()
        self._tell_safe(turn.frames)
        if turn.again:
            self._tell_safe([Frame(0, message.topic, message.payload) for message in turn.again])

    async def _fold(self, turn: Turn) -> None:
        turn.events = await self.pipeline.push_async(turn.frames)
        if rejected := self.pipeline.take_rejected():
            self._letters += rejected
            self._tell_rejected(rejected)

    async def _fire(self, turn: Turn) -> None:
        at = self._sequencer.stamp()
        turn.events = await self.pipeline.advance_to_async(at)
        if turn.events:
            turn.frames.append(Frame(at, *own.TICK))

    async def _store(self, turn: Turn) -> None:
        if turn.events:
            await self._ledger.store(turn.events)

    async def _release(self, turn: Turn) -> None:
        if not turn.events:
            return
        for told in self._told:
            try:
                told(turn.events)
            except Exception:  # noqa: BLE001  whatever it is, the others are to be told
                _log.exception("somebody could not be told of events", who=getattr(told, "__qualname__", repr(told)))

    # Time

    async def _tick(self) -> bool:
        """Fire what is due, unless input turns up; False when there was nothing to do."""
        due = self.pipeline.next_due
        if due is None or due > self.clock.now():
            return False
        for _ in range(_YIELDS):
            await asyncio.sleep(0)
            if self._intake.waiting:
                return True
        self._stall.look()
        if not self._intake.waiting:
            await self._pass(Turn(), self._clock_flow)
        return True

    async def _idle(self) -> None:
        due = self.pipeline.next_due
        seconds = None if due is None else self.clock.seconds_until(due)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._intake.arrived.wait()

    async def _keep(self) -> None:
        self._kept_at = self.pipeline.at
        await self._ledger.keep(self.pipeline.at, self.pipeline.snapshot())

    def _stalled(self, lag: float) -> None:
        _log.warning("the process stood still", seconds=round(lag, 2))
        self._intake.own(own.link(LinkKind.STALLED, f"the process stood still for {lag:.1f} s"))
