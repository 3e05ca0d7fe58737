"""Replaying for the command line: times as people write them, a progress bar, the journal to a file or to standard output."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from ..config.units import SECOND
from ..pipeline import journal_line
from ..sensors.recording import Recording
from .errors import UserError
from .progress import progress
from .replay import fold
from .sites import site_named


def replay_to(path: Path, site: str | None, journal: str, since: str | None, until: str | None, *, plain: bool) -> int:
    """Write the journal of the recording; gives the number of its lines. Raises UserError, RecordingError, ConfigError."""
    recording = Recording(path)
    other = None if site is None else site_named(site, secrets=False)
    snapshot = None
    if since is not None:
        snapshot = recording.snapshot_before(moment(since))
        if snapshot is None:
            msg = f"--from {since}: there is no snapshot before it; leave it out to begin at the beginning"
            raise UserError(msg)
    end = None if until is None else moment(until)
    first, last = recording.first_at or 0, recording.last_at or 0
    lines = 0
    with _output(journal) as out, progress("replaying", last - first, shown=not plain) as bar:
        for folded in fold(recording, other, since=snapshot, until=end):
            out.write(b"".join([journal_line(event) + b"\n" for event in folded.events]))
            lines += len(folded.events)
            bar(folded.frames[-1].at - first)
    return lines


def moment(text: str) -> int:
    """A time as ns since the epoch. Raises UserError."""
    if text.isdigit():
        return int(text)
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        msg = f"{text!r} is no time: expected ISO 8601 such as 2026-05-01T12:00:00Z, or nanoseconds since the epoch"
        raise UserError(msg) from None
    since = (when if when.tzinfo else when.replace(tzinfo=UTC)) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86400 + since.seconds) * SECOND + since.microseconds * 1000


@contextmanager
def _output(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        try:
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            sys.stderr.close()
            raise SystemExit(1) from None
        return
    try:
        with Path(name).open("wb") as file:
            yield file
    except OSError as error:
        msg = f"cannot write the journal {name}: {error.strerror}"
        raise UserError(msg) from error
