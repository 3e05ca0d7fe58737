"""The view of what hotzone knows now: a copy, made in the thread that asks while the pipeline works in its own.

Each number is right; two of them may be of different turns of the flow.
"""

from collections import Counter

from ..config.model import Role, Site
from ..config.units import SECOND
from ..pipeline import Pipeline
from ..pipeline.annunciator import standing
from ..sensors.reading import Quality
from .view import UnitView, View, ZoneView


def view(pipeline: Pipeline, site: Site, at: int) -> View:
    """The view at `at`, log time; from any thread."""
    zones = {}
    for zone in site.zones:
        state = pipeline.zones.get(zone.id)
        if state is None:
            continue
        inlets = [state.sensors.get(sensor.id) for sensor in zone.sensors if sensor.role is Role.INLET]
        measured = max((one.measured_at for one in inlets if one is not None), default=0)
        zones[zone.id] = ZoneView(
            value=state.value,
            condition=state.condition,
            demand=state.demand.told,
            inlets=dict.fromkeys(Quality, 0) | Counter(Quality.STALE if one is None else one.quality for one in inlets),
            age=max(0.0, (at - measured) / SECOND) if measured else None,
        )
    units = {
        unit.id: UnitView(commanded=known.commanded, fan=known.fan, supply=known.supply, returned=known.returned, condition=known.condition)
        for unit in site.units
        if (known := pipeline.units.get(unit.id)) is not None
    }
    return View(zones=zones, units=units, alarms=tuple(standing(pipeline.hall)))
