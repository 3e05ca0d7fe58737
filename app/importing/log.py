"""Writing entries as a log: a start, each at its time of arrival, an end."""

import time
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from types import TracebackType
from typing import Final, Self

from ...config.model import Site
from ...config.units import HOUR
from ...sensors.frame import Frame
from ...sensors.recording import RecordingWriter
from ...sensors.recording.folder import segments
from ...sensors.recording.segment import delete
from .. import own
from ..errors import UserError
from ..minutes import Minutes
from ..version import version
from .entry import Entry
from .summary import Summary, iso

COMMITTED: Final = 16_384
"""Frames of one commit, at least."""
_ENDLESS: Final = 2**62
"""For an import there is no age and no total size at which something old would have to go."""


class ImportLog:
    """Writes one import to a folder. Use it as a context; `end` it when all went well. Raises RecordingError, UserError."""

    def __init__(self, folder: Path, site: Site | None, summary: Summary) -> None:
        self._site = site
        self._before = set(segments(folder)) if folder.is_dir() else None
        """Segments of others; None: there was no folder."""
        self._summary = summary
        self._writer = RecordingWriter(
            folder,
            site_source="" if site is None else site.source,
            version=version(),
            started=time.time_ns(),
            segment_age=_ENDLESS,
            keep_bytes=None,
        )
        self._minutes = None if site is None else Minutes(site)
        self._previous = self._writer.last_at
        self._last: int | None = None
        self._frames: list[Frame] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            self._writer.close()
        finally:
            if error is not None:
                self._undo()

    def _undo(self) -> None:
        """Nothing is left of an import that failed."""
        folder = self._writer.folder
        with suppress(OSError):
            for path in segments(folder):
                if self._before is None or path not in self._before:
                    delete(path)
            if self._before is None:
                rmtree(folder)

    def take(self, entry: Entry) -> None:
        """Add an entry behind those before it."""
        if self._last is None:
            self._begin(entry.stamp)
        assert self._last is not None
        at = self._last = max(entry.stamp, self._last + 1)
        if at - entry.stamp > HOUR:
            self._summary.held += 1
        self._frames.append(Frame(at, entry.topic, entry.payload))
        if entry.reason:
            self._writer.dead_letter(at, entry.topic, entry.payload, entry.reason)
        if len(self._frames) >= COMMITTED:
            self._commit()

    def _begin(self, stamp: int) -> None:
        if self._previous is not None and stamp <= self._previous + 1:
            msg = (
                f"{self._writer.folder} holds a recording up to {iso(self._previous)}, and what is to be imported begins at {iso(stamp)}: "
                "a log goes only forward; name another folder"
            )
            raise UserError(msg)
        self._last = stamp - 1
        self._frames.append(Frame(self._last, *_start(self._site, self._previous)))

    def _commit(self) -> None:
        frames, self._frames = self._frames, []
        self._writer.append(frames)
        if self._minutes is not None:
            self._minutes.take(frames, None, self._writer)
        self._writer.commit()

    def end(self) -> None:
        """All is there."""
        if self._last is None:
            return
        self._frames.append(Frame(self._last + 1, *own.END))
        self._commit()
        if self._minutes is not None:
            self._minutes.end(self._writer)
            self._writer.commit()


def _start(site: Site | None, previous: int | None) -> own.Unstamped:
    return own.start(site or Site(name="", halls=()), version(), previous=previous, rate=1.0, session=False)
