"""What can only be checked when everything is known: ids that must be unique in the site, and topics that must not meet."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from .model import Site
from .problems import join, show
from .reader import Reader
from .templates import fill

_MOST: Final = 10
"""Collisions that are told; one wrong template makes thousands."""


class Use(NamedTuple):
    """Who uses a topic, and the template that says so."""

    topic: str
    owner: str
    key: str


def check_site(reader: Reader, site: Site) -> None:
    """Note ids and topics that are used twice."""
    _unique_ids(reader, site)
    _unique_topics(reader, site)


def _unique_ids(reader: Reader, site: Site) -> None:
    """Operators name zones and cooling units by their ids alone."""
    zones = [(zone.hall, "zones", "zone", zone.id, "") for zone in site.zones]
    units = [(unit.hall, "units", "unit", unit.id, ", or set the hall's cooling.name") for unit in site.units]
    known: dict[str, str] = {}
    for hall, table, what, name, hint in (*zones, *units):
        if name in known:
            key = join(join(join("halls", hall), table), name)
            reader.problem(key, f"a second {what} {name}, after the {known[name]}", f"an id of its own; rename one{hint}")
        known.setdefault(name, f"{what} in {hall}")


def _unique_topics(reader: Reader, site: Site) -> None:
    owners: dict[str, Use] = {}
    told = 0
    base = fill(site.topics.base, {"site": site.name})
    for use in _uses(site):
        other = owners.setdefault(use.topic, use)
        if other.owner != use.owner:
            told += 1
            reader.problem(use.key, f"{show(use.topic)} for {other.owner} and for {use.owner}", "a topic for each")
        elif use.topic == base or use.topic.startswith(f"{base}/"):
            told += 1
            reader.problem("topics.base", f"{show(base)}, which {use.owner} uses with {show(use.topic)}", "a place of hotzone's own")
        if told >= _MOST:
            return


def _uses(site: Site) -> Iterator[Use]:
    for zone in site.zones:
        known = {"site": site.name, "hall": zone.hall, "zone": zone.id}
        for sensor in zone.sensors:
            yield Use(sensor.topic, f"thermometer {sensor.id}", "topics.reading")
            names = {**known, "rack": sensor.rack, "gateway": sensor.gateway}
            alone = sensor.gateway == sensor.rack
            owner = f"gateway {sensor.gateway} of {f'{zone.id}/{sensor.rack}' if alone else f'hall {zone.hall}'}"
            yield Use(fill(site.topics.gateway, names), owner, "topics.gateway")
            yield Use(fill(site.topics.pack, names), f"packs of {owner}", "topics.pack")
    for unit in site.units:
        yield Use(unit.command_topic, f"commands of {unit.id}", "topics.command")
        yield Use(unit.report_topic, f"reports of {unit.id}", "topics.report")
        yield Use(unit.state_topic, f"state of {unit.id}", "topics.unit")
