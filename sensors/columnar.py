"""Frames as the columns of a chunk: whoever looks only at what readings say spares the making of a frame, and of a payload, for each."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import overload

import numpy as np

from .arrays import Flags, Ints
from .frame import Frame
from .shape import Shape

Payloads = Callable[[Flags], list[bytes]]
"""Those of some frames, in order."""


class Columnar(Sequence[Frame]):
    """Frames that are made when they are asked for."""

    def __init__(self, at: Ints, names: Sequence[str], topics: Ints, shapes: Sequence[Shape], payloads: Payloads) -> None:
        self.at = at
        self.names = names
        self.topics = topics
        """By number among the names."""
        self.shapes = shapes
        """Of the payloads."""
        self.found: tuple[object, object] | None = None
        """As of `Frames`."""
        self._payloads = payloads
        self._single: dict[int, Frame] = {}
        """The first and the last are asked for again and again."""

    def __len__(self) -> int:
        return len(self.at)

    @overload
    def __getitem__(self, index: int) -> Frame: ...
    @overload
    def __getitem__(self, index: slice) -> list[Frame]: ...
    def __getitem__(self, index: int | slice) -> Frame | list[Frame]:
        if isinstance(index, slice):
            return self._frames[index]
        if index not in self._single:
            (self._single[index],) = self.picked([index])
        return self._single[index]

    def __iter__(self) -> Iterator[Frame]:
        return iter(self._frames)

    @cached_property
    def _frames(self) -> list[Frame]:
        return self._made(np.ones(len(self), bool))

    def picked(self, rows: Sequence[int]) -> list[Frame]:
        """The frames of these numbers, which increase; the others are not made."""
        which = np.zeros(len(self), bool)
        which[rows] = True
        return self._made(which)

    def _made(self, which: Flags) -> list[Frame]:
        topics = map(self.names.__getitem__, self.topics[which].tolist())
        return list(map(Frame, self.at[which].tolist(), topics, self._payloads(which)))


def picked(frames: Sequence[Frame], rows: Sequence[int]) -> list[Frame]:
    """The frames of these numbers, which increase."""
    if isinstance(frames, Columnar):
        return frames.picked(rows)
    return list(frames) if len(rows) == len(frames) else [frames[row] for row in rows]


def times(frames: Sequence[Frame]) -> Ints:
    """When they came."""
    return frames.at if isinstance(frames, Columnar) else np.array([frame[0] for frame in frames], np.int64)
