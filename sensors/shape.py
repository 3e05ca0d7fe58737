"""The shape of payloads: their text without their numbers, and the numbers apart, a column each."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from .arrays import Bytes, Ints

MARK: Final = b"\x01"
"""Stands in a shape for a number."""


def order_of(numbers: Ints) -> npt.NDArray[np.intp]:
    """The places of these numbers, none below nought, in the order of the numbers; where they are equal, as they come."""
    small = not len(numbers) or int(numbers.max()) < 1 << 16
    return np.argsort(numbers.astype(np.uint16) if small else numbers, kind="stable")  # sixteen bits are sorted in linear time


class Numbers(NamedTuple):
    """One number of each payload of a shape: `digits` without the point, the `decimals` after it, noughts that lead in vain."""

    digits: Ints
    decimals: Bytes
    padding: Bytes


class Shape(NamedTuple):
    """One shape: its text, with a mark for each number, the rows that have it, in order, and their numbers."""

    text: bytes
    rows: npt.NDArray[np.intp]
    numbers: list[Numbers]
