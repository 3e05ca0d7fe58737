"""What the site file says about racks and units by the dozen, before it is worked out: patterns, and where things stand."""

from msgspec import Struct


class Layout(Struct, frozen=True, kw_only=True):
    """Racks by pattern, on a grid: rows along x, one after the other along y."""

    count: int = 0
    """Racks of each zone; single ones under `racks` come on top, or change one of these."""
    name: str = "{zone}-r{n:02}"
    """Their ids."""
    rows: int = 1
    """Rows that the racks of a zone stand in, filled one after the other."""
    rack_pitch: float = 0.6
    """From rack to rack in a row, metres."""
    aisle_pitch: float = 2.4
    """From row to row, metres: a rack's depth and an aisle."""
    across: int | None = None
    """Zones that stand side by side along x; the next ones stand behind. Without it, as near to a square as goes."""
    x: float | None = None
    """First rack of the zone, metres along the rows. Without it, zones stand in the order of the file."""
    y: float | None = None
    """First rack of the zone, metres across the rows."""


class CoolingPlan(Struct, frozen=True, kw_only=True):
    """Cooling units by pattern, and what all units of a hall have in common; `units` names single ones."""

    count: int = 0
    """Units of each hall, shared out among its zones in order; they stand at the ends of the rows."""
    name: str = "crac-{n}"
    """Their ids."""
    serves: int | tuple[str, ...] | None = None
    """Zones that a unit cools, by id, or how many of those nearest to it. Without it, all of the hall. Always the nearest first."""


class SensorPlan(Struct, frozen=True, kw_only=True):
    """One thermometer of a rack or a unit; `false` instead of a table takes an inherited one away, `true` adds one that is as usual."""

    role: str | None = None
    """`inlet` or `outlet` in a rack, `supply` or `return` at a unit. Without it, by how the position begins: `in`, `out`, `supply`, `return`."""
    topic: str | None = None
    """Where it publishes, if not where `topics.reading` says."""


class RackPlan(Struct, frozen=True, kw_only=True):
    """One rack by id: one of the pattern that is different, or one more."""

    x: float | None = None
    """Metres along the rows; without it, the next free place of the zone's grid."""
    y: float | None = None
    """Metres across the rows."""
    gateway: str | None = None
    """Id of the gateway that its thermometers publish through. Without it, the rack's own id."""
