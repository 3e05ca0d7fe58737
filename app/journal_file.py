"""The journal as a file: one event a line, written as events are given out, and whole again after a kill.

The file belongs to a recording and goes on from run to run, so that it equals the journal of the recording's replay. A killed run may
have left lines out, or half a line. On restart the tail of the log is folded again; what of its events the file does not have is added.
Should more be missing than that, as after a power cut, the file is made anew from the recording.

A file that is new or empty begins with the run that opens it.
"""

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec import MsgspecError, Struct, ValidationError, json

from ..pipeline import Event, journal_line
from .errors import UserError

_BLOCK: Final = 64 * 1024
_WAITS: Final = 64 * 1024 * 1024
"""Bytes that wait at most for a disk that takes nothing."""


class _Line(Struct):
    id: str
    at: int
    type: str


class NotAJournal(UserError):
    """The file has something else in it; nothing was changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} exists and is no journal: name another file")


_BEGINNINGS: Final = tuple(b'{"%s":' % key for key in (b"action", b"advise", b"again", b"alarm", b"at"))
"""Of a line of a journal; its keys are sorted, and each has an `at`."""


class JournalFile:
    """Opened for appending; a torn last line is cut off. `last` is the id of the last whole line, None when there is none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a+b", buffering=0)
        except OSError as error:
            msg = f"cannot write the journal {path}: {error.strerror}"
            raise UserError(msg) from error
        self._waiting = bytearray()
        self._given_up = False
        """Whether so much waited that the rest is left to the next start, which makes the file anew from the recording."""
        self.last = self._mend()

    def _mend(self) -> str | None:
        size = self._file.seek(0, os.SEEK_END)
        tail, start = b"", size
        while start > 0 and tail.rstrip(b"\n").count(b"\n") < 2:  # a whole line and what is torn after it
            start = max(0, start - _BLOCK)
            self._file.seek(start)
            tail = self._file.read(size - start)
        whole = tail[: tail.rfind(b"\n") + 1]
        lines = whole.splitlines()
        if not lines:
            if tail and not _is_torn(tail):
                raise NotAJournal(self.path)
            self._file.truncate(0)
            return None
        try:
            last = json.decode(lines[-1], type=_Line)
        except (MsgspecError, ValueError):
            raise NotAJournal(self.path) from None
        self._file.truncate(start + len(whole))
        self._file.seek(0, os.SEEK_END)
        return last.id

    def catch_up(self, before: str, derived: Sequence[Event]) -> bool:
        """Add what is missing of `derived`, the events after the one whose id is `before`; False when the gap is wider than that.

        A file without a line is left so.
        """
        if self.last is None:
            return True
        ids = [event.id for event in derived]
        if self.last in ids:
            self.write(derived[len(ids) - ids[::-1].index(self.last) :])
        elif self.last == before:
            self.write(derived)
        else:
            return False
        return True

    def rebuild(self, events: Iterable[Event]) -> None:
        """Make the file of these events instead; what was there stays until all of them are written."""
        fresh = self.path.with_name(f"{self.path.name}.new")
        with fresh.open("wb") as file:
            for event in events:
                file.write(journal_line(event) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._file.close()
        fresh.replace(self.path)
        self._file = self.path.open("a+b", buffering=0)

    def write(self, events: Sequence[Event]) -> None:
        """Append a line each, at once, behind what waits. Raises OSError when the disk takes nothing; it then waits for the next call."""
        if not events or self._given_up:
            return
        self._waiting += b"".join([journal_line(event) + b"\n" for event in events])
        self.last = events[-1].id
        try:
            self._flush()
        except OSError:
            self._given_up = len(self._waiting) > _WAITS
            if self._given_up:
                self._waiting.clear()
            raise

    def _flush(self) -> None:
        while self._waiting:
            del self._waiting[: self._file.write(self._waiting)]  # a disk that is almost full takes a part

    def close(self) -> None:
        """Let the file go."""
        with suppress(OSError):
            self._flush()
        self._file.close()


def _is_torn(text: bytes) -> bool:
    """Whether it can be the beginning of a line of ours, or a line that lacks its end: its first key is one of few."""
    if not any(text.startswith(one) or one.startswith(text) for one in _BEGINNINGS):
        return False
    try:
        json.decode(text, type=_Line)
    except ValidationError:  # the whole of something else
        return False
    except (MsgspecError, ValueError):
        pass
    return True
