"""Hearing: what a site's thermometers say in messages, by themselves or in packs of their gateways, as one column for each thing said."""

from collections.abc import Mapping, Sequence
from itertools import repeat
from operator import itemgetter
from typing import Any, Final, NamedTuple, cast
from weakref import WeakValueDictionary

import numpy as np
import numpy.typing as npt

from ..config.model import Site
from .arrays import Floats, Ints
from .columnar import Columnar, picked
from .frame import Frame, Frames
from .gateways import Fault, Gateways
from .samples import decode_many
from .told import told_by

_OTHER: Final = -(1 << 62)
_topic: Final = itemgetter(1)
_payload: Final = itemgetter(2)


class Heard(NamedTuple):
    """Readings, a column each, in the order of the frames."""

    frame: Ints
    """By number."""
    place: Ints
    """Of the thermometer, in the order of the site."""
    celsius: Floats
    measured_at: Ints
    """ns; `NONE` where it is not said."""
    sequence: Ints
    """`NONE` where it is not said."""
    faults: list[Fault]
    others: list[int]
    """Frames on other topics, by number."""


class Hearing:
    """Knows the topics of the site's thermometers, and those on which their gateways send packs."""

    def __init__(self, site: Site) -> None:
        self._gateways = Gateways(site)
        numbers = {topic: -1 - number for number, topic in enumerate(self._gateways.topics)}
        self._site = site
        self._known: Mapping[str, int] = numbers | {sensor.topic: place for place, sensor in enumerate(site.sensors)}

    def __contains__(self, topic: str) -> bool:
        """Whether readings come on it."""
        return topic in self._known

    def place(self, topic: str, sensor: str | None) -> int | None:
        """Of the thermometer that a message is about, or the record for `sensor` in a pack."""
        known = self._known.get(topic)
        return known if known is None or known >= 0 else self._gateways.place(-1 - known, sensor or "")

    def __call__(self, frames: Sequence[Frame]) -> Heard:
        """Everything that was said. Frames on other topics are passed over. Of `Frames` it is worked out once for all who hear the same site."""
        if not isinstance(frames, Frames | Columnar):
            return self._heard(frames)
        if frames.found is None or frames.found[0] is not self._site:
            frames.found = self._site, self._heard(frames)
        return cast("Heard", frames.found[1])

    def _heard(self, frames: Sequence[Frame]) -> Heard:
        place = self._places(frames)
        theirs = place != _OTHER
        rows = np.flatnonzero(theirs)
        told = told_by(frames.shapes, len(frames)) if isinstance(frames, Columnar) else None
        if told is not None and told.known[rows].all() and place[rows].min(initial=0) >= 0:
            said = _of([rows, place[rows], told.celsius[rows], told.measured_at[rows], told.sequence[rows]], [])
        else:
            said = self._said(picked(frames, rows.tolist()), rows, place[rows])
        return said._replace(others=np.flatnonzero(~theirs).tolist())

    def _places(self, frames: Sequence[Frame]) -> Ints:
        """What is known of the topic of each; `_OTHER` where it is not known."""
        if isinstance(frames, Columnar):
            return np.array([self._known.get(name, _OTHER) for name in frames.names], np.int64)[frames.topics]
        return np.array(list(map(self._known.get, map(_topic, frames), repeat(_OTHER))), np.int64)

    def _said(self, frames: Sequence[Frame], rows: Ints, place: Ints) -> Heard:
        """Of frames of thermometers and gateways; `rows` are their numbers among all."""
        if not len(place) or place.min() >= 0:
            return _alone(frames, rows, place)
        singles, packs = np.flatnonzero(place >= 0), np.flatnonzero(place < 0)
        alone = _alone([frames[index] for index in singles.tolist()], rows[singles], place[singles])
        packed = [self._gateways.rows(-1 - int(place[index]), int(rows[index]), frames[index], alone.faults) for index in packs.tolist()]
        columns = [np.concatenate(parts) for parts in zip(alone[:5], *packed, strict=True)]
        if len(singles):
            order = np.argsort(columns[0], kind="stable")
            columns = [column[order] for column in columns]
        return _of(columns, alone.faults)


_made: Final[WeakValueDictionary[int, Hearing]] = WeakValueDictionary()
"""By identity of the site, which each of them holds."""


def hearing(site: Site) -> Hearing:
    """The `Hearing` of this site; shared, because it indexes every topic."""
    found = _made.get(id(site))
    if found is None:
        found = _made[id(site)] = Hearing(site)
    return found


def _alone(frames: Sequence[Frame], rows: Ints, place: Ints) -> Heard:
    said = decode_many(list(map(_payload, frames)))
    columns = [rows, place, np.array(said.celsius, np.float64), np.array(said.measured_at, np.int64), np.array(said.sequence, np.int64)]
    faults = [Fault(int(rows[number]), reason, frames[number][2]) for number, reason in said.faults.items()]
    if faults:
        good = np.ones(len(rows), bool)
        good[list(said.faults)] = False
        columns = [column[good] for column in columns]
    return _of(columns, faults)


def _of(columns: Sequence[npt.NDArray[Any]], faults: list[Fault]) -> Heard:
    frame, place, celsius, measured_at, sequence = columns
    return Heard(frame, place, celsius, measured_at, sequence, faults, [])
