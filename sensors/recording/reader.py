"""Reading a recording: a folder of segments or one of them, finished or still being written by another process."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from functools import cached_property
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

import numpy as np
from msgspec import MsgspecError, Struct, json

from ...config.units import MINUTE
from ..arrays import Ints
from ..frame import Frame
from .errors import ChunkDamaged, NotARecording, RecordingDamaged, RecordingError
from .folder import number_of, segments
from .opened import UNREADABLE, Chunk, OpenSegment
from .rollup import Means, Minute, decode_means, decode_minute
from .segment import DeadLetter, Snapshot

OnDamage = Callable[[RecordingDamaged], None]

_VALUES: Final = 1 << 16
"""Of the rollup, at a time."""


class Previous(Struct, frozen=True):
    """What a segment knows of the one before it, so that the loss of that one's end is seen."""

    segment: int
    frames: int
    last_at: int


class SegmentInfo(NamedTuple):
    """What one segment holds. `first_at` and `last_at` are None while it holds no frame."""

    path: Path
    version: str
    """Of the program that wrote it."""
    site_source: str
    started: int
    """When the run that wrote it began, ns."""
    frames: int
    first_at: int | None
    last_at: int | None


class Recording:
    """A recording, for one thread. Nothing is ever written to it."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._paths()  # fails early, with a message that names the path

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Nothing is held open between two calls, so there is nothing to do."""

    def _paths(self) -> list[Path]:
        try:
            paths = segments(self.path) if self.path.is_dir() else [self.path] if self.path.is_file() else []
        except OSError as error:
            raise NotARecording(self.path, f"cannot be read: {error.strerror}") from error
        if not paths:
            raise NotARecording(self.path, "there is no recording there")
        return paths

    @cached_property
    def segments(self) -> tuple[SegmentInfo, ...]:
        """What there was that can be read, oldest first, when this was first asked for; `unreadable` has the others.

        Raises:
            NotARecording, RecordingDamaged: nothing can be read.
        """
        found = tuple(one for one in self._looked if isinstance(one, SegmentInfo))
        if not found:
            raise self.unreadable[0]
        return found

    @property
    def unreadable(self) -> tuple[RecordingError, ...]:
        """Why segments are not among `segments`."""
        return tuple(one for one in self._looked if isinstance(one, RecordingError))

    @cached_property
    def _looked(self) -> tuple[SegmentInfo | RecordingError, ...]:
        return tuple(map(_info, self._paths()))

    def _opened(self, *, newest_first: bool = False) -> Iterator[OpenSegment]:
        """The segments that can be read, one after the other, each open until the next."""
        paths = self._paths()
        for path in reversed(paths) if newest_first else paths:
            try:
                opened = OpenSegment(path)
            except (RecordingDamaged, NotARecording):
                if len(paths) == 1:
                    raise
                continue
            with closing(opened):
                yield opened

    @property
    def site_source(self) -> str:
        """The text of the site file of the newest segment. `segments` has each one's."""
        return self.segments[-1].site_source

    @property
    def version(self) -> str:
        """The version of the program that wrote the newest segment."""
        return self.segments[-1].version

    @property
    def first_at(self) -> int | None:
        """The time of the first frame, ns."""
        return next((info.first_at for info in self.segments if info.first_at is not None), None)

    @property
    def last_at(self) -> int | None:
        """The time of the last frame, ns."""
        return next((info.last_at for info in reversed(self.segments) if info.last_at is not None), None)

    def frames(self, start: int | None = None, stop: int | None = None, *, damaged: OnDamage | None = None) -> Iterator[list[Frame]]:
        """The frames with `start <= at < stop`, in order, a chunk at a time; at the end of a live recording, those committed by then.

        Args:
            start: From where, ns; the beginning without it.
            stop: To where, ns; the end without it.
            damaged: Is told of each damage, and reading goes on behind it; without it the damage is raised.

        Raises:
            RecordingDamaged: after everything before the damage was given.
        """
        for _, frames in self.parts(start, stop, damaged=damaged):
            yield list(frames)

    def parts(
        self, start: int | None = None, stop: int | None = None, *, damaged: OnDamage | None = None
    ) -> Iterator[tuple[Path, Sequence[Frame]]]:
        """As `frames`, each chunk with the segment that it is in, and its frames `Columnar` where they are many."""
        walk = _Walk(start, stop, damaged)
        done: set[Path] = set()
        while paths := [path for path in self._paths() if path not in done]:  # more may be there by the time these are read
            for path in paths:
                done.add(path)
                for frames in walk.segment(path):
                    yield path, frames
                if walk.over:
                    return

    def tail(self, count: int) -> list[Frame]:
        """The last frames, `count` of them or a chunk more, as far as they can be read."""
        found: list[Frame] = []
        for path in reversed(self._paths()):
            try:
                start = _start_of(path, count - len(found))
            except (RecordingDamaged, NotARecording):
                continue
            chunks = Recording(path).frames(start, damaged=lambda _: None)
            found = [frame for frames in chunks for frame in frames] + found
            if len(found) >= count:
                break
        return found

    @property
    def snapshots(self) -> list[int]:
        """The times at which snapshots were taken, ns."""
        times: set[int] = set()
        for opened in self._opened():
            times.update(opened.snapshot_times())
        return sorted(times)

    def snapshot_before(self, at: int) -> Snapshot | None:
        """The latest good snapshot at or before `at`: fold the frames after its time, and the state of any later moment is reached."""
        for opened in self._opened(newest_first=True):
            if (snapshot := opened.snapshot_before(at)) is not None:
                return snapshot
        return None

    def dead_letters(self) -> Iterator[DeadLetter]:
        """The messages that were no use, with the reason, in order."""
        for opened in self._opened():
            yield from opened.dead_letters()

    def rollup(self) -> Iterator[Minute]:
        """Least, mean and greatest value of each series in each minute, in order."""
        for opened in self._opened():
            names = opened.series()
            for minute, blob in opened.rollup():
                try:
                    yield decode_minute(minute, blob, names)
                except ChunkDamaged as error:
                    raise RecordingDamaged(opened.path, f"its rollup {error}; rebuild it") from None

    def minutes(self, names: Sequence[str], start: int, stop: int) -> Iterator[tuple[Ints, Means]]:
        """The means of these series in each minute that begins in [start, stop), some minutes at a time: their beginnings, ns, and a line of values each, NaN where there is none."""
        first, last = -(-start // MINUTE), -(-stop // MINUTE) - 1
        for opened in self._opened():
            places = {name: place for place, name in enumerate(opened.series())}
            picked = np.array([places.get(name, -1) for name in names])
            rows = opened.rollup(first, last)
            while some := list(islice(rows, max(_VALUES // max(len(places), 1), 1))):
                try:
                    means = decode_means([blob for _, blob in some], len(places))
                except ChunkDamaged as error:
                    raise RecordingDamaged(opened.path, f"its rollup {error}; rebuild it") from None
                yield np.array([minute for minute, _ in some]) * MINUTE, means[:, picked]


def _start_of(path: Path, count: int) -> int | None:
    """The time of the chunk with which the last `count` frames of a segment begin; None for its beginning."""
    with closing(OpenSegment(path)) as opened:
        frames, _ = opened.progress()
        if frames <= count:
            return None
        try:
            chunk = opened.chunk(frames - count)
        except (*UNREADABLE, ChunkDamaged):
            return None
        return None if chunk is None else chunk.first_at


def _info(path: Path) -> SegmentInfo | RecordingError:
    """What a segment holds, or why that cannot be read."""
    try:
        opened = OpenSegment(path)
    except (RecordingDamaged, NotARecording) as error:
        return error
    with closing(opened):
        frames, first_at, last_at = 0, None, None
        with suppress(RecordingDamaged):  # that is told by whoever reads it
            frames, last_at = opened.progress()
            first_at = opened.first_at()
        meta = opened.meta
        known = (frames, first_at, last_at) if frames else (0, None, None)
        return SegmentInfo(path, meta["program"], meta["site"], int(meta["started"]), *known)


class _Walk:
    """One reading of a recording from front to back."""

    def __init__(self, start: int | None, stop: int | None, damaged: OnDamage | None) -> None:
        self.over = False
        self._start = start
        self._stop = stop
        self._damaged = damaged
        self._last: int | None = None
        """Time of the last good frame seen, whether or not it was asked for."""
        self._behind: Previous | None = None
        """What was read of the segment before this one; None: nobody can say, or it was not read from its beginning."""

    def segment(self, path: Path) -> Iterator[Sequence[Frame]]:
        try:
            opened = OpenSegment(path)
        except (RecordingDamaged, NotARecording) as error:
            self._behind = None
            if path.exists():
                self._report(path, error)
            else:
                self._report(path, RecordingDamaged(path, "was removed while it was being read", after=self._last))
            return
        with closing(opened):
            self._check_previous(opened)
            yield from self._chunks(opened)

    def _check_previous(self, opened: OpenSegment) -> None:
        try:
            previous = json.decode(opened.meta["previous"], type=Previous | None)
        except MsgspecError:
            self._report(opened.path, RecordingDamaged(opened.path, "its previous cannot be read", after=self._last))
            return
        behind = self._behind
        if previous is not None and behind is not None and behind.segment == previous.segment and behind.frames < previous.frames:
            lost = previous.frames - behind.frames
            self._report(opened.path, RecordingDamaged(opened.path, "the segment before it ends too early", lost=lost, after=self._last))

    def _chunks(self, opened: OpenSegment) -> Iterator[Sequence[Frame]]:
        number: int | None = 0
        behind = 0
        self._behind = None
        try:
            if self._start is not None:
                if self._is_before(opened, self._start):
                    return
                number = opened.number_at(self._start)
            while number is not None:
                behind = number
                number, frames = self._next(opened, number)
                if frames and (wanted := self._cut(frames)):
                    yield wanted
                if self.over:
                    return
        except UNREADABLE as error:
            self._report(
                opened.path, RecordingDamaged(opened.path, f"cannot be read: {error}", lost=_lost(opened, behind), after=self._last)
            )
        except RecordingDamaged as error:
            self._report(opened.path, error)
        else:
            self._behind = Previous(number_of(opened.path) or 0, behind, self._last or 0)

    def _is_before(self, opened: OpenSegment, start: int) -> bool:
        """Whether every frame of the segment is before `start`; of a damaged one nobody knows, so it is read."""
        try:
            _, last = opened.progress()
        except RecordingDamaged:
            return False
        if last < start:
            self._last = last
        return last < start

    def _next(self, opened: OpenSegment, number: int) -> tuple[int | None, Sequence[Frame]]:
        """The frames from `number` on that are in one chunk, and the number after them, None at the end; no frames where there was damage."""
        with opened.steady():
            try:
                chunk = opened.chunk(number)
            except ChunkDamaged as error:
                following = opened.next_number(number)
                end = opened.progress()[0] if following is None else following
                self._report(opened.path, RecordingDamaged(opened.path, str(error), lost=max(end - number, 0), after=self._last))
                return max(end, number + 1), []
            committed = opened.progress()[0] if chunk is None else 0
        if chunk is None:
            if committed > number:
                self._report(opened.path, RecordingDamaged(opened.path, "ends too early", lost=committed - number, after=self._last))
            return None, []
        if chunk.id > number:
            what = f"there is nothing between frames {number} and {chunk.id}"
            self._report(opened.path, RecordingDamaged(opened.path, what, lost=chunk.id - number, after=self._last))
        end = chunk.id + chunk.count
        try:
            frames = self._decoded(chunk, number)
        except ChunkDamaged as error:
            following = opened.next_number(number)
            end = end if following is None else min(end, following)  # how many there are is a part of what cannot be believed
            self._report(opened.path, RecordingDamaged(opened.path, str(error), lost=max(end - number, 0), after=self._last))
            return max(end, number + 1), []
        self._last = frames[-1].at
        return end, frames

    def _decoded(self, chunk: Chunk, number: int) -> Sequence[Frame]:
        try:
            # A chunk that was merged since we read its beginning begins with what we have.
            frames = chunk.frames()[number - chunk.id :] if number > chunk.id else chunk.frames()
        except ChunkDamaged as error:
            raise ChunkDamaged(f"the chunk at frame {chunk.id} {error}") from None  # noqa: EM102  the end of a sentence
        if not frames or (self._last is not None and frames[0].at <= self._last):
            raise ChunkDamaged(f"the chunk at frame {chunk.id} goes back in time")  # noqa: EM102  the end of a sentence
        return frames

    def _cut(self, frames: Sequence[Frame]) -> Sequence[Frame]:
        if self._stop is not None and frames[-1].at >= self._stop:
            self.over = True
            frames = [frame for frame in frames if frame.at < self._stop]
        if self._start is not None and frames and frames[0].at < self._start:
            frames = [frame for frame in frames if frame.at >= self._start]
        return frames

    def _report(self, path: Path, error: RecordingDamaged | NotARecording) -> None:
        if isinstance(error, NotARecording):
            error = RecordingDamaged(path, str(error).removeprefix(f"{path}: "))
        if error.after is None and self._last is not None:
            error = RecordingDamaged(path, error.what, lost=error.lost, after=self._last)
        if self._damaged is None:
            raise error
        self._damaged(error)


def _lost(opened: OpenSegment, number: int) -> int | None:
    try:
        return max(opened.progress()[0] - number, 0)
    except RecordingDamaged:
        return None
