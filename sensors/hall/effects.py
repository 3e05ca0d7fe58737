"""What faults do to the model: multipliers and switches by rack, zone, unit and thermometer, neutral until a fault sets them."""

from dataclasses import dataclass

import numpy as np

from ..arrays import Flags, Floats, Ints
from .layout import Layout


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where a fault acts, as indices; what its target does not have is empty."""

    racks: Ints
    zones: Ints
    units: Ints
    sensors: Ints


class Effects:
    """Everything that faults can change, at its neutral value. Built anew whenever a fault starts or ends."""

    def __init__(self, layout: Layout) -> None:
        racks, units, sensors = len(layout.racks), len(layout.units), len(layout.sensors)
        self.layout = layout
        self.load: Floats = np.ones(racks)
        """Factor on IT power."""
        self.leak: Floats = np.ones(racks)
        """`s_i` of equation 4."""
        self.gap: Floats = np.zeros(racks)
        """Factor, less 1, by which a rack's own exhaust comes back through an open panel."""
        self.gradient: Floats = np.zeros(racks)
        """Kelvin between the middle and the top of a rack, on top of the usual."""
        self.failed: Flags = np.zeros(units, dtype=bool)
        self.sealed: Flags = np.zeros(units, dtype=bool)
        self.dead: Flags = np.zeros(units, dtype=bool)
        self.limit: Floats = np.ones(units)
        """Factor on what a coil can remove."""
        self.on_return: Flags = np.zeros(units, dtype=bool)
        self.unit_silent: Flags = np.zeros(units, dtype=bool)
        self.deaf: Flags = np.zeros(units, dtype=bool)
        self.tripped = False
        self.offline: Flags = np.zeros(len(layout.gateways), dtype=bool)
        """Gateways that are gone; those of racks come first."""

        self.noise: Floats = np.zeros(sensors)
        """Standard deviation of added noise, K."""
        self.wander: Floats = np.zeros(sensors)
        self.quantum: Floats = np.zeros(sensors)
        """Coarser resolution, K; 0 for the thermometer's own."""
        self.lag: Floats = np.zeros(sensors)
        """Slower probe, seconds; 0 for the thermometer's own."""
        self.bias: Floats = np.zeros(sensors)
        self.drift: Floats = np.zeros(sensors)
        """K by second."""
        self.drift_since: Floats = np.zeros(sensors)
        """Seconds since the hall's start."""
        self.stuck: Flags = np.zeros(sensors, dtype=bool)
        self.constant: Floats = np.full(sensors, np.nan)
        """What a broken thermometer shows; NaN for one that is not."""
        self.spike: Floats = np.zeros(sensors)
        """Probability by sample."""
        self.heat: Floats = np.zeros(sensors)
        """Real heat at one thermometer, K."""
        self.dropout: Floats = np.zeros(sensors)
        """Share of its messages that are lost on the radio."""
        self.silent: Flags = np.zeros(sensors, dtype=bool)
        self.jitter: Floats = np.zeros(sensors)
        """Seconds either way."""
        self.clock: Floats = np.zeros(sensors)
        """Seconds by which the thermometer's clock is wrong."""
        self.backlog: Flags = np.zeros(sensors, dtype=bool)
        self.dirt: Flags = np.zeros(sensors, dtype=bool)
