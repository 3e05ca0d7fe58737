"""What faults do to the model: multipliers and switches by rack, zone, unit and thermometer, neutral until a fault sets them."""

from dataclasses import dataclass

import numpy as np

from .arrays import Array, Flags, Index
from .layout import Layout


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where a fault acts, as indices; what its target does not have is empty."""

    racks: Index
    zones: Index
    units: Index
    sensors: Index


class Effects:
    """Everything that faults can change, at its neutral value. Built anew whenever a fault starts or ends."""

    def __init__(self, layout: Layout) -> None:
        racks, units, sensors = len(layout.racks), len(layout.units), len(layout.sensors)
        self.layout = layout
        self.load: Array = np.ones(racks)
        """Factor on IT power."""
        self.leak: Array = np.ones(racks)
        """`s_i` of equation 4."""
        self.gap: Array = np.zeros(racks)
        """Factor, less 1, by which a rack's own exhaust comes back through an open panel."""
        self.gradient: Array = np.zeros(racks)
        """Kelvin between the middle and the top of a rack, on top of the usual."""
        self.failed: Flags = np.zeros(units, dtype=bool)
        self.sealed: Flags = np.zeros(units, dtype=bool)
        self.dead: Flags = np.zeros(units, dtype=bool)
        self.limit: Array = np.ones(units)
        """Factor on what a coil can remove."""
        self.on_return: Flags = np.zeros(units, dtype=bool)
        self.unit_silent: Flags = np.zeros(units, dtype=bool)
        self.deaf: Flags = np.zeros(units, dtype=bool)
        self.tripped = False
        self.offline: Flags = np.zeros(len(layout.gateways), dtype=bool)
        """Gateways that are gone; those of racks come first."""

        self.noise: Array = np.zeros(sensors)
        """Standard deviation of added noise, K."""
        self.wander: Array = np.zeros(sensors)
        self.quantum: Array = np.zeros(sensors)
        """Coarser resolution, K; 0 for the thermometer's own."""
        self.lag: Array = np.zeros(sensors)
        """Slower probe, seconds; 0 for the thermometer's own."""
        self.bias: Array = np.zeros(sensors)
        self.drift: Array = np.zeros(sensors)
        """K by second."""
        self.drift_since: Array = np.zeros(sensors)
        """Seconds since the hall's start."""
        self.stuck: Flags = np.zeros(sensors, dtype=bool)
        self.constant: Array = np.full(sensors, np.nan)
        """What a broken thermometer shows; NaN for one that is not."""
        self.spike: Array = np.zeros(sensors)
        """Probability by sample."""
        self.heat: Array = np.zeros(sensors)
        """Real heat at one thermometer, K."""
        self.dropout: Array = np.zeros(sensors)
        """Share of its messages that are lost on the radio."""
        self.silent: Flags = np.zeros(sensors, dtype=bool)
        self.jitter: Array = np.zeros(sensors)
        """Seconds either way."""
        self.clock: Array = np.zeros(sensors)
        """Seconds by which the thermometer's clock is wrong."""
        self.backlog: Flags = np.zeros(sensors, dtype=bool)
        self.dirt: Flags = np.zeros(sensors, dtype=bool)
