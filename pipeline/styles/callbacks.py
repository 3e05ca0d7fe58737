"""The flow as callbacks: each stage calls the next one, and the last one whoever listens. No queue, and no thread of its own.

    on_frames -> on_inputs -> on_findings -> listeners: the journal, then the handlers

Whoever calls `push` calls all of it, and comes back when the slowest handler does: a handler that takes 200 ms holds up the next reading
by 200 ms, and a client that calls us from its network loop does not answer its broker meanwhile. Time comes by the same way: the client's own
loop calls `advance_to` between two looks at its socket.
"""

import time
from collections.abc import Iterable, Sequence
from threading import Lock

from ...config.model import Site
from ..events import Event
from ..hall import HallFold
from ..inputs import Input
from ..stages.decode import Decoder
from ..state import PipelineState
from ..zones import Depth, Finding, Glance, Look, ZoneFolds
from .contract import Caller, Deliveries, FrameBatch, Handler, Rejecting, Taking, Told, total


class Callbacks:
    """The stages as methods that call each other. Zones are folded one after the other, so there are no workers."""

    def __init__(self, site: Site, state: PipelineState, rejected: Rejecting, _workers: int = 1) -> None:
        self._decode, self._hall = Decoder(site, rejected), HallFold(site, state)
        self._zones = ZoneFolds(site, state, guard=Lock())
        self._listeners: list[Told] = []

    def on_frames(self, frames: FrameBatch) -> None:
        """Frames have come."""
        self.on_inputs(self._decode(frames))

    def on_inputs(self, inputs: Iterable[Input]) -> None:
        """They have been decoded."""
        self.on_findings(self._zones.push(inputs))

    def on_findings(self, findings: Iterable[Finding]) -> None:
        """The zones have found this."""
        events = self._hall.push(findings)
        for listener in self._listeners:
            listener(events)

    def push(self, frames: FrameBatch) -> list[Event]:
        """Listen for as long as it takes."""
        events: list[Event] = []
        self._call(frames, [events.extend])
        return events

    async def push_async(self, frames: FrameBatch) -> list[Event]:
        """The same: it waits for nobody."""
        return self.push(frames)

    def flow(self, source: Taking, told: Told, handlers: Sequence[Handler], patience: float | None) -> Deliveries:
        """Call, batch by batch. Nothing is ever left for later, unless somebody says stop while handlers are slow."""
        post = Post(handlers, source, patience)
        try:
            for frames in source:
                self._call(frames, [told, post.told])
        finally:
            post.close()
        return total(post.tallies)

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

    def _call(self, frames: FrameBatch, listeners: list[Told]) -> None:
        self._listeners = listeners
        try:
            self.on_frames(frames)
        finally:
            self._listeners = []


class Post:
    """Calls the handlers, one after the other, here and now; but when told to stop, for no longer than `patience` in all."""

    def __init__(self, handlers: Sequence[Handler], source: Taking, patience: float | None) -> None:
        self.tallies = [Deliveries() for _ in handlers]
        self._calls = [Caller(handler, tally) for handler, tally in zip(handlers, self.tallies, strict=True)]
        self._stopping, self._patience = source.stopping, patience
        self._deadline: float | None = None

    def told(self, events: Sequence[Event]) -> None:
        """Returns when every handler has."""
        for event in events:
            for call, tally in zip(self._calls, self.tallies, strict=True):
                tally.handed += 1
                if not self._over():
                    call(event)

    def close(self) -> None:
        """Let the loops of async handlers go."""
        for call in self._calls:
            call.close()

    def _over(self) -> bool:
        if self._patience is None or not self._stopping.is_set():
            return False
        self._deadline = self._deadline or time.monotonic() + self._patience
        return time.monotonic() > self._deadline
