"""The rollup: least, mean and greatest value of each thermometer and zone in each minute, for charts that span days.

It is made of the frames and can be made of them again, so it carries no checksum. A value is kept to a thousandth of a kelvin.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from msgspec import MsgspecError, Struct, msgpack

from ...config.units import MINUTE
from ..arrays import Floats, Ints
from ..frame import Frame
from .errors import ChunkDamaged
from .planes import Budget, Plane, pack, unpack, unpack_all

_THOUSANDTH: Final = 1000.0
_LIMIT: Final = 1e9
"""A value beyond it says nothing in a chart."""
_MAX_SERIES: Final = 1_000_000

Means = Floats


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
        self._minute = 0
        self._bars = _no_bars(0)
        self._over: list[tuple[int, bytes]] = []

    def feed(self, samples: Sampled) -> None:
        """Take values, in order of time."""
        good = np.abs(samples.value) < _LIMIT  # false for NaN, too
        if not good.any():
            return
        series, minutes, values = samples.place[good], samples.at[good] // MINUTE, _rounded(samples.value[good])
        self._make_room(int(series.max()) + 1)
        edges = [0, *(np.flatnonzero(np.diff(minutes)) + 1).tolist(), len(minutes)]
        for begin, stop in pairwise(edges):
            if minutes[begin] != self._minute:
                self._close()
                self._minute = int(minutes[begin])
            self._add(series[begin:stop], values[begin:stop])

    def take(self, until: int | None = None) -> list[tuple[int, bytes]]:
        """The rows of the minutes that were over at log time `until`, or of all; they are forgotten here."""
        if until is None or self._minute < until // MINUTE:
            self._close()
        over = [row for row in self._over if until is None or row[0] < until // MINUTE]
        del self._over[: len(over)]
        return over

    def _make_room(self, size: int) -> None:
        more = size - len(self._bars.counts)
        if more > 0:
            self._bars = _Bars(*map(np.append, self._bars, _no_bars(more)))

    def _add(self, series: Ints, values: Ints) -> None:
        count, total, low, high = self._bars
        np.add.at(count, series, 1)
        np.add.at(total, series, values)
        np.minimum.at(low, series, values)
        np.maximum.at(high, series, values)

    def _close(self) -> None:
        if self._bars.counts.any():
            self._over.append((self._minute, _encode_minute(self._bars)))
            self._bars = _no_bars(len(self._bars.counts))


class _Bars(NamedTuple):
    """Of every series in one minute, in thousandths: their sum is the same in whatever pieces the values come."""

    counts: Ints
    totals: Ints
    lows: Ints
    highs: Ints


def _no_bars(size: int) -> _Bars:
    none, bounds = np.zeros(size, np.int64), np.iinfo(np.int64)
    return _Bars(none, none.copy(), np.full(size, bounds.max), np.full(size, bounds.min))


def _encode_minute(bars: _Bars) -> bytes:
    series = np.flatnonzero(bars.counts)
    count, total, low, high = (column[series] for column in bars)
    mean = np.rint(total / count).astype(np.int64)
    present = np.diff(series, prepend=0)
    return msgpack.encode(_Row(len(series), pack(present), pack(count), pack(low), pack(mean - low), pack(high - mean)))


def _rounded(values: Means) -> Ints:
    return np.rint(values * _THOUSANDTH).astype(np.int64)


def decode_minute(minute: int, blob: bytes, names: Sequence[str]) -> Minute:
    """One row back, by the names of the series.

    Raises:
        ChunkDamaged: it is no such row.
    """
    with _damage():
        row, budget = _decode(blob), Budget(len(blob))
        series = _places(row, len(names), budget)
        count, low, mean, high = (unpack(column, row.size, budget) for column in (row.count, row.low, row.mean, row.high))
    mean += low
    values = low, mean, mean + high
    bars = zip(count.tolist(), *((column / _THOUSANDTH).tolist() for column in values), strict=True)
    return Minute(minute * MINUTE, {names[place]: Bar(*bar) for place, bar in zip(series.tolist(), bars, strict=True)})


def decode_means(blobs: Sequence[bytes], size: int) -> Means:
    """The means of some rows, a line each, by the place of the series; NaN for those without a value, and for place -1. Raises ChunkDamaged."""
    with _damage():
        rows = [(_decode(blob), Budget(len(blob))) for blob in blobs]
        series = _series_of(rows, size)
        columns = [(row.low, row.size, budget) for row, budget in rows] + [(row.mean, row.size, budget) for row, budget in rows]
        low, above = np.split(unpack_all(columns), 2)
    values = (low + above) / _THOUSANDTH
    means = np.full((len(rows), size + 1), np.nan)
    end = 0
    for line, places in zip(means, series, strict=True):
        begin, end = end, end + len(places)
        line[places] = values[begin:end]
    return means


def _series_of(rows: Sequence[tuple[_Row, Budget]], size: int) -> list[Ints]:
    """The places of the series of each row. As a rule those that spoke in a minute speak in the next, too."""
    found: list[Ints] = []
    before: _Row | None = None
    for row, budget in rows:
        alike = before is not None and (row.size, row.series) == (before.size, before.series)
        found.append(found[-1] if alike else _places(row, size, budget))
        before = row
    return found


def _places(row: _Row, size: int, budget: Budget) -> Ints:
    """The places of the series that it has."""
    if not 0 < row.size <= min(size, _MAX_SERIES):
        raise ChunkDamaged("has more series than there are")  # noqa: EM101  the end of a sentence
    series = np.cumsum(unpack(row.series, row.size, budget))
    if int(series.min()) < 0 or int(series.max()) >= size:
        raise ChunkDamaged("has a series that nobody named")  # noqa: EM101  the end of a sentence
    return series


@contextmanager
def _damage() -> Iterator[None]:
    """What cannot be decoded is damage."""
    try:
        yield
    except (MsgspecError, ValueError, OverflowError) as error:
        raise ChunkDamaged(f"cannot be decoded: {error}") from None  # noqa: EM102  the end of a sentence
