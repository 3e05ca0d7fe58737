"""The frames of a run: from a recording, in batches, with markers among them whose way through the style is timed."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from threading import Event as Flag
from typing import Final

from msgspec import Struct, json

from ...sensors.frame import Frame, Own
from ...sensors.recording import Recording, Snapshot
from .job import BURST, PACED_S, PAGE_EVERY_S, Job, Scene

BATCH: Final = 256
"""Frames of a batch, flat out: about what a commit holds at full speed."""
TICK_S: Final = 0.005
"""Between two batches of a paced scene."""
MARKER: Final = "marker"
PAGE: Final = "page"


class Stream(Struct):
    """Batches, and when each is due."""

    snapshot: Snapshot | None
    source: str
    """The site file that the frames were recorded under."""
    batches: list[list[Frame]]
    due: list[float]
    """Seconds after the first batch; empty when flat out."""


def stream_of(job: Job) -> Stream:
    """Read what the job needs, mark it and cut it. Raises RecordingError."""
    recording = Recording(job.recording)
    snapshot = None if job.since is None else recording.snapshot_before(job.since)
    flat_out = job.scene in {Scene.FLAT_OUT, Scene.BROKER}
    wanted = job.readings if flat_out else round(job.rate * PACED_S) + BURST
    frames: list[Frame] = []
    for chunk in recording.frames(None if snapshot is None else snapshot.at + 1):
        frames += chunk
        if len(frames) >= wanted:
            del frames[wanted:]
            break
    source = _source(recording, snapshot)
    if flat_out:
        batches = [_marked(frames[cut : cut + BATCH], cut) for cut in range(0, len(frames), BATCH)]
        due: list[float] = []
    else:
        batches, due = _paced(frames, job)
    _stamp(batches)
    return Stream(snapshot, source, batches, due)


def _source(recording: Recording, snapshot: Snapshot | None) -> str:
    """The site file of the segment in which the frames begin."""
    at = 0 if snapshot is None else snapshot.at + 1
    return next((info.site_source for info in recording.segments if info.last_at is not None and info.last_at >= at), recording.site_source)


def _paced(frames: list[Frame], job: Job) -> tuple[list[list[Frame]], list[float]]:
    """A batch each tick, with an event for the handler now and then, or with one large batch in the middle."""
    batches: list[list[Frame]] = []
    due: list[float] = []
    taken, tick, paged = 0, 0, 0.0
    while taken < len(frames) and (now := tick * TICK_S) < PACED_S:
        until = round((tick + 1) * TICK_S * job.rate)
        if job.scene is Scene.BURST and now >= PACED_S / 2:
            until += BURST
        if until > taken:
            page = now >= paged
            paged = paged + PAGE_EVERY_S if page else paged
            batches.append(_marked(frames[taken:until], taken, PAGE if page else MARKER))
            due.append(now)
            taken = until
        tick += 1
    return batches, due


def _marked(frames: Sequence[Frame], number: int, kind: str = MARKER) -> list[Frame]:
    """The frames, and behind them a note whose event shows that all of them are through."""
    return [*frames, Frame(frames[-1].at + 1, Own.NOTE, json.encode({"kind": kind, "text": str(number)}))]


def _stamp(batches: list[list[Frame]]) -> None:
    """Make room for the markers, as a sequencer does: each frame at its time, or a nanosecond after the one before."""
    last = 0
    for batch in batches:
        for index, frame in enumerate(batch):
            last = max(frame.at, last + 1)
            if frame.at != last:
                batch[index] = frame._replace(at=last)


class Source:
    """Gives the batches at their times, plainly or to an event loop, and remembers when each was there."""

    def __init__(self, stream: Stream, stopping: Flag) -> None:
        self.released: dict[int, float] = {}
        """By time of the marker."""
        self._stream = stream
        self._stopping = stopping

    def __iter__(self) -> Iterator[list[Frame]]:
        began = time.perf_counter()
        for batch, due in self._each(began):
            if due > time.perf_counter() and self._stopping.wait(due - time.perf_counter()):
                return
            yield self._release(batch, due)

    async def __aiter__(self) -> AsyncIterator[list[Frame]]:
        began = time.perf_counter()
        for batch, due in self._each(began):
            if (rest := due - time.perf_counter()) > 0:
                await asyncio.sleep(rest)
            yield self._release(batch, due)

    def _each(self, began: float) -> Iterator[tuple[list[Frame], float]]:
        due = self._stream.due
        for index, batch in enumerate(self._stream.batches):
            yield batch, began + due[index] if due else 0.0

    def _release(self, batch: list[Frame], due: float) -> list[Frame]:
        """Paced frames are there when they are due, whether or not anybody is free to take them: no omission is hidden."""
        self.released[batch[-1].at] = due or time.perf_counter()
        return batch
