"""What `hotzone simulate` does without a broker."""

import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import BinaryIO

from ..config.model import Site
from ..config.units import HOUR, MINUTE
from ..pipeline import Pipeline, journal_line
from ..sensors.recording import RecordingWriter
from .errors import UserError
from .halls import Plan, halls_of
from .lockstep import EPOCH, Lockstep
from .progress import progress
from .restore import restore
from .state_file import StateFile, state_path
from .version import version


def simulate_in_process(plan: Plan, recording: Path | None, journal: str | None, style: str = "rx") -> None:
    """Hall and pipeline in lockstep. Raises RecordingError, FaultError."""
    site = plan.site
    duration = round((24.0 if plan.hours is None else plan.hours) * HOUR)
    with ExitStack() as stack:
        log = None if recording is None else stack.enter_context(_log(site, recording))
        last_at = None if log is None else log.last_at
        pipeline = Pipeline(site, style=style) if recording is None or last_at is None else _restored(site, recording, style)
        stack.callback(pipeline.close)
        start = EPOCH if last_at is None else last_at // MINUTE * MINUTE + MINUTE
        lockstep = Lockstep(
            site, halls_of(site, start, plan.seed, plan.faults), version=version(), log=log, pipeline=pipeline, last_at=last_at
        )
        lines = None if journal is None else sys.stdout.buffer if journal == "-" else stack.enter_context(_opened(Path(journal)))
        bar = stack.enter_context(progress("simulating", duration, shown=not plan.plain))
        frames = events = 0
        began = time.monotonic()
        for step in lockstep.steps(duration):
            frames += step.frames
            events += len(step.events)
            if lines is not None:
                lines.write(b"".join([journal_line(event) + b"\n" for event in step.events]))
            bar(step.at - start)
        if lines is not None:
            lines.flush()
        seconds = time.monotonic() - began
    head = f"{duration / HOUR:g} h of {site.name} in {seconds:.1f} s: {frames:,} frames, {events:,} events"
    sys.stderr.write(f"{head}; {_truth(lockstep)}\n")


def _log(site: Site, recording: Path) -> RecordingWriter:
    settings = site.recording
    return RecordingWriter(
        recording,
        site_source=site.source,
        version=version(),
        started=time.time_ns(),
        segment_bytes=settings.segment_bytes,
        segment_age=settings.segment_age,
        keep_bytes=settings.keep_bytes,
    )


def _restored(site: Site, recording: Path, style: str) -> Pipeline:
    """The pipeline as the simulation before left it."""
    with closing(StateFile(state_path(recording))) as state:
        return restore(recording, site, state, version(), style).pipeline


def _truth(lockstep: Lockstep) -> str:
    """What really happened in the halls, whatever was measured."""
    truths = [hall.truth() for hall in lockstep.halls]
    return (
        f"hottest zone {max(truth.peak for truth in truths):.1f} °C, {sum(truth.degree_minutes for truth in truths):.1f} K min above 27 °C, "
        f"fans {sum(truth.fan_kwh for truth in truths):.1f} kWh"
    )


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("ab")
    except OSError as error:
        msg = f"cannot write the journal {path}: {error.strerror}"
        raise UserError(msg) from error
