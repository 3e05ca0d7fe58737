"""Integers as byte planes: small numbers leave whole planes empty, and each plane is compressed by what is usual in it.

A column of n signed 64-bit integers is zigzag-coded (0, -1, 1, -2 ... become 0, 1, 2, 3 ...) and cut into up to eight planes of n
bytes, lowest first; planes that are all nought at the upper end are left out. A plane of one repeated byte is stored as
that byte, any other as a zstandard frame that says its size.
"""

import threading
from collections.abc import Sequence
from typing import Final

import numpy as np
import zstandard

from ..arrays import Bytes, Ints
from .errors import ChunkDamaged

Plane = int | bytes
"""A plane's one byte, or its zstandard frame."""

LEVEL: Final = 3
"""Of zstandard: higher levels search for repetition, and there is next to none in a plane of noise."""
MAX_EXPANDED: Final = 100 * 1024 * 1024
MAX_RATIO: Final = 200
FREE: Final = 1024 * 1024
"""Bytes; so much may come out of a chunk whatever went in."""


class Budget:
    """How much may still come out of one chunk: 100 MiB, and beyond 1 MiB no more than 200 times what went in."""

    def __init__(self, compressed: int) -> None:
        self.left = min(MAX_EXPANDED, max(FREE, MAX_RATIO * compressed))

    def take(self, size: int) -> None:
        """Ask before anything is expanded.

        Raises:
            ChunkDamaged: it would be too much.
        """
        self.left -= size
        if self.left < 0:
            raise ChunkDamaged("expands to more than it may")  # noqa: EM101  the end of a sentence


def compress(data: bytes) -> bytes:
    """One zstandard frame, which names its expanded size."""
    return zstandard.ZstdCompressor(level=LEVEL).compress(data)


class _Thread(threading.local):
    """A decompressor is for one thread, and to make one takes longer than to use it on a plane."""

    def __init__(self) -> None:
        self.decompressor = zstandard.ZstdDecompressor()


_threads: Final = _Thread()


def expand(data: bytes, size: int, budget: Budget) -> bytes:
    """The content of one zstandard frame, which must be of exactly this size: memory is taken for no more than that.

    Raises:
        ChunkDamaged: it is not.
    """
    budget.take(size)
    try:
        if zstandard.frame_content_size(data) != size:
            raise ChunkDamaged("is not as long as it says")  # noqa: EM101  the end of a sentence
        if size == 0:
            return b""
        return _threads.decompressor.decompress(data, max_output_size=size, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise ChunkDamaged(f"cannot be expanded: {error}") from None  # noqa: EM102  the end of a sentence


def pack(values: Ints) -> list[Plane]:
    """The planes of a column."""
    zigzag = ((values << 1) ^ (values >> 63)).view(np.uint64)
    width = (int(zigzag.max()).bit_length() + 7) // 8 if len(zigzag) else 0
    planes = np.ascontiguousarray(zigzag.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :width].T)
    return [_pack_plane(plane) for plane in planes]


def pack_bytes(values: Bytes) -> Plane:
    """One plane."""
    return _pack_plane(np.ascontiguousarray(values))


def _pack_plane(plane: Bytes) -> Plane:
    first = int(plane[0]) if len(plane) else 0
    return first if (plane == first).all() else compress(plane.tobytes())


def unpack(planes: list[Plane], count: int, budget: Budget) -> Ints:
    """The column back.

    Raises:
        ChunkDamaged: this is no column of `count` numbers.
    """
    return unpack_all([(planes, count, budget)])


def unpack_all(columns: Sequence[tuple[list[Plane], int, Budget]]) -> Ints:
    """Columns back, one behind the other: of many short ones, in a fraction of the time that each by itself would take.

    Raises:
        ChunkDamaged: one is no column of so many numbers.
    """
    octets = np.zeros((sum(count for _, count, _ in columns), 8), np.uint8)
    begin = 0
    for planes, count, budget in columns:
        if len(planes) > 8:
            raise ChunkDamaged("has numbers of more than 64 bits")  # noqa: EM101  the end of a sentence
        for index, plane in enumerate(planes):
            octets[begin : begin + count, index] = unpack_bytes(plane, count, budget)
        begin += count
    zigzag = octets.view("<u8")[:, 0]
    return (zigzag >> np.uint64(1)).view(np.int64) ^ -(zigzag & np.uint64(1)).view(np.int64)


def unpack_bytes(plane: Plane, count: int, budget: Budget) -> Bytes:
    """One plane back.

    Raises:
        ChunkDamaged: this is no plane of `count` bytes.
    """
    if isinstance(plane, bytes):
        return np.frombuffer(expand(plane, count, budget), np.uint8)
    if not 0 <= plane <= 255:
        raise ChunkDamaged("has a byte over 255")  # noqa: EM101  the end of a sentence
    budget.take(count)
    return np.full(count, plane, np.uint8)
