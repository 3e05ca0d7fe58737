"""Restart: the newest snapshot, and the tail of the log folded again."""

from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from msgspec import MsgspecError

from ..config.model import Site
from ..pipeline import Event, Pipeline
from ..sensors.recording import NotARecording, Recording, RecordingDamaged, RecordingError, Snapshot
from .errors import StateUnusable
from .replay import fold, source_at
from .state_file import Saved, StateFile


class Restored(NamedTuple):
    """The pipeline as the last run left it, under the site of the new one."""

    pipeline: Pipeline
    events: list[Event]
    """What the tail of the log gave, again: the outbox and the journal may lack the last of them."""
    before: str
    """Id of the last event before those; empty for none, or when nobody knows."""
    last_at: int | None
    """Time of the log's last frame; None for a new log."""
    damage: str = ""
    """What could not be read."""


class _Tail(NamedTuple):
    """What came of folding from one snapshot; without a pipeline, nothing did."""

    pipeline: Pipeline | None
    events: list[Event]
    damage: str


_UNUSABLE: Final = (MsgspecError, ValueError, KeyError)
"""What a snapshot of another version may raise."""


def restore(folder: Path, site: Site, state: StateFile, version: str, style: str = "rx") -> Restored:
    """Bring the pipeline to where the recording ends. Without a recording, a new pipeline. It goes on in `style`."""
    restored = _restore(folder, site, state, version)
    if style == restored.pipeline.style:
        return restored
    return restored._replace(pipeline=Pipeline(site, restored.pipeline.snapshot(), style=style))


def _restore(folder: Path, site: Site, state: StateFile, version: str) -> Restored:
    try:
        recording = Recording(folder)
    except NotARecording:
        state.forget()
        return Restored(Pipeline(site), [], "", None)
    try:
        last_at = recording.last_at
    except RecordingError as error:
        return _by_state_alone(site, state, version, str(error))
    damage = "; ".join(map(str, recording.unreadable))
    if last_at is None:
        if not damage:
            state.forget()
        return _by_state_alone(site, state, version, damage)
    for saved in _candidates(recording, state, last_at, version):
        tail = _folded(recording, saved, site)
        damage = tail.damage or damage
        if tail.pipeline is not None:
            return Restored(tail.pipeline, tail.events, saved.last_event if saved else "", last_at, damage)
    return Restored(Pipeline(site), [], "", last_at, damage)


def _folded(recording: Recording, saved: Saved | None, site: Site) -> _Tail:
    """What is behind a snapshot, or all, folded as far as it can be read, and then brought under the site of the new run."""
    pipeline, source = None, "" if saved is None else source_at(recording, saved.at)
    events: list[Event] = []
    damage = ""
    try:
        for folded in fold(recording, since=saved and Snapshot(saved.at, saved.blob)):
            pipeline, source = folded.pipeline, folded.source
            pipeline.take_rejected()  # the dead letters of a run that is over: they are not to pile up
            events += folded.events
    except RecordingDamaged as error:
        damage = str(error)
    except (StateUnusable, *_UNUSABLE) as error:
        return _Tail(None, [], f"a snapshot could not be used: {error}")
    if pipeline is not None:
        pipeline = pipeline if source == site.source else Pipeline(site, pipeline.snapshot())
        pipeline.take_rejected()
    elif saved is not None:
        try:
            pipeline = Pipeline(site, saved.blob)
        except _UNUSABLE as error:
            return _Tail(None, [], f"a snapshot could not be used: {error}")
    return _Tail(pipeline, events, damage)


def _by_state_alone(site: Site, state: StateFile, version: str, damage: str) -> Restored:
    """Where nothing of the recording can be read: the newest snapshot of the state file, or a new pipeline."""
    for saved in state.load():
        if saved.version == version:
            with suppress(*_UNUSABLE):
                return Restored(Pipeline(site, saved.blob), [], saved.last_event, saved.at, damage)
    return Restored(Pipeline(site), [], "", None, damage)


def _candidates(recording: Recording, state: StateFile, last_at: int, version: str) -> list[Saved | None]:
    """Where to begin, best first: our own snapshots, the recording's, its very beginning."""
    runs = {segment.started for segment in recording.segments}
    whole = not recording.unreadable
    begins = recording.first_at or 0  # what was before may have gone to make room, and the state of then leads nowhere
    own = [saved for saved in state.load() if (saved.started in runs or not whole) and saved.version == version and saved.at >= begins]
    found: list[Saved | None] = list(own)
    kept = recording.snapshot_before(last_at)
    if kept is not None and all(saved.at < kept.at for saved in own):
        # Its last event is not known, so a journal that lacks more than the tail is made anew.
        found.append(Saved(kept.at, 0, version, "", kept.blob))
    return [*found, None]
