"""Presence: what does not come. Silence of a thermometer, and the quorum of a zone."""

from math import ceil
from typing import Final

from ...config.model import Presence, Sensor
from ...sensors.reading import Quality
from ..state import SensorState
from ..timeline import NEVER
from .trip import Seen

_STALE: Final = Quality.STALE


def silent_at(sensor: Sensor, state: SensorState, grace: int) -> int:
    """When the thermometer will count as silent, if nothing comes; `NEVER` if it already does."""
    if state.quality is _STALE and state.cause:
        return NEVER
    return state.seen_at + sensor.quality.stale_after + grace


def quorum(presence: Presence, good: int, inlets: int) -> Seen:
    """Whether too few inlets of a zone are good; a zone without inlets has lost its data too."""
    return Seen.OVER if good < max(1, ceil(presence.quorum * inlets)) else Seen.BACK
