"""Gateways: whose thermometers the records of their packs are about."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from ..config.devices import pack_topic
from ..config.model import Site
from .arrays import Floats, Ints
from .frame import Frame
from .pack_columns import columns
from .packs import unpack
from .payload import PayloadError, Reason
from .samples import NONE

_ORDERS: Final = 2
"""So many names of each thermometer in packs are remembered, for gateways name the same ones, in the same order, again and again."""


class Fault(NamedTuple):
    """What is no reading: in which frame, why, and the part of it."""

    frame: int
    reason: Reason
    text: bytes


class Rows(NamedTuple):
    """Readings, a column each: number of the frame, place of the thermometer, °C, ns since the epoch, number; `NONE` for what is not said."""

    frame: Ints
    place: Ints
    celsius: Floats
    measured_at: Ints
    sequence: Ints


class Gateways:
    """The gateways of a site, by number."""

    def __init__(self, site: Site) -> None:
        halls = {zone.id: zone.hall for zone in site.zones}
        sensors: dict[str, dict[str, int]] = {}
        for place, sensor in enumerate(site.sensors):
            sensors.setdefault(pack_topic(site, halls[sensor.zone], sensor), {})[sensor.id] = place
        self.topics = tuple(sensors)
        """Where their packs come."""
        self._sensors = list(sensors.values())
        self._most = _ORDERS * len(site.sensors)
        self._known: dict[tuple[int, str, tuple[str, ...]], Ints] = {}
        self._room = self._most

    def place(self, gateway: int, sensor: str) -> int | None:
        """Of one of its thermometers; None if it is not its own."""
        return self._sensors[gateway].get(sensor)

    def rows(self, gateway: int, number: int, frame: Frame, faults: list[Fault]) -> Rows:
        """The readings of one pack (frame `number`), as columns if it has the usual form, else record by record; what is no reading goes to `faults`."""
        said = columns(frame.payload)
        places = None if said is None else self._places(gateway, said.base, said.names)
        if said is None or places is None:
            return _one_by_one(self._sensors[gateway], number, frame, faults)
        return Rows(np.full(len(places), number), places, said.celsius, said.measured_at, said.sequence)

    def _places(self, gateway: int, base: str, names: tuple[str, ...]) -> Ints | None:
        """None if one of them is not its own."""
        found = self._known.get((gateway, base, names))
        if found is None:
            sensors = self._sensors[gateway]
            places = [place for name in names if (place := sensors.get(base + name)) is not None]
            if len(places) < len(names):
                return None
            found = np.array(places, np.int64)
            self._remember((gateway, base, names), found)
        return found

    def _remember(self, named: tuple[int, str, tuple[str, ...]], places: Ints) -> None:
        if len(places) > self._room:
            self._known.clear()
            self._room = self._most
        if len(places) <= self._room:
            self._known[named] = places
            self._room -= len(places)


def _one_by_one(sensors: Mapping[str, int], number: int, frame: Frame, faults: list[Fault]) -> Rows:
    places, celsius, measured_at, sequence = list[int](), list[float](), list[int](), list[int]()
    try:
        records = unpack(frame.payload, frame.at)
    except PayloadError as error:
        faults.append(Fault(number, error.reason, frame.payload))
        records = []
    for sensor, sample, reason, text in records:
        place = sensors.get(sensor)
        if sample is None or place is None:
            faults.append(Fault(number, reason or Reason.UNKNOWN_SENSOR, text))
            continue
        places.append(place)
        celsius.append(sample.celsius)
        measured_at.append(NONE if sample.measured_at is None else sample.measured_at)
        sequence.append(NONE if sample.sequence is None else sample.sequence)
    whole = [np.array(column, np.int64) for column in (places, measured_at, sequence)]
    return Rows(np.full(len(places), number), whole[0], np.array(celsius, np.float64), whole[1], whole[2])
