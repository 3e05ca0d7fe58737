"""Presence: what does not come. Silence of a thermometer, and the quorum of a zone."""

from collections.abc import Iterable
from math import ceil

from ...config.model import Presence, Sensor
from ...sensors.reading import Quality
from ..state import SensorState
from ..timeline import NEVER
from .trip import Seen


def silent_at(sensor: Sensor, state: SensorState, grace: int) -> int:
    """When the thermometer will count as silent, if nothing comes; `NEVER` if it already does."""
    if state.quality is Quality.STALE and state.cause:
        return NEVER
    return state.seen_at + sensor.quality.stale_after + grace


def next_silence(slots: Iterable[tuple[Sensor, SensorState]], grace: int) -> int:
    """When the next thermometer will count as silent: one timer serves the zone."""
    return min((silent_at(sensor, state, grace) for sensor, state in slots), default=NEVER)


def quorum(presence: Presence, good: int, inlets: int) -> Seen:
    """Whether too few inlets of a zone are good; a zone without inlets has lost its data too."""
    return Seen.OVER if good < max(1, ceil(presence.quorum * inlets)) else Seen.BACK
