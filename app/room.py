"""A run, as the web server shows it."""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..config.model import Site
from ..pipeline import Event, Pipeline
from ..pipeline.kpi import Calls, Kpi
from ..sensors.frame import Own
from .intake import BOUND
from .own import Unstamped
from .web.rooms import Refused
from .web.shapes import HandlerNow, HealthNow, Named, Queue, RecordingNow, ReplayNow

if TYPE_CHECKING:
    from .station import Station

_REMEMBERED: Final = 20_000
"""Events kept for the page; what is older is in the journal."""
_PACE_S: Final = 2.0
"""Wall seconds over which messages a second are counted."""


class RunRoom:
    """Over one station. It is one of those who hear of events."""

    def __init__(self, station: "Station") -> None:
        self._station = station
        self._events: deque[Event] = deque(maxlen=_REMEMBERED)
        self._calls = Calls()
        self._pace = (0.0, 0, 0.0)

    @property
    def site(self) -> Site:
        """The site."""
        return self._station.site

    @property
    def pipeline(self) -> Pipeline | None:
        """Its fold."""
        return self._station.pipeline

    @property
    def rate(self) -> float:
        """Hall seconds a wall second."""
        return self._station.clock.rate

    @property
    def replay(self) -> ReplayNow | None:
        """A run is no recording."""
        return None

    @property
    def folder(self) -> Path:
        """Of the log."""
        return self._station.ledger.folder

    def now(self) -> int:
        """Log time."""
        return self._station.clock.now()

    def begin(self) -> None:
        """The run begins, with the alarms of the one before."""
        pipeline = self.pipeline
        self._calls.begin(self.now(), () if pipeline is None else pipeline.state.hall.alarms.values())

    def told(self, events: Sequence[Event]) -> None:
        """Remember what happened."""
        self._events.extend(events)
        self._calls.take(events)

    def events(self, start: int, stop: int) -> Sequence[Event]:
        """What happened in this run from `start` to before `stop`."""
        return [event for event in self._events if start <= event.at < stop]

    def kpi(self, since: int, until: int, operators: int) -> Kpi:
        """Key figures of the alarms of this run, at most from its beginning on."""
        return self._calls.kpi(since, until, operators)

    async def operate(self, payload: bytes) -> tuple[int, Sequence[Event]]:
        """Log the frame of an operator, and fold it. Raises Refused."""
        runtime = self._station.runtime
        if runtime is None or not self._station.edge.running:
            raise Refused(409, "the run has not begun, or is over")
        at = self._station.edge.intake.own(Unstamped(Own.OPERATOR, payload))
        await runtime.passed(at)
        return at, self.events(at, at + 1)

    async def control(self, at: int | None, speed: float | None, playing: bool | None) -> None:  # noqa: FBT001  as in `rooms`
        """Raises Refused: time passes by itself."""
        del at, speed, playing
        raise Refused(409, "this is a run: only a recording can be played")

    def health_now(self, clients: int) -> HealthNow:
        """How the run does."""
        station = self._station
        health, intake = station.health, station.edge.intake
        reasons = health.not_ready()
        return HealthNow(
            ready=not reasons,
            reasons=reasons,
            per_second=self._per_second(),
            frames=station.frames,
            lag_ms=round(health.lag * 1000, 1),
            commit_ms=station.metrics.commit_ms,
            repeated=intake.repeats.dropped,
            sources=[Named(station.site.broker.url, health.connected, "connected" if health.connected else "no connection")],
            handlers=[*self._handlers()],
            queues=[Queue("waiting for the disk", intake.waiting, BOUND)],
            recording=self._recording(),
            rejected=sorted(station.metrics.rejected().items(), key=lambda one: -one[1]),
            clients=clients,
        )

    def _per_second(self) -> float:
        then, frames, pace = self._pace
        now = asyncio.get_running_loop().time()
        if now - then >= _PACE_S:
            pace = (self._station.frames - frames) / (now - then) if then else 0.0
            self._pace = (now, self._station.frames, pace)
        return round(pace, 1)

    def _handlers(self) -> Iterator[HandlerNow]:
        for name, one in self._station.handled().items():
            state = one.disabled or ("left alone for a while" if one.open else "called")
            yield HandlerNow(name, one.called, state, one.queued, one.delivered, one.retried, one.dead, one.abandoned, one.restarted)

    def _recording(self) -> RecordingNow:
        files = [path.stat().st_size for path in self.folder.glob("*.hzlog")]
        good = self._station.ledger.unwritable_since is None
        return RecordingNow(good, str(self.folder), sum(files), len(files), None, None)
