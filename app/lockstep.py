"""Lockstep: simulated halls and the pipeline in one process, without a broker, as fast as they compute.

The halls advance by `STEP`; what they say is stamped, logged and folded, and commands go back to them at the times of their events. The
physics moves each two seconds, so a command acts as it would have if it had been heard at once; a unit confirms it at the beginning of
the next step, and only a report within the same step may still show the command before it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple, Protocol

from ..config.model import Site
from ..config.units import MILLISECOND, SECOND
from ..pipeline import CoolingEvent, Event, Pipeline, Rejected
from ..sensors.command import EXPIRY, encode
from ..sensors.frame import Frame, Own
from ..sensors.hall import SimulatedHall
from . import own
from .minutes import Minutes
from .sequencer import Sequencer
from .subscriptions import base

EPOCH: Final = 1_767_225_600 * SECOND
"""Where a run in process begins: midnight, 1 January 2026, UTC. Not now, so that one seed gives one journal."""
STEP: Final = SECOND
"""Hall time between two exchanges. Finer than the grid of the physics."""


class Log(Protocol):
    """Where frames go, in order; a recording's writer is one."""

    def append(self, frames: Sequence[Frame], /) -> None:
        """Take frames for the next commit."""

    def commit(self) -> int:
        """Write what was taken."""

    def snapshot(self, at: int, blob: bytes, /) -> None:
        """Take a snapshot for the next commit."""

    def dead_letter(self, at: int, topic: str, payload: bytes, reason: str, /) -> None:
        """Take a dead letter for the next commit."""

    def rollup(self, rows: Iterable[tuple[int, bytes]], series: Sequence[str]) -> None:
        """Take finished minutes for the next commit."""


class Step(NamedTuple):
    """What happened up to hall time `at`."""

    at: int
    frames: int
    events: list[Event]


class Lockstep:
    """One simulated run. Iterate `steps`; the log is complete when they end."""

    def __init__(
        self,
        site: Site,
        halls: Sequence[SimulatedHall],
        *,
        version: str,
        log: Log | None = None,
        pipeline: Pipeline | None = None,
        last_at: int | None = None,
        rejected: Callable[[Sequence[Rejected]], None] = lambda _: None,
    ) -> None:
        self.site = site
        self.halls = tuple(halls)
        self.pipeline = pipeline or Pipeline(site)
        self._log = log
        self._rejected = rejected
        self._now = halls[0].at
        self._last_at = last_at
        self._sequencer = Sequencer(lambda: self._now, max(last_at or 0, self.pipeline.at))
        self._version = version
        self._note = f"{base(site)}/note"
        self._minutes = Minutes(site)
        self._units = {unit.id: unit for unit in site.units}
        self._hall_of = {unit.id: hall for hall in self.halls for unit in hall.hall.units}
        self._kept_at = self._now

    def steps(self, duration: int) -> Iterator[Step]:
        """Run for `duration` of hall time, and end the log."""
        end = self._now + duration
        start = own.start(self.site, self._version, previous=self._last_at, rate=1.0, session=False)
        yield self._push([Frame(self._sequencer.stamp(), *start)])
        while self._now < end:
            self._now = min(end, self._now + STEP)
            yield self._step()
            self._keep()
        yield self._push([Frame(self._sequencer.stamp(), *own.END)])
        if self._log is not None:
            self._minutes.end(self._log)
            self._log.snapshot(self.pipeline.at, self.pipeline.snapshot())
            self._log.commit()

    def log_own(self, frames: Iterable[own.Unstamped]) -> Step:
        """Log frames of our own, such as what handlers ask for, between two steps."""
        return self._push([Frame(self._sequencer.stamp(), *frame) for frame in frames])

    def _step(self) -> Step:
        messages = [message for hall in self.halls for message in hall.advance_to(self._now)]
        if len(self.halls) > 1:
            messages.sort(key=lambda message: message.at)
        frames: list[Frame] = []
        last, note = self._sequencer.last, self._note
        for at, topic, payload, _ in messages:
            last = max(at, last + 1)
            frames.append(Frame(last, Own.NOTE if topic == note else topic, payload))
        self._sequencer.last = last
        step = self._push(frames)
        due = self.pipeline.next_due
        if due is not None and due <= self._now:
            tick = Frame(self._sequencer.stamp(), *own.TICK)
            events = self.pipeline.advance_to(tick.at)
            if events:
                self._write([tick])
                self._obey(events)
                return Step(self._now, step.frames, step.events + events)
        return step

    def _push(self, frames: list[Frame]) -> Step:
        if not frames:
            return Step(self._now, 0, [])
        self._write(frames)
        events = self.pipeline.push(frames)
        if rejected := self.pipeline.take_rejected():
            self._rejected(rejected)
            if self._log is not None:
                for letter in rejected:
                    self._log.dead_letter(*letter)
        self._obey(events)
        return Step(self._now, len(frames), events)

    def _write(self, frames: Sequence[Frame]) -> None:
        if self._log is not None:
            self._log.append(frames)
            self._minutes.take(frames, self.pipeline, self._log)

    def _obey(self, events: Sequence[Event]) -> None:
        for event in events:
            match event:
                case CoolingEvent(type="cooling.command", unit=str() as unit, value=float() as fan, advise=False):
                    issued = event.at // MILLISECOND
                    known = self._units[unit]
                    payload = encode(known.command_topic, fan, event.number or 0, issued, issued + EXPIRY // MILLISECOND, known.key)
                    self._hall_of[unit].command(event.at, unit, payload)

    def _keep(self) -> None:
        """Commit each hall minute, and keep a snapshot as often as the site says."""
        if self._log is None or self._now % (60 * SECOND):
            return
        if self._now - self._kept_at >= self.site.recording.snapshot_every:
            self._kept_at = self._now
            self._log.snapshot(self.pipeline.at, self.pipeline.snapshot())
        self._log.commit()
