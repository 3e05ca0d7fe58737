"""Numbers as what was to be expected and the difference: a sequence goes up by one, a time is close to that of arrival.

For each column of a chunk the rule is taken under which the differences need the fewest bits.
"""

from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ..arrays import Flags, Ints
from ..shape import order_of
from .errors import ChunkDamaged


class Rule(IntEnum):
    """What a number is expected to be. The values are part of the format."""

    BASE = 0
    """The column's base."""
    PREVIOUS = 1
    """The number before it in the column; the first one, the base."""
    SAME_TOPIC = 2
    """The number before it from the same topic; the first of a topic, the base."""
    STEADY = 3
    """As far from the number before it as that was from the one before, from the same topic; the second of a topic as the first, which is the base."""
    AT_NANOSECONDS = 4
    """The frame's time in ns."""
    AT_MICROSECONDS = 5
    AT_MILLISECONDS = 6
    AT_SECONDS = 7


_CLOCK: Final = {Rule.AT_NANOSECONDS: 1, Rule.AT_MICROSECONDS: 1_000, Rule.AT_MILLISECONDS: 1_000_000, Rule.AT_SECONDS: 1_000_000_000}


class Context(NamedTuple):
    """What the rows of one shape are known by: the frames' times, and the rows sorted by topic with the places where one begins."""

    at: Ints
    order: npt.NDArray[np.intp]
    begins: Flags


def context(at: Ints, topics: Ints) -> Context:
    """The context of some rows, of which `topics` are numbers."""
    order = order_of(topics)
    in_order = topics[order]
    begins = np.ones(len(order), bool)
    begins[1:] = in_order[1:] != in_order[:-1]
    return Context(at, order, begins)


def choose(values: Ints, rows: Context) -> tuple[Rule, int, Ints]:
    """The best rule, the base, and the differences under that rule."""
    base = int(values[0])
    candidates = [Rule.BASE, Rule.PREVIOUS, Rule.SAME_TOPIC, Rule.STEADY]
    if base > 1_000_000_000:  # no earlier time than 2001, in whatever unit, is a smaller number
        candidates.append(min(_CLOCK, key=lambda rule: abs(int(rows.at[0]) // _CLOCK[rule] - base)))
    tried = [(rule, differences(rule, base, values, rows)) for rule in candidates]
    rule, best = min(tried, key=lambda one: _bits(one[1]))
    return rule, base, best


def _bits(values: Ints) -> float:
    return float(np.log2(np.abs(values).astype(np.float32) + 1).sum())


def differences(rule: Rule, base: int, values: Ints, rows: Context) -> Ints:
    """What each number differs by from what the rule expects."""
    if rule in _CLOCK:
        return values - rows.at // _CLOCK[rule]
    if rule is Rule.BASE:
        return values - base
    if rule is Rule.PREVIOUS:
        return np.diff(values, prepend=np.int64(base))
    once = _step(values[rows.order] - base, rows.begins)
    if rule is Rule.STEADY:
        first = once[rows.begins]
        once[rows.begins] = 0
        once = _step(once, rows.begins)
        once[rows.begins] = first
    result = np.empty_like(once)
    result[rows.order] = once
    return result


def restore(rule: int, base: int, different: Ints, rows: Context) -> Ints:
    """The numbers back.

    Raises:
        ChunkDamaged: there is no such rule.
    """
    if rule in _CLOCK:
        return different + rows.at // _CLOCK[Rule(rule)]
    if rule == Rule.BASE:
        return different + base
    if rule == Rule.PREVIOUS:
        return np.cumsum(different) + base
    if rule not in {Rule.SAME_TOPIC, Rule.STEADY}:
        raise ChunkDamaged("has a rule that nobody knows")  # noqa: EM101  the end of a sentence
    once = different[rows.order]
    if rule == Rule.STEADY:
        first = once[rows.begins]
        once[rows.begins] = 0
        once = _sum(once, rows.begins)
        once[rows.begins] = first
    result = np.empty_like(once)
    result[rows.order] = _sum(once, rows.begins) + base
    return result


def _step(values: Ints, begins: Flags) -> Ints:
    """Differences within each topic; its first value stands."""
    steps = values.copy()
    inside = ~begins[1:]
    steps[1:][inside] -= values[:-1][inside]
    return steps


def _sum(values: Ints, begins: Flags) -> Ints:
    """Running sums within each topic, the reverse of `_step`."""
    sums = np.cumsum(values)
    starts = np.flatnonzero(begins)
    before = sums[starts] - values[starts]
    return sums - np.repeat(before, np.diff(np.append(starts, len(values))))
