"""Recordings: the log as SQLite files, written by one process, readable by any other meanwhile and for years after.

It knows frames, not readings: what payloads mean is decided on replay, by the program of that day. It stamps nothing, folds nothing
and has no clock; times are those of the frames.
"""

from .errors import NotARecording, RecordingDamaged, RecordingError, RecordingInUse, RecordingUnwritable
from .reader import Recording, SegmentInfo
from .rebuild import rebuild_rollup
from .rollup import Bar, Minute, Rollup
from .segment import DeadLetter, Snapshot
from .writer import RecordingWriter

__all__ = [
    "Bar",
    "DeadLetter",
    "Minute",
    "NotARecording",
    "Recording",
    "RecordingDamaged",
    "RecordingError",
    "RecordingInUse",
    "RecordingUnwritable",
    "RecordingWriter",
    "Rollup",
    "SegmentInfo",
    "Snapshot",
    "rebuild_rollup",
]
