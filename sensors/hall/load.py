"""What the racks give off, and the weather: smooth, following the day, drawn from the seed."""

from math import cos, exp, pi, sqrt

import numpy as np

from ...config.service import HallSimulation
from ...config.units import DAY, HOUR
from ..arrays import Floats

SERVER_LAG = 240.0
"""Seconds by which heat in the air follows power in the servers (3 to 6 minutes)."""
WANDER = 0.03
"""Standard deviation of a rack's load about its own day."""
WANDER_SECONDS = 1800.0
HEAT_PER_KELVIN = 1000.0


def _daily(at: int, peak_hour: float) -> float:
    """From -1 to 1, with its highest at `peak_hour` UTC."""
    return cos(2 * pi * ((at % DAY) / HOUR - peak_hour) / 24)


def ambient(at: int) -> float:
    """Outdoor air, °C: 18 on the mean, 24 at three in the afternoon."""
    return 18 + 6 * _daily(at, 15)


class Load:
    """IT power of each rack and the heat that has come out of its servers, W."""

    def __init__(self, racks: int, settings: HallSimulation, rng: np.random.Generator, at: int) -> None:
        self._rng = rng
        self._settings = settings
        self.design = np.full(racks, settings.kw_per_rack * HEAT_PER_KELVIN)
        """Power of each rack in the busiest hour, W."""
        self.design *= np.clip(rng.normal(1.0, 0.08, racks), 0.8, 1.2)
        self._wander: Floats = rng.normal(0.0, WANDER, racks)
        self.draw_design: Floats = self.design / settings.delta_t
        """Heat capacity rate of the racks' own fans at the design load, W/K."""
        self.power: Floats = self._now(at)
        self.heat: Floats = self.power.copy()

    def _now(self, at: int) -> Floats:
        day = 1 - self._settings.load_swing * (1 - _daily(at, 15)) / 2
        return np.asarray(self.design * day * (1 + self._wander))

    def step(self, seconds: float, at: int, factor: Floats) -> None:
        """Advance to `at`; `factor` multiplies the power of each rack (load steps)."""
        keep = exp(-seconds / WANDER_SECONDS)
        self._wander = self._wander * keep + self._rng.normal(0.0, WANDER * sqrt(1 - keep * keep), len(self.design))
        self.power = self._now(at) * factor
        self.heat = self.power + (self.heat - self.power) * exp(-seconds / SERVER_LAG)

    @property
    def draw(self) -> Floats:
        """Air that the servers' fans draw, W/K: they slow down with the load, less than it does."""
        return np.asarray(self.draw_design * np.clip(0.4 + 0.6 * self.heat / self.design, 0.4, 1.6))

    @property
    def stored(self) -> float:
        """Heat on its way out of the servers, J, counted from when power and heat were equal."""
        return float(SERVER_LAG * self.heat.sum())
