"""Payloads as shapes and numbers: `{"value":23.46,"sequence":42}` is the shape `{"value":#,"sequence":#}` and the numbers 23.46 and 42.

Thousands of readings share one shape, and their numbers hardly change from one to the next. What comes back is the same to the
byte: a number is kept as its digits, where its point stands, and how many noughts lead it. A run of digits, with at most one point
between two of them, is a number when it has at most 18 digits; signs and exponents belong to the shape. A payload whose
shape is rare is kept as it is.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import repeat
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ..arrays import Bytes, Ints
from ..shape import MARK, Numbers, Shape
from .errors import ChunkDamaged

MAX_DIGITS: Final = 18
"""As many as 64 bits hold for certain."""
MAX_NUMBERS: Final = 32
"""A payload of more numbers is kept as it is."""
MAX_SHAPES: Final = 64
MAX_TEXT: Final = 1024
"""Bytes of a shape; a longer payload is kept as it is."""
_LONGEST: Final = MAX_TEXT + MAX_NUMBERS * (MAX_DIGITS + 1)
"""Bytes of a payload that can have a shape."""
_COMMON: Final = 8
"""Payloads that a shape must have to be worth its columns."""
_POWERS: Final = 10 ** np.arange(MAX_DIGITS + 1, dtype=np.int64)


class _Runs(NamedTuple):
    """Every number of every payload: where it begins, its digits, the decimals; `first` is each payload's first number."""

    starts: Ints
    digits: Ints
    decimals: Ints
    first: Ints


def split(payloads: Sequence[bytes]) -> list[Shape]:
    """The common shapes of these payloads, most common first. Rows that are in none of them are to be kept as they are."""
    payloads = [payload if len(payload) <= _LONGEST else MARK for payload in payloads]  # what has a mark is kept as it is
    text = b"\x00".join(payloads) + b"\x00"  # so that no number reaches over a border
    buffer = np.frombuffer(text, np.uint8)
    lengths = np.fromiter(map(len, payloads), np.int64, len(payloads))
    ends = np.cumsum(lengths + 1) - 1
    runs, shaped, removed = _runs(buffer, ends - lengths, ends)
    texts = _cut(shaped, lengths, removed)
    if MARK in text:
        texts = [None if MARK in payload else one for payload, one in zip(payloads, texts, strict=True)]
    counts = Counter(texts)
    del counts[None]
    common = [one for one, many in counts.most_common(MAX_SHAPES) if one is not None and many >= _COMMON and _fits(one)]
    index: dict[bytes | None, int] = {one: number for number, one in enumerate(common)}
    which = np.fromiter(map(index.get, texts, repeat(-1)), np.int64, len(texts))
    shapes = []
    for number, one in enumerate(common):
        rows = np.flatnonzero(which == number)
        shapes.append(Shape(one, rows, [_numbers(buffer, runs, rows, column) for column in range(one.count(MARK))]))
    return shapes


def _fits(text: bytes) -> bool:
    return len(text) <= MAX_TEXT and text.count(MARK) <= MAX_NUMBERS


def _runs(buffer: Bytes, starts: Ints, ends: Ints) -> tuple[_Runs, bytes, Ints]:
    """Find the numbers; also the text with each replaced by a mark, and how many bytes that took from each payload."""
    is_digit = (buffer - 48) < 10
    is_point = np.zeros(len(buffer), bool)
    is_point[1:-1] = (buffer[1:-1] == 46) & is_digit[:-2] & is_digit[2:]
    inside = np.concatenate(([False], is_digit | is_point, [False]))
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    begin, end = edges[0::2], edges[1::2]
    points = np.flatnonzero(is_point)
    owner = np.searchsorted(begin, points, "right") - 1
    many_points = np.bincount(owner, minlength=len(begin))
    decimals = np.zeros(len(begin), np.int64)
    decimals[owner] = end[owner] - 1 - points
    good = (many_points <= 1) & (end - begin - many_points <= MAX_DIGITS)
    begin, end, decimals, many_points = begin[good], end[good], decimals[good], many_points[good]

    # 1 at the second byte of each number, -1 behind its last: the running sum is 1 on what goes.
    steps = np.zeros(len(buffer) + 1, np.int8)
    steps[begin + 1] += 1
    steps[end] -= 1
    keep = np.cumsum(steps[:-1], dtype=np.int8) == 0
    marked = buffer.copy()
    marked[begin] = MARK[0]
    gone = np.concatenate(([0], np.cumsum(end - begin - 1)))
    first = np.searchsorted(begin, starts)
    removed = gone[np.searchsorted(begin, ends)] - gone[first]
    return _Runs(begin, end - begin - many_points, decimals, first), marked[keep].tobytes(), removed


def _cut(shaped: bytes, lengths: Ints, removed: Ints) -> list[bytes | None]:
    ends = np.cumsum(lengths - removed + 1)
    begins = ends - (lengths - removed + 1)
    return [shaped[begin : end - 1] for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]


def _numbers(buffer: Bytes, runs: _Runs, rows: npt.NDArray[np.intp], column: int) -> Numbers:
    which = runs.first[rows] + column
    start, many, decimals = runs.starts[which], runs.digits[which], runs.decimals[which]
    whole = many - decimals
    digits = np.zeros(len(rows), np.int64)
    fewest = int(many.min())
    with_point = bool(decimals.any())
    for place in range(int(many.max())):
        position = start + place
        if with_point:
            position += place >= whole
        if place < fewest:
            digits = digits * 10 + (buffer[position] - 48)
        else:
            digits = np.where(place < many, digits * 10 + (buffer[np.minimum(position, len(buffer) - 1)] - 48), digits)
    padding = many - _least_digits(digits, decimals)
    return Numbers(digits, decimals.astype(np.uint8), padding.astype(np.uint8))


def _least_digits(digits: Ints, decimals: Ints) -> Ints:
    """How many digits are written for a number without vain noughts: 0.05 has three."""
    return np.maximum(np.maximum(np.searchsorted(_POWERS, digits, "right"), 1), decimals + 1)


def join(shapes: Sequence[Shape], others: Sequence[bytes], count: int, limit: int) -> list[bytes]:
    """The payloads back: `others` are those in no shape, in order.

    Raises:
        ChunkDamaged: rows or numbers do not fit together, or it would become more than `limit` bytes.
    """
    lengths = np.full(count, -1, np.int64)
    written = [_lengths(shape) for shape in shapes]
    for shape, widths in zip(shapes, written, strict=True):
        lengths[shape.rows] = (
            len(shape.text) - len(widths) + sum(width + (one.decimals > 0) for width, one in zip(widths, shape.numbers, strict=True))
        )
    rest = np.flatnonzero(lengths < 0)
    if len(rest) != len(others):
        raise ChunkDamaged("has more or fewer payloads than it says")  # noqa: EM101  the end of a sentence
    lengths[rest] = 0
    ends = np.cumsum(lengths)
    if count and (int(lengths.max()) > limit or int(ends[-1]) > limit):
        raise ChunkDamaged("expands to more than it may")  # noqa: EM101  the end of a sentence
    buffer = np.zeros(int(ends[-1]) if count else 0, np.uint8)
    for shape, widths in zip(shapes, written, strict=True):
        _write(buffer, shape, widths, ends[shape.rows] - lengths[shape.rows])
    text = buffer.tobytes()
    stops = ends.tolist()
    payloads = [text[begin:end] for begin, end in zip([0, *stops], stops, strict=False)]
    for row, payload in zip(rest.tolist(), others, strict=True):
        payloads[row] = payload
    return payloads


def _lengths(shape: Shape) -> list[Ints]:
    """How many digits each number is written with."""
    widths = []
    for numbers in shape.numbers:
        width = _least_digits(numbers.digits, numbers.decimals.astype(np.int64)) + numbers.padding
        if len(width) and (int(numbers.digits.min()) < 0 or int(width.max()) > MAX_DIGITS):
            raise ChunkDamaged("has a number of too many digits")  # noqa: EM101  the end of a sentence
        widths.append(width)
    return widths


def check(shape: Shape) -> None:
    """Whether its payloads can be written.

    Raises:
        ChunkDamaged: they cannot.
    """
    if not all(map(_are_short, shape.numbers)):
        _lengths(shape)


def _are_short(numbers: Numbers) -> bool:
    """Whether none has too many digits, as far as can be seen without a look at each."""
    digits, decimals, padding = numbers
    return int(digits.min()) >= 0 and max(len(str(int(digits.max()))), int(decimals.max()) + 1) + int(padding.max()) <= MAX_DIGITS


def _write(buffer: Bytes, shape: Shape, widths: list[Ints], position: Ints) -> None:
    pieces = shape.text.split(MARK) if shape.numbers else [shape.text]
    for index, piece in enumerate(pieces):
        if piece:
            buffer[position[:, None] + np.arange(len(piece))] = np.frombuffer(piece, np.uint8)
            position = position + len(piece)
        if index < len(shape.numbers):
            position = _write_numbers(buffer, shape.numbers[index], widths[index], position)


def _write_numbers(buffer: Bytes, numbers: Numbers, width: Ints, position: Ints) -> Ints:
    """Write each number from its last digit to its first; gives where the text goes on."""
    decimals = numbers.decimals.astype(np.int64)
    with_point = decimals > 0
    end = position + width + with_point
    fewest = int(width.min()) if len(width) else 0
    left = numbers.digits.view(np.uint64)
    ten = np.uint64(10)
    any_point = bool(with_point.any())
    for place in range(int(width.max()) if len(width) else 0):
        rest = left // ten
        digit = (left - rest * ten).astype(np.uint8) + 48
        at = end - 1 - place
        if any_point:
            at -= with_point & (place >= decimals)
        if place < fewest:
            buffer[at] = digit
        else:
            there = place < width
            buffer[at[there]] = digit[there]
        left = rest
    if any_point:
        buffer[(end - 1 - decimals)[with_point]] = 46
    return end
