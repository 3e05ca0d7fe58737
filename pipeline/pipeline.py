"""The pipeline: the fold over the log, with its state in one place and its stages wired in one of the styles."""

from collections.abc import AsyncIterable, Iterable, Sequence
from types import TracebackType
from typing import Self

import numpy as np

from ..config.model import Site
from ..sensors.frame import Frame, Own
from .events import Event
from .inputs import Rejected
from .snapshots import snapshot_of, state_of, zone_frame
from .state import HallState, PipelineState, UnitState, ZoneState
from .styles import PATIENCE_S, Flowed, Flowing, FrameBatch, Handler, Stopping, Style, Told, wired
from .timeline import NEVER
from .zones import Depth, Glance, Look


class Pipeline:
    """Folds frames into events. Not thread-safe: one caller at a time. Close it, unless the style is `rx` or `callbacks`.

    Nothing but the frames, their times and the site decides what comes out, so the same log gives the same events, however it is cut
    into calls, whatever the style, and whatever the number of `workers` among whom `asyncio` and `threads` share the zones out.
    """

    def __init__(self, site: Site, snapshot: bytes | None = None, *, style: Style | str = Style.RX, workers: int | None = None) -> None:
        self.site = site
        self.style = Style(style)
        self._state = PipelineState() if snapshot is None else state_of(snapshot)
        self._rejected: list[Rejected] = []
        self._wiring = wired(self.style, site, self._state, self._rejected.extend, workers)
        self._flowing = Flowing(self._wiring)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def at(self) -> int:
        """Log time up to which everything has been applied, ns."""
        return self._state.at

    @property
    def state(self) -> PipelineState:
        """All of the state, to look at; from any thread."""
        self._wiring.settle(Depth.THERMOMETERS)
        return self._state

    @property
    def next_due(self) -> int | None:
        """When the next timer is due, or None while nothing has begun."""
        dues = [zone.timeline.due for zone in self._state.zones.values()]
        due = min(*dues, self.hall.timeline.due) if dues else self.hall.timeline.due
        return due if due < NEVER else None

    def push(self, frames: Sequence[Frame]) -> list[Event]:
        """Fold frames, whose times must be strictly increasing and later than `at`; the events, in canonical order."""
        if not frames:
            return []
        self._state.at = frames[-1].at
        return self._wiring.push(frames)

    async def push_async(self, frames: Sequence[Frame]) -> list[Event]:
        """As `push`, for a caller on an event loop: in the style `asyncio` the loop may do other things meanwhile."""
        if not frames:
            return []
        self._state.at = frames[-1].at
        return await self._wiring.push_async(frames)

    def advance_to(self, at: int) -> list[Event]:
        """Fire the timers due at or before `at`. Logged as a tick frame when events come of it, so that a replay does the same."""
        return self.push([_tick(at)])

    async def advance_to_async(self, at: int) -> list[Event]:
        """As `advance_to`, for a caller on an event loop."""
        return await self.push_async([_tick(at)])

    def flow(
        self, source: Iterable[FrameBatch], told: Told, handlers: Sequence[Handler] = (), *, patience: float | None = PATIENCE_S
    ) -> Flowed:
        """Fold what the source brings until it ends, as the style does it by itself; see `styles`.

        Args:
            source: Batches, whose times must be strictly increasing and later than `at`.
            told: Is given the events of each batch, in canonical order. What it raises ends the flow.
            handlers: Are given event by event. What they raise is counted.
            patience: Wall seconds that handlers have at the end for what waits for them; None for as long as it takes.

        Raises whatever the source or `told` raised; the pipeline is of no further use then, for what was on its way may be lost.
        """
        flowed = self._flowing.flow(source, told, handlers, patience)
        self._state.at = max(self._state.at, flowed.at)
        return flowed

    async def flow_async(
        self,
        source: Iterable[FrameBatch] | AsyncIterable[FrameBatch],
        told: Told,
        handlers: Sequence[Handler] = (),
        *,
        patience: float | None = PATIENCE_S,
    ) -> Flowed:
        """As `flow`, on the running loop, in the style `asyncio` only. Cancel it, and what is on its way is given up."""
        flowed = await self._flowing.flow_async(source, told, handlers, patience)
        self._state.at = max(self._state.at, flowed.at)
        return flowed

    @property
    def stopping(self) -> Stopping:
        """Set while a flow is to end. A plain source that waits for its next batch should wait for this, too."""
        return self._flowing.stopping

    def stop(self) -> None:
        """End the flow soon, with all that was taken from its source seen through; from any thread, or a signal handler."""
        self._flowing.stop()

    def close(self) -> None:
        """Let the threads or the loop of the style go; the state stays. Pushing again makes new ones."""
        self._wiring.close()

    def snapshot(self) -> bytes:
        """The state, for `Pipeline(site, snapshot=...)`; only this version of hotzone is sure to read it."""
        zones = dict.fromkeys(self._state.zones, b"")

        def write(name: str, zone: ZoneState) -> None:
            zones[name] = zone_frame(name, zone)

        self._wiring.each(write)
        return snapshot_of(self._state.at, zones.values(), self._state.hall)

    def each(self, look: Look) -> None:
        """Show every zone, with its whole state; `state` lacks the trails of the thermometers, which take more room than all else."""
        self._wiring.each(look)

    def take_rejected(self) -> list[Rejected]:
        """Dead letters since the last call."""
        rejected = self._rejected.copy()
        self._rejected.clear()
        return rejected

    def glance(self) -> Glance:
        """What the zones and the thermometers are; from any thread. Cheaper than `zones`, for whoever looks each second."""
        found = Glance(self._state.zones, np.empty(len(self.site.sensors)), {})
        self._wiring.glance(found)
        return found

    @property
    def zones(self) -> dict[str, ZoneState]:
        """The state of each zone, to look at; from any thread."""
        return self.state.zones

    @property
    def values(self) -> dict[str, float | None]:
        """The value of each zone, °C; from any thread."""
        self._wiring.settle(Depth.ZONES)
        return {name: zone.value for name, zone in self._state.zones.items()}

    @property
    def hall(self) -> HallState:
        """The state of the halls: alarms and cooling units."""
        return self._state.hall

    @property
    def units(self) -> dict[str, UnitState]:
        """The state of each cooling unit, to look at."""
        return self.hall.units


def _tick(at: int) -> Frame:
    return Frame(at, Own.TICK, b"{}")
