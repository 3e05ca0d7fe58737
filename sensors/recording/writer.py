"""Writing a recording: what is committed is on the disk, in order, once, and old segments never fill the disk.

Commits come every few milliseconds and must be quick, while what is kept for years must be small. So a commit writes a small,
plain chunk, and from time to time the same transaction that adds frames replaces the small chunks by one large one in columns.
"""

import shutil
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from operator import gt, itemgetter
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from msgspec import json

from ...config.units import DAY
from ..frame import Frame
from .chunk import MAX_FRAMES, MAX_PAYLOADS
from .errors import RecordingError, RecordingUnwritable
from .folder import FolderLock, next_segment, number_of, segments
from .opened import OpenSegment
from .reader import Previous
from .segment import DeadLetter, Segment, Snapshot, delete, finish

MERGED: Final = 4096
"""Frames from which small chunks become a large one."""
_topic: Final = itemgetter(1)
_payload: Final = itemgetter(2)
TakeSnapshot = Callable[[], Snapshot | None]


def free_bytes(folder: Path) -> int:
    """What the file system of a folder still takes from us."""
    return shutil.disk_usage(folder).free


class RecordingWriter:
    """The one writer of a folder. It may be made anywhere; all of its methods belong to one thread.

    A run begins a segment of its own, so that every segment has one site file and one version; the file appears with its first frame.
    `last_at` is the time of the last committed frame, of this run or an earlier one: the next must be later.
    """

    def __init__(
        self,
        folder: Path,
        *,
        site_source: str,
        version: str,
        started: int,
        segment_bytes: int = 256 * 1024 * 1024,
        segment_age: int = DAY,
        keep_bytes: int | None = 20 * 1024**3,
        take_snapshot: TakeSnapshot | None = None,
        merged: int = MERGED,
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        """Lock the folder, and finish what a killed writer left.

        Args:
            folder: Made when it is not there.
            site_source: The text of the site file, without secrets.
            version: Of the program.
            started: When the run began, ns; only written down.
            segment_bytes: Size from which the next commit begins a new segment.
            segment_age: Log time after which it does, ns.
            keep_bytes: When all segments together are larger, or the disk has no room for two more, the oldest go; never the one being
                written. None: all are kept, and a full disk is an error.
            take_snapshot: Called by `commit`, in its thread, when a segment begins, before the first frames in it are written: the state
                after every frame committed so far, so that the segment can be replayed alone; None when there is none yet.
            merged: Frames in a large chunk, at most 16,384.
            free: Bytes that the disk of a folder still takes.

        Raises:
            RecordingInUse: another process writes there.
            RecordingUnwritable: the folder cannot be made or written.
        """
        self.folder = folder
        self.damage: RecordingError | None = None
        """What is wrong with the newest segment of an earlier run, if anything; recording goes on in a new one."""
        self._meta = {"program": version, "site": site_source, "started": str(started)}
        self._segment_bytes = segment_bytes
        self._segment_age = segment_age
        self._keep_bytes = keep_bytes
        self._take_snapshot = take_snapshot
        self._merged = min(merged, MAX_FRAMES)
        self._free = free
        self._lock = FolderLock(folder)
        self._segment: Segment | None = None
        self._previous = self._last_segment()
        self._last = self._previous.last_at if self._previous is not None and self._previous.frames else None
        self.last_at: int | None = self._last
        self._pending: list[Frame] = []
        self._tail: list[Frame] = []
        self._tail_from = 0
        self._snapshots: list[Snapshot] = []
        self._letters: list[DeadLetter] = []
        self._rollup: list[tuple[int, bytes]] = []
        self._series: tuple[str, ...] = ()

    def _last_segment(self) -> Previous | None:
        last_at = 0
        for path in reversed(segments(self.folder)):
            finish(path)
            try:
                with closing(OpenSegment(path)) as opened:
                    frames, last_at = opened.progress()
            except RecordingError as error:
                self.damage = self.damage or error
                continue
            if frames:
                return Previous(number_of(path) or 0, frames, last_at)
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def segment(self) -> Path | None:
        """The file that is written now; None before the first commit."""
        return None if self._segment is None else self._segment.path

    @property
    def pending(self) -> int:
        """Frames that wait for a commit."""
        return len(self._pending)

    def append(self, frames: Sequence[Frame]) -> None:
        """Take frames for the next commit. Nothing is written yet.

        Raises:
            ValueError: their times do not increase, or one is too large for a chunk. None of them was taken.
        """
        if not frames:
            return
        times = [frame[0] for frame in frames]
        before = [times[0] - 1 if self._last is None else self._last, *times[:-1]]
        if not all(map(gt, times, before)):
            late, last = next(pair for pair in zip(times, before, strict=True) if pair[0] <= pair[1])
            msg = f"frame times must increase: {late} after {last}"
            raise ValueError(msg)
        longest = max(map(len, map(_payload, frames)))
        if longest > MAX_PAYLOADS:
            msg = f"a payload of {longest} bytes is more than a recording takes"
            raise ValueError(msg)
        self._last = times[-1]
        self._pending.extend(frames)

    def snapshot(self, at: int, blob: bytes) -> None:
        """Take a snapshot for the next commit: the state after every frame up to `at`."""
        self._snapshots.append(Snapshot(at, blob))

    def dead_letter(self, at: int, topic: str, payload: bytes, reason: str) -> None:
        """List a message that was no use, with the next commit."""
        self._letters.append(DeadLetter(at, topic, payload, reason))

    def rollup(self, rows: Iterable[tuple[int, bytes]], series: Sequence[str]) -> None:
        """Take rows of `Rollup.take` for the next commit; `series` names their places, and stays the same for a run."""
        self._rollup.extend(rows)
        self._series = tuple(series)

    def commit(self) -> int:
        """Write what was taken, safe on the disk when this returns; gives the number of frames. For want of room the oldest segments go.

        Raises:
            RecordingUnwritable: nothing was written, all of it still waits, and a later commit tries again.
        """
        try:
            return self._commit()
        except RecordingUnwritable as error:
            if not error.full or not self._forget(least=1):
                raise
        return self._commit()

    def _commit(self) -> int:
        pending = self._pending
        if pending and (self._segment is None or self._is_due(self._segment, pending[0].at)):
            self._begin_segment()
        if self._segment is None or not (pending or self._snapshots or self._letters or self._rollup):
            return 0
        begins = not self._segment.frames
        merge = len(self._tail) + len(pending) >= self._merged
        frames = self._tail + pending if merge else pending
        replaces = self._tail_from if merge and self._tail else None
        self._write(self._segment, frames, replaces=replaces, columns=merge)
        if merge:
            self._tail = []
        else:
            if not self._tail:
                self._tail_from = self._segment.frames - len(pending)
            self._tail += pending
        self._pending = []
        if begins:
            self._forget()
        return len(pending)

    def _write(self, segment: Segment, frames: Sequence[Frame], *, replaces: int | None, columns: bool) -> None:
        segment.commit(
            list(_chunks(frames)),
            columns=columns,
            replaces=replaces,
            snapshots=self._snapshots,
            letters=self._letters,
            rollup=self._rollup,
            series=self._series if self._rollup else (),
        )
        self.last_at = frames[-1].at if frames else self.last_at
        self._snapshots, self._letters, self._rollup = [], [], []

    def _is_due(self, segment: Segment, at: int) -> bool:
        if segment.first_at is None:
            return False
        return at - segment.first_at >= self._segment_age or segment.size >= self._segment_bytes

    def _begin_segment(self) -> None:
        """Finish the segment that was written, and begin the next; the snapshot at its head is written with its first frames."""
        if self._segment is not None:
            self._finish_segment(self._segment)
        try:
            number, path = next_segment(self.folder)
        except OSError as error:
            raise RecordingUnwritable(self.folder, str(error)) from error
        previous = "null" if self._previous is None else json.encode(self._previous).decode()
        self._segment = Segment(path, {**self._meta, "segment": str(number), "previous": previous})
        if self._take_snapshot is not None and (snapshot := self._take_snapshot()) is not None:
            self._snapshots.append(snapshot)

    def _finish_segment(self, segment: Segment) -> None:
        if self._tail:
            segment.commit(list(_chunks(self._tail)), replaces=self._tail_from)
            self._tail = []
        segment.close()
        self._previous = Previous(number_of(segment.path) or 0, segment.frames, segment.last_at)
        self._segment = None

    def _forget(self, least: int = 0) -> int:
        """Remove the oldest segments, `least` of them in any case, until the rest fits and two more would; gives how many.

        While the segment being written is empty, the state that a restart needs stands in the one before.
        """
        gone = 0
        if self._keep_bytes is None:
            return gone
        with suppress(OSError):  # somebody else tidied up; what is left to do is done at the next segment
            sizes = {path: path.stat().st_size for path in segments(self.folder) if path != self.segment}
            spared = 0 if self._segment is not None and self._segment.frames else 1
            for path in list(sizes)[: len(sizes) - spared]:
                fits = sum(sizes.values()) <= self._keep_bytes and self._free(self.folder) >= 2 * self._segment_bytes
                if fits and gone >= least:
                    break
                delete(path)
                del sizes[path]
                gone += 1
        return gone

    def close(self) -> None:
        """Commit what waits, finish the segment, and let others write. Calling it again does nothing.

        Raises:
            RecordingUnwritable: what waited could not be written; the folder is let go all the same.
        """
        try:
            self.commit()
            if self._segment is not None:
                self._finish_segment(self._segment)
        except RecordingUnwritable:
            if self._segment is not None:
                self._segment.close()
                self._segment = None
            raise
        finally:
            self._lock.release()


def _chunks(frames: Sequence[Frame]) -> Iterable[Sequence[Frame]]:
    """Cut frames such that no chunk is too large for a reader."""
    if len(frames) <= MAX_FRAMES and sum(map(len, map(_topic, frames))) + sum(map(len, map(_payload, frames))) <= MAX_PAYLOADS:
        if frames:
            yield frames
        return
    begin, size = 0, 0
    for index, (_, topic, payload) in enumerate(frames):
        size += len(topic) + len(payload)
        if index > begin and (index - begin == MAX_FRAMES or size > MAX_PAYLOADS):
            yield frames[begin:index]
            begin, size = index, len(topic) + len(payload)
    if begin < len(frames):
        yield frames[begin:]
