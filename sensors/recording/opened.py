"""One segment file, open for reading: every row is checked before anybody sees it, and nothing in the file is trusted."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from msgspec import Struct

from ..frame import Frame
from .chunk import MAX_BLOB, decode
from .errors import ChunkDamaged, NotARecording, RecordingDamaged
from .planes import Budget, expand
from .schema import APPLICATION_ID, VERSION, digest
from .segment import DeadLetter, Snapshot

UNREADABLE: Final = (sqlite3.Error, UnicodeDecodeError)
"""What SQLite raises of a damaged file; the second when it cannot even word its complaint."""
_KEYS: Final = ("program", "site", "started", "segment", "previous")

_LAST_NUMBER: Final = 2**63 - 1
"""That SQLite can ask for; a forger's chunk may end behind it."""


def _is_time(text: str) -> bool:
    """Whether it is a time, ns since the epoch, as the writer writes it."""
    return text.isascii() and text.isdecimal() and len(text) < 20


class Chunk(Struct, frozen=True):
    """A row of `chunks`, checked but not yet decoded."""

    id: int
    first_at: int
    last_at: int
    count: int
    codec: int
    blob: bytes

    def frames(self) -> Sequence[Frame]:
        """Decode it.

        Raises:
            ChunkDamaged: whoever wrote it wrote nonsense.
        """
        frames = decode(self.codec, self.blob, self.count)
        if frames[0].at != self.first_at or frames[-1].at != self.last_at:
            raise ChunkDamaged("has other times than it says")  # noqa: EM101  the end of a sentence
        return frames


class OpenSegment:
    """A segment file that may be written to by another process meanwhile. One thread only."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=5.0)
        except UNREADABLE as error:
            raise NotARecording(path, f"cannot be opened: {error}") from error
        try:
            self._check()
            self.meta = self._read_meta()
        except UNREADABLE as error:
            self.close()
            raise NotARecording(path, f"cannot be opened: {error}") from error
        except BaseException:
            self.close()
            raise

    def _check(self) -> None:
        self._database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 2 * MAX_BLOB)
        for pragma in ("query_only=ON", "trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0"):
            self._database.execute(f"PRAGMA {pragma}").fetchall()
        (application,) = self._database.execute("PRAGMA application_id").fetchone()
        (version,) = self._database.execute("PRAGMA user_version").fetchone()
        (foreign,) = self._database.execute("SELECT count(*) FROM sqlite_schema WHERE type NOT IN ('table', 'index')").fetchone()
        if application != APPLICATION_ID or foreign:
            raise NotARecording(self.path, "is no recording of hotzone")
        if not 0 < version <= VERSION:
            raise NotARecording(self.path, f"is of version {version} of the format; this program reads up to {VERSION}")

    def _read_meta(self) -> dict[str, str]:
        rows = self._database.execute("SELECT key, value, digest FROM meta").fetchall()
        meta = {key: value for key, value, checked in rows if checked == digest(key, value)}
        if missing := [key for key in _KEYS if not isinstance(meta.get(key), str) or (key == "started" and not _is_time(meta[key]))]:
            raise RecordingDamaged(self.path, f"its {missing[0]} cannot be read")
        return meta

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def progress(self) -> tuple[int, int]:
        """How many frames are committed, and the time of the last."""
        try:
            row = self._database.execute("SELECT frames, last_at, digest FROM progress").fetchone()
        except UNREADABLE as error:
            raise RecordingDamaged(self.path, f"its progress cannot be read: {error}") from error
        if row is None or row[2] != digest(row[0], row[1]):
            raise RecordingDamaged(self.path, "its progress cannot be read")
        return row[0], row[1]

    def first_at(self) -> int | None:
        """The time of the first frame, None while there is none."""
        try:
            (first,) = self._database.execute("SELECT min(first_at) FROM (SELECT first_at FROM chunks ORDER BY id LIMIT 1)").fetchone()
        except UNREADABLE as error:
            raise RecordingDamaged(self.path, f"cannot be read: {error}") from error
        return first if isinstance(first, int) else None

    @contextmanager
    def steady(self) -> Iterator[None]:
        """See the file in one state, whatever is written meanwhile. Hold it for short: the writer cannot tidy up behind it."""
        self._database.execute("BEGIN")
        try:
            yield
        finally:
            with suppress(sqlite3.Error):
                self._database.execute("ROLLBACK")

    def number_at(self, start: int) -> int:
        """The number of a frame before `start`, from which it is not far: the chunk before the one that `start` is in."""
        query = "SELECT coalesce(max(id), 0) FROM chunks WHERE id < (SELECT min(id) FROM chunks WHERE last_at >= ?)"
        (found,) = self._database.execute(query, (start,)).fetchone()
        return found if isinstance(found, int) else 0

    def chunk(self, number: int) -> Chunk | None:
        """The chunk with frame `number`, or if there is none the next one; None at the end.

        Raises:
            ChunkDamaged: the chunk is there, and is not what was written. Its row may still tell where the next one begins.
            sqlite3.Error, UnicodeDecodeError: the file is damaged such that nothing can be read here.
        """
        if number > _LAST_NUMBER:
            return None
        columns = "SELECT id, first_at, last_at, count, codec, digest, blob FROM chunks"
        row = self._database.execute(f"{columns} WHERE id <= ? ORDER BY id DESC LIMIT 1", (number,)).fetchone()
        if row is None or (isinstance(row[3], int) and row[0] + row[3] <= number):
            row = self._database.execute(f"{columns} WHERE id > ? ORDER BY id LIMIT 1", (number,)).fetchone()
        if row is None:
            return None
        begin, first_at, last_at, count, codec, checked, blob = row
        whole = isinstance(blob, bytes) and all(isinstance(field, int) for field in row[:5])
        if not whole or checked != digest(begin, first_at, last_at, count, codec, blob):
            raise ChunkDamaged(f"the chunk at frame {begin} is not what was written")  # noqa: EM102  the end of a sentence
        return Chunk(begin, first_at, last_at, count, codec, blob)

    def next_number(self, number: int) -> int | None:
        """Where the first chunk after frame `number` begins."""
        if number > _LAST_NUMBER:
            return None
        (found,) = self._database.execute("SELECT min(id) FROM chunks WHERE id > ?", (number,)).fetchone()
        return found if isinstance(found, int) else None

    def snapshot_times(self) -> list[int]:
        """When snapshots were taken, damaged ones included."""
        try:
            return [at for (at,) in self._database.execute("SELECT at FROM snapshots ORDER BY at")]
        except UNREADABLE as error:
            raise RecordingDamaged(self.path, f"its snapshots cannot be read: {error}") from error

    def snapshot_before(self, at: int) -> Snapshot | None:
        """The latest snapshot at or before `at` that is what was written."""
        try:
            rows = self._database.execute("SELECT at, size, digest, blob FROM snapshots WHERE at <= ? ORDER BY at DESC", (at,))
            with closing(rows):
                for taken, size, checked, blob in rows:
                    if checked == digest(taken, size, blob):
                        return Snapshot(taken, expand(blob, size, Budget(len(blob))))
        except (*UNREADABLE, ChunkDamaged):
            return None  # an earlier one, in another segment, does as well
        return None

    def dead_letters(self) -> Iterator[DeadLetter]:
        """The messages that were no use, in order; damaged ones are left out."""
        try:
            for *fields, checked in self._database.execute("SELECT at, topic, payload, reason, digest FROM dead_letters ORDER BY id"):
                if checked == digest(*fields):
                    yield DeadLetter(*fields)
        except UNREADABLE as error:
            raise RecordingDamaged(self.path, f"its dead letters cannot be read: {error}") from error

    def rollup(self, first: int = 0, last: int = 1 << 62) -> Iterator[tuple[int, bytes]]:
        """Minutes since the epoch, from `first` to `last`, and their blobs, in order."""
        try:
            yield from self._database.execute("SELECT minute, blob FROM rollup WHERE minute BETWEEN ? AND ? ORDER BY minute", (first, last))
        except UNREADABLE as error:
            raise RecordingDamaged(self.path, f"its rollup cannot be read: {error}; rebuild it") from error

    def series(self) -> list[str]:
        """The names of the series in the rollup, by place."""
        try:
            return [name for (name,) in self._database.execute("SELECT name FROM series ORDER BY id")]
        except UNREADABLE as error:
            raise RecordingDamaged(self.path, f"its rollup cannot be read: {error}; rebuild it") from error
