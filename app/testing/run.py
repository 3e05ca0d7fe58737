"""`replay`: a recording or a timeline in text, folded to its journal."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol

from ...config.loader import load, loads
from ...config.model import Site
from ...pipeline import Event, Pipeline, Rejected
from ...sensors.frame import Frame, Own
from ...sensors.recording import Recording
from .journal import Journal
from .timeline import EPOCH, frames_of, is_timeline, parse, site_of

Told = Callable[[Event], object]
"""Whoever is to be told of each event; what it returns is ignored."""


class NoSite(ValueError):
    """The recording does not hold the text of a site file, so its site has to be given."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} holds no site file: name one with site=...")


class Replay(Protocol):
    """The type of `replay`, for annotations of the fixture."""

    def __call__(self, source: str | Path, /, *, site: str | Path | Site | None = None, handlers: Iterable[Told] = ()) -> Journal:
        """As the function `replay`."""


def replay(source: str | Path, /, *, site: str | Path | Site | None = None, handlers: Iterable[Told] = ()) -> Journal:
    """Fold `source` and return its journal: the text of a timeline, or the path of a recording.

    A recording brings its own site, a timeline makes one up from the names in it; `site` (a site file's path, or a `Site`) stands in for
    either. `handlers` are called with each event, in order, in this thread; those of the site file are not, for a replay touches nothing.
    Raises TimelineError, ConfigError, NotARecording, RecordingDamaged, NoSite.
    """
    where = load(Path(site), secrets=False) if isinstance(site, str | Path) else site
    text = isinstance(source, str) and is_timeline(source)
    journal = _timeline(str(source), where) if text else _recording(Path(source), where)
    told = tuple(handlers)
    for event in journal.events:
        for handler in told:
            handler(event)
    return journal


def _timeline(text: str, site: Site | None) -> Journal:
    script = parse(text)
    where = site or site_of(script)
    pipeline = Pipeline(where)
    return Journal(pipeline.push(frames_of(script, where)), EPOCH, pipeline.take_rejected())


def _recording(path: Path, site: Site | None) -> Journal:
    events: list[Event] = []
    rejected: list[Rejected] = []
    start = 0
    for pipeline, frames in _chunks(Recording(path), site):
        start = start or frames[0].at
        events += pipeline.push(frames)
        rejected += pipeline.take_rejected()
    return Journal(events, start, rejected)


def _chunks(recording: Recording, site: Site | None) -> Iterator[tuple[Pipeline, list[Frame]]]:
    """Each chunk with the pipeline to fold it: a new one, with the state of the old, where the recorded site changes."""
    pipeline: Pipeline | None = None
    source = ""
    for segment in recording.segments:
        if site is None and not segment.site_source:
            raise NoSite(segment.path)
        for frames in Recording(segment.path).frames():
            if pipeline is None:
                state = None if frames[0].topic == Own.START else recording.snapshot_before(frames[0].at)
                pipeline = Pipeline(site or loads(segment.site_source, secrets=False), state and state.blob)
            elif site is None and segment.site_source != source:
                pipeline = Pipeline(loads(segment.site_source, secrets=False), pipeline.snapshot())
            source = segment.site_source
            yield pipeline, frames
