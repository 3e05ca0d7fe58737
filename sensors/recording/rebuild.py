"""Making the rollup anew from the frames, when it is damaged, was never written, or other series are wanted."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from ...config.units import MINUTE
from .errors import RecordingUnwritable
from .folder import FolderLock, segments
from .reader import Recording
from .rollup import Rollup, Sampler


def rebuild_rollup(folder: Path, series: Sequence[str], sampler: Sampler) -> int:
    """Replace the rollup of every segment; gives the number of minutes. A minute that two segments share is in the later one.

    Args:
        folder: The recording. Nobody may be recording there.
        series: The names of the series, by place.
        sampler: Makes of some frames the values in them: place of the series, log time, value. Frames come in order, each once.

    Raises:
        RecordingInUse: somebody is recording there.
        RecordingDamaged: frames cannot be read; the rollup of the segments before is new, of the others as it was.
        RecordingUnwritable: the disk would not take it.
    """
    lock = FolderLock(folder)
    try:
        rollup = Rollup()
        minutes = 0
        paths = segments(folder)
        for path, following in zip(paths, [*paths[1:], None], strict=True):
            for frames in Recording(path).frames():
                rollup.feed(sampler(frames))
            begins = None if following is None else Recording(following).first_at
            rows = rollup.take(None if begins is None else begins // MINUTE * MINUTE)
            _replace(path, rows, series)
            minutes += len(rows)
    finally:
        lock.release()
    return minutes


def _replace(path: Path, rows: Sequence[tuple[int, bytes]], series: Sequence[str]) -> None:
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            database.execute("DELETE FROM series")
            database.execute("DELETE FROM rollup")
            database.executemany("INSERT INTO series VALUES (?, ?)", enumerate(series))
            database.executemany("INSERT INTO rollup VALUES (?, ?)", rows)
            database.execute("COMMIT")
    except sqlite3.Error as error:
        raise RecordingUnwritable(path, str(error)) from error
