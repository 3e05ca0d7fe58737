"""Decode: from frames to inputs, by topic. What cannot be used becomes a dead letter with its reason, and goes no further."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import Annotated, Final

import numpy as np
from msgspec import Meta, Struct, ValidationError, field, json

from ...config.devices import gateway_topic
from ...config.model import Sensor, Site
from ...config.printable import printable
from ...sensors.clock import read_clock
from ...sensors.columnar import picked, times
from ...sensors.frame import RETAINED, Frame, LinkKind, Own
from ...sensors.hearing import Heard, hearing
from ...sensors.payload import MAX_BYTES, PayloadError, Reason, decode
from ...sensors.samples import NONE
from ..inputs import (
    FEW,
    UNKNOWN_TOPIC,
    GatewayState,
    Input,
    Link,
    Measured,
    Moment,
    Note,
    Other,
    Readings,
    Rejected,
    Request,
    Start,
    UnitPresence,
    UnitReport,
)
from ..operating import Desk, Fault, Wrong

Route = Callable[[Frame], Other]
GAPS: Final = (Own.START, Own.LINK)
"""After these, time before them may count for nothing; so what came due until the frame before them is settled first."""
_at: Final = itemgetter(0)
_BRACKETS: Final = 256
"""In a message that is no reading. How deep JSON can be read depends on who asks; so many brackets can be read by everybody."""

_Whole = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""What fits a snapshot; JSON knows no bound."""
_Percent = Annotated[float, Meta(ge=-100.0, le=1000.0)]
"""Of a fan. Not 0 to 100: a drive may run beyond its rating, and a scale begin below nought."""
_Word = Annotated[str, Meta(max_length=64, pattern=r"\A[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*\Z")]
"""Short, and without what a terminal would obey."""


class _Report(Struct):
    fan: _Percent
    command: _Percent | None = None
    number: _Whole | None = None
    supply: float | None = None
    returned: float | None = field(default=None, name="return")
    mode: _Word = "remote"


class _Start(Struct):
    site: str = ""
    version: str = ""
    rate: Annotated[float, Meta(ge=0, le=1e6)] = 1.0
    session: bool = False
    previous: _Whole | None = None
    note: str = ""


class _Link(Struct):
    kind: LinkKind
    detail: str = ""
    unit: str | None = None


class _Request(Struct):
    zone: str
    at_least: float
    until: _Whole
    handler: str


class _Note(Struct):
    kind: str
    text: str
    at: _Whole | None = None
    target: str | None = None
    value: float | None = None


_report = json.Decoder(_Report)
_start = json.Decoder(_Start)
_link = json.Decoder(_Link)
_request = json.Decoder(_Request)
_note = json.Decoder(_Note)


class UnknownState(ValueError):
    """A gateway or unit says neither `online` nor `offline`."""

    def __init__(self, payload: bytes) -> None:
        super().__init__(f"expected online or offline, got {payload[:32]!r}")


def _online(payload: bytes) -> bool:
    if payload not in {b"online", b"offline"}:
        raise UnknownState(payload)
    return payload == b"online"


class Decoder:
    """Knows every topic of the site; a frame of any other is a dead letter."""

    def __init__(self, site: Site, rejected: Callable[[list[Rejected]], None]) -> None:
        gateways = _gateways(site)
        self._hear = hearing(site)
        self._routes = {**_own(Desk(site)), **gateways, **_units(site), f"{site.topics.base.format(site=site.name)}/clock": _clock}
        self._borders = {*GAPS, *gateways}
        """What concerns whole zones: readings before it come before it."""
        self._rejected = rejected

    def __call__(self, frames: Sequence[Frame]) -> list[Input]:
        """Decode frames. The last input is the moment of the last frame, whether or not that frame was any good."""
        rejected: list[Rejected] = []
        inputs = self._few(frames, rejected) if len(frames) < FEW else self._many(frames, rejected)
        if frames:
            inputs.append(Moment(frames[-1].at))
        if rejected:
            self._rejected(sorted(rejected, key=_at))
        return inputs

    def _few(self, frames: Sequence[Frame], rejected: list[Rejected]) -> list[Input]:
        """One by one, in order."""
        inputs: list[Input] = []
        for before, frame in zip((None, *frames), frames, strict=False):
            at, topic, payload = frame
            place = self._hear.place(topic, None)
            if place is not None:
                try:
                    said = decode(payload)
                except PayloadError as error:
                    rejected.append(Rejected(*frame, error.reason))
                else:
                    inputs.append(Measured(at, place, said.celsius, at if said.measured_at is None else said.measured_at, said.sequence))
            elif topic in self._hear:
                inputs += self._many([frame], rejected)
            else:
                if before is not None and topic in GAPS:
                    inputs.append(Moment(before.at))
                item = self._other(frame, rejected)
                if item is not None:
                    inputs.append(item)
        return inputs

    def _many(self, frames: Sequence[Frame], rejected: list[Rejected]) -> list[Input]:
        """Readings together, ahead of everything else up to the next border: there alone it matters what came first."""
        inputs: list[Input] = []
        others: list[Other] = []
        heard = self._hear(frames)
        readings, numbers = _readings(frames, heard), heard.frame
        rejected.extend(Rejected(frames[number].at, frames[number].topic, text, reason) for number, reason, text in heard.faults)
        done = 0
        for number, frame in zip(heard.others, picked(frames, heard.others), strict=True):
            border = frame.topic in self._borders
            if border:
                until = int(np.searchsorted(numbers, number))
                inputs += [*_part(readings, done, until), *others]
                others, done = [], until
                if number and frame.topic in GAPS:
                    inputs.append(Moment(frames[number - 1].at))
            item = self._other(frame, rejected)
            if item is not None:
                (inputs if border else others).append(item)
        return [*inputs, *_part(readings, done, len(numbers)), *others]

    def _other(self, frame: Frame, rejected: list[Rejected]) -> Other | None:
        if frame.topic.startswith(RETAINED):
            rejected.append(Rejected(frame.at, frame.topic.removeprefix(RETAINED), frame.payload, "retained"))
            return None
        route, reason = self._routes.get(frame.topic), UNKNOWN_TOPIC
        if route is not None:
            try:
                return route(_checked(frame))
            except (PayloadError, Wrong) as error:
                reason = error.reason
            except (ValidationError, ValueError, RecursionError):
                reason = Fault.MALFORMED
        rejected.append(Rejected(*frame, reason))
        return None


def _readings(frames: Sequence[Frame], heard: Heard) -> Readings:
    at = times(frames)[heard.frame]
    return Readings(heard.place, at, heard.celsius, np.where(heard.measured_at == NONE, at, heard.measured_at), heard.sequence)


def _part(readings: Readings, begin: int, end: int) -> list[Input]:
    return [readings.only(slice(begin, end))] if begin < end else []


def _checked(frame: Frame) -> Frame:
    """What is no reading, if it is small and shallow enough to be read."""
    payload = frame.payload
    if len(payload) > MAX_BYTES:
        raise PayloadError(Reason.TOO_LARGE, f"{len(payload)} bytes")
    if payload.count(b"[") + payload.count(b"{") > _BRACKETS:
        msg = "too many brackets"
        raise ValueError(msg)
    return frame


def _clock(frame: Frame) -> Moment:
    """The hall's clock, which is followed before there is a log: of no more use here, good or not."""
    if read_clock(frame.payload) is None:
        msg = "no clock"
        raise ValueError(msg)
    return Moment(frame.at)


def _gateways(site: Site) -> Mapping[str, Route]:
    owners: dict[str, list[tuple[int, Sensor]]] = {}
    for index, zone in enumerate(site.zones):
        for sensor in zone.sensors:
            owners.setdefault(gateway_topic(site, zone.hall, sensor), []).append((index, sensor))
    return {topic: partial(_gateway, tuple(sensors)) for topic, sensors in owners.items()}


def _gateway(sensors: tuple[tuple[int, Sensor], ...], frame: Frame) -> GatewayState:
    return GatewayState(frame.at, sensors[0][1].gateway, _online(frame.payload), sensors)


def _units(site: Site) -> Mapping[str, Route]:
    routes: dict[str, Route] = {}
    for unit in site.units:
        routes[unit.report_topic] = _unit_report(unit.id)
        routes[unit.state_topic] = _unit_state(unit.id)
    return routes


def _unit_report(unit: str) -> Route:
    def route(frame: Frame) -> UnitReport:
        said = _report.decode(frame.payload)
        return UnitReport(frame.at, unit, said.fan, said.command, said.number, said.supply, said.returned, said.mode)

    return route


def _unit_state(unit: str) -> Route:
    return lambda frame: UnitPresence(frame.at, unit, _online(frame.payload))


def _own(desk: Desk) -> Mapping[str, Route]:
    def start(frame: Frame) -> Other:
        said = _start.decode(frame.payload)
        return Start(frame.at, said.previous, said.site, printable(said.version), said.rate, said.session, printable(said.note))

    def link(frame: Frame) -> Other:
        said = _link.decode(frame.payload)
        return Link(frame.at, said.kind, printable(said.detail), said.unit)

    def request(frame: Frame) -> Other:
        said = _request.decode(frame.payload)
        return Request(frame.at, said.zone, said.at_least, said.until, printable(said.handler))

    def note(frame: Frame) -> Other:
        said = _note.decode(frame.payload)
        at, target = frame.at if said.at is None else said.at, None if said.target is None else printable(said.target)
        return Note(frame.at, printable(said.kind), printable(said.text), at, target, said.value)

    return {
        Own.START: start,
        Own.END: lambda frame: Moment(frame.at, ended=True),
        Own.TICK: lambda frame: Moment(frame.at),
        Own.LINK: link,
        Own.OPERATOR: lambda frame: desk.read(frame.at, frame.payload),
        Own.REQUEST: request,
        Own.NOTE: note,
    }
