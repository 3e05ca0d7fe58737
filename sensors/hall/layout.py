"""The floor plan as arrays: who stands where, whose exhaust can reach whom, and which unit blows where.

Nothing here changes while the hall runs; the seed only draws how unlike each other racks of one make really are.
"""

from dataclasses import dataclass

import numpy as np

from ...config.model import Hall, Role, Sensor
from ..arrays import Flags, Floats, Ints

MIXING_LENGTH = 2.75
"""Metres over which a rack's exhaust thins out to 1/e (equation 3: 2.5 to 3 m)."""
ROW_BARRIER = 0.35
"""What each row of racks in between lets through."""
AWAY_FROM_RETURN = 0.25
"""Weight of a rack that lies away from the return, where one towards it has 1."""
NEAREST_SHARE = 0.65
"""Share of a unit's air that goes to its nearest zone."""


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """One hall as arrays, in the order of the site file."""

    racks: tuple[str, ...]
    zones: tuple[str, ...]
    units: tuple[str, ...]
    sensors: tuple[Sensor, ...]
    rack_zone: Ints
    gateways: tuple[tuple[str, str, str], ...]
    """Zone, rack and id of each gateway: one a rack, in the order of the racks, then those of thermometers at units."""
    sensor_zone: Ints
    sensor_rack: Ints
    """0 for those that hang at a unit."""
    sensor_unit: Ints
    """-1 for those in a rack."""
    sensor_gateway: Ints
    sensor_height: Floats
    """1 at the top of the rack, 0 in the middle, -1 at the bottom."""
    sensor_inlet: Flags
    sensor_outlet: Flags
    sensor_supply: Flags
    """In the supply air of a unit; the rest of those at a unit hang in its return air."""
    unit_zone: Ints
    """The zone that each unit stands nearest to."""
    reach: Floats
    """`w_ij` of equation 3: how easily exhaust of rack i gets to rack j."""
    proximity: Floats
    """`prox_i` of equation 4, mean 1: end-of-row racks leak more than those in the middle."""
    row_end: Flags
    share: Floats
    """Units x zones: where each unit's air goes; rows sum to 1."""

    @classmethod
    def of(cls, hall: Hall) -> "Layout":
        """Read the floor plan from the hall of a site."""
        racks = [(rack, number) for number, zone in enumerate(hall.zones) for rack in zone.racks]
        zones = tuple(zone.id for zone in hall.zones)
        rack_zone = np.array([number for _, number in racks], dtype=np.int64)
        units = tuple(unit.id for unit in hall.units)
        in_racks = [(sensor, number) for number, (rack, _) in enumerate(racks) for sensor in rack.sensors]
        in_air = [(sensor, units.index(sensor.rack) if sensor.rack in units else 0) for zone in hall.zones for sensor in zone.air if units]
        sensors = tuple(sensor for sensor, _ in in_racks + in_air)
        gateways = [
            (hall.zones[number].id, rack.id, min((sensor.gateway for sensor in rack.sensors), default=rack.id)) for rack, number in racks
        ]
        gateways += dict.fromkeys(_gateway(sensor) for sensor, _ in in_air)
        at_unit = {gateway: number for number, gateway in enumerate(gateways[len(racks) :], len(racks))}
        x, y = (np.array([getattr(rack, axis) for rack, _ in racks], dtype=float) for axis in "xy")
        row_end = _row_ends(x, y, rack_zone)
        unit_zone = np.array([zones.index(unit.serves[0]) if unit.serves else 0 for unit in hall.units], dtype=np.int64)
        return cls(
            racks=tuple(rack.id for rack, _ in racks),
            zones=zones,
            units=units,
            sensors=sensors,
            rack_zone=rack_zone,
            gateways=tuple(gateways),
            sensor_zone=np.array([zones.index(sensor.zone) for sensor in sensors], dtype=np.int64),
            sensor_rack=np.array([number for _, number in in_racks] + [0] * len(in_air), dtype=np.int64),
            sensor_unit=np.array([-1] * len(in_racks) + [number for _, number in in_air], dtype=np.int64),
            sensor_gateway=np.array(
                [number for _, number in in_racks] + [at_unit[_gateway(sensor)] for sensor, _ in in_air], dtype=np.int64
            ),
            sensor_height=np.array([_height(sensor.position) for sensor in sensors], dtype=float),
            sensor_inlet=_roles(sensors, Role.INLET),
            sensor_outlet=_roles(sensors, Role.OUTLET),
            sensor_supply=_roles(sensors, Role.SUPPLY),
            unit_zone=unit_zone,
            reach=_reach(x, y),
            proximity=_proximity(row_end, rack_zone, len(zones)),
            row_end=row_end,
            share=_share(hall, zones, np.bincount(rack_zone, minlength=len(zones)).astype(float)),
        )


def _gateway(sensor: Sensor) -> tuple[str, str, str]:
    return sensor.zone, sensor.rack, sensor.gateway


def _roles(sensors: tuple[Sensor, ...], role: Role) -> Flags:
    return np.array([sensor.role is role for sensor in sensors], dtype=bool)


def _height(position: str) -> float:
    words = position.lower()
    if "top" in words or "high" in words or "upper" in words:
        return 1.0
    return -1.0 if "bot" in words or "low" in words else 0.0


def _row_ends(x: Floats, y: Floats, zone: Ints) -> Flags:
    ends = np.zeros(len(x), dtype=bool)
    for row in {(int(z), float(at)) for z, at in zip(zone, y, strict=True)}:
        members = np.flatnonzero((zone == row[0]) & (y == row[1]))
        ends[members[np.argmin(x[members])]] = ends[members[np.argmax(x[members])]] = True
    return ends


def _reach(x: Floats, y: Floats) -> Floats:
    """Exhaust drifts towards the units, which stand along the wall at x = 0."""
    along = x[None, :] - x[:, None]
    distance = np.hypot(along, y[None, :] - y[:, None])
    rows = np.searchsorted(np.unique(y), y)
    crossed = np.abs(rows[None, :] - rows[:, None])
    drift = np.where(along < 0, 1.0, np.where(along > 0, AWAY_FROM_RETURN, (1.0 + AWAY_FROM_RETURN) / 2))
    return np.asarray(np.exp(-distance / MIXING_LENGTH) * ROW_BARRIER ** np.maximum(0, crossed - 1) * drift)


def _proximity(row_end: Flags, zone: Ints, zones: int) -> Floats:
    raw = 1.0 + 0.2 * row_end
    mean = np.bincount(zone, raw, zones) / np.maximum(1, np.bincount(zone, minlength=zones))
    return np.asarray(raw / mean[zone])


def _share(hall: Hall, zones: tuple[str, ...], racks: Floats) -> Floats:
    """Nearest zone first, then balanced as a commissioning engineer sets the floor tiles: each zone gets air by its racks."""
    share = np.zeros((len(hall.units), len(zones)))
    for row, unit in zip(share, hall.units, strict=True):
        served = [zones.index(zone) for zone in unit.serves] or list(range(len(zones)))
        rest = 1.0 / np.arange(1, len(served))
        row[served] = [NEAREST_SHARE, *((1 - NEAREST_SHARE) * rest / rest.sum())] if len(served) > 1 else [1.0]
    if not len(hall.units):
        return share
    wanted = racks / racks.sum() * len(hall.units)
    for _ in range(50):
        given = share.sum(axis=0)
        share *= np.sqrt(np.divide(wanted, given, out=np.ones_like(given), where=given > 0))
        share /= share.sum(axis=1, keepdims=True)
    return share
