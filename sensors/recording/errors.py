"""What can go wrong with a recording, by whose fault it is."""

import errno
import sqlite3
from pathlib import Path

from ...config.printable import printable


class RecordingError(Exception):
    """Anything that this package raises about a recording. `path` is the file or folder."""

    def __init__(self, path: Path, msg: str) -> None:
        self.path = path
        super().__init__(printable(f"{path}: {msg}"))  # SQLite repeats what it finds in a damaged file

    def __reduce__(self) -> tuple[object, ...]:
        """By its text and its attributes: an error may have to travel to another process."""
        return _again, (type(self), str(self), vars(self))


def _again(kind: type[RecordingError], text: str, attributes: dict[str, object]) -> RecordingError:
    error = kind.__new__(kind)
    Exception.__init__(error, text)
    vars(error).update(attributes)
    return error


class NotARecording(RecordingError):
    """There is no recording at that path, or one of a newer program."""


class RecordingInUse(RecordingError):
    """Another process writes to this folder: two would write one log."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "another process is recording there")


class RecordingUnwritable(RecordingError):
    """The disk would not take it. Nothing of this commit is in the recording, and nothing is lost yet: commit again."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(path, f"cannot be written: {why}")

    @property
    def full(self) -> bool:
        """Whether what it was raised from is a want of room."""
        match self.__cause__:
            case sqlite3.Error() as error:
                return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
            case OSError() as error:
                return error.errno in {errno.ENOSPC, errno.EDQUOT}
        return False


class RecordingDamaged(RecordingError):
    """Part of a recording is not what was written. Everything before it has been read, and is right.

    `lost` is how many frames, None when the damage is such that nobody can say; `after` is the time of the last good frame before.
    """

    def __init__(self, path: Path, what: str, *, lost: int | None = None, after: int | None = None) -> None:
        self.what = what
        self.lost = lost
        self.after = after
        many = "an unknown number of frames is" if lost is None else "1 frame is" if lost == 1 else f"{lost} frames are"
        since = "from the beginning" if after is None else f"after {after}"
        super().__init__(path, f"{what}; {many} lost {since}")


class ChunkDamaged(ValueError):
    """One chunk cannot be read; who reads the file knows which, and says so as `RecordingDamaged`."""
