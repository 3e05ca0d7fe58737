"""The process that is measured: one style, one scene, one answer on standard output. Started by `measure`, for a fresh process each time."""

import asyncio
import gc
import os
import random
import resource
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import json

from ...config.loader import loads
from ...pipeline import Event, NoteEvent, Pipeline, journal_line
from ...pipeline.styles import Flowed, Handler, Style
from .broker import BrokerSource
from .job import PACED_S, SLOW_S, Job, Latency, Outcome, Scene
from .stream import MARKER, PAGE, Source, stream_of


class Journal:
    """Takes events as a journal does, and notes when each marker came through."""

    def __init__(self) -> None:
        self.digest = sha256()
        self.told: dict[int, float] = {}
        """By time of the marker."""
        self.threads = 0

    def __call__(self, events: Sequence[Event]) -> None:
        """Take the events of one batch."""
        self.digest.update(b"".join([journal_line(event) + b"\n" for event in events]))
        now = time.perf_counter()
        for event in events:
            if isinstance(event, NoteEvent) and event.kind in {MARKER, PAGE}:
                self.told[event.at] = now
        self.threads = max(self.threads, threading.active_count())


def slow(event: Event) -> None:
    """Write a page to somebody, the plain way."""
    if isinstance(event, NoteEvent) and event.kind == PAGE:
        time.sleep(SLOW_S)


async def slow_async(event: Event) -> None:
    """Write a page to somebody, the async way."""
    if isinstance(event, NoteEvent) and event.kind == PAGE:
        await asyncio.sleep(SLOW_S)


class Refused(RuntimeError):
    """What a handler raises that does not get through."""


def raising(event: Event) -> None:
    """Fail to write a page."""
    if isinstance(event, NoteEvent) and event.kind == PAGE:
        raise Refused


HANDLERS: dict[Scene, tuple[Handler, ...]] = {Scene.SLOW: (slow,), Scene.SLOW_ASYNC: (slow_async,), Scene.RAISING: (raising,)}


def measured(job: Job, folder: str) -> Outcome:
    """Do the job. Raises RecordingError, ConfigError, MqttError."""
    stream = stream_of(job)
    pipeline = Pipeline(
        loads(stream.source, secrets=False), None if stream.snapshot is None else stream.snapshot.blob, style=job.style, workers=job.workers
    )
    before = set(threading.enumerate())
    files = _open_files()
    journal, stopped = Journal(), _Stopped()
    source: Source | BrokerSource = Source(stream, pipeline.stopping)
    if job.broker is not None:
        source = BrokerSource(job.broker, job.base, Path(folder) / "log")
    gc.collect()
    gc.freeze()
    held, used = _resident(), resource.getrusage(resource.RUSAGE_SELF)
    timer = _timer(job, pipeline, stopped) if job.scene is Scene.STOP else None
    began, cpu = time.perf_counter(), time.process_time()
    flowed = _flow(job, pipeline, source, journal)
    seconds = time.perf_counter() - ((isinstance(source, BrokerSource) and source.first) or began)
    pipeline.close()
    ended, cpu = time.perf_counter(), time.process_time() - cpu
    if timer is not None:
        timer.join()
    now = resource.getrusage(resource.RUSAGE_SELF)
    waits = sorted(journal.told[at] - released for at, released in source.released.items() if at in journal.told)
    left = [thread.name for thread in threading.enumerate() if thread not in before]
    return Outcome(
        style=job.style,
        scene=job.scene,
        round=job.round,
        frames=flowed.frames,
        seconds=seconds,
        cpu=cpu,
        memory=max(0.0, now.ru_maxrss / 1024 - held),
        threads=journal.threads,
        switches=now.ru_nvcsw + now.ru_nivcsw - used.ru_nvcsw - used.ru_nivcsw,
        digest=journal.digest.hexdigest(),
        latency=_latency(waits) if stream.due else None,
        handed=flowed.deliveries.handed,
        handled=flowed.deliveries.handled,
        failed=flowed.deliveries.failed,
        left=flowed.deliveries.left,
        stop=None if stopped.at is None or stopped.at > ended else ended - stopped.at,
        lost=len(source.released) - len(journal.told) if job.broker is None else sum(map(len, stream.batches)) - flowed.frames,
        leaked=(*left, *sorted(_open_files() - files)),
    )


def _flow(job: Job, pipeline: Pipeline, source: Source | BrokerSource, journal: Journal) -> Flowed:
    handlers = HANDLERS.get(job.scene, ())
    if job.style is Style.ASYNCIO:
        return asyncio.run(pipeline.flow_async(aiter(source), journal, handlers))
    return pipeline.flow(iter(source), journal, handlers)


class _Stopped:
    at: float | None = None


def _timer(job: Job, pipeline: Pipeline, stopped: _Stopped) -> threading.Timer:
    """Stops the flow at a moment that the round decides."""

    def stop() -> None:
        stopped.at = time.perf_counter()
        pipeline.stop()

    moment = random.Random(job.round).uniform(0.2, 0.7) * PACED_S  # noqa: S311  a seed, so that every style is stopped at the same moment
    timer = threading.Timer(moment, stop)
    timer.daemon = True
    timer.start()
    return timer


def _latency(waits: list[float]) -> Latency | None:
    if not waits:
        return None
    return Latency(len(waits), *(round(waits[ceil(share * len(waits)) - 1] * 1000, 3) for share in (0.5, 0.99, 1.0)))


def _resident() -> float:
    """MiB that the process holds now."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1]) if Path("/proc/self/statm").exists() else 0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20 if pages else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _open_files() -> set[str]:
    names: set[str] = set()
    with suppress(OSError):
        for entry in Path("/proc/self/fd").iterdir():
            with suppress(OSError):
                names.add(str(entry.readlink()))
    return {name for name in names if not name.endswith("/fd")}


if __name__ == "__main__":
    with TemporaryDirectory(prefix="hotzone-compare-") as scratch:
        sys.stdout.buffer.write(json.encode(measured(json.decode(sys.stdin.buffer.read(), type=Job), scratch)))
