"""The ledger: the one thread that writes to the disk, and all that it writes. The loop waits for it and is never blocked by it.

A disk that takes nothing is asked again until it does: what waits is kept, nothing is acknowledged, nothing given out. After
`PATIENCE` it is said loudly, and whoever sends heartbeats stops, so that the cooling units go to full speed by themselves.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol, TypeVar

import structlog

from ..config.model import Site
from ..config.units import SECOND
from ..pipeline import Event, Pipeline, Rejected
from ..sensors.frame import Frame
from ..sensors.recording import Recording, RecordingUnwritable, RecordingWriter, Snapshot
from .minutes import Minutes
from .repeats import KEPT
from .restore import Restored, restore
from .state_file import Saved, StateFile, StateUnwritable, state_path

PATIENCE: Final = 10 * SECOND
"""Wall time that the log may be unwritable before the heartbeats stop."""
_RETRY_S: Final = 0.25
_LOOK_S: Final = 1.0
"""Wall seconds between two looks whether the disk hangs."""

T = TypeVar("T")
_log = structlog.get_logger("hotzone.ledger")


class Outbox(Protocol):
    """Where events wait for their handlers; called in the ledger's thread."""

    def insert(self, events: Sequence[Event]) -> None:
        """Add rows for events by id, safe on the disk when this returns; those that are there already are left alone."""


class Ledger:
    """Owns the recording's writer and the state file of one folder. `open` it, `close` it."""

    CONSEQUENCE = "no heartbeats, cooling units go to 100 %"
    """Of a log that cannot be written for longer than `PATIENCE`."""

    def __init__(
        self,
        folder: Path,
        site: Site,
        version: str,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], int] = time.monotonic_ns,
        started: int = 0,
        style: str = "rx",
    ) -> None:
        self.folder = folder
        self.site = site
        self.version = version
        self.outbox: Outbox | None = None
        self._sleep = sleep
        self._monotonic = monotonic
        self._started = started
        self._style = style
        self._thread = ThreadPoolExecutor(1, "hotzone-ledger")
        self._writer: RecordingWriter | None = None
        self._state: StateFile | None = None
        self._pipeline: Pipeline | None = None
        self._minutes = Minutes(site)
        self.tail: list[Frame] = []
        """The end of the log as `open` found it: what may come again."""
        self.last_event = ""
        """Id of the last event that was stored."""
        self.unwritable_since: int | None = None
        """Since when the disk refuses, or hangs for longer than `PATIENCE`, in monotonic ns; None while all is well."""
        self._writing_since: int | None = None
        """Since when a write goes on: a disk may also hang, and then nothing is raised."""
        self._trouble = ""
        """What is wrong with the write that goes on."""
        self._loud = False
        """Whether it takes too long, and that was said."""
        self._looking: asyncio.TimerHandle | None = None
        self.on_recovered: Callable[[str], None] = lambda _: None
        """Called in the loop when the disk takes frames again after having refused, or hung for longer than `PATIENCE`."""
        self.on_refused: Callable[[str], None] = lambda _: None
        """Called in the loop when the disk has refused, or hung, for longer than `PATIENCE`."""
        self.on_writable: Callable[[bool], None] = lambda _: None
        """Called in the loop with False when the disk refuses or hangs, with True when it takes frames again."""
        self.storing: Callable[[Sequence[Event]], None] = lambda _events: None
        """Is told of events just before they are stored; they are in the log, but nobody can have heard of them yet."""
        self.observe: Callable[[int, int], None] = lambda _frames, _duration: None
        """Is told of each commit: frames, and ns it took."""

    async def open(self) -> Restored:
        """Lock the folder, mend what a killed run left, and fold the tail of the log.

        Raises:
            RecordingInUse, RecordingUnwritable, StateUnwritable
        """
        self._look()
        return await self._in_thread(self._open)

    def _open_writer(self) -> RecordingWriter:
        recording = self.site.recording
        self._writer = RecordingWriter(
            self.folder,
            site_source=self.site.source,
            version=self.version,
            started=self._started,
            segment_bytes=recording.segment_bytes,
            segment_age=recording.segment_age,
            keep_bytes=recording.keep_bytes,
            take_snapshot=self._head,
        )
        return self._writer

    def _open(self) -> Restored:
        writer = self._open_writer()
        try:
            self._state = StateFile(state_path(self.folder))
            restored = restore(self.folder, self.site, self._state, self.version, self._style)
        except BaseException:
            writer.close()
            raise
        for trouble in (restored.damage, writer.damage, self._state.put_aside):
            if trouble:
                _log.error("something of an earlier run could not be read", what=str(trouble))
        if restored.last_at is not None:
            self.tail = Recording(self.folder).tail(KEPT)
        self._pipeline = restored.pipeline
        self.last_event = restored.events[-1].id if restored.events else restored.before
        return restored

    def _head(self) -> Snapshot | None:
        """The snapshot at a segment's head. The loop folds nothing while it waits for a commit, so the state stands still."""
        return None if self._pipeline is None else Snapshot(self._pipeline.at, self._pipeline.snapshot())

    @property
    def writable(self) -> bool:
        """False once the disk has refused, or hung, for longer than `PATIENCE`."""
        since = self._writing_since if self.unwritable_since is None else self.unwritable_since
        return since is None or self._monotonic() - since < PATIENCE

    async def commit(self, frames: Sequence[Frame], rejected: Sequence[Rejected] = ()) -> None:
        """Safe on the disk when this returns, however long that takes. Cancel it to give up."""

        def write() -> None:
            assert self._writer is not None
            if not self._writer.pending:
                self._writer.append(frames)
                self._minutes.take(frames, self._pipeline, self._writer)
                for letter in rejected:
                    self._writer.dead_letter(*letter)
            self._writer.commit()

        began = self._monotonic()
        await self._until_written(write)
        self.observe(len(frames), self._monotonic() - began)

    async def store(self, events: Sequence[Event]) -> None:
        """Events into the outbox; safe when this returns."""
        self.storing(events)
        if self.outbox is not None:
            await self._until_written(lambda: self.outbox.insert(events) if self.outbox else None)
        self.last_event = events[-1].id

    async def keep(self, at: int, blob: bytes) -> None:
        """A snapshot into the state file and the recording. Call it when everything up to `at` is stored."""
        saved = Saved(at, self._started, self.version, self.last_event, blob)

        def write() -> None:
            assert self._writer is not None
            assert self._state is not None
            self._state.save(saved)
            self._writer.snapshot(at, blob)
            self._writer.commit()

        with self._watched():
            try:
                await self._in_thread(write)
            except (RecordingUnwritable, StateUnwritable) as error:
                _log.warning("no snapshot could be kept", why=str(error))

    async def fact(self, name: str) -> str | None:
        """Something remembered across runs."""
        state = self._state
        return None if state is None else await self._in_thread(lambda: state.fact(name))

    async def remember(self, name: str, value: str) -> None:
        """Remember it across runs."""
        state = self._state
        if state is not None:
            await self._in_thread(lambda: state.remember(name, value))

    async def _until_written(self, write: Callable[[], None]) -> None:
        with self._watched():
            while True:
                try:
                    await self._in_thread(write)
                except (RecordingUnwritable, StateUnwritable, OSError) as error:
                    self._trouble = str(error)
                    self._cannot_write(self._monotonic())
                    if not self.writable:
                        self._cry()
                    await self._sleep(_RETRY_S)
                else:
                    return

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """A write goes on inside: say it loudly, once, when it takes longer than `PATIENCE`, and when it is done after trouble."""
        self._writing_since = self._monotonic()
        self._trouble, self._loud = "the disk does not answer", False
        try:
            yield
        finally:
            self._writing_since = None
        if self.unwritable_since is not None:
            seconds = (self._monotonic() - self.unwritable_since) / SECOND
            self.unwritable_since = None
            self.on_writable(True)
            _log.warning("the log can be written again", seconds=round(seconds, 1))
            self.on_recovered(f"the log could not be written for {seconds:.1f} s")

    def _look(self) -> None:
        """A disk that hangs raises nothing: somebody has to look."""
        if not self.writable:
            self._cry()
        self._looking = asyncio.get_running_loop().call_later(_LOOK_S, self._look)

    def _cannot_write(self, since: int | None) -> None:
        if self.unwritable_since is None:
            self.unwritable_since = since
            self.on_writable(False)
            _log.error("the log cannot be written, trying again", why=self._trouble)

    def _cry(self) -> None:
        if not self._loud:
            self._loud = True
            self._cannot_write(self._writing_since)
            self.on_refused(self._trouble)
            _log.critical("the log cannot be written for long", consequence=self.CONSEQUENCE, why=self._trouble)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def look_no_more(self) -> None:
        """End what `open` has begun."""
        if self._looking is not None:
            self._looking.cancel()

    async def close(self) -> None:
        """Commit what waits and let the folder go."""

        def end() -> None:
            if self._state is not None:
                self._state.close()
            if self._writer is not None:
                self._minutes.end(self._writer)
                self._writer.close()

        self.look_no_more()
        try:
            await self._in_thread(end)
        except RecordingUnwritable as error:
            _log.critical("the last of the log could not be written", why=str(error))
        finally:
            self._thread.shutdown(wait=False)
