"""What stands in a site and speaks for itself: gateways and cooling units, each with the name by which a broker knows it.

The name is the common name of its certificate, and so its user name, and so its client id. It is the device's own id, unless something
else has that: a gateway that shares its id with a cooling unit, with a gateway of another hall, or with hotzone itself, is `HALL.ID`.
"""

from collections import Counter
from enum import StrEnum
from typing import Final, NamedTuple

from .model import Sensor, Site

PIPELINE: Final = "hotzone"
"""Hotzone itself."""
SIMULATION: Final = "simulation"
"""Whoever sets the clock of a simulated hall."""


class DeviceKind(StrEnum):
    """What a device is."""

    GATEWAY = "gateway"
    UNIT = "unit"


class Device(NamedTuple):
    """A gateway or a cooling unit."""

    name: str
    """By which the broker knows it; unique in the site."""
    kind: DeviceKind
    hall: str
    id: str


def devices(site: Site) -> tuple[Device, ...]:
    """Every device of the site, gateways first, in its order."""
    found = [(DeviceKind.GATEWAY, hall, gateway) for hall, gateway in dict.fromkeys(gateways(site))]
    found += [(DeviceKind.UNIT, unit.hall, unit.id) for unit in site.units]
    used = Counter(name for _, _, name in found)

    def name_of(kind: DeviceKind, hall: str, name: str) -> str:
        free = not reserved(name, site.broker.client_id)
        return name if free and (kind is DeviceKind.UNIT or used[name] == 1) else f"{hall}.{name}"

    return tuple(Device(name_of(*each), *each) for each in found)


def gateways(site: Site) -> list[tuple[str, str]]:
    """Hall and id of the gateway of each thermometer, in the order of the site."""
    return [(zone.hall, sensor.gateway) for zone in site.zones for sensor in zone.sensors]


def gateway_topic(site: Site, hall: str, sensor: Sensor) -> str:
    """Where the gateway of a thermometer says whether it is online."""
    return _filled(site.topics.gateway, site, hall, sensor)


def pack_topic(site: Site, hall: str, sensor: Sensor) -> str:
    """Where the gateway of a thermometer sends packs."""
    return _filled(site.topics.pack, site, hall, sensor)


def _filled(template: str, site: Site, hall: str, sensor: Sensor) -> str:
    return template.format(site=site.name, hall=hall, zone=sensor.zone, rack=sensor.rack, gateway=sensor.gateway)


def reserved(name: str, client_id: str) -> bool:
    """Hotzone opens connections under its client id with something behind it; a device of such a name would throw them out."""
    return name in {PIPELINE, SIMULATION, client_id} or name.startswith(f"{client_id}-")
