"""Packs in which all is well and usual, read as columns; `packs` reads any, record by record, and comes to the same.

Of SenML the usual form has the base in its first record, and of each record no more than name and value, and perhaps a time. Each key
has one colon, so the number of colons proves that there are no further keys and no duplicates.
"""

from typing import Annotated, Final, Literal, NamedTuple

import numpy as np
from msgspec import UNSET, DecodeError, Meta, Struct, UnsetType, json
from msgspec.structs import astuple

from ..config.units import MILLISECOND
from .arrays import Floats, Ints
from .payload import ABSOLUTE_ZERO, FIRST, LAST, MAX_BYTES, Standard
from .samples import NONE

_ID: Final = b'"id":'
"""Where it stands, it can be no SenML of this form."""
_PLAIN_KEYS: Final = 5
_BASE_KEYS: Final = 3
_RECORD_KEYS: Final = 2


class _Plain(Standard, gc=False):
    id: str


class _Senml(Struct, gc=False, forbid_unknown_fields=True):
    n: str
    v: Annotated[float, Meta(ge=ABSOLUTE_ZERO, lt=LAST)]
    t: float | UnsetType = UNSET
    u: Literal["Cel"] | UnsetType = UNSET
    bn: str | UnsetType = UNSET
    bt: float | UnsetType = UNSET
    bu: Literal["Cel"] | UnsetType = UNSET
    bv: float | UnsetType = UNSET


class Columns(NamedTuple):
    """The readings of a pack, a column each; `NONE` for a number that is not said. Each thermometer is `base` and its name."""

    base: str
    names: tuple[str, ...]
    celsius: Floats
    measured_at: Ints
    sequence: Ints


_decode_plain = json.Decoder(list[_Plain]).decode
_decode_senml = json.Decoder(list[_Senml]).decode


def columns(payload: bytes) -> Columns | None:
    """The readings of a pack; None for one that has to be read more carefully."""
    if len(payload) > MAX_BYTES:
        return None
    read = _plain if _ID in payload else _senml
    try:
        return read(payload, payload.count(b":"))
    except (DecodeError, ValueError, RecursionError):
        return None


def _plain(payload: bytes, keys: int) -> Columns | None:
    said = _decode_plain(payload)
    count = len(said)
    if not said or keys != _PLAIN_KEYS * count:
        return None
    return Columns(
        "",
        tuple([one.id for one in said]),
        np.fromiter([one.value for one in said], np.float64, count) + 0.0,
        np.fromiter([one.time for one in said], np.int64, count) * MILLISECOND,
        np.fromiter([one.sequence for one in said], np.int64, count),
    )


def _senml(payload: bytes, keys: int) -> Columns | None:
    said = _decode_senml(payload)
    return (_usual(said, keys) or _resolved(said, keys)) if said else None


def _usual(said: list[_Senml], keys: int) -> Columns | None:
    first, count = said[0], len(said)
    spare = keys - _BASE_KEYS - _RECORD_KEYS * count
    if spare not in {0, count} or first.bn is UNSET or first.bt is UNSET or first.bu is UNSET:
        return None
    seconds = [first.bt + one.t for one in said if one.t is not UNSET] if spare else [first.bt]
    if len(seconds) != (spare or 1) or not FIRST <= min(seconds) <= max(seconds) < LAST:
        return None
    return Columns(
        first.bn,
        tuple([one.n for one in said]),
        np.fromiter([one.v for one in said], np.float64, count) + 0.0,
        np.fromiter(map(_nanoseconds, seconds), np.int64).repeat(count // len(seconds)),
        np.full(count, NONE),
    )


def _resolved(said: list[_Senml], keys: int) -> Columns | None:
    """Whatever has a base, and wherever: what one record has as base holds for those behind it."""
    base, time, value, known = "", 0.0, 0.0, 0
    unit: str | UnsetType = UNSET
    names, celsius, measured_at = list[str](), list[float](), list[int]()
    for n, v, t, u, bn, bt, bu, bv in map(astuple, said):
        known += 8 - (t, u, bn, bt, bu, bv).count(UNSET)
        base, time, value = base if bn is UNSET else bn, time if bt is UNSET else bt, value if bv is UNSET else bv
        unit = unit if bu is UNSET else bu
        seconds, warmth = time if t is UNSET else time + t, value + v
        if (u is UNSET and unit is UNSET) or not (FIRST <= seconds < LAST and ABSOLUTE_ZERO <= warmth < LAST):
            return None
        names.append(base + n)
        celsius.append(warmth + 0.0)
        measured_at.append(_nanoseconds(seconds))
    if keys != known:
        return None
    return Columns("", tuple(names), np.array(celsius, np.float64), np.array(measured_at, np.int64), np.full(len(said), NONE))


def _nanoseconds(seconds: float) -> int:
    """To a microsecond."""
    return round(seconds * 1_000_000) * 1_000
