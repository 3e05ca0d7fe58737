"""The cooling units' coils and fans (equations 5 and 6) and the chilled water behind them (7)."""

from math import exp

import numpy as np

from ...config.service import HallSimulation
from ..arrays import Flags, Floats
from .effects import Effects

RAMP = 45.0
"""Seconds that a drive takes from 0 to 100 %."""
COAST = 15.0
"""Time constant, seconds, with which a dead fan runs down: a fifth is left after 24."""
AIR_LAG = 30.0
"""Seconds by which the air in floor and aisles follows the fans (equation 9)."""
LEAKAGE = 0.2
"""Share of its last flow that the others and the floor press through a unit whose fan stands."""
COIL_LAG = 90.0
"""Seconds by which the supply follows."""
FAN_WATTS = 0.7
"""Power of all fans at full speed: W by W/K of air, that is 840 W by m3/s or 500 Pa at 60 %."""
WATER = 10.0
"""Chilled water in the loop, kg by kW of IT load."""
WATER_HEAT = 4186.0
WATER_SET = 12.0
"""Chilled water set point, °C."""
RESTART = 180.0
"""Seconds in which a chiller comes back to full capacity."""
RETURN_SET = 33.0
"""Return air set point of a unit that controls on return air, °C."""
RETURN_LAG = 900.0
SUPPLY_CEILING = 27.0


class Fans:
    """Fan speed of each unit, 0 to 1, and the air that comes of it."""

    def __init__(self, units: int, start: float) -> None:
        self.speed: Floats = np.full(units, start)
        self.flow: Floats = self.speed.copy()
        """Air of each unit as a share of its full flow."""
        self._last: Floats = self.speed.copy()

    def step(self, seconds: float, wanted: Floats, failed: Flags, sealed: Flags) -> None:
        """Follow `wanted` at the drive's rate. A failed fan coasts down, whatever is wanted; a leakage remains, unless it is `sealed`."""
        reach = seconds / RAMP
        following = np.clip(wanted, self.speed - reach, self.speed + reach)
        self._last = np.where(failed, self._last, following)
        self.speed = np.where(failed, self.speed * exp(-seconds / COAST), following)
        driven = np.where(failed & ~sealed, np.maximum(self.speed, LEAKAGE * self._last), self.speed)
        self.flow = driven + (self.flow - driven) * exp(-seconds / AIR_LAG)


class Plant:
    """Coils, chilled water and chiller of one hall."""

    def __init__(self, settings: HallSimulation, units: int, design: float) -> None:
        each = 1 / max(1, units)
        self._set = settings.supply
        self._span = settings.supply + settings.delta_t - WATER_SET
        self.full_flow = settings.margin * design / settings.delta_t * each
        """Air of one unit at full speed, W/K."""
        self.capacity = settings.capacity * design * each
        """Heat that one unit can remove, W."""
        self.water_capacity = max(1.0, WATER * design / 1000 * WATER_HEAT)
        self._chiller = settings.capacity * design
        self.supply: Floats = np.full(units, settings.supply)
        self.set_point: Floats = np.full(units, settings.supply)
        self.removed: Floats = np.zeros(units)
        """Heat that each unit took from the air in the last step, W."""
        self.water = WATER_SET
        self.running = 1.0
        self.chiller_joules = 0.0
        self.fan_joules = 0.0

    def step(self, seconds: float, fans: Fans, returned: Floats, effects: Effects, outdoor: float) -> None:
        """Advance by `seconds`, with the air that the units draw at `returned` °C and `outdoor` air at the chiller."""
        flow = self.full_flow * fans.flow
        drifted = np.clip(self.set_point + (RETURN_SET - returned) * seconds / RETURN_LAG, self._set - 2, SUPPLY_CEILING)
        self.set_point = np.where(effects.on_return, drifted, self._set)
        self.removed = flow * (returned - self.supply)
        self._chill(seconds, outdoor, tripped=effects.tripped)
        target = self._target(flow, returned, effects.limit)
        keep = 0.0 if seconds == np.inf else exp(-seconds / COIL_LAG)
        self.supply = np.where(effects.dead, returned, target + (self.supply - target) * keep)
        if seconds != np.inf:
            self.fan_joules += float((fans.speed**3).sum()) * FAN_WATTS * self.full_flow * seconds

    def _target(self, flow: Floats, returned: Floats, limit: Floats) -> Floats:
        """Equation 6: the set point, or what the coil's capacity at this water temperature leaves of it."""
        cold = np.clip((returned - self.water) / self._span, 0.0, 1.3)
        reached = returned - self.capacity * limit * cold / np.maximum(flow, 0.02 * self.full_flow)
        return np.minimum(np.maximum(self.set_point, reached), np.maximum(returned, self.set_point))

    def _chill(self, seconds: float, outdoor: float, *, tripped: bool) -> None:
        """Equation 7: the chiller holds the water as far as outdoor air lets it; without it the water warms by the heat it takes."""
        if seconds == np.inf:
            return
        self.running = 0.0 if tripped else min(1.0, self.running + seconds / RESTART)
        lift = (outdoor - 35.0) / 2.778
        able = self._chiller * max(0.0, 1 - 0.05 * lift - 0.002 * lift * lift) * self.running
        heat = float(self.removed.sum())
        needed = heat + self.water_capacity * (self.water - WATER_SET) / 60
        chilled = min(max(0.0, needed), able)
        part = chilled / able if able > 0 else 0.0
        cop = 3.0 / max(0.4, 1 + 0.06 * lift + 0.003 * lift * lift)
        loss = 0.05 + 0.65 * part + 0.3 * part * part
        if able > 0:
            self.chiller_joules += able * loss / cop * seconds
        self.water += (heat - chilled) * seconds / self.water_capacity
