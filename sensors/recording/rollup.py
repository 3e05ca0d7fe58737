"""The rollup: least, mean and greatest value of each thermometer and zone in each minute, for charts that span days.

It is made of the frames and can be made of them again, so it carries no checksum. A value is kept to a thousandth of a kelvin.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from msgspec import MsgspecError, Struct, msgpack
from numpy.typing import NDArray

from ...config.units import MINUTE
from ..frame import Frame
from .errors import ChunkDamaged
from .planes import Budget, Ints, Plane, pack, unpack

_THOUSANDTH: Final = 1000.0
_LIMIT: Final = 1e9
"""A value beyond it says nothing in a chart."""
_MAX_SERIES: Final = 1_000_000

Means = NDArray[np.float64]


class Sampled(NamedTuple):
    """Values, a column each, in order of time."""

    place: Ints
    """Of the series."""
    at: Ints
    """Log time, ns."""
    value: Means


Sampler = Callable[[list[Frame]], Sampled]


class Bar(Struct, frozen=True):
    """One series in one minute."""

    count: int
    low: float
    mean: float
    high: float


class Minute(NamedTuple):
    """One minute: `at` is its beginning, ns; series without a value in it are not there."""

    at: int
    bars: dict[str, Bar]


class _Row(Struct, array_like=True):
    size: int
    series: list[Plane]
    count: list[Plane]
    low: list[Plane]
    mean: list[Plane]
    """Above the low."""
    high: list[Plane]
    """Above the mean."""


_decode = msgpack.Decoder(_Row).decode


class Rollup:
    """Collects values and gives a row for every minute that is over. Not for two threads at once."""

    def __init__(self) -> None:
        self._parts: list[tuple[Ints, Ints, Means]] = []

    def feed(self, samples: Sampled) -> None:
        """Take values, in order of time."""
        good = np.abs(samples.value) < _LIMIT  # false for NaN, too
        self._parts.append((samples.place[good], samples.at[good] // MINUTE, samples.value[good]))

    def take(self, until: int | None = None) -> list[tuple[int, bytes]]:
        """The rows of the minutes that were over at log time `until`, or of all; they are forgotten here."""
        if not self._parts:
            return []
        series, minutes, values = (np.concatenate(column) for column in zip(*self._parts, strict=True))
        end = len(minutes) if until is None else int(np.searchsorted(minutes, until // MINUTE))
        self._parts = [(series[end:], minutes[end:], values[end:])]
        if end == 0:
            return []
        series, minutes, values = series[:end], minutes[:end], values[:end]
        edges = np.append(np.flatnonzero(np.diff(minutes, prepend=minutes[0] - 1)), end)
        return [(int(minutes[begin]), _encode_minute(series[begin:stop], values[begin:stop])) for begin, stop in pairwise(edges.tolist())]


def _encode_minute(series: Ints, values: Means) -> bytes:
    order = np.argsort(series, kind="stable")
    series, values = series[order], values[order]
    begins = np.flatnonzero(np.diff(series, prepend=series[0] - 1))
    count = np.diff(np.append(begins, len(series)))
    low = _rounded(np.minimum.reduceat(values, begins))
    mean = _rounded(np.add.reduceat(values, begins) / count)
    high = _rounded(np.maximum.reduceat(values, begins))
    present = np.diff(series[begins], prepend=0)
    return msgpack.encode(_Row(len(begins), pack(present), pack(count), pack(low), pack(mean - low), pack(high - mean)))


def _rounded(values: Means) -> Ints:
    return np.rint(values * _THOUSANDTH).astype(np.int64)


def decode_minute(minute: int, blob: bytes, names: Sequence[str]) -> Minute:
    """One row back, by the names of the series.

    Raises:
        ChunkDamaged: it is no such row.
    """
    series, count, *values = _columns(blob, len(names))
    bars = zip(count.tolist(), *((column / _THOUSANDTH).tolist() for column in values), strict=True)
    return Minute(minute * MINUTE, {names[place]: Bar(*bar) for place, bar in zip(series.tolist(), bars, strict=True)})


def decode_means(blob: bytes, size: int) -> Means:
    """The means of one row, by the place of the series; NaN for those without a value. Raises ChunkDamaged."""
    series, mean, *_ = _columns(blob, size, whole=False)
    means = np.full(size, np.nan)
    means[series] = mean / _THOUSANDTH
    return means


def _columns(blob: bytes, size: int, *, whole: bool = True) -> tuple[Ints, ...]:
    """Places, counts, lows, means and highs, in thousandths; places and means only, unless the `whole` row is wanted."""
    try:
        row = _decode(blob)
        budget = Budget(len(blob))
        if not 0 < row.size <= min(size, _MAX_SERIES):
            raise ChunkDamaged("has more series than there are")  # noqa: EM101
        series = np.cumsum(unpack(row.series, row.size, budget))
        low = unpack(row.low, row.size, budget)
        mean = low + unpack(row.mean, row.size, budget)
        if int(series.min()) < 0 or int(series.max()) >= size:
            raise ChunkDamaged("has a series that nobody named")  # noqa: EM101
        if not whole:
            return series, mean
        return series, unpack(row.count, row.size, budget), low, mean, mean + unpack(row.high, row.size, budget)
    except (MsgspecError, ValueError, OverflowError) as error:
        raise ChunkDamaged(f"cannot be decoded: {error}") from None  # noqa: EM102
