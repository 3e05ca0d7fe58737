"""History: a reading that came too late never touches the present, but one past a limit is told, once an hour."""

from ..config.model import Role, Sensor, Zone
from ..config.units import HOUR, SECOND
from .events import SensorEvent
from .state import SensorState


def tell(zone: Zone, sensor: Sensor, known: SensorState, celsius: float, measured_at: int, at: int) -> SensorEvent | None:
    """The event for a late reading of an inlet past a limit of its zone, if none was told for an hour; notes in `known` that it was."""
    if sensor.role is not Role.INLET or (known.history_at and at - known.history_at < HOUR):
        return None
    for limit in zone.limits:
        if (limit.above is not None and celsius >= limit.above) or (limit.below is not None and celsius <= limit.below):
            known.history_at = at
            return SensorEvent(
                at=at,
                type="sensor.history",
                zone=zone.id,
                hall=zone.hall,
                sensor=sensor.id,
                quality=known.quality,
                value=round(celsius, 3),
                rule=limit.rule,
                limit=limit.above if limit.above is not None else limit.below,
                cause=f"measured {(at - measured_at) // SECOND} s before it arrived",
            )
    return None
