"""The air: equations 1, 3, 4, 8 and 9 of the model, for all racks at once.

Theory of operation
-------------------
Every stream is a heat capacity rate (W/K), so that mass and energy balance by the same sums. Each step:

1. A rack draws `k = m cp` and returns it hotter: `T_out = T_in + q / k` (1).
2. Of its exhaust a share `esc` escapes into other inlets (4); the rest goes to the pool of room air under the ceiling.
3. An inlet takes the escaped exhaust that reaches it (3), then supply air as far as its zone has any, then room air. A zone with
   more supply than it draws lets the rest by, into the pool. So below `phi = 1` the inlets climb twice: more exhaust escapes, and where
   the supply falls short of what the fans in the racks draw, the room's air makes up for it.
4. The units draw from the pool. Nothing is stored in it: what is stored is in the two capacities of (8), each rack's air `C_a` and its
   steel and servers `C_m`.

`C_a dT_in/dt = k (T_mix - T_in) - UA (T_in - T_m)` and `C_m dT_m/dt = UA (T_in - T_m)`. Summed over a hall without cooling that is
exactly (8), at rest exactly (3), and its time constant `C_a / k`, half a minute, is the rack air lag (9).

Supply air reaches an inlet before it has met the steel. So only that part of an inlet's air which comes from the room exchanges heat, and
only with that part of the steel which stands in it: `UA` goes by the square of the part. Supply that is no colder than the room is room
air. Without cooling all of it counts, and (8) is whole.
"""

from typing import NamedTuple

import numpy as np

from ..arrays import Floats, Ints
from .layout import Layout

AIR = 10.1e3
"""Heat capacity of the air of one rack, J/K (8.4 m3)."""
EXCHANGE = 300.0
"""Seconds: `UA = C_m / 300 s`, as servers follow their air in several minutes."""
ESCAPE_CAP = 0.55
RECIRCULATED_CAP = 0.85
"""Share of exhaust in any inlet at most."""
SHORTAGE = 1.2
"""How much faster exhaust escapes, a unit of missing air (equation 4)."""
RETURN_LOCALITY = 0.5
"""How far a unit's return is its own zone's exhaust and not the hall's."""
COLD = 6.0
"""Supply air that is less than this colder than the room, K, counts the less as supply and the more as room air."""


class Demand(NamedTuple):
    """What the racks do to the air; one entry a rack."""

    heat: Floats
    """Heat that comes out of the servers, W."""
    draw: Floats
    """Air that their fans draw, W/K."""
    leak: Floats
    """`e0 * s` of equation 4."""
    gap: Floats
    """Share of its own exhaust that a rack takes back through an open blanking panel."""


class Supply(NamedTuple):
    """What the units give; one entry a unit."""

    flow: Floats
    """W/K."""
    celsius: Floats


class Air:
    """Temperatures of the air at each rack, and what the units draw back."""

    def __init__(self, layout: Layout, rack_mass: float, start: float) -> None:
        count = len(layout.racks)
        self._layout = layout
        self._zone: Ints = layout.rack_zone
        self._zones = len(layout.zones)
        self._to = np.ascontiguousarray(layout.reach.T)
        self.mass = rack_mass
        """Heat capacity of a rack, J/K."""
        self.inlet: Floats = np.full(count, start)
        self.steel: Floats = np.full(count, start)
        self.outlet: Floats = np.full(count, start)
        self.hot: Floats = np.zeros(count)
        """Share of each inlet's air that is no supply air."""
        self.room: Floats = np.zeros(count)
        """Share of each inlet's air that has met the steel of the room."""
        self.escape: Floats = np.zeros(count)
        self.pool = start
        self.returned: Floats = np.full(len(layout.units), start)
        self.phi: Floats = np.ones(self._zones)

    @property
    def stored(self) -> float:
        """Heat in air and steel above 0 °C, J."""
        return float(AIR * self.inlet.sum() + self.mass * self.steel.sum())

    def step(self, seconds: float, demand: Demand, supply: Supply) -> None:
        """Advance by `seconds`. With `seconds` infinite the steel is at rest with the air."""
        mix = self._mix(demand, supply)
        draw = demand.draw
        if seconds == np.inf:
            self.inlet = mix
            self.steel = mix.copy()
            return
        exchange = self.mass / EXCHANGE * self.room**2
        rate = (draw + exchange) / AIR
        target = (draw * mix + exchange * self.steel) / (draw + exchange)
        decay = np.exp(-rate * seconds)
        mean = target + (self.inlet - target) * (1 - decay) / (rate * seconds)
        self.inlet = target + (self.inlet - target) * decay
        self.steel = self.steel + exchange * (mean - self.steel) * (seconds / self.mass)

    def _mix(self, demand: Demand, supply: Supply) -> Floats:
        zone, zones = self._zone, self._zones
        draw, gap = demand.draw, demand.gap
        self.outlet = outlet = self.inlet + demand.heat / draw
        given = supply.flow @ self._layout.share
        carried = (supply.flow * supply.celsius) @ self._layout.share
        cold = np.divide(carried, given, out=np.full(zones, self.pool), where=given > 0)
        self.phi = given / np.maximum(1.0, np.bincount(zone, draw, zones))
        scarcity = 1 + SHORTAGE * np.maximum(0.0, 1 - self.phi)[zone]
        direct = demand.leak * self._layout.proximity * scarcity
        escape = np.clip(direct + gap, 0.0, ESCAPE_CAP)
        own = np.minimum(gap, np.maximum(0.0, escape - np.minimum(direct, ESCAPE_CAP)))
        self.escape = escape
        sent = (escape - own) * draw / (self._layout.reach @ draw)
        share, warmth = (self._to @ np.column_stack((sent, sent * outlet))).T
        share, warmth = share + own, warmth + own * outlet
        room = np.minimum(1.0, RECIRCULATED_CAP / np.maximum(share, RECIRCULATED_CAP))
        share, warmth = share * room, warmth * room
        wanted = np.bincount(zone, draw * (1 - share), zones)
        met = np.minimum(1.0, given / np.maximum(1.0, wanted))
        spare = np.maximum(0.0, given - wanted)
        self.pool = float((draw @ outlet - draw @ warmth + spare @ cold) / (draw.sum() - draw @ share + spare.sum()))
        fresh = (1 - share) * met[zone]
        self.hot = 1 - fresh
        self.room = 1 - fresh * np.clip((self.pool - cold) / COLD, 0.0, 1.0)[zone]
        self._return(draw, spare, cold, supply.flow)
        return np.asarray(warmth + fresh * cold[zone] + (1 - share - fresh) * self.pool)

    def _return(self, draw: Floats, spare: Floats, cold: Floats, flow: Floats) -> None:
        """Each unit draws more of its own zone's air, without changing the heat that all of them draw."""
        zone, zones = self._zone, self._zones
        through = np.bincount(zone, draw, zones)
        near = (np.bincount(zone, draw * self.outlet, zones) + spare * cold) / np.maximum(1.0, through + spare)
        local = near[self._layout.unit_zone]
        total = flow.sum()
        balance = float(flow @ local / total) if total > 0 else self.pool
        self.returned = self.pool + RETURN_LOCALITY * (local - balance)
