"""What hotzone knows now, for handlers that show it. `viewing` makes it."""

from msgspec import Struct

from ..pipeline import AlarmEvent, ZoneCondition
from ..sensors.reading import Quality


class ZoneView(Struct, frozen=True, kw_only=True):
    """One zone."""

    value: float | None
    """From the inlets that can be believed, °C."""
    condition: ZoneCondition
    demand: float | None
    """Percent."""
    inlets: dict[Quality, int]
    """How many there are of each quality."""
    age: float | None
    """Hall seconds since the youngest good reading of an inlet was measured."""


class UnitView(Struct, frozen=True, kw_only=True):
    """One cooling unit, as it was last heard of."""

    commanded: float | None
    """Percent."""
    fan: float | None
    """Percent."""
    supply: float | None
    """°C."""
    returned: float | None
    """°C."""
    condition: str
    """As in `cooling.unit`; `unknown` before its first report."""


class View(Struct, frozen=True, kw_only=True):
    """The site. Zones and units by id; those that nothing is known of are left out."""

    zones: dict[str, ZoneView] = {}
    units: dict[str, UnitView] = {}
    alarms: tuple[AlarmEvent, ...] = ()
    """Every alarm that stands, oldest first, whatever the handler hears of."""
