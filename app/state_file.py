"""The state file: what a restart needs besides the recording, in SQLite, beside the recording and never in it.

Recordings rotate and are copied around; this file belongs to one machine. It holds the pipeline's snapshots, each with the place in
the log that it stands for. A snapshot is written after the outbox has every event up to it, so it is never newer than the outbox.
"""

import sqlite3
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Final, NamedTuple

KEPT: Final = 2
"""Snapshots that stay: the newest, and one more should that be damaged."""
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS snapshots (
    at INTEGER PRIMARY KEY, started INTEGER NOT NULL, version TEXT NOT NULL, last_event TEXT NOT NULL, blob BLOB NOT NULL, digest BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
"""


class Saved(NamedTuple):
    """The pipeline's state after every frame up to `at`."""

    at: int
    started: int
    """When the run began that wrote it: names the recording's segment that it belongs to."""
    version: str
    last_event: str
    """Id of the last event given out by then; empty for none."""
    blob: bytes


class StateUnwritable(Exception):
    """The state file cannot be read or written."""

    def __init__(self, path: Path, why: str) -> None:
        self.path = path
        super().__init__(f"{path}: {why}")


def state_path(recording: Path) -> Path:
    """Where the state of this recording is kept: `recordings.state.db` beside `recordings`."""
    return recording.with_name(f"{recording.name}.state.db")


class StateFile:
    """One thread only. A file that is damaged is put aside as `.bad`, and a new one begun."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.put_aside: Path | None = None
        """Where a damaged one went."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = self._open()
        except sqlite3.OperationalError as error:
            raise StateUnwritable(path, str(error)) from error
        except OSError as error:
            raise StateUnwritable(path, error.strerror or str(error)) from error
        except sqlite3.DatabaseError:
            self.put_aside = path.with_name(f"{path.name}.bad")
            path.replace(self.put_aside)
            for suffix in ("-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            self._database = self._open()

    def _open(self) -> sqlite3.Connection:
        self.path.touch(mode=0o600)
        database = sqlite3.connect(self.path, isolation_level=None, timeout=5.0)
        database.execute("PRAGMA journal_mode=WAL").fetchall()
        database.execute("PRAGMA synchronous=FULL")
        database.executescript(_TABLES)
        return database

    def save(self, saved: Saved) -> None:
        """Write a snapshot, and forget all but the newest.

        Raises:
            StateUnwritable: nothing was written; those before stay.
        """
        try:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute("INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?, ?)", (*saved, _digest(saved)))
            self._database.execute("DELETE FROM snapshots WHERE at NOT IN (SELECT at FROM snapshots ORDER BY at DESC LIMIT ?)", (KEPT,))
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                self._database.execute("ROLLBACK")
            raise StateUnwritable(self.path, str(error)) from error

    def load(self) -> list[Saved]:
        """The snapshots that can be believed, newest first."""
        with suppress(sqlite3.Error):
            rows = self._database.execute("SELECT at, started, version, last_event, blob, digest FROM snapshots ORDER BY at DESC")
            return [saved for *fields, digest in rows if _digest(saved := Saved(*fields)) == digest]
        return []

    def forget(self) -> None:
        """Forget every snapshot: the recording that they were of is gone."""
        with suppress(sqlite3.Error):
            self._database.execute("DELETE FROM snapshots")

    def fact(self, name: str) -> str | None:
        """A small thing to remember across runs."""
        with suppress(sqlite3.Error):
            row = self._database.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
            return None if row is None else str(row[0])
        return None

    def remember(self, name: str, value: str) -> None:
        """Remember it. Raises StateUnwritable."""
        try:
            self._database.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))
        except sqlite3.Error as error:
            raise StateUnwritable(self.path, str(error)) from error

    def close(self) -> None:
        """Let the file go."""
        self._database.close()


def _digest(saved: Saved) -> bytes:
    head = f"{saved.at} {saved.started} {saved.version} {saved.last_event} ".encode()
    return blake2b(head + saved.blob, digest_size=16).digest()
