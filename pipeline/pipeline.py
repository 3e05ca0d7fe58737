"""The pipeline: the fold over the log, with its state in one place and its flow wired by the reactivex style."""

from collections.abc import Sequence

from msgspec import msgpack
from reactivex import Subject

from ..config.model import Site
from ..sensors.frame import Frame, Own
from .events import Event
from .inputs import Rejected
from .state import PipelineState, UnitState, ZoneState
from .styles.rx import flow
from .timeline import NEVER

_encoder = msgpack.Encoder()
_decoder = msgpack.Decoder(PipelineState)


class Pipeline:
    """Folds frames into events. Not thread-safe: one caller at a time.

    Nothing but the frames, their times and the site decides what comes out, so the same log gives the same events, however it is cut
    into calls.
    """

    def __init__(self, site: Site, snapshot: bytes | None = None) -> None:
        self.site = site
        self.state = PipelineState() if snapshot is None else _decoder.decode(snapshot)
        self._rejected: list[Rejected] = []
        self._events: list[Event] = []
        self._frames: Subject[Sequence[Frame]] = Subject()
        self._frames.pipe(flow(site, self.state, self._rejected.extend)).subscribe(self._events.extend)

    @property
    def at(self) -> int:
        """Log time up to which everything has been applied, ns."""
        return self.state.at

    @property
    def next_due(self) -> int | None:
        """When the next timer is due, or None while nothing has begun."""
        dues = [zone.timeline.due for zone in self.state.zones.values()]
        due = min(*dues, self.state.hall.timeline.due) if dues else self.state.hall.timeline.due
        return due if due < NEVER else None

    def push(self, frames: Sequence[Frame]) -> list[Event]:
        """Fold frames, whose times must be strictly increasing and later than `at`; the events, in canonical order."""
        if frames:
            self.state.at = frames[-1].at
            self._frames.on_next(frames)
        events = self._events.copy()
        self._events.clear()
        return events

    def advance_to(self, at: int) -> list[Event]:
        """Fire the timers due at or before `at`. Logged as a tick frame when events come of it, so that a replay does the same."""
        return self.push([Frame(at, Own.TICK, b"{}")])

    def snapshot(self) -> bytes:
        """The state, for `Pipeline(site, snapshot=...)`; only this version of hotzone is sure to read it."""
        return _encoder.encode(self.state)

    def take_rejected(self) -> list[Rejected]:
        """Dead letters since the last call."""
        rejected = self._rejected.copy()
        self._rejected.clear()
        return rejected

    @property
    def zones(self) -> dict[str, ZoneState]:
        """The state of each zone, to look at."""
        return self.state.zones

    @property
    def units(self) -> dict[str, UnitState]:
        """The state of each cooling unit, to look at."""
        return self.state.hall.units
