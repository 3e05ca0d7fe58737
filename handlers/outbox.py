"""The outbox: events on their way to handlers, in SQLite, so that none is lost between being found and being heard.

A row is one event for one handler, by the event's derived id; adding it again changes nothing. Rows leave when the handler has
taken the event, or stay as dead letters when it would not. What is urgent, the events of critical alarms, goes before all that waits: a storm
of lesser alarms must not keep it from people. An alarm has one priority all its life, so its end never overtakes its beginning. Who was told
that an alarm is on is kept, too: they are told of its end, whatever the site file says by then. Each thread opens an outbox of its own on
the same file.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from msgspec import Struct, json

from ..config.model import Priority
from ..pipeline import AlarmEvent, Event, journal_line
from ..pipeline.events import kind_of
from .addressed import addressed
from .contract import Delivery, Subscription

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS outbox (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, handler TEXT NOT NULL, line BLOB NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'dead')), reason TEXT,
    urgent INTEGER NOT NULL DEFAULT 0, UNIQUE (id, handler)
) STRICT;
CREATE TABLE IF NOT EXISTS told (alarm TEXT NOT NULL, handler TEXT NOT NULL, PRIMARY KEY (alarm, handler)) STRICT, WITHOUT ROWID;
"""
_URGENT: Final = "ALTER TABLE outbox ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0"
"""For a file of an earlier version."""
_NEXT: Final = """
DROP INDEX IF EXISTS outbox_waiting;
DROP INDEX IF EXISTS outbox_dead;
CREATE INDEX IF NOT EXISTS outbox_next ON outbox (handler, urgent DESC, number) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS outbox_letters ON outbox (urgent, number) WHERE state = 'dead';
"""
_KEPT: Final = 10_000
"""Rows done that are kept, so that what a restart finds again is known; a snapshot is never further back."""
_LETTERS: Final = 10_000
"""Dead letters that are kept; those of critical alarms the longest."""
_FORGET: Final = """
DELETE FROM outbox WHERE state = 'dead' AND (urgent, number) <=
    (SELECT urgent, number FROM outbox WHERE state = 'dead' ORDER BY urgent DESC, number DESC LIMIT 1 OFFSET ?)
"""


class OutboxUnwritable(OSError):
    """The outbox cannot be written or read."""


class Row(NamedTuple):
    """An event for a handler that was not taken: it waits, or is a dead letter, for `reason`."""

    id: str
    handler: str
    state: str
    reason: str
    line: bytes


class Outbox:
    """One thread only; open another on the same file for another thread. `wanted` are the handlers and what they hear."""

    def __init__(self, path: Path, wanted: dict[str, Subscription]) -> None:
        self._wanted = wanted
        try:
            self._database = sqlite3.connect(path, isolation_level=None, timeout=5.0, check_same_thread=False)
            self._database.execute("PRAGMA journal_mode=WAL").fetchall()
            self._database.execute("PRAGMA synchronous=FULL")
            self._database.executescript(_TABLE)
            if "urgent" not in {column for _, column, *_ in self._database.execute("PRAGMA table_info(outbox)")}:
                self._database.execute(_URGENT)
            self._database.executescript(_NEXT)
            self._told = {(alarm, name) for alarm, name in self._database.execute("SELECT alarm, handler FROM told")}
        except sqlite3.Error as error:
            raise OutboxUnwritable(str(error)) from error

    @property
    def told(self) -> frozenset[tuple[str, str]]:
        """The alarms that are on, as `alarm_of` has them, and who was told of it."""
        return frozenset(self._told)

    def insert(self, events: Sequence[Event]) -> None:
        """Add a row for each handler that wants an event; safe on the disk when this returns. Raises OutboxUnwritable."""
        told = set(self._told)
        rows = [
            (event.id, name, journal_line(event), is_urgent(event)) for event in events for name in addressed(event, self._wanted, told)
        ]
        if rows or told != self._told:
            self._write(
                ("INSERT OR IGNORE INTO outbox (id, handler, line, urgent) VALUES (?, ?, ?, ?)", rows),
                ("INSERT OR IGNORE INTO told (alarm, handler) VALUES (?, ?)", sorted(told - self._told)),
                ("DELETE FROM told WHERE alarm = ? AND handler = ?", sorted(self._told - told)),
            )
        self._told = told

    def waiting(self, handler: str, limit: int) -> list[Delivery]:
        """What the handler has yet to take, urgent events first, then oldest first. What cannot be read becomes a dead letter. Raises OutboxUnwritable."""
        try:
            rows = self._database.execute(
                "SELECT id, line FROM outbox WHERE handler = ? AND state = 'waiting' ORDER BY urgent DESC, number LIMIT ?", (handler, limit)
            ).fetchall()
        except sqlite3.Error as error:
            raise OutboxUnwritable(str(error)) from error
        deliveries, unreadable = [], []
        for event_id, line in rows:
            try:
                deliveries.append(Delivery(event_id, handler, event_of(line)))
            except ValueError as error:
                unreadable.append((event_id, handler, f"written by another version: {error}"))
        if unreadable:
            self.settle((), unreadable)
        return deliveries

    def settle(self, done: Iterable[tuple[str, str]], dead: Iterable[tuple[str, str, str]] = ()) -> None:
        """Mark `(id, handler)` as done and `(id, handler, reason)` as dead; forget what was long ago. Raises OutboxUnwritable."""
        self._write(
            ("UPDATE outbox SET state = 'done' WHERE id = ? AND handler = ?", list(done)),
            ("UPDATE outbox SET state = 'dead', reason = ? WHERE id = ? AND handler = ?", [(why, *key) for *key, why in dead]),
            ("DELETE FROM outbox WHERE state = 'done' AND number <= (SELECT max(number) FROM outbox) - ?", [(_KEPT,)]),
            (_FORGET, [(_LETTERS,)]),
        )

    def counts(self) -> dict[tuple[str, str], int]:
        """How many rows there are, by handler and state. Raises OutboxUnwritable."""
        return {
            (handler, state): count for handler, state, count in self._read("SELECT handler, state, count(*) FROM outbox GROUP BY 1, 2")
        }

    def rows(self) -> list[Row]:
        """What was not taken, oldest first. Raises OutboxUnwritable."""
        return [
            Row(*row)
            for row in self._read(
                "SELECT id, handler, state, coalesce(reason, ''), line FROM outbox WHERE state IN ('waiting', 'dead') ORDER BY number"
            )
        ]

    def again(self, rows: Iterable[Row]) -> None:
        """Let dead letters wait again: a run, also one that goes on, delivers them within seconds. Raises OutboxUnwritable."""
        keys = [(row.id, row.handler) for row in rows]
        self._write(("UPDATE outbox SET state = 'waiting', reason = NULL WHERE id = ? AND handler = ? AND state = 'dead'", keys))

    def forget(self, rows: Iterable[Row]) -> None:
        """Take rows for done, though nobody took them. Raises OutboxUnwritable."""
        keys = [(row.id, row.handler) for row in rows]
        self._write(("UPDATE outbox SET state = 'done', reason = 'forgotten' WHERE id = ? AND handler = ?", keys))

    def close(self) -> None:
        """Let the file go."""
        self._database.close()

    def _read(self, statement: str) -> list[tuple[Any, ...]]:
        try:
            return self._database.execute(statement).fetchall()
        except sqlite3.Error as error:
            raise OutboxUnwritable(str(error)) from error

    def _write(self, *steps: tuple[str, Sequence[tuple[object, ...]]]) -> None:
        try:
            self._database.execute("BEGIN IMMEDIATE")
            for statement, rows in steps:
                self._database.executemany(statement, rows)
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                self._database.execute("ROLLBACK")
            raise OutboxUnwritable(str(error)) from error


def is_urgent(event: Event) -> bool:
    """Whether it goes before all that waits."""
    return isinstance(event, AlarmEvent) and event.priority is Priority.CRITICAL


def event_of(line: bytes) -> Event:
    """The event of a line of the journal. Raises ValueError: it is none that this version knows."""
    return json.decode(line, type=kind_of(json.decode(line, type=_Kind).type))


class _Kind(Struct):
    type: str
