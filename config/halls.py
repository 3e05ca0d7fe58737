"""Halls: the levels between the site and its zones, and everything that stands in one room."""

from typing import NamedTuple

from .cooling import HallPlan, make_units
from .inherit import AT_HALL, Level, inherit
from .model import Hall
from .problems import join
from .racks import centre, origins, read_layout
from .reader import Raw, Reader, good, make
from .service import HallSimulation, Topics
from .tables import HALL, HALL_SIMULATION
from .zones import make_zone, plan_zone


class Around(NamedTuple):
    """What a hall has to know of its site."""

    name: str
    level: Level
    topics: Topics


def make_hall(reader: Reader, site: Around, name: str, raw: Raw, key: str) -> tuple[Hall, HallSimulation]:
    """One hall, and the physics of its simulation."""
    values = reader.values(raw, key, HALL, also=(*AT_HALL, "zones", "units", "simulation"))
    level = inherit(reader, site.level, raw, key, AT_HALL, without=("x", "y"))
    tables = reader.tables(raw, "zones", key)
    if not raw.get("zones"):
        reader.problem(join(key, "zones"), "no zone", f"at least one, such as [{join(key, 'zones')}.A1]")
    plans = [plan_zone(reader, name, level, zone, content, at) for zone, content, at in tables if reader.grow("zones", 1, at)]
    known = {"site": site.name, "hall": name}
    cooled = "count" in level.cooling or bool(raw.get("units"))
    zones = tuple(
        make_zone(reader, {**known, "zone": plan.id}, name, plan, origin, site.topics, cooled=cooled)
        for plan, origin in zip(plans, origins(plans, read_layout(level).across), strict=True)
    )
    centres = {zone.id: centre(zone.racks) for zone in zones}
    units, zones = make_units(reader, HallPlan(name, key, level, zones, site.topics, known, centres), raw)
    simulation = make(HallSimulation, good(reader.values(reader.table(raw, "simulation", key), join(key, "simulation"), HALL_SIMULATION)))
    return make(Hall, {"id": name, "zones": zones, "units": units, **good(values)}), simulation
