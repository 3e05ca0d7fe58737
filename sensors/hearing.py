"""Hearing: what a site's thermometers say in messages, by themselves or in packs of their gateways, as one column for each thing said."""

from collections.abc import Mapping, Sequence
from itertools import repeat
from operator import itemgetter
from typing import Any, Final, NamedTuple, cast
from weakref import WeakValueDictionary

import numpy as np
import numpy.typing as npt

from ..config.devices import pack_topic
from ..config.model import Site
from .frame import Frame, Frames
from .packs import columns, unpack
from .payload import PayloadError, Reason
from .samples import NONE, decode_many
from .told import told_by

Ints = npt.NDArray[np.int64]
_OTHER: Final = -(1 << 62)
_topic: Final = itemgetter(1)
_payload: Final = itemgetter(2)


class Fault(NamedTuple):
    """What is no reading: in which frame, why, and the part of it."""

    frame: int
    reason: Reason
    text: bytes


class Heard(NamedTuple):
    """Readings, a column each, in the order of the frames."""

    frame: Ints
    """By number."""
    place: Ints
    """Of the thermometer, in the order of the site."""
    celsius: npt.NDArray[np.float64]
    measured_at: Ints
    """ns; `NONE` where it is not said."""
    sequence: Ints
    """`NONE` where it is not said."""
    faults: list[Fault]
    others: list[int]
    """Frames on other topics, by number."""


def packs_of(site: Site) -> dict[str, dict[str, int]]:
    """By topic of a gateway, its thermometers by id, with their places."""
    halls = {zone.id: zone.hall for zone in site.zones}
    owners: dict[str, dict[str, int]] = {}
    for place, sensor in enumerate(site.sensors):
        owners.setdefault(pack_topic(site, halls[sensor.zone], sensor), {})[sensor.id] = place
    return owners


class Hearing:
    """Knows the topics of the site's thermometers, and those on which their gateways send packs."""

    def __init__(self, site: Site) -> None:
        packs = packs_of(site)
        numbers = {topic: -1 - number for number, topic in enumerate(packs)}
        self._site = site
        self._known: Mapping[str, int] = numbers | {site.sensors[place].topic: place for pack in packs.values() for place in pack.values()}
        self._packs = list(packs.values())

    def __contains__(self, topic: str) -> bool:
        """Whether readings come on it."""
        return topic in self._known

    def place(self, topic: str, sensor: str | None) -> int | None:
        """Of the thermometer that a message is about, or the record for `sensor` in a pack."""
        known = self._known.get(topic)
        return known if known is None or known >= 0 else self._packs[-1 - known].get(sensor or "")

    def __call__(self, frames: Sequence[Frame]) -> Heard:
        """Everything that was said. Frames on other topics are passed over. Of `Frames` it is worked out once for all who hear the same site."""
        if not isinstance(frames, Frames):
            return self._heard(frames)
        if frames.found is None or frames.found[0] is not self._site:
            frames.found = self._site, self._heard(frames)
        return cast("Heard", frames.found[1])

    def _heard(self, frames: Sequence[Frame]) -> Heard:
        place = np.array(list(map(self._known.get, map(_topic, frames), repeat(_OTHER))), np.int64)
        theirs = place != _OTHER
        rows = np.flatnonzero(theirs)
        told = told_by(frames.shapes, len(frames)) if isinstance(frames, Frames) and frames.shapes else None
        if told is not None and told.known[rows].all() and place[rows].min(initial=0) >= 0:
            said = _of([rows, place[rows], told.celsius[rows], told.measured_at[rows], told.sequence[rows]], [])
        else:
            some = frames if len(rows) == len(frames) else [frames[row] for row in rows.tolist()]
            said = self._said(some, rows, place[rows])
        return said._replace(others=np.flatnonzero(~theirs).tolist())

    def _said(self, frames: Sequence[Frame], rows: Ints, place: Ints) -> Heard:
        """Of frames of thermometers and gateways; `rows` are their numbers among all."""
        if not len(place) or place.min() >= 0:
            return _alone(frames, rows, place)
        singles, packs = np.flatnonzero(place >= 0), np.flatnonzero(place < 0)
        alone = _alone([frames[index] for index in singles.tolist()], rows[singles], place[singles])
        found = _Unpacked([], [], [], [], [], alone.faults)
        for index in packs.tolist():
            _unpack(int(rows[index]), frames[index], self._packs[-1 - place[index]], found)
        if not found.frame:
            return alone
        if not len(singles):
            return _of(list(map(np.array, found[:5])), found.faults)
        both = [np.concatenate(pair) for pair in zip(alone[:5], map(np.array, found[:5]), strict=True)]
        order = np.argsort(both[0], kind="stable")
        return _of([column[order] for column in both], found.faults)


_made: Final[WeakValueDictionary[int, Hearing]] = WeakValueDictionary()
"""By identity of the site, which each of them holds."""


def hearing(site: Site) -> Hearing:
    """That of the site: one for all who hear it, for it knows every topic."""
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


class _Unpacked(NamedTuple):
    frame: list[int]
    place: list[int]
    celsius: list[float]
    measured_at: list[int]
    sequence: list[int]
    faults: list[Fault]


def _unpack(row: int, frame: Frame, sensors: Mapping[str, int], found: _Unpacked) -> None:
    """Take a pack, all of it together if all is well."""
    said = columns(frame.payload)
    places = [] if said is None else list(map(sensors.get, said.sensor))
    if said is None or None in places:
        _one_by_one(row, frame, sensors, found)
        return
    found.frame.extend([row] * len(places))
    found.place.extend(cast("list[int]", places))
    found.celsius.extend(said.celsius)
    found.measured_at.extend(said.measured_at)
    found.sequence.extend(said.sequence)


def _one_by_one(row: int, frame: Frame, sensors: Mapping[str, int], found: _Unpacked) -> None:
    try:
        records = unpack(frame.payload, frame.at)
    except PayloadError as error:
        found.faults.append(Fault(row, error.reason, frame.payload))
        return
    for sensor, sample, reason, text in records:
        place = sensors.get(sensor)
        if sample is None or place is None:
            found.faults.append(Fault(row, reason or Reason.UNKNOWN_SENSOR, text))
            continue
        found.frame.append(row)
        found.place.append(place)
        found.celsius.append(sample.celsius)
        found.measured_at.append(NONE if sample.measured_at is None else sample.measured_at)
        found.sequence.append(NONE if sample.sequence is None else sample.sequence)


def _of(columns: Sequence[npt.NDArray[Any]], faults: list[Fault]) -> Heard:
    frame, place, celsius, measured_at, sequence = columns
    return Heard(frame, place, celsius, measured_at, sequence, faults, [])
