"""The station: one run, put together. What is written where, who hears of what, and in which order it comes up and goes down."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

import structlog

from ..config.durations import format_duration
from ..config.model import ControlMode, Site
from ..config.units import SECOND
from ..handlers.cooling import CoolingDriver
from ..handlers.discovery import Found, by_receiver
from ..handlers.driven import Driven
from ..handlers.host import HandlerHost
from ..handlers.outbox import Outbox
from ..handlers.stats import Outcome, Stats
from ..handlers.viewing import view
from ..pipeline import Pipeline, Rejected
from ..pipeline.annunciator import standing
from ..pipeline.hall import LINK_LOST
from ..sensors.recording import Recording
from . import drops, own, watchdog
from .confirm import Confirmations
from .cooling import Driver, MqttDriver, Slots
from .edge import BrokerEdge
from .errors import RunFailed, UserError
from .handling import usable
from .health import Health, watch_loop
from .journal_file import JournalFile
from .ledger import PATIENCE, Ledger
from .metrics import Metrics
from .outcry import Outcry
from .reject_log import RejectLog
from .replay import replay
from .restore import Restored
from .room import RunRoom
from .runtime import Runtime, Told
from .sequencer import HallClock
from .settings import Settings
from .state_file import state_path
from .stopping import stop_on_signals
from .version import version
from .web import WebServer

CONNECTING_S: Final = 3.0
"""Wall seconds to wait for the broker before a run begins without it."""
HANDLERS_S: Final = 0.5
"""Wall seconds that handlers have for what they are at when we stop; the rest waits in the outbox."""
_CLOCK_S: Final = 1.0
"""Wall seconds between two looks at the system's clock."""
_STEPPED: Final = SECOND
"""It has been set if it differs by more."""
_BEHIND: Final = 60 * SECOND
"""By so much the clock may be behind the end of the log; frames then crowd until it has caught up."""

_log = structlog.get_logger("hotzone.run")


class Station:
    """Everything that lives for one run. Make it on the event loop, and `run` it once."""

    def __init__(
        self, site: Site, settings: Settings, *, monotonic: Callable[[], int] = time.monotonic_ns, wall: Callable[[], int] = time.time_ns
    ) -> None:
        self.site = site
        self.settings = settings
        self.health = Health()
        self.metrics = Metrics(version())
        self.clock = HallClock(wall, monotonic)
        self.ledger = Ledger(settings.recording, site, version(), monotonic=monotonic, started=wall(), style=settings.style)
        self.edge = BrokerEdge(site, self.clock, self.health, alive=self._alive)
        self.outcry = Outcry(self.edge.publish, self.clock.now, self.edge.base)
        self.confirmations = Confirmations(site, self.edge.publish)
        self.pipeline: Pipeline | None = None
        self.watchers: list[Told] = []
        """Who else hears of events: a live table, a story."""
        self.frames = 0
        """Committed in this run."""
        self.url = ""
        """Where metrics and health are served."""
        self.room = RunRoom(self)
        """What the web server shows."""
        self.on_begin: Callable[[], None] = lambda: None
        """Called when the run begins."""
        self._runtime: Runtime | None = None
        self._host: HandlerHost | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopped = False
        self._reject_log = RejectLog(monotonic)
        self._loop = asyncio.get_running_loop()

    def stop(self) -> None:
        """End the run cleanly, soon."""
        self._stopped = True
        if self._runtime is not None and self.edge.running:
            self._runtime.stop()
        elif self._task is not None:
            self._task.cancel()

    def _alive(self) -> bool:
        """Whether data flows: what is sent to units and said to supervisors depends on it."""
        turn_s = 0.0 if self._runtime is None else self._runtime.turn_s
        return self.edge.running and self.ledger.writable and turn_s < PATIENCE / SECOND

    async def run(self) -> None:
        """Run until stopped.

        Raises:
            UserError, RecordingError, StateUnwritable, AddressUnavailable: it could not begin.
            MqttError: the source gave up.
        """
        self._task = asyncio.create_task(self._run(), name="station")
        with stop_on_signals(self.stop, self._task.cancel):
            await asyncio.wait([self._task])
        if self._task.cancelled():
            if not self._stopped:
                raise asyncio.CancelledError
            if self.edge.running:
                msg = "stopped before everything was written; the next start goes on from the log"
                raise RunFailed(msg)
            return
        self._task.result()

    async def _run(self) -> None:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.ledger.close)
            restored = await self.ledger.open()
            self.pipeline = restored.pipeline
            self.edge.intake.repeats.remember(self.ledger.tail)
            self.confirmations.take(self.ledger.tail)  # a killed run may not have
            self.ledger.tail = []
            self.edge.source.expected = restored.last_at is not None
            await drops.recall(self.edge.source, self.ledger)
            known = restored.pipeline.hall.alarms.values()
            self.edge.source.lost = any(one.rule == LINK_LOST and one.active is not False for one in known)  # also if it is put aside
            stack.callback(restored.pipeline.close)
            self.metrics.watch(restored.pipeline)
            self.metrics.watch_repeats(lambda: self.edge.intake.repeats.dropped)
            self.ledger.observe = self._committed
            found = self._found()
            host = HandlerHost(
                self.site,
                found,
                state_path(self.settings.recording),
                self.request_cooling,
                observe=self._delivered,
                standing=standing(restored.pipeline.hall),
                wall_at=self.clock.wall_at,
                view=lambda: view(restored.pipeline, self.site, self.clock.now()),
            )
            self.ledger.storing = host.expect
            self.ledger.outbox = Outbox(state_path(self.settings.recording), host.wanted)
            stack.callback(self.ledger.outbox.close)
            if restored.events:
                await self.ledger.store(restored.events)  # a killed run may not have come to it
            journal = await self._journal(restored)
            if journal is not None:
                stack.callback(journal.close)
            if self.settings.http:
                server = await stack.enter_async_context(WebServer(self.site.http, self.metrics, self.health, self.room))
                self.url = server.url
            runtime = self._runtime = self._wire(restored.pipeline, journal, host, found)
            host.start()
            stack.push_async_callback(asyncio.to_thread, host.stop, HANDLERS_S)
            await stack.enter_async_context(self.edge)
            stack.callback(watchdog.tell, watchdog.STOPPING)
            works = (
                ("loop watch", watch_loop(self.health)),
                ("clock watch", self._watch_clock(runtime)),
                ("commands", self.slots.run()),
                ("confirmations", self.confirmations.run()),
                ("watchdog", watchdog.keep_alive(self._alive)),
                ("drops", drops.remember(self.edge.source, self.ledger, runtime)),
            )
            for name, work in works:
                task = asyncio.create_task(work, name=name)
                stack.callback(task.cancel)
            await self._go(runtime, restored)

    @property
    def runtime(self) -> Runtime | None:
        """The run's, once it is put together."""
        return self._runtime

    def handled(self) -> dict[str, Stats]:
        """How each handler does."""
        return {} if self._host is None else dict(self._host.stats)

    def _found(self) -> list[Found]:
        found = by_receiver(usable(self.site))
        for one in found:
            if one.trouble is not None:
                _log.error("a handler cannot be used", handler=one.name, origin=one.origin, why=one.trouble)
            elif one.subscription is not None and one.used:
                self.metrics.watch_handler(one.name, partial(self._stats, one.name))
        return found

    def _stats(self, handler: str) -> Stats:
        return Stats() if self._host is None else self._host.stats[handler]

    def _rejected(self, rejected: Sequence[Rejected]) -> None:
        self.metrics.observe_rejected(rejected)
        self._reject_log(rejected)

    def _delivered(self, handler: str, outcome: Outcome) -> None:
        self._loop.call_soon_threadsafe(self.metrics.observe_delivery, handler, outcome)

    def _wire(self, pipeline: Pipeline, journal: JournalFile | None, host: HandlerHost, found: Sequence[Found]) -> Runtime:
        self._host = host
        driver = MqttDriver(self.edge.publish, self.clock.now, self.edge.intake.own, lambda: self.clock.rate)
        plugged = {one.name: Driven(one.name, one.target) for one in found if isinstance(one.target, CoolingDriver)}
        drivers: dict[str, Driver] = {"mqtt": driver, **plugged}
        for unit in self.site.units:
            if unit.control is ControlMode.ON and unit.driver not in drivers:
                msg = f"unit {unit.id} is driven by {unit.driver!r}, which is no cooling handler; there are {', '.join(sorted(drivers))}"
                raise UserError(msg)
        self.slots = Slots(self.site.units, drivers)
        told: list[Told] = [
            self.slots.told,  #            first of all, cooling
            self.metrics.observe_events,
            *([journal.write] if journal is not None else []),
            host.told,
            self.room.told,
            *self.watchers,
        ]
        runtime = Runtime(
            pipeline,
            self.ledger,
            self.edge.intake,
            self.clock,
            told=told,
            rejected=self._rejected,
            safe=self.confirmations.take,
            commit_every=self.site.recording.commit_every,
            snapshot_every=self.site.recording.snapshot_every,
        )
        self.ledger.on_recovered = self._recovered
        self.ledger.on_refused = self.outcry.raised
        self.ledger.on_writable = self._writable
        return runtime

    async def _go(self, runtime: Runtime, restored: Restored) -> None:
        runtime.listen(self.edge.source)
        session = await self.edge.connected(CONNECTING_S)
        if await self.edge.hall_clock(self.settings.clock_s) is None and self.settings.clock_needed:
            msg = f"no simulated hall has shown up on {self.site.broker.url} within {self.settings.clock_s:g} s"
            raise RunFailed(msg)
        last_at = max(restored.last_at or 0, restored.pipeline.at)
        self._check_clock(last_at)
        self.edge.on_clock = lambda: self._begin_again(runtime)
        self.room.begin()
        self.edge.running = True
        self.health.log_writable = True
        _log.info(
            "the run begins",
            site=self.site.name,
            broker=self.site.broker.url,
            recording=str(self.ledger.folder),
            rate=self.clock.rate,
            http=self.url,
        )
        self.on_begin()
        watchdog.tell(watchdog.READY)
        await runtime.run(self._start(restored.last_at, session=session), last_at)
        _log.info("the run ends", frames=self.frames)

    def _start(self, previous: int | None, *, session: bool) -> own.Unstamped:
        return own.start(self.site, version(), previous=previous, rate=self.clock.rate, session=session)

    def _begin_again(self, runtime: Runtime) -> None:
        if self.clock.now() < runtime.last_at - _BEHIND:
            _log.error("the hall's clock went back: nothing comes due until it has caught up with the log")
        runtime.begin_again(self._start(runtime.last_at, session=True))

    async def _watch_clock(self, runtime: Runtime) -> None:
        while True:
            await asyncio.sleep(_CLOCK_S)
            if self.edge.running:
                self._follow_clock(runtime)

    def _follow_clock(self, runtime: Runtime) -> None:
        """Follow the system's clock when it was set forward: readings that tell their time would look as if they came from the future."""
        step = self.clock.stepped()
        if step > _STEPPED:
            _log.warning("the system's clock was set forward", seconds=step / SECOND)
            runtime.begin_again(self._start(runtime.last_at, session=True), self.clock.follow)
        right = step > -_STEPPED
        if self.health.clock_right and not right:
            _log.error(
                "the system's clock was set back: readings that tell their time look late until it has caught up", seconds=-step / SECOND
            )
        self.health.clock_right = right

    def _check_clock(self, last_at: int) -> None:
        behind = last_at - self.clock.now()
        if behind > _BEHIND:
            ahead = f"the log in {self.ledger.folder} ends {format_duration(behind // SECOND * SECOND)} after the hall's time now"
            simulated = "it is another hall's, or one that ran faster; name another folder with --recording"
            real = "set this machine's clock; if it is right and was ahead before, name another folder with --recording"
            msg = f"{ahead}: {real if self.clock.message is None else simulated}"
            raise UserError(msg)

    def _writable(self, writable: bool) -> None:  # noqa: FBT001  one fact, named
        self.health.log_writable = writable

    def _recovered(self, detail: str) -> None:
        self.outcry.cleared(detail)
        if self._runtime is not None:
            self._runtime.recovered(detail)

    def request_cooling(self, zone: str, at_least: float, until: int, handler: str) -> None:
        """A handler asks for cooling, from whatever thread: percent at least, until that log time. It is logged like any input."""
        self._loop.call_soon_threadsafe(self.edge.intake.own, own.request(zone, at_least, until, handler))

    def _committed(self, frames: int, duration: int) -> None:
        self.frames += frames
        self.metrics.observe_commit(frames, duration)

    async def _journal(self, restored: Restored) -> JournalFile | None:
        path = self.settings.journal
        if path is None:
            return None
        journal = JournalFile(path)
        name = str(path.resolve())
        known = await self.ledger.fact("journal") == name
        whole = journal.catch_up(restored.before, restored.events)
        if not whole or (known and journal.last is None and restored.last_at is not None):
            _log.warning("the journal lacks more than a killed run leaves out: it is made anew from the recording", journal=name)
            await asyncio.to_thread(lambda: journal.rebuild(replay(Recording(self.ledger.folder))))
        await self.ledger.remember("journal", name)
        return journal
