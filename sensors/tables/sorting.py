"""Sorting more than fits into memory: runs of bounded length, sorted, on the disk, and merged."""

from collections.abc import Iterator
from heapq import merge
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import BinaryIO, Final, Generic, Self, TypeVar

from msgspec import msgpack

RUN: Final = 200_000
"""Entries in memory at once."""
_BLOCK: Final = 2_000
"""Entries of each run in memory while they are merged."""
_LENGTH: Final = 4

T = TypeVar("T")


class Sorter(Generic[T]):
    """Takes `(key, entry)` in any order and gives entries by key; those of one key in the order in which they came.

    Use it as a context: the runs lie in a temporary folder, which goes with it.
    """

    def __init__(self, kind: type[T], run: int = RUN) -> None:
        self._decoder = msgpack.Decoder(list[tuple[int, int, kind]])  # type: ignore[valid-type]  # a type that is known at run time
        self._run = run
        self._entries: list[tuple[int, int, T]] = []
        self._count = 0
        self._files: list[Path] = []
        self._folder: TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def __len__(self) -> int:
        return self._count

    def add(self, key: int, entry: T) -> None:
        """Take one. Raises OSError: the disk for temporary files is full."""
        self._entries.append((key, self._count, entry))
        self._count += 1
        if len(self._entries) >= self._run:
            self._spill()

    def _spill(self) -> None:
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="hotzone-sort-")
        self._entries.sort(key=_place)
        path = Path(self._folder.name) / str(len(self._files))
        with path.open("wb") as file:
            for begin in range(0, len(self._entries), _BLOCK):
                block = msgpack.encode(self._entries[begin : begin + _BLOCK])
                file.write(len(block).to_bytes(_LENGTH, "big") + block)
        self._files.append(path)
        self._entries = []

    def __iter__(self) -> Iterator[T]:
        self._entries.sort(key=_place)
        runs = [self._read(path) for path in self._files]
        for _, _, entry in merge(*runs, self._entries, key=_place):
            yield entry

    def _read(self, path: Path) -> Iterator[tuple[int, int, T]]:
        with path.open("rb") as file:
            while block := _block(file):
                yield from self._decoder.decode(block)


def _place(row: tuple[int, int, object]) -> tuple[int, int]:
    return row[:2]


def _block(file: BinaryIO) -> bytes:
    return file.read(int.from_bytes(file.read(_LENGTH), "big"))
