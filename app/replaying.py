"""Replaying for the command line: times as people write them, a progress bar, the journal to a file or to standard output."""

import resource
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from ..config.model import Site
from ..config.units import SECOND
from ..pipeline import Event, journal_line
from ..sensors.recording import Recording, Snapshot
from . import garbage
from .errors import UserError
from .parallel import replay_in_processes
from .progress import progress
from .replay import fold
from .sites import site_named
from .strangers import Strangers

_LAST: Final = 1 << 63
"""Ns since the epoch that no recording can hold."""


class Part(NamedTuple):
    """What to replay, and how."""

    recording: Recording
    site: Site | None
    since: Snapshot | None
    until: int | None
    style: str
    jobs: int


def replay_to(
    path: Path,
    site: str | None,
    journal: str,
    since: str | None,
    until: str | None,
    *,
    plain: bool,
    style: str = "rx",
    jobs: int = 1,
) -> int:
    """Write the journal of the recording; gives the number of its lines. Raises UserError, RecordingError, ConfigError, RunFailed."""
    if jobs > 1 and style != "rx":
        msg = f"--jobs {jobs} --style {style}: processes fold the zones in the way of rx; leave one of the two out"
        raise UserError(msg)
    garbage.relax()
    recording = Recording(path)
    other = None if site is None else site_named(site, secrets=False)
    snapshot = None
    if since is not None:
        snapshot = recording.snapshot_before(moment(since))  # without one, from the beginning
    end = None if until is None else moment(until)
    part = Part(recording, other, snapshot, end, style, jobs)
    first, last = recording.first_at or 0, recording.last_at or 0
    strangers = Strangers()
    lines = frames = 0
    began = time.monotonic()
    with _output(journal) as out, progress("replaying", last - first, shown=not plain) as bar, closing(_steps(part, strangers)) as steps:
        for at, more, events in steps:
            out.write(b"".join([journal_line(event) + b"\n" for event in events]))
            lines += len(events)
            frames += more
            bar(at - first)
    if strangers.count:
        sys.stderr.write(f"{strangers}\n")
    if jobs > 1:
        _say_how_fast(frames, jobs, time.monotonic() - began)
    return lines


def _steps(part: Part, strangers: Strangers) -> Generator[tuple[int, int, list[Event]], None, None]:
    """As it is folded: time, frames, events."""
    if part.jobs > 1:
        for settled in replay_in_processes(part.recording, part.jobs, part.site, since=part.since, until=part.until):
            strangers.add(settled.strangers)
            yield settled.at, settled.frames, settled.events
        return
    for folded in fold(part.recording, part.site, since=part.since, until=part.until, style=part.style):
        rejected = folded.pipeline.take_rejected()  # under the recorded site file they are in the recording already
        if part.site is not None:
            strangers.take(rejected)
        yield folded.frames[-1].at, len(folded.frames), folded.events


def _say_how_fast(frames: int, jobs: int, seconds: float) -> None:
    used = sum(usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))
    sys.stderr.write(
        f"{frames:,} frames in {seconds:.1f} s with --jobs {jobs}; {used:.1f} s of CPU in all, {used / seconds:.1f} cores at work on average\n"
    )


def moment(text: str) -> int:
    """A time as ns since the epoch. Raises UserError."""
    try:
        found = int(text) if text.isdecimal() else _since_epoch(datetime.fromisoformat(text))
    except ValueError:
        found = -1
    if not 0 <= found < _LAST:
        msg = f"{text!r} is no time: expected ISO 8601 such as 2026-05-01T12:00:00Z, or nanoseconds since the epoch, up to the year 2262"
        raise UserError(msg)
    return found


def _since_epoch(when: datetime) -> int:
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
