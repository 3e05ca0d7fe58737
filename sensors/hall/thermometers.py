"""The thermometers: what they feel, how they err, and what they publish."""

from math import exp, sqrt

import numpy as np

from ...config.units import MILLISECOND, SECOND
from ..arrays import Floats, Ints
from .air import Air
from .effects import Effects
from .layout import Layout
from .message import TimedMessage
from .plant import Plant
from .rounds import Due, Rounds

NOISE = 0.05
"""Standard deviation of a digital thermometer's white noise, K."""
BIAS = 0.2
"""Standard deviation of its constant error, K."""
LAG = 10.0
"""Seconds by which a bare probe follows the air."""
WANDER_SECONDS = 120.0
STRATIFICATION = 0.25
"""Kelvin between the middle and the top of a rack, by kelvin that recirculation adds."""
MOST_LAYERED = 0.6
LAYER_RATE = 1 / 30
"""How fast layers form, 1/s."""
HEATING, COOLING = 20.0, 120.0
"""Time constants of local heat as it comes and goes, seconds."""
SPIKE = (5.0, 50.0)
DIRT = (b"23,46", b"1\xc2\xa0023,4", b"#VALUE!", b"\xef\xbb\xbf23.46", b"(1240 rows affected)", b"")


class Thermometers:
    """All thermometers of a hall."""

    def __init__(self, layout: Layout, start: int, air: Air, plant: Plant, rng: np.random.Generator) -> None:
        count = len(layout.sensors)
        self._layout = layout
        self._start = start
        self._rng = rng
        self._topics = [sensor.topic for sensor in layout.sensors]
        self._quantum = np.array([sensor.quality.quantum for sensor in layout.sensors])
        self._templates = [_template(float(quantum)) for quantum in self._quantum]
        self._bias = rng.normal(0.0, BIAS, count)
        self._spot = rng.normal(0.0, 0.1, count)
        self._at_units = np.flatnonzero(layout.sensor_unit >= 0)
        self._layers = np.zeros(count)
        self._hot = np.zeros(count)
        self._wander = np.zeros(count)
        periods = np.array([sensor.quality.period for sensor in layout.sensors], dtype=np.int64)
        seeds = rng.spawn(len(np.unique(periods)))
        self._rounds = [
            Rounds(np.flatnonzero(periods == period), int(period), start, seed)
            for period, seed in zip(np.unique(periods), seeds, strict=True)
        ]
        self._held: list[TimedMessage] = []
        self.truth: Floats = self._feel(np.inf, air, plant, Effects(layout))
        """Noise-free temperature at each thermometer, °C."""
        self._lagged = self.truth.copy()
        self._shown = self.truth.copy()

    def step(self, seconds: float, air: Air, plant: Plant, effects: Effects) -> None:
        """Follow the air for `seconds`."""
        self.truth = self._feel(seconds, air, plant, effects)
        lag = np.where(effects.lag > 0, effects.lag, LAG)
        self._lagged = self.truth + (self._lagged - self.truth) * np.exp(-seconds / lag)
        if effects.wander.any() or self._wander.any():
            keep = exp(-seconds / WANDER_SECONDS)
            unrest = self._rng.normal(0.0, 1.0, len(self._wander)) * sqrt(1 - keep * keep)
            self._wander = np.where(effects.wander > 0, self._wander * keep + unrest * effects.wander, 0.0)

    def _feel(self, seconds: float, air: Air, plant: Plant, effects: Effects) -> Floats:
        layout, rack = self._layout, self._layout.sensor_rack
        rise = STRATIFICATION * np.minimum(air.hot, MOST_LAYERED) * (air.outlet - air.inlet)
        height = np.where(layout.sensor_height < 0, 1 / 3, 1.0) * layout.sensor_height
        layers = rise[rack] * layout.sensor_height + effects.gradient[rack] * height
        self._layers += (layers - self._layers) * (1 - exp(-seconds * LAYER_RATE))
        if effects.heat.any() or self._hot.any():
            pace = np.where(effects.heat > self._hot, HEATING, COOLING)
            self._hot += (effects.heat - self._hot) * (1 - np.exp(-seconds / pace))
            self._hot[np.abs(self._hot) < 1e-3] = 0.0
        at_rack = np.where(layout.sensor_outlet, air.outlet[rack], air.inlet[rack] + self._layers)
        if self._at_units.size:
            unit = layout.sensor_unit[self._at_units]
            at_rack[self._at_units] = np.where(layout.sensor_supply[self._at_units], plant.supply[unit], air.returned[unit])
        return np.asarray(at_rack + self._spot + self._hot)

    def publish(self, until: int, effects: Effects) -> list[TimedMessage]:
        """What is published before `until` and has not been yet, in the order of time."""
        said: list[TimedMessage] = []
        for group in self._rounds:
            for due in group.due(until, effects.jitter):
                said += self._say(due, effects)
        if len(self._rounds) > 1:
            said.sort(key=_at)
        return said

    def release(self, at: int, effects: Effects) -> list[TimedMessage]:
        """What was held back by thermometers that hold back no longer, newest first, all at once."""
        if not self._held or effects.backlog.all():
            return []
        holding = {self._topics[index] for index in np.flatnonzero(effects.backlog)}
        free = [message for message in self._held if message.topic not in holding]
        self._held = [message for message in self._held if message.topic in holding]
        return [message._replace(at=at) for message in reversed(free)]

    def _say(self, due: Due, effects: Effects) -> list[TimedMessage]:
        index = due.sensors
        values = self._values(due, effects)
        heard = ~(effects.silent[index] | effects.offline[self._layout.sensor_gateway[index]] | (due.chance[0] < effects.dropout[index]))
        free = ~effects.stuck[index]
        self._shown[index[free]] = values[free]
        times = (due.measured + (effects.clock[index] * SECOND).astype(np.int64)) // MILLISECOND
        index, values, times, measured = index[heard], values[heard], times[heard], due.measured[heard]
        templates, topics, sequence, numbers = self._templates, self._topics, due.sequence, index.tolist()
        payloads = [
            templates[number] % (value, time, sequence)
            for number, value, time in zip(numbers, values.tolist(), times.tolist(), strict=True)
        ]
        if effects.dirt.any():
            payloads = [
                DIRT[(sequence + number) % len(DIRT)] if effects.dirt[number] else payload
                for number, payload in zip(numbers, payloads, strict=True)
            ]
        said = list(map(TimedMessage, measured.tolist(), [topics[number] for number in numbers], payloads))
        return self._hold(said, effects.backlog[index].tolist()) if effects.backlog.any() else said

    def _hold(self, said: list[TimedMessage], held: list[bool]) -> list[TimedMessage]:
        self._held += [message for message, hold in zip(said, held, strict=True) if hold]
        return [message for message, hold in zip(said, held, strict=True) if not hold]

    def _values(self, due: Due, effects: Effects) -> Floats:
        index: Ints = due.sensors
        values = self._lagged[index] + self._bias[index] + effects.bias[index] + self._wander[index]
        values += due.noise * np.hypot(NOISE, effects.noise[index])
        elapsed = (due.measured - self._start) / SECOND
        values += effects.drift[index] * (elapsed - effects.drift_since[index])
        low, high = SPIKE
        height = (low + (high - low) * np.abs(2 * due.chance[1] - 1)) * np.sign(due.chance[1] - 0.5)
        values += np.where(1 - due.chance[0] <= effects.spike[index], height, 0.0)
        values = np.where(effects.stuck[index], self._shown[index], values)
        quantum = np.where(effects.quantum[index] > 0, effects.quantum[index], self._quantum[index])
        steps = np.divide(values, quantum, out=values.copy(), where=quantum > 0)
        values = np.where(quantum > 0, np.round(steps) * quantum, values)
        return np.where(np.isnan(effects.constant[index]), values, effects.constant[index])


def _at(message: TimedMessage) -> int:
    return message.at


def _template(quantum: float) -> bytes:
    decimals = next((digits for digits in range(1, 4) if abs(round(quantum, digits) - quantum) < 1e-9), 4)
    return b'{"value":%%.%df,"unit":"C","time":%%d,"sequence":%%d}' % (decimals if quantum > 0 else 4)
