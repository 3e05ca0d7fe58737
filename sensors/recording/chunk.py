"""The chunk: frames that were committed together, or that were merged since, as one blob that stands by itself.

A small chunk is plain: a MessagePack list of times, topics and payloads, compressed as a whole. A large one is in columns: times as
differences, topics as numbers in a sorted list, payloads as shapes and numbers (`shapes`, `predict`, `planes`). Both give the
same frames back to the byte. docs/recording.md describes both for people who must read them without this program.
"""

from collections.abc import Sequence
from enum import IntEnum
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import MsgspecError, Struct, msgpack

from ..arrays import Flags, Ints
from ..columnar import Columnar
from ..frame import Frame
from ..shape import MARK, Numbers, Shape
from .errors import ChunkDamaged
from .planes import Budget, Plane, compress, expand, pack, pack_bytes, unpack, unpack_bytes
from .predict import Rule, choose, context, differences, restore
from .shapes import MAX_NUMBERS, MAX_SHAPES, MAX_TEXT, check, join, split

MAX_FRAMES: Final = 16_384
"""Of one chunk."""
MAX_PAYLOADS: Final = 16 * 1024 * 1024
"""Bytes of payloads and topics in one chunk, unless one single frame has more."""
MAX_BLOB: Final = 32 * 1024 * 1024
COLUMNS_FROM: Final = 512
"""Frames from which columns pay."""
MAX_SCALED: Final = 18
"""Digits of a number once it is brought to the decimals of its column."""
_MAX_RESTORED: Final = 100 * 1024 * 1024


class Codec(IntEnum):
    """How a blob is to be read. The values are part of the format."""

    RAW = 0
    """MessagePack as it is."""
    PLAIN = 1
    """MessagePack, as one zstandard frame."""
    COLUMNS = 2


class _Plain(Struct, array_like=True):
    at: list[int]
    topics: list[str]
    payloads: list[bytes]


class _Column(Struct, array_like=True):
    rule: int
    base: int
    scale: int
    """Decimals that every number was brought to; -1: each kept its own."""
    planes: list[Plane]
    decimals: Plane
    padding: Plane


class _Shape(Struct, array_like=True):
    text: bytes
    columns: list[_Column]


class _Columns(Struct, array_like=True):
    first_at: int
    at: list[Plane]
    names: bytes
    """The topics, sorted, as MessagePack in one zstandard frame."""
    names_size: int
    topics: list[Plane]
    topics_rule: int
    which: Plane
    """The shape of each frame by number, from 1; 0 for none."""
    shapes: list[_Shape]
    others: bytes
    """The payloads of no shape, one after the other, in one zstandard frame."""
    others_size: int
    others_lengths: list[Plane]


_encode = msgpack.Encoder().encode
_decode_plain = msgpack.Decoder(_Plain).decode
_decode_columns = msgpack.Decoder(_Columns).decode
_decode_names = msgpack.Decoder(list[str]).decode
_make_frame = partial(tuple.__new__, Frame)


def encode(frames: Sequence[Frame], *, columns: bool = True) -> tuple[Codec, bytes]:
    """Frames of strictly increasing time, at least one and at most `MAX_FRAMES`, as a blob. Without `columns` it is quicker and larger."""
    if columns and len(frames) >= COLUMNS_FROM:
        blob, expanded = _encode_columns(frames)
        codec = Codec.COLUMNS
    else:
        raw = _encode(_Plain([frame[0] for frame in frames], [frame[1] for frame in frames], [frame[2] for frame in frames]))
        blob, expanded, codec = _encode([len(raw), compress(raw)]), len(raw), Codec.PLAIN
    if expanded > Budget(len(blob)).left:  # so even that no reader would believe it
        return Codec.RAW, _encode(_Plain([frame[0] for frame in frames], [frame[1] for frame in frames], [frame[2] for frame in frames]))
    return codec, blob


def decode(codec: int, blob: bytes, count: int) -> Sequence[Frame]:
    """The frames of a blob; `count` is how many they must be.

    Raises:
        ChunkDamaged: it is no such blob. Nothing else is raised, and no more than 100 MiB are made of it.
    """
    try:
        if not 0 < count <= MAX_FRAMES:
            raise ChunkDamaged("has a count that no chunk has")  # noqa: EM101, TRY301  the end of a sentence
        if codec == Codec.COLUMNS:
            return _decode_in_columns(blob, count)
        if codec == Codec.PLAIN:
            size, blob = msgpack.decode(blob, type=tuple[int, bytes])
            blob = expand(blob, size, Budget(len(blob)))
        elif codec != Codec.RAW:
            raise ChunkDamaged("is in a form that this program does not know")  # noqa: EM101, TRY301  the end of a sentence
        plain = _decode_plain(blob)
    except ChunkDamaged:
        raise
    except (MsgspecError, ValueError, IndexError, OverflowError, RecursionError) as error:
        raise ChunkDamaged(f"cannot be decoded: {error}") from None  # noqa: EM102  the end of a sentence
    if not len(plain.at) == len(plain.topics) == len(plain.payloads) == count:
        raise ChunkDamaged("has more or fewer frames than it says")  # noqa: EM101  the end of a sentence
    if any(later <= earlier for earlier, later in zip(plain.at, plain.at[1:], strict=False)):
        raise ChunkDamaged("has times that do not increase")  # noqa: EM101  the end of a sentence
    return list(map(_make_frame, zip(plain.at, plain.topics, plain.payloads, strict=True)))


def _encode_columns(frames: Sequence[Frame]) -> tuple[bytes, int]:
    """The blob, and about how much the reader will have to expand."""
    times, topics, payloads = zip(*frames, strict=True)
    count = len(frames)
    at = np.array(times, np.int64)
    names = sorted(set(topics))
    index = {name: number for number, name in enumerate(names)}
    numbers = np.fromiter(map(index.__getitem__, topics), np.int64, count)
    packed_names = _encode(names)
    rows = context(at, np.zeros(count, np.int64))
    topics_rule = min((Rule.BASE, Rule.PREVIOUS), key=lambda rule: int(np.count_nonzero(np.diff(differences(rule, 0, numbers, rows)))))
    shapes = split(payloads)
    which = np.zeros(count, np.uint8)
    for number, shape in enumerate(shapes, 1):
        which[shape.rows] = number
    others = [payloads[row] for row in np.flatnonzero(which == 0).tolist()]
    joined = b"".join(others)
    columns = _Columns(
        first_at=times[0],
        at=pack(np.diff(at)),
        names=compress(packed_names),
        names_size=len(packed_names),
        topics=pack(differences(topics_rule, 0, numbers, rows)),
        topics_rule=topics_rule,
        which=pack_bytes(which),
        shapes=[_encode_shape(shape, at, numbers) for shape in shapes],
        others=compress(joined),
        others_size=len(joined),
        others_lengths=pack(np.array([len(payload) for payload in others], np.int64)),
    )
    planes = len(columns.at) + len(columns.topics) + 1 + sum(len(column.planes) + 2 for shape in columns.shapes for column in shape.columns)
    return _encode(columns), len(packed_names) + len(joined) + (planes + len(columns.others_lengths)) * count


def _encode_shape(shape: Shape, at: Ints, topics: Ints) -> _Shape:
    rows = context(at[shape.rows], topics[shape.rows])
    columns = []
    for digits, decimals, padding in shape.numbers:
        scale = int(decimals.max())
        values = digits
        if scale != int(decimals.min()):
            # 23.5 among numbers of two decimals is 23.50 with the last nought not written.
            if int(digits.max()) < 10 ** (MAX_SCALED - scale):
                values = digits * 10 ** (scale - decimals.astype(np.int64))
            else:
                scale = -1
        rule, base, different = choose(values, rows)
        columns.append(_Column(rule, base, scale, pack(different), pack_bytes(decimals), pack_bytes(padding)))
    return _Shape(shape.text, columns)


def _decode_in_columns(blob: bytes, count: int) -> Columnar:
    said = _decode_columns(blob)
    budget = Budget(len(blob))
    steps = unpack(said.at, count - 1, budget)
    if count > 1 and (int(steps.min()) <= 0 or said.first_at + int(steps.sum(dtype=np.float64)) > 2**62):
        raise ChunkDamaged("has times that do not increase")  # noqa: EM101  the end of a sentence
    at = said.first_at + np.concatenate(([0], np.cumsum(steps)))
    names = _decode_names(expand(said.names, said.names_size, budget))
    numbers = restore(said.topics_rule, 0, unpack(said.topics, count, budget), context(at, np.zeros(count, np.int64)))
    if int(numbers.min()) < 0 or int(numbers.max()) >= len(names):
        raise ChunkDamaged("names a topic that it does not list")  # noqa: EM101  the end of a sentence
    which = unpack_bytes(said.which, count, budget)
    if len(said.shapes) > MAX_SHAPES or int(which.max()) > len(said.shapes):
        raise ChunkDamaged("names a shape that it does not list")  # noqa: EM101  the end of a sentence
    shapes = [_decode_shape(shape, np.flatnonzero(which == number), at, numbers, budget) for number, shape in enumerate(said.shapes, 1)]
    others = _decode_others(said, int(np.count_nonzero(which == 0)), budget)
    for shape in shapes:
        check(shape)

    def payloads(kept: Flags) -> list[bytes]:
        """They are checked by now: what is asked for later cannot be damaged."""
        remaining = [payload for payload, stays in zip(others, kept[which == 0].tolist(), strict=True) if stays]
        return join(
            [_kept(shape, kept) for shape in shapes if kept[shape.rows].any()], remaining, int(np.count_nonzero(kept)), _MAX_RESTORED
        )

    return Columnar(at, names, numbers, shapes, payloads)


def _kept(shape: Shape, kept: Flags) -> Shape:
    """The shape of those rows that stay, by their places among these."""
    stay = kept[shape.rows]
    rows = (np.cumsum(kept) - 1)[shape.rows[stay]]
    return Shape(shape.text, rows, [Numbers(one.digits[stay], one.decimals[stay], one.padding[stay]) for one in shape.numbers])


def _decode_others(said: _Columns, count: int, budget: Budget) -> list[bytes]:
    text = expand(said.others, said.others_size, budget)
    lengths = unpack(said.others_lengths, count, budget)
    ends = np.cumsum(lengths)
    if count and (int(lengths.min()) < 0 or int(lengths.max()) > len(text)):
        raise ChunkDamaged("has a payload of a length that cannot be")  # noqa: EM101  the end of a sentence
    if (int(ends[-1]) if count else 0) != len(text):
        raise ChunkDamaged("has more or fewer payloads than it says")  # noqa: EM101  the end of a sentence
    stops = ends.tolist()
    return [text[begin:end] for begin, end in zip([0, *stops], stops, strict=False)]


def _decode_shape(shape: _Shape, rows: npt.NDArray[np.intp], at: Ints, topics: Ints, budget: Budget) -> Shape:
    count = len(rows)
    if len(shape.columns) > MAX_NUMBERS or len(shape.text) > MAX_TEXT or shape.text.count(MARK) != len(shape.columns) or count == 0:
        raise ChunkDamaged("has a shape that does not fit its numbers")  # noqa: EM101  the end of a sentence
    known = context(at[rows], topics[rows])
    numbers = []
    for column in shape.columns:
        values = restore(column.rule, column.base, unpack(column.planes, count, budget), known)
        decimals = unpack_bytes(column.decimals, count, budget)
        if int(decimals.max()) > MAX_SCALED or column.scale > MAX_SCALED or 0 <= column.scale < int(decimals.max()):
            raise ChunkDamaged("has a number of too many decimals")  # noqa: EM101  the end of a sentence
        if column.scale >= 0:
            values = values // 10 ** (column.scale - decimals.astype(np.int64))
        numbers.append(Numbers(values, decimals, unpack_bytes(column.padding, count, budget)))
    return Shape(shape.text, rows, numbers)
