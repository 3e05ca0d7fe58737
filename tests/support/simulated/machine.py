"""The machine that hotzone runs on, in virtual time: its disk, its process, and the power switch.

The process is the product's own `Station`: runtime, ledger, recording, state file, outbox, journal, edge. Only the socket, the handlers' thread
and the signals are replaced. A kill lets nothing more reach the disk or the broker, wherever the program stands.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hotzone.app import edge as edge_module
from hotzone.app import station as station_module
from hotzone.app.ledger import Ledger
from hotzone.app.own import digest
from hotzone.app.replay import fold
from hotzone.app.restore import Restored
from hotzone.app.runtime import Runtime
from hotzone.app.settings import Settings
from hotzone.app.state_file import StateUnwritable
from hotzone.app.station import Station
from hotzone.config import loads
from hotzone.handlers.contract import Subscription
from hotzone.handlers.outbox import Outbox
from hotzone.pipeline import Event, Pipeline
from hotzone.pipeline.snapshots import state_of
from hotzone.pipeline.state import PipelineState
from hotzone.sensors.frame import LinkKind
from hotzone.sensors.recording import Recording, RecordingUnwritable, RecordingWriter

from .broker import SimBroker, SimSource
from .loop import VirtualLoop
from .sites import SHAPES, SITES
from .world import EPOCH

PARSED = tuple(map(loads, SITES))
ZONES_OF = {digest(site)[:12]: zones for site, (_, zones) in zip(PARSED, SHAPES, strict=True)}
"""By the first digits of its digest, the zones of each site; every unit serves all of them."""


class Machine:
    """Start, kill and stop the process; restart it. `faults_found` collects what is wrong at once."""

    def __init__(self, loop: VirtualLoop, broker: SimBroker, folder: Path) -> None:
        self.loop = loop
        self.broker = broker
        self.folder = folder
        self.dead = True
        self.disk_full = False
        self.handlers_fail = False
        self.site = 0
        self.station: Station | None = None
        self.wrong: list[str] = []
        self.delivered: list[tuple[str, str]] = []
        """Handler and id of each event that was handed over."""
        self.kill_at: tuple[str, int] | None = None
        self.restart_s = 0.0
        self.watching_since = 0
        """Virtual ns since when the process has been up, linked and not disturbed."""
        self.starts: list[int] = []
        self.counts: dict[str, int] = {}
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def journal(self) -> Path:
        return self.folder / "journal"

    def count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    def disturbed(self) -> None:
        """From now on it cannot be held to what it should have seen; not before it has had time again."""
        self.watching_since = self.loop.now

    # The power switch

    def start(self) -> None:
        """Begin a run."""
        if not self.dead:
            return
        self.dead = self._stopping = False
        self.starts.append(self.loop.now)
        self.disturbed()
        settings = Settings(recording=self.log, journal=self.journal, http=False)
        self.station = Station(PARSED[self.site], settings, monotonic=lambda: self.loop.now, wall=lambda: EPOCH + self.loop.now)
        self._task = self.loop.create_task(self.station._run(), name="hotzone")
        self._task.add_done_callback(self._ended)

    def kill(self, restart_s: float, what: str = "killed") -> None:
        """Cut the power, and turn it on again later."""
        if self.dead or self._task is None:
            return
        self.count(what)
        self._die(restart_s)

    def stop(self, restart_s: float) -> None:
        """End the run as SIGTERM does."""
        if self.dead or self.station is None or not self.station.edge.running:
            return
        self.count("stopped")
        self.restart_s = restart_s
        self._stopping = True
        self.station.stop()

    def _die(self, restart_s: float) -> None:
        assert self._task is not None
        assert self.station is not None
        if not self.station.frames:
            self.count("killed before it began")
        self.dead = True
        self.restart_s = restart_s
        source = self.station.edge.source
        if source.connected_now:
            self.broker.disconnect()
        source.closed = True
        self._task.cancel()

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.wrong.append(f"the run ended with {type(error).__name__}: {error}")
        self.dead = True
        self.disturbed()
        if self.restart_s >= 0:
            self.loop.call_later(self.restart_s, self.start)

    async def reached(self, point: str) -> None:
        """A stage is done; perhaps the last."""
        self.count(f"reached {point}")
        if self.dead:
            await asyncio.Future()
        if self.kill_at is not None and self.kill_at[0] == point:
            left = self.kill_at[1] - 1
            self.kill_at = (point, left) if left > 0 else None
            if self.kill_at is None:
                self.kill(self.restart_s, f"killed after {point}")
                await asyncio.Future()

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Stand in for what cannot be had in virtual time."""
        machine = self
        with ExitStack() as stack:
            for module, name, stand_in in (
                (edge_module, "MqttSource", machine._source),
                (station_module, "Ledger", _bound(SimLedger, machine)),
                (station_module, "Runtime", _bound(SimRuntime, machine)),
                (station_module, "HandlerHost", _bound(SimHost, machine)),
                (station_module, "Outbox", _bound(SimOutbox, machine)),
            ):
                stack.enter_context(patch.object(module, name, stand_in))
            stack.enter_context(patch.object(station_module, "usable", lambda _site: []))
            yield

    def _source(self, *_: Any, on_link: Callable[[LinkKind, str], None], **__: Any) -> SimSource:
        return SimSource(self.broker, self.loop, on_link)


def _bound(kind: Any, machine: Machine) -> Any:
    return type(kind.__name__, (kind,), {"machine": machine})


class SimRuntime(Runtime):
    """The runtime, with a point behind each stage at which the power may go."""

    machine: Machine

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._flow = tuple(self._pointed(stage) for stage in self._flow)
        self._clock_flow = tuple(self._pointed(stage) for stage in self._clock_flow)

    def _pointed(self, stage: Callable[[Any], Awaitable[None]]) -> Callable[[Any], Awaitable[None]]:
        async def with_point(turn: Any) -> None:
            if self.machine.dead:
                await asyncio.Future()
            await stage(turn)
            await self.machine.reached(stage.__name__)

        return with_point

    async def _keep(self) -> None:
        await super()._keep()
        await self.machine.reached("_keep")


class SimLedger(Ledger):
    """The ledger on a disk that can refuse, and that takes nothing once the power is off."""

    machine: Machine

    async def open(self) -> Restored:
        restored = await super().open()
        if restored.last_at is not None:
            whole = _folded(self.folder, self.site.source)
            if _renumbered(whole) != _renumbered(restored.pipeline.snapshot()):
                self.machine.wrong.append("a restart has come to another state than the log")
        return restored

    def _open_writer(self) -> RecordingWriter:
        writer = super()._open_writer()
        commit = writer.commit

        def guarded() -> int:
            if self.machine.disk_full:
                self.machine.count("disk refused")
                raise RecordingUnwritable(self.folder, "no space left")
            return commit()

        writer.commit = guarded
        return writer

    def _open(self) -> Restored:
        restored = super()._open()
        assert self._state is not None
        save = self._state.save

        def guarded(saved: Any) -> None:
            if self.machine.disk_full:
                raise StateUnwritable(self.folder, "no space left")
            save(saved)

        self._state.save = guarded
        return restored

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        if self.machine.dead:
            await asyncio.Future()
        return await super()._in_thread(work)

    async def close(self) -> None:
        if not self.machine.dead:
            await super().close()
            return
        self.look_no_more()
        with suppress(AttributeError):
            assert self._writer is not None
            if self._writer._segment is not None:
                self._writer._segment._database.close()
            self._writer._lock.release()
        if self._state is not None:
            self._state.close()
        self._thread.shutdown(wait=False)


def _folded(folder: Path, source: str) -> bytes:
    """The state of the whole log, folded from its very beginning."""
    pipeline, under = None, ""
    for folded in fold(Recording(folder)):
        folded.pipeline.take_rejected()
        pipeline, under = folded.pipeline, folded.source
    assert pipeline is not None
    if under != source:
        pipeline = Pipeline(loads(source), pipeline.snapshot())
    return pipeline.snapshot()


def _renumbered(snapshot: bytes) -> PipelineState:
    """The state with its timers in order, by rank: what came due in vain, and was set again, has taken a number and changed nothing."""
    state = state_of(snapshot)
    for timeline in (state.hall.timeline, *(zone.timeline for zone in state.zones.values())):
        armed = [entry for entry in timeline.heap if timeline.armed.get(entry[2], {}).get(entry[3]) == entry[1]]
        ranks = {entry[1]: rank for rank, entry in enumerate(sorted(armed, key=lambda entry: entry[1]))}
        timeline.heap = sorted((due, ranks[ordinal], kind, key) for due, ordinal, kind, key in armed)
        timeline.armed, timeline.ordinal = {}, 0
    return state


class SimOutbox(Outbox):
    """The outbox on the same disk."""

    machine: Machine

    def insert(self, events: Sequence[Event]) -> None:
        if self.machine.disk_full:
            msg = "no space left"
            raise OSError(msg)
        super().insert(events)


WANTED = {"all": Subscription(alarms=False, events="*"), "pager": Subscription(alarms=True)}


class SimHost:
    """Delivers what is in the outbox, one after the other, and may be killed between a delivery and its note."""

    machine: Machine

    def __init__(self, _site: Any, _found: Any, path: Path, _request: Any, **_: Any) -> None:
        self.wanted = WANTED
        self.stats: dict[str, Any] = {}
        self._outbox = Outbox(path, self.wanted)
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._news.set()
        self._task = asyncio.get_running_loop().create_task(self._work(), name="handlers")

    def expect(self, events: Sequence[Event]) -> None: ...

    def told(self, _events: Sequence[Event]) -> None:
        self._news.set()

    def stop(self, _timeout_s: float) -> None:
        if self._task is not None:
            self._task.cancel()
        self._outbox.close()

    async def _work(self) -> None:
        while True:
            self._news.clear()
            for name in self.wanted:
                await self._deliver(name)
            await self._news.wait()

    async def _deliver(self, name: str) -> None:
        while not self.machine.dead and (waiting := self._outbox.waiting(name, 50)):
            for delivery in waiting:
                while self.machine.handlers_fail:
                    self.machine.count("handler failed")
                    await asyncio.sleep(1.0)
                if self.machine.dead:
                    return
                self.machine.delivered.append((name, delivery.id))
            await asyncio.sleep(0.05)  # a kill in here delivers again what is not noted
            if self.machine.dead:
                return
            while self.machine.disk_full:  # noqa: ASYNC110  the disk tells nobody
                await asyncio.sleep(0.25)
            if self.machine.dead:
                return
            self._outbox.settle([(one.id, name) for one in waiting])
