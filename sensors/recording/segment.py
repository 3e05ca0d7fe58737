"""One segment file, open for writing: the SQL, and nothing of when or why."""

import os
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Final, NamedTuple

from ..frame import Frame
from .chunk import encode
from .errors import RecordingUnwritable
from .planes import compress
from .schema import APPLICATION_ID, TABLES, VERSION, digest

MAX_LETTER: Final = 4096
"""Bytes kept of a dead letter's payload."""
MAX_LETTERS: Final = 100_000
"""Of one segment. The frames are all in the log; what is more than this is not listed."""


class DeadLetter(NamedTuple):
    """A message that was no use, and why; the payload is cut to 4 KiB."""

    at: int
    topic: str
    payload: bytes
    reason: str


class Snapshot(NamedTuple):
    """The pipeline's state when every frame up to `at` was in it."""

    at: int
    blob: bytes


class Segment:
    """A new segment file. One thread only, like the connection that it holds."""

    def __init__(self, path: Path, meta: dict[str, str]) -> None:
        self.path = path
        self.frames = 0
        self.first_at: int | None = None
        self.last_at = 0
        self._letters = 0
        try:
            _create(path, meta)
            self._database = sqlite3.connect(path, isolation_level=None, timeout=5.0)
        except (sqlite3.Error, OSError) as error:
            raise RecordingUnwritable(path, str(error)) from error
        try:
            self._database.execute("PRAGMA synchronous=FULL")
            self._database.execute("PRAGMA journal_size_limit=4194304")
        except sqlite3.Error as error:
            self._database.close()
            raise RecordingUnwritable(path, str(error)) from error

    @property
    def size(self) -> int:
        """Bytes of the file, once all that is committed is in it."""
        try:
            (pages,) = self._database.execute("PRAGMA page_count").fetchone()
            (page,) = self._database.execute("PRAGMA page_size").fetchone()
        except sqlite3.Error as error:
            raise RecordingUnwritable(self.path, str(error)) from error
        return int(pages) * int(page)

    def commit(
        self,
        chunks: Sequence[Sequence[Frame]],
        *,
        columns: bool = True,
        replaces: int | None = None,
        snapshots: Iterable[Snapshot] = (),
        letters: Sequence[DeadLetter] = (),
        rollup: Iterable[tuple[int, bytes]] = (),
        series: Sequence[str] = (),
    ) -> None:
        """Write all of it, safe on the disk when this returns, or nothing.

        `replaces` is the number of the frame from which on chunks are taken out; `chunks` then begins with those frames again.

        Raises:
            RecordingUnwritable: and nothing was written.
        """
        begin = self.frames if replaces is None else replaces
        first_at, last_at = self.first_at, self.last_at
        rows = []
        for frames in chunks:
            first_at = frames[0].at if first_at is None else first_at
            last_at = frames[-1].at
            codec, blob = encode(frames, columns=columns)
            row = (begin, frames[0].at, last_at, len(frames), int(codec))
            rows.append((*row, digest(*row, blob), blob))
            begin += len(frames)
        letters = letters[: MAX_LETTERS - self._letters]
        execute, many = self._database.execute, self._database.executemany
        try:
            execute("BEGIN IMMEDIATE")
            if replaces is not None:
                execute("DELETE FROM chunks WHERE id >= ?", (replaces,))
            many("INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            execute("UPDATE progress SET frames = ?, last_at = ?, digest = ?", (begin, last_at, digest(begin, last_at)))
            many("INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?)", map(_snapshot_row, snapshots))
            many("INSERT INTO dead_letters VALUES (NULL, ?, ?, ?, ?, ?)", map(_letter_row, letters))
            many("INSERT OR IGNORE INTO series VALUES (?, ?)", enumerate(series))
            many("INSERT OR REPLACE INTO rollup VALUES (?, ?)", rollup)
            execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            with suppress(sqlite3.Error):
                if self._database.in_transaction:
                    execute("ROLLBACK")
            raise RecordingUnwritable(self.path, str(error)) from error
        self.frames, self.first_at, self.last_at = begin, first_at, last_at
        self._letters += len(letters)

    def close(self) -> None:
        """Make of the segment one file that needs no other: give free pages back, and leave the write-ahead log behind.

        What cannot be done, because the disk is full or somebody reads, is left: the segment is good as it stands.
        """
        with suppress(sqlite3.Error):
            self._database.executescript("PRAGMA incremental_vacuum")  # a script, as it takes a step a page
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self._database.execute("PRAGMA busy_timeout=0")
            self._database.execute("PRAGMA journal_mode=DELETE").fetchall()
        with suppress(sqlite3.Error):
            self._database.close()


def _create(path: Path, meta: dict[str, str]) -> None:
    """Make the file under another name first: whoever reads the folder sees a segment or none, never half of one."""
    new = path.with_name(f"{path.name}.new")
    delete(new)
    os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    try:
        with closing(sqlite3.connect(new, isolation_level=None)) as database:
            for pragma in ("auto_vacuum=INCREMENTAL", "journal_mode=WAL", f"application_id={APPLICATION_ID}", f"user_version={VERSION}"):
                database.execute(f"PRAGMA {pragma}").fetchall()
            database.executescript(f"BEGIN; {TABLES} COMMIT;")
            database.execute("BEGIN IMMEDIATE")
            database.executemany("INSERT INTO meta VALUES (?, ?, ?)", [(key, value, digest(key, value)) for key, value in meta.items()])
            database.execute("INSERT INTO progress VALUES (1, 0, 0, ?)", (digest(0, 0),))
            database.execute("COMMIT")
            # Closing would do it, too, and say nothing when the disk is full: the file that is renamed has to be whole without its log.
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        new.rename(path)
        _sync_folder(path.parent)
    finally:
        delete(new)


def finish(path: Path) -> None:
    """Do for a segment whose writer was killed what `Segment.close` does: what was committed stands in the file itself then."""
    with suppress(sqlite3.Error, UnicodeDecodeError):  # the second when the file is damaged beyond words
        database = sqlite3.connect(path, isolation_level=None, timeout=0.0)
        try:
            database.execute("PRAGMA journal_mode=DELETE").fetchall()
        finally:
            database.close()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def delete(path: Path) -> None:
    """Remove a segment and what SQLite keeps beside it."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm", f"{path.name}-journal"):
        with suppress(OSError):
            path.with_name(name).unlink(missing_ok=True)


def _snapshot_row(snapshot: Snapshot) -> tuple[int, int, bytes, bytes]:
    blob = compress(snapshot.blob)
    return snapshot.at, len(snapshot.blob), digest(snapshot.at, len(snapshot.blob), blob), blob


def _letter_row(letter: DeadLetter) -> tuple[int, str, bytes, str, bytes]:
    at, topic, payload, reason = letter
    topic = topic.encode("utf-8", "replace").decode()[:MAX_LETTER]
    payload = payload[:MAX_LETTER]
    return at, topic, payload, str(reason), digest(at, topic, payload, str(reason))
