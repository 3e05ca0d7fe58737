"""When thermometers publish: each once a period, spread over it by its own phase, never at quite the same moment."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ...config.units import MILLISECOND, SECOND
from ..arrays import Floats, Ints

JITTER = 0.02
"""Usual standard deviation of a thermometer's period, seconds."""


class Due(NamedTuple):
    """Readings that fall due, in the order of time; all of one round, so with one sequence number."""

    sensors: Ints
    measured: Ints
    """ns since the epoch."""
    noise: Floats
    """Standard normal, one a reading."""
    chance: Floats
    """Uniform in 0..1, for what befalls a reading on its way; a second row for how bad it is."""
    sequence: int


class Rounds:
    """Thermometers of one period. Each round's noise is drawn at once: what is drawn does not depend on how time is cut up."""

    def __init__(self, sensors: Ints, period: int, start: int, rng: np.random.Generator) -> None:
        self._sensors = sensors
        self._period = period
        self._rng = rng
        self._phase = rng.permutation(len(sensors)) * (period / max(1, len(sensors)))
        self._begin = start - period
        self._round = 0
        self._done = 0
        self._order: Ints = np.zeros(0, dtype=np.int64)
        self._times: Ints = np.zeros(0, dtype=np.int64)
        self._noise: Floats = np.zeros(0)
        self._chance: Floats = np.zeros((2, 0))

    def due(self, until: int, jitter: Floats) -> Iterator[Due]:
        """Yield what is due before `until` and has not been yielded; `jitter` is each thermometer's unrest on top of the usual, seconds."""
        while True:
            stop = int(np.searchsorted(self._times, until))
            if stop > self._done:
                part = slice(self._done, stop)
                self._done = stop
                yield Due(self._sensors[self._order[part]], self._times[part], self._noise[part], self._chance[:, part], self._round)
            if self._begin + self._period >= until:
                return
            self._next(jitter)

    def _next(self, jitter: Floats) -> None:
        self._begin += self._period
        self._round += 1
        count = len(self._sensors)
        unrest = self._rng.normal(0.0, JITTER, count) + self._rng.uniform(-1.0, 1.0, count) * jitter[self._sensors]
        offset = np.clip(self._phase + unrest * SECOND, 0, self._period - MILLISECOND)
        self._noise = self._rng.normal(0.0, 1.0, count)
        self._chance = self._rng.random((2, count))
        self._order = np.argsort(offset, kind="stable")
        self._times = self._begin + offset[self._order].astype(np.int64)
        self._done = 0
