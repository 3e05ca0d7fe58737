"""The wiring of a style, by its name, and a flow through it."""

import threading
from collections.abc import AsyncIterable, Callable, Iterable, Sequence
from typing import Final

from ...config.model import Site
from ..events import Event
from ..state import PipelineState
from .asyncio import AsyncIO
from .callbacks import Callbacks
from .contract import WORKERS, Deliveries, Flowed, FrameBatch, Handler, Rejecting, Style, Taking, Told, Wiring
from .rx import Rx
from .threads import Threads

Stopping = threading.Event

_WIRINGS: Final[dict[Style, Callable[[Site, PipelineState, Rejecting, int], Wiring]]] = {
    Style.RX: Rx,
    Style.ASYNCIO: AsyncIO,
    Style.THREADS: Threads,
    Style.CALLBACKS: Callbacks,
}


def wired(style: Style, site: Site, state: PipelineState, rejected: Rejecting, workers: int | None = None) -> Wiring:
    """The stages over `state`, wired. `workers` share the zones out among them; `rx` and `callbacks` have none."""
    count = WORKERS if workers is None else workers
    if count < 1:
        msg = f"{count} workers: there must be one at least"
        raise ValueError(msg)
    return _WIRINGS[style](site, state, rejected, count)


class Flowing:
    """Flows through a wiring, one at a time."""

    def __init__(self, wiring: Wiring) -> None:
        self.stopping = Stopping()
        self._wiring = wiring
        self._taking: Taking | None = None

    def flow(self, source: Iterable[FrameBatch], told: Told, handlers: Sequence[Handler], patience: float | None) -> Flowed:
        """As `Pipeline.flow`."""
        tell = _Told(told)
        taking = self._taking = Taking(source, self.stopping)
        try:
            return _flowed(taking, tell, self._wiring.flow(taking, tell, handlers, patience))
        finally:
            self._end()

    async def flow_async(
        self, source: Iterable[FrameBatch] | AsyncIterable[FrameBatch], told: Told, handlers: Sequence[Handler], patience: float | None
    ) -> Flowed:
        """As `Pipeline.flow_async`. Raises TypeError."""
        if not isinstance(self._wiring, AsyncIO):
            msg = f"flow_async is for the style asyncio; {type(self._wiring).__name__} has flow"
            raise TypeError(msg)
        tell = _Told(told)
        taking = self._taking = Taking(source, self.stopping)
        try:
            return _flowed(taking, tell, await self._wiring.flow_async(taking, tell, handlers, patience))
        finally:
            self._end()

    def stop(self) -> None:
        """As `Pipeline.stop`; without a flow, nothing happens."""
        taking = self._taking
        if taking is not None:
            taking.stop()

    def _end(self) -> None:
        self._taking = None
        self.stopping.clear()


class _Told:
    """Counts what is told."""

    def __init__(self, told: Told) -> None:
        self.events = 0
        self._told = told

    def __call__(self, events: list[Event]) -> None:
        if events:
            self.events += len(events)
            self._told(events)


def _flowed(taking: Taking, told: _Told, deliveries: Deliveries) -> Flowed:
    return Flowed(taking.frames, taking.at, told.events, deliveries)
