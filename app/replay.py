"""Replay: a recording folded again, to the same events as when it was live. It touches nothing: what handles events has to be asked for.

A recording may hold several runs, and its site file may have changed between them; the fold goes on from one to the next as the restarts
did, each with the site file of its segment. So the journal of a recording is the journals of its runs, one after the other.

Under another site file the loop is open: the recorded hall answered to other commands than those that come out now. Units that were
driven are only advised then, which also turns the verification of their reports off, and each `run.started` says so.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from msgspec import MsgspecError, json, structs

from ..config.loader import loads
from ..config.model import ControlMode, Site
from ..pipeline import Event, Pipeline, Style
from ..sensors.frame import Frame, Own
from ..sensors.recording import Recording, Snapshot
from .errors import NoSite, StateUnusable
from .own import digest

Told = Callable[[Event], object]
"""Whoever is to be told of each event; what it returns is ignored."""

Push = Callable[[Pipeline, Sequence[Frame]], list[Event]]
"""Folds frames, by a pipeline, to their events."""

OPEN_LOOP = "replayed under another site file: the loop is open, verification is off"
NO_LOOP = "recorded without a site file, replayed under this one: nobody obeyed, verification is off"


class Folded(NamedTuple):
    """Some frames of a recording, and what came of them."""

    pipeline: Pipeline
    frames: Sequence[Frame]
    events: list[Event]
    source: str
    """The site file that they were recorded under."""


class Piece(NamedTuple):
    """Some frames of a recording, before they are folded."""

    sites: tuple[Site, ...]
    """What begins with them: each takes over the state of the one before."""
    snapshot: bytes | None
    """The state of the first one."""
    frames: Sequence[Frame]
    shown: Sequence[Frame]
    """What is folded in their place."""
    source: str
    """The site file that they were recorded under."""


def replay(recording: Recording, site: Site | None = None, handlers: Iterable[Told] = ()) -> Iterator[Event]:
    """Every event of the recording, in order. `site` stands in for the recorded one. `handlers` are called in this thread.

    Raises:
        RecordingDamaged: after the events of everything before the damage.
        ConfigError: a recorded site file is not one for this version.
        NoSite: there is none, and none was given.
        StateUnusable: its beginning was forgotten, and the state that was kept instead is of another version.
    """
    told = tuple(handlers)
    for folded in fold(recording, site):
        folded.pipeline.take_rejected()  # they are in the recording already
        for event in folded.events:
            for handler in told:
                handler(event)
            yield event


def fold(
    recording: Recording,
    site: Site | None = None,
    *,
    since: Snapshot | None = None,
    until: int | None = None,
    style: Style | str = Style.RX,
    push: Push = Pipeline.push,
) -> Iterator[Folded]:
    """The recording through a pipeline, a chunk of frames at a time; from a snapshot on, or from the beginning.

    Without `since`, a recording whose beginning was forgotten starts at its first snapshot. `push` may do more than fold a chunk.
    """
    pipeline: Pipeline | None = None
    try:
        for piece in pieces(recording, site, since=since, until=until):
            for begun in piece.sites:
                snapshot = piece.snapshot if pipeline is None else pipeline.snapshot()
                if pipeline is not None:
                    pipeline.close()
                pipeline = Pipeline(begun, snapshot, style=style)
            assert pipeline is not None
            yield Folded(pipeline, piece.frames, push(pipeline, piece.shown), piece.source)
    finally:
        if pipeline is not None:
            pipeline.close()


def pieces(
    recording: Recording,
    site: Site | None = None,
    *,
    since: Snapshot | None = None,
    until: int | None = None,
) -> Generator[Piece, None, None]:
    """The recording as it is to be folded: a chunk of frames at a time, with the sites that begin before it."""
    other = None if site is None else opened(site)
    sources = {segment.path: segment.site_source for segment in recording.segments}
    begun = False
    source = "" if since is None else source_at(recording, since.at)
    for path, frames in recording.parts(None if since is None else since.at + 1, until):
        here = sources.get(path)
        if here is None:  # begun after we looked
            return
        if other is None and not here:
            raise NoSite(recording.path)
        sites: list[Site] = []
        known: Snapshot | None = None
        if not begun:
            known = since or (None if frames[0].topic == Own.START else recording.snapshot_before(frames[0].at))
            # A snapshot belongs to the site of the segment that it was taken in.
            before = source if since is not None and source else here
            sites.append(other or loads(before, secrets=False))
            _check(known, sites[0], recording.path)
            begun, source = True, before
        if other is None and here != source:
            sites.append(loads(here, secrets=False))
        source = here
        shown = frames if other is None else [_retitled(frame, other) for frame in frames]
        yield Piece(tuple(sites), known and known.blob, frames, shown, source)


def sites_of(recording: Recording, site: Site | None) -> Iterator[Site]:
    """Every site that some of it is folded under. Raises NoSite, ConfigError."""
    if site is not None:
        yield site
        return
    for source in dict.fromkeys(segment.site_source for segment in recording.segments if segment.last_at is not None):
        if not source:
            raise NoSite(recording.path)
        yield loads(source, secrets=False)


def source_at(recording: Recording, at: int) -> str:
    """The site file of the segment that was written then; empty for none."""
    return next((one.site_source for one in reversed(recording.segments) if one.first_at is not None and one.first_at <= at), "")


def _check(known: Snapshot | None, site: Site, path: Path) -> None:
    """Whether a fold can begin there. Raises StateUnusable."""
    if known is None:
        return
    try:
        Pipeline(site, known.blob).close()
    except (MsgspecError, ValueError, KeyError) as error:
        raise StateUnusable(path, error) from error


def opened(site: Site) -> Site:
    """The site with every driven unit only advised."""
    halls = tuple(
        structs.replace(
            hall,
            units=tuple(
                structs.replace(unit, control=ControlMode.ADVISE) if unit.control is ControlMode.ON else unit for unit in hall.units
            ),
        )
        for hall in site.halls
    )
    return structs.replace(site, halls=halls)


def _retitled(frame: Frame, site: Site) -> Frame:
    """A `start` frame that names the site that it is replayed under."""
    if frame.topic != Own.START:
        return frame
    try:
        said = json.decode(frame.payload, type=dict[str, object])
    except (MsgspecError, ValueError):
        return frame  # it begins nothing, and is rejected
    note = OPEN_LOOP if said.get("site") else NO_LOOP
    return frame._replace(payload=json.encode({**said, "site": digest(site), "note": note}))
