"""What readings say, from the shapes of their payloads and the numbers in them: to the last bit what the payloads would be decoded to.

A number with its point is digits over a power of ten, both of which a float holds exactly, so that one division gives the float next to it, as
reading its text does.
"""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import numpy as np
from msgspec import MsgspecError, Struct, json

from ..config.units import MILLISECOND
from .arrays import Flags, Floats, Ints
from .payload import ABSOLUTE_ZERO, FIRST, LAST
from .samples import NONE
from .shape import MARK, Shape

_POWERS: Final = 10.0 ** np.arange(19)
_EXACT: Final = 2**53
_COLUMNS: Final = 3


class _Roles(Struct):
    value: float
    unit: Literal["C"]
    time: int
    sequence: int


_roles = json.Decoder(_Roles).decode


class Told(NamedTuple):
    """By frame: °C, ns since the epoch, number; `known` where the frame is such a reading. What the others are, their payloads have to say."""

    celsius: Floats
    measured_at: Ints
    sequence: Ints
    known: Flags


def told_by(shapes: Sequence[Shape], count: int) -> Told:
    """Of `count` frames, those that have these shapes."""
    told = Told(np.zeros(count), np.full(count, NONE), np.full(count, NONE), np.zeros(count, bool))
    for shape in shapes:
        roles = _roles_of(shape.text)
        if roles is None:
            continue
        value, time, sequence = (shape.numbers[abs(number) - 1] for number in roles)
        sign = 1.0 if roles[0] > 0 else -1.0
        celsius = sign * (value.digits / _POWERS[value.decimals]) + 0.0
        good = (value.padding == 0) & (value.digits < _EXACT) & (celsius >= ABSOLUTE_ZERO)
        for whole in (time, sequence):
            good &= (whole.padding == 0) & (whole.decimals == 0)
        good &= (time.digits >= FIRST * 1000) & (time.digits < LAST * 1000)
        rows = shape.rows[good]
        told.celsius[rows] = celsius[good]
        told.measured_at[rows] = time.digits[good] * MILLISECOND
        told.sequence[rows] = sequence.digits[good]
        told.known[rows] = True
    return told


def _roles_of(text: bytes) -> tuple[int, int, int] | None:
    """Which number of the shape is the value, the time and the sequence, from 1; the value's with its sign. None for another form."""
    pieces = text.split(MARK)
    if len(pieces) != _COLUMNS + 1 or text.count(b":") != _COLUMNS + 1:
        return None
    try:
        said = _roles(b"".join(piece + number for piece, number in zip(pieces, (b"1", b"2", b"3", b""), strict=True)))
    except (MsgspecError, ValueError):
        return None
    roles = (int(said.value), said.time, said.sequence)
    return roles if sorted(map(abs, roles)) == [1, 2, 3] and said.time > 0 and said.sequence > 0 and said.value == roles[0] else None
