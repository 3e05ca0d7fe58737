"""The time machine: a recording that can be shown at any moment, and played.

A moment is the nearest snapshot before it and the frames since; to play is to go on from there. What is shown is what a run would have
shown then, for a replay is the same fold. The events of the whole recording come from a replay in a process of its own, as it gets on.
"""

import asyncio
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final

from ..config.model import Site
from ..config.units import SECOND
from ..handlers.outbox import event_of
from ..pipeline import Event, Pipeline
from ..pipeline.kpi import Calls, Kpi
from ..sensors.frame import Frame
from ..sensors.recording import Recording
from .errors import UserError
from .replay import pieces
from .sites import site_named
from .web.rooms import Refused
from .web.shapes import HealthNow, Named, RecordingNow, ReplayNow

BEAT_S: Final = 0.25
"""Wall seconds between two steps of what is played."""
FASTEST: Final = 3600.0
"""Recorded seconds a wall second, if the machine can."""
_SLICE: Final = 2000
"""Frames after which somebody else may look."""


class Cursor:
    """A fold of the recording that stands at some moment, and goes on from there."""

    def __init__(self, recording: Recording, site: Site | None, at: int) -> None:
        self.pipeline: Pipeline | None = None
        self._pieces = pieces(recording, site, since=recording.snapshot_before(at))
        self._frames: Sequence[Frame] = ()
        self._next = 0

    def to(self, at: int) -> None:
        """Go on to this moment, if it is later."""
        while self._more():
            end = bisect_right(self._frames, at, lo=self._next, key=lambda frame: frame.at)
            for begin in range(self._next, end, _SLICE):
                self._fold(self._frames[begin : min(begin + _SLICE, end)])
            self._next = end
            if end < len(self._frames):
                break
        pipeline = self.pipeline
        if pipeline is not None and at > pipeline.at:
            pipeline.advance_to(at)

    def _more(self) -> bool:
        """Whether there is a frame to come."""
        while self._next == len(self._frames):
            piece = next(self._pieces, None)
            if piece is None:
                return False
            for site in piece.sites:
                blob = piece.snapshot if self.pipeline is None else self.pipeline.snapshot()
                self.pipeline = Pipeline(site, blob)
            self._frames, self._next = piece.shown, 0
        return True

    def close(self) -> None:
        """Let go of the recording; the state stays."""
        self._pieces.close()

    def _fold(self, frames: Sequence[Frame]) -> None:
        assert self.pipeline is not None
        self.pipeline.push(frames)
        self.pipeline.take_rejected()


class TimeMachine:
    """A room that shows a recording. `run` it as a task, to play it and to learn its events."""

    def __init__(self, folder: Path, site: str | None = None) -> None:
        """Under another site file, what would have been is shown. Raises UserError, ConfigError, RecordingError, NoSite."""
        self.folder = folder
        self._named = () if site is None else ("--site", site)
        self._recording = Recording(folder)
        first, last = self._recording.first_at, self._recording.last_at
        if first is None or last is None:
            msg = f"{folder} has no frames"
            raise UserError(msg)
        self._first, self._last = first, last
        self._other = None if site is None else site_named(site, secrets=False)
        self._thread = ThreadPoolExecutor(1, "time-machine")
        """Reads the recording: what SQLite opens belongs to a thread."""
        self._cursor = self._thread.submit(self._found, first).result()
        assert self._cursor.pipeline is not None
        self._at = first
        self._speed = 60.0
        self._playing = False
        self._events: list[Event] = []
        self._calls = Calls()
        self._calls.begin(first, self._cursor.pipeline.state.hall.alarms.values())
        self._indexed = False
        self._turn = asyncio.Lock()

    # What a room is

    @property
    def site(self) -> Site:
        """The one at the moment that is shown."""
        assert self._cursor.pipeline is not None
        return self._cursor.pipeline.site

    @property
    def pipeline(self) -> Pipeline | None:
        """As it was at the moment that is shown."""
        return self._cursor.pipeline

    @property
    def rate(self) -> float:
        """Recorded seconds a wall second; 0 while it stands."""
        return self._speed if self._playing else 0.0

    @property
    def replay(self) -> ReplayNow | None:
        """Where it stands."""
        return ReplayNow(self._first, self._last, self._at, self._speed, self._playing, self._indexed)

    def now(self) -> int:
        """The moment that is shown."""
        return self._at

    def events(self, start: int, stop: int) -> Sequence[Event]:
        """What happened, as far as it is known by now."""
        return self._events[bisect_left(self._events, start, key=_at) : bisect_left(self._events, stop, key=_at)]

    def kpi(self, since: int, until: int, operators: int) -> Kpi:
        """Key figures of the alarms of the recording, as far as it is known by now."""
        return self._calls.kpi(since, until, operators)

    def health_now(self, clients: int) -> HealthNow:
        """There is a recording, and nothing else."""
        files = [path.stat().st_size for path in self.folder.glob("*.hzlog")]
        recording = RecordingNow(True, str(self.folder), sum(files), len(files), self._first, self._last)
        source = Named(str(self.folder), True, "replayed", "" if self._indexed else "its events are being read")
        return HealthNow(True, [], 0.0, 0, 0.0, None, None, [source], [], [], recording, [], clients)

    async def operate(self, payload: bytes) -> tuple[int, Sequence[Event]]:
        """Raises Refused: what has been cannot be changed."""
        del payload
        raise Refused(409, "this is a recording: nothing in it can be changed")

    # What a time machine is

    async def control(self, at: int | None, speed: float | None, playing: bool | None) -> None:  # noqa: FBT001  what is None stays as it is
        """Go to a moment, change the speed, play or hold."""
        async with self._turn:
            if speed is not None:
                self._speed = min(max(speed, 0.1), FASTEST)
            if playing is not None:
                self._playing = playing and (self._at if at is None else at) < self._last
            if at is not None:
                await self._read(self._seek, min(max(at, self._first), self._last))

    async def run(self) -> None:
        """Play while it is to be played."""
        index = asyncio.create_task(self._index(), name="index")
        try:
            loop = asyncio.get_running_loop()
            then = loop.time()
            while True:
                await asyncio.sleep(BEAT_S)
                elapsed, then = loop.time() - then, loop.time()
                if self._playing:
                    async with self._turn:
                        await self._read(self._go_on, min(self._last, self._at + round(elapsed * self._speed * SECOND)))
                    then = max(then, loop.time() - BEAT_S)  # what the machine cannot do in time is played more slowly
        finally:
            index.cancel()
            with suppress(asyncio.CancelledError):
                await index
            self.close()

    def close(self) -> None:
        """Let go of the recording."""
        self._thread.submit(self._cursor.close)
        self._thread.shutdown()

    async def _read(self, step: Callable[[int], None], at: int) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, step, at)

    def _found(self, at: int) -> Cursor:
        cursor = Cursor(self._recording, self._other, at)
        cursor.to(at)
        return cursor

    def _seek(self, at: int) -> None:
        cursor = self._found(at)
        self._cursor.close()
        self._cursor, self._at = cursor, at

    def _go_on(self, at: int) -> None:
        self._cursor.to(at)
        self._at = at
        self._playing = self._playing and at < self._last

    async def _index(self) -> None:
        """Read the events off the journal of a replay."""
        words = ("-m", "hotzone.app.cli", "replay", str(self.folder), "--plain", "--journal", "-", *self._named)
        process = await asyncio.create_subprocess_exec(
            sys.executable, *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, limit=1 << 20
        )
        assert process.stdout is not None
        try:
            async for line in process.stdout:
                event = event_of(line)
                self._events.append(event)
                self._calls.take((event,))
            self._indexed = True
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
            await process.wait()


def _at(event: Event) -> int:
    return event.at
