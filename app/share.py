"""What one process of a parallel replay does: it reads the whole recording, and folds some of the zones."""

import pickle
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from msgspec import msgpack

from ..config.model import Site
from ..pipeline import Rejected
from ..pipeline.inputs import Input, Measured, Readings
from ..pipeline.snapshots import state_of
from ..pipeline.stages.decode import Decoder
from ..pipeline.state import PipelineState
from ..pipeline.zones import Depth, Finding, ZoneFolds
from ..sensors.recording import Recording, Snapshot
from . import garbage
from .errors import RunFailed
from .replay import Piece, pieces
from .strangers import Strangers

_encoder: Final = msgpack.Encoder()


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
    strangers: Strangers
    """From who passes things on."""


def found(work: Assignment) -> Iterator[Found]:
    """Fold the zones, piece by piece."""
    state: PipelineState | None = None
    mine: _Mine | None = None
    for piece in pieces(Recording(work.path), work.other, since=work.since, until=work.until):
        for site in piece.sites:
            if mine is not None:
                mine.settle()
            state = carried_over(state, piece.snapshot)
            mine = _Mine(site, state, work)
        assert mine is not None
        frames = piece.frames
        sites = piece.sites if work.passing else ()
        findings, strangers = mine.fold(piece)
        yield Found(frames[-1].at, len(frames), sites, piece.snapshot if sites else None, frames[0].at, findings, strangers)


def carried_over(state: PipelineState | None, snapshot: bytes | None) -> PipelineState:
    """The state under the next site: written down and read again, as in one process."""
    known = snapshot if state is None else _encoder.encode(state)
    return PipelineState() if known is None else state_of(known)


class _Mine:
    """The zones of this process, under one site."""

    def __init__(self, site: Site, state: PipelineState, work: Assignment) -> None:
        self._decode = Decoder(site, self._reject)
        self._strangers = Strangers()
        self._counting = work.passing and work.other is not None
        """Under the recorded site file they are dead letters of the recording already."""
        self._mine = np.array([sensor.zone in work.zones for sensor in site.sensors], bool)
        self._folds = ZoneFolds(
            site, state, [index for index, zone in enumerate(site.zones) if zone.id in work.zones], passing=work.passing
        )

    def fold(self, piece: Piece) -> tuple[list[Finding], Strangers]:
        findings = self._folds.push(self._concerning(self._decode(piece.shown)))
        strangers, self._strangers = self._strangers, Strangers()
        return findings, strangers

    def _reject(self, rejected: Sequence[Rejected]) -> None:
        if self._counting:
            self._strangers.take(rejected)

    def _concerning(self, inputs: Iterable[Input]) -> Iterator[Input]:
        """All but the readings of other zones' thermometers."""
        for item in inputs:
            if isinstance(item, Readings):
                mine = np.flatnonzero(self._mine[item.place])
                if len(mine):
                    yield item.only(mine)
            elif not isinstance(item, Measured) or self._mine[item.place]:
                yield item

    def settle(self) -> None:
        """The state as it is to be carried over."""
        self._folds.settle(Depth.WHOLE)


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
