"""What one process of a parallel replay does: it reads the whole recording, decodes what concerns its zones, and folds those zones."""

import pickle
from collections.abc import Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from operator import itemgetter
from pathlib import Path
from typing import Final, NamedTuple

from msgspec import msgpack

from ..config.model import Site
from ..pipeline.stages.decode import GAPS, Decoder
from ..pipeline.state import PipelineState
from ..pipeline.zones import Depth, Finding, ZoneFolds
from ..sensors.frame import Frame, Frames, Own
from ..sensors.recording import Recording, Sift, Snapshot
from . import garbage
from .errors import RunFailed
from .replay import Piece, pieces, sites_of

_topic: Final = itemgetter(1)
_encoder: Final = msgpack.Encoder()
_decoder: Final = msgpack.Decoder(PipelineState)


class Assignment(NamedTuple):
    """What a process is to do; it is pickled on the way there."""

    path: Path
    other: Site | None
    since: Snapshot | None
    until: int | None
    zones: frozenset[str]
    """By id: a zone stays with its process when the site file changes."""
    passing: bool
    """Whether it passes on what is no zone's."""


class Found(NamedTuple):
    """What a process has found in one piece of the recording."""

    at: int
    """Time of its last frame: up to here, that is all."""
    frames: int
    sites: tuple[Site, ...]
    """Those that begin with it, from who passes things on."""
    snapshot: bytes | None
    begins: int
    """Time of its first frame."""
    findings: list[Finding]


def found(work: Assignment) -> Iterator[Found]:
    """Fold the zones, piece by piece."""
    state: PipelineState | None = None
    mine: _Mine | None = None
    recording = Recording(work.path)
    sift = _sift(recording, work)
    left_out = 0
    for piece in pieces(recording, work.other, since=work.since, until=work.until, sift=sift):
        for site in piece.sites:
            if mine is not None:
                mine.settle()
            state = carried_over(state, piece.snapshot)
            mine = _Mine(site, state, work)
        assert mine is not None
        frames = piece.frames
        sites = piece.sites if work.passing else ()
        read, left_out = len(frames) + sift.left_out - left_out, sift.left_out
        yield Found(frames[-1].at, read, sites, piece.snapshot if sites else None, frames[0].at, mine.fold(piece))


def _sift(recording: Recording, work: Assignment) -> Sift:
    """What only others need is not read: the thermometers of their zones under every site, and none of ours under any."""
    ours: set[str] = set()
    theirs: set[str] = set()
    for site in sites_of(recording, work.other):
        for zone in site.zones:
            (ours if zone.id in work.zones else theirs).update(sensor.topic for sensor in zone.sensors)
    return Sift(theirs - ours, GAPS)


def carried_over(state: PipelineState | None, snapshot: bytes | None) -> PipelineState:
    """The state under the next site: written down and read again, as in one process."""
    known = snapshot if state is None else _encoder.encode(state)
    return PipelineState() if known is None else _decoder.decode(known)


class _Mine:
    """The zones of this process, under one site."""

    def __init__(self, site: Site, state: PipelineState, work: Assignment) -> None:
        self._decode = Decoder(site, lambda _: None)
        mine = [index for index, zone in enumerate(site.zones) if zone.id in work.zones]
        self._folds = ZoneFolds(site, state, mine, passing=work.passing)
        self._others = {sensor.topic for zone in site.zones if zone.id not in work.zones for sensor in zone.sensors}

    def fold(self, piece: Piece) -> list[Finding]:
        return self._folds.push(self._decode(self._concerning(piece.shown)))

    def settle(self) -> None:
        """The state as it is to be carried over."""
        self._folds.settle(Depth.WHOLE)

    def _concerning(self, frames: Sequence[Frame]) -> Sequence[Frame]:
        """The frames; of other zones' thermometers, those that were not left out already, only the times."""
        others = self._others
        if others.isdisjoint(map(_topic, frames)):
            return frames
        concerning = Frames(Frame(frame.at, Own.TICK, b"{}") if frame.topic in others else frame for frame in frames)
        concerning.shapes = frames.shapes if isinstance(frames, Frames) else ()
        return concerning


def work(assignment: Assignment, to: Connection) -> None:
    """The process: send what is found, then None; or the error that ended it."""
    garbage.relax()
    with suppress(BrokenPipeError), to:  # nobody listens any more: they are gone, or have been interrupted
        try:
            for one in found(assignment):
                to.send(one)
            to.send(None)
        except BrokenPipeError:
            raise
        except Exception as error:  # noqa: BLE001  it is raised again over there
            to.send(_portable(error))


def _portable(error: Exception) -> Exception:
    """The error, if it comes out of a pickle as it went in; otherwise one that says the same."""
    with suppress(Exception):
        if str(pickle.loads(pickle.dumps(error))) == str(error):  # noqa: S301  our own
            return error
    return RunFailed(str(error) or repr(error))
