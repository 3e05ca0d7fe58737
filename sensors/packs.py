"""Packs: many readings in one message of a gateway, as a plain JSON array or as SenML (RFC 8428).

    [{"id":"A1-r01/in-top","value":23.46,"unit":"C","time":1700000000123,"sequence":42}, ...]
    [{"bn":"A1-r01/","bt":1700000000.123,"bu":"Cel","n":"in-top","v":23.46}, {"n":"in-middle","v":22.9}, ...]

A plain record is the payload of a single reading and the id of its thermometer. One that is no reading is rejected by itself; the others count.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from msgspec import json

from ..config.units import MICROSECOND, SECOND
from .payload import MAX_BYTES, PayloadError, Reason, Said, Sample, objects, sample_of

_VERSION: Final = 10
"""Of SenML; what is later may mean something else."""
_RELATIVE: Final = 2**28
"""Seconds; a smaller time counts from now."""
_LATEST: Final = 2**34
"""Seconds; beyond it no time is meant."""
_ID: Final = "id"
_SENML: Final = frozenset({"bn", "bt", "bu", "bv", "bs", "bver", "n", "u", "v", "vs", "vb", "vd", "s", "t", "ut"})
_OTHER_VALUES: Final = ("vs", "vb", "vd")


class Packed(NamedTuple):
    """One record: the reading, or why it is none. `text` is the record by itself, for the dead letters."""

    sensor: str
    sample: Sample | None
    reason: Reason | None = None
    text: bytes = b""


def unpack(payload: bytes, at: int) -> Sequence[Packed]:
    """The records of a pack that arrived at `at`, ns, whatever they are.

    Raises:
        PayloadError: it is no pack at all; nothing else is ever raised, whatever the bytes.
    """
    if len(payload) > MAX_BYTES:
        raise PayloadError(Reason.TOO_LARGE, f"{len(payload)} bytes")
    return list(_read(objects(payload), at))


def _read(records: Sequence[Said], at: int) -> Iterator[Packed]:
    senml = _Resolver(at) if any(_is_senml(record) for record in records[:1]) else None
    for record in records:
        try:
            found = _plain(record) if senml is None else senml.resolve(record)
        except PayloadError as error:
            yield Packed("", None, error.reason, _text(record))
        else:
            if found is not None:
                yield Packed(*found, None, _text(record))


def _is_senml(record: Said) -> bool:
    keys = {key for key, _ in record}
    return _ID not in keys and bool(keys & _SENML)


def _plain(record: Said) -> tuple[str, Sample]:
    names = [value for key, value in record if key == _ID]
    if len(names) > 1:
        raise PayloadError(Reason.DUPLICATE_KEY, _ID)
    if not names or not isinstance(names[0], str):
        raise PayloadError(Reason.UNKNOWN_SENSOR, "a record without the id of its thermometer")
    return names[0], sample_of([(key, value) for key, value in record if key != _ID])


class _Resolver:
    """Records of SenML, one after the other: what one has as base holds for those behind it."""

    def __init__(self, at: int) -> None:
        self._at = at
        self._base: dict[str, object] = {}

    def resolve(self, record: Said) -> tuple[str, Sample] | None:
        """The thermometer and its reading; None for a record that says only what holds for others."""
        said = _once(record)
        if any(key.endswith("_") and key not in _SENML for key in said):
            raise PayloadError(Reason.NOT_A_PACK, "a field that must be understood")
        self._base |= {key: value for key, value in said.items() if key[:1] == "b" and key in _SENML}
        version = self._base.get("bver", _VERSION)
        if not isinstance(version, int) or not 0 < version <= _VERSION:
            raise PayloadError(Reason.NOT_A_PACK, "a later version of SenML")
        if any(key in said for key in _OTHER_VALUES):
            raise PayloadError(Reason.NOT_A_NUMBER, "a value that is no number")
        if "v" not in said and "bv" not in self._base:
            if "n" in said or "s" in said:
                raise PayloadError(Reason.NO_VALUE)
            return None
        name = self._text("bn") + _string(said.get("n", ""))
        unit = said.get("u", self._base.get("bu"))
        return name, sample_of([("value", self._sum("bv", said.get("v"))), ("unit", unit), ("time", self._time(said))])

    def _text(self, key: str) -> str:
        return _string(self._base.get(key, ""))

    def _sum(self, base: str, value: object) -> object:
        """The base and the value; what is no number is judged later."""
        if base not in self._base:
            return value
        known = self._base[base]
        if value is None:
            return known
        try:
            return _number(known) + _number(value)
        except (TypeError, OverflowError):
            return "no number"

    def _time(self, said: Mapping[str, object]) -> int:
        when = self._sum("bt", said.get("t", 0 if "bt" in self._base else None))
        if when is None:
            return self._at
        try:
            seconds = _number(when)
            if not abs(seconds) < _LATEST:
                raise PayloadError(Reason.BAD_TIME)
        except TypeError:
            raise PayloadError(Reason.BAD_TIME) from None
        told = round(seconds * (SECOND // MICROSECOND)) * MICROSECOND
        return self._at + told if seconds < _RELATIVE else told


def _once(record: Said) -> dict[str, object]:
    said = dict(record)
    if len(said) != len(record):
        raise PayloadError(Reason.DUPLICATE_KEY)
    return said


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise PayloadError(Reason.UNKNOWN_SENSOR, "a name that is no text")
    return value


def _number(value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        msg = "no number"
        raise TypeError(msg)
    return value


def _text(record: Said) -> bytes:
    """The record by itself, as far as it can be written."""
    try:
        return b"{" + b",".join([json.encode(key) + b":" + json.encode(value) for key, value in record]) + b"}"
    except (TypeError, ValueError, RecursionError):
        return repr(record).encode("ascii", "backslashreplace")
