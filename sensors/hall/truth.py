"""The truth: what the inlets really are, without thermometers in between, and what that cost."""

from typing import NamedTuple

import numpy as np

from ...config.model import Hall
from ..arrays import Floats
from .layout import Layout

RECOMMENDED = 27.0
"""Top of the recommended envelope, °C; degree-minutes count from here."""
BACK = 0.1
"""Kelvin by which a zone must come back before it counts as back: a zone that rests on its limit is one crossing."""


class UnitTruth(NamedTuple):
    """What one cooling unit really does; percent, °C and kW."""

    fan: float
    flow: float
    """Share of its full flow, percent; a failed fan still leaks."""
    supply: float
    returned: float
    removed: float
    """Heat taken from the air, kW."""
    mode: str
    commanded: float


class Truth(NamedTuple):
    """The hall at one moment, and its sums since the start."""

    at: int
    inlets: dict[str, float]
    """Noise-free temperature at each inlet thermometer, °C."""
    zones: dict[str, float]
    """Each zone's statistic over its noise-free inlets, °C."""
    units: dict[str, UnitTruth]
    fan_kwh: float
    chiller_kwh: float
    it_kwh: float
    degree_minutes: float
    """Sum over zones of the time integral of what the zone's noise-free statistic lies above 27 °C, K min."""
    peak: float
    """The highest that any zone's noise-free statistic has been, °C."""
    hottest: float
    """The highest that any one inlet has been, °C."""
    water: float
    """Chilled water, °C."""


class Crossing(NamedTuple):
    """A zone's noise-free statistic crossed one of its limits."""

    zone: str
    text: str
    value: float


class Observer:
    """Watches the noise-free inlets: statistics, crossings of limits, degree-minutes, peaks."""

    def __init__(self, hall: Hall, layout: Layout) -> None:
        self._zones = hall.zones
        inlets = [np.flatnonzero(layout.sensor_inlet & (layout.sensor_zone == number)) for number in range(len(hall.zones))]
        most = max((len(part) for part in inlets), default=0)
        self._pick = np.full((len(inlets), most), len(layout.sensors), dtype=np.int64)
        for row, part in zip(self._pick, inlets, strict=True):
            row[: len(part)] = part
        counts = [len(part) for part in inlets]
        self._from_top = np.array(
            [zone.statistic.rank(count) if count else 0 for zone, count in zip(hall.zones, counts, strict=True)], dtype=np.int64
        )
        self._from_bottom = np.array([max(0, count - 1) for count in counts], dtype=np.int64) - self._from_top
        self._rows = np.arange(len(inlets))
        self._past: dict[tuple[int, str], bool] = {}
        self.degree_minutes = 0.0
        self.peak = -np.inf
        self.hottest = -np.inf
        self.high: Floats = np.zeros(len(inlets))
        """Each zone's statistic as seen from above, °C."""
        self._limits = [
            (number, limit.rule, limit.above if limit.above is not None else limit.below, limit.above is not None)
            for number, zone in enumerate(hall.zones)
            for limit in zone.limits
        ]

    def see(self, temperatures: Floats, seconds: float) -> list[Crossing]:
        """Take in the noise-free temperatures of all thermometers, which held for `seconds`."""
        padded = np.append(temperatures, -np.inf)[self._pick]
        ordered = -np.sort(-padded, axis=1)
        self.high = high = ordered[self._rows, self._from_top]
        self.degree_minutes += float(np.maximum(0.0, high - RECOMMENDED).sum()) * seconds / 60
        self.peak = max(self.peak, float(high.max()))
        self.hottest = max(self.hottest, float(ordered[:, 0].max()))
        if not self._limits:
            return []
        return self._cross(high.tolist(), ordered[self._rows, np.maximum(0, self._from_bottom)].tolist())

    def _cross(self, high: list[float], low: list[float]) -> list[Crossing]:
        crossings = []
        for number, rule, limit, above in self._limits:
            if limit is None:
                continue
            value = high[number] if above else low[number]
            excess = value - limit if above else limit - value
            was = self._past.get((number, rule), False)
            now = excess >= (-BACK if was else 0.0)
            if now != was:
                self._past[number, rule] = now
                words = ("above" if now else "back below") if above else ("below" if now else "back above")
                crossings.append(Crossing(self._zones[number].id, f"{words} {limit}", round(value, 2)))
        return crossings
