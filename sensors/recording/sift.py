"""Leaving out frames while reading: for who needs some of the topics only, and the times."""

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

from ..frame import Frame


class Sift:
    """Frames `without` these topics; but the first and the last of a chunk, and one right `before` one of those topics, stay for their times."""

    def __init__(self, without: Collection[str], before: Collection[str]) -> None:
        self.left_out = 0
        """Frames, so far."""
        self._without = frozenset(without)
        self._before = frozenset(before)

    def kept(self, names: Sequence[str], topics: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Which of the frames, whose topics are numbers of these names, are kept."""
        kept = np.array([name not in self._without for name in names], bool)[topics]
        borders = np.array([name in self._before for name in names], bool)[topics]
        kept[:-1] |= borders[1:]
        kept[[0, -1]] = True
        self.left_out += len(kept) - int(np.count_nonzero(kept))
        return kept

    def sifted(self, frames: Sequence[Frame]) -> list[Frame]:
        """Those of the frames."""
        topics = [frame.topic for frame in frames]
        names = sorted(set(topics))
        numbers = {name: number for number, name in enumerate(names)}
        kept = self.kept(names, np.array([numbers[topic] for topic in topics], np.int64))
        return [frame for frame, stays in zip(frames, kept.tolist(), strict=True) if stays]
