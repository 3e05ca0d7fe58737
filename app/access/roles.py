"""Who there is, and what each may publish and hear: exact topics for devices, so that none can speak for another.

Mosquitto's `pattern` lines with `%u` would be shorter and let too much through: a pattern holds for every user, and a reading's topic names
no gateway. `pattern write dc/+/+/%u/+`, which a rack's gateway would need, lets a cooling unit `crac-1` write `dc/h1/units/crac-1/command`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

from ...config.devices import PIPELINE, SIMULATION, DeviceKind, devices, gateway_topic, pack_topic, reserved
from ...config.model import Site, Unit
from ..errors import UserError
from ..subscriptions import base, confirmed_topic, subscriptions

SYS = "$SYS/broker/#"
"""What Mosquitto says of itself."""


LONGEST: Final = 64
"""Characters of a common name (RFC 5280, A.1)."""


class Role(StrEnum):
    """What somebody is to the broker."""

    HOTZONE = "hotzone"
    GATEWAY = "gateway"
    UNIT = "unit"
    OPERATOR = "operator"
    """Hears everything and says nothing."""
    SIMULATION = "simulation"
    """Sets the clock of a simulated hall; no site in use has one."""


class Identity(NamedTuple):
    """Somebody with a certificate."""

    name: str
    """The certificate's common name; Mosquitto makes it the user name."""
    role: Role
    writes: tuple[str, ...]
    reads: tuple[str, ...]
    """Topics, for some with `+` and `#`."""

    @property
    def own_door(self) -> bool:
        """Whether it may choose its client ids, and so has a listener and an authority of its own."""
        return self.role is Role.HOTZONE


class UnfitName(UserError):
    """Two would have one name at the broker, or somebody one that no certificate can bear."""


def identities(site: Site, *, operators: Iterable[str] = ("operator",), simulation: bool = False) -> list[Identity]:
    """Everybody, hotzone first. Raises UnfitName."""
    people = tuple(dict.fromkeys(operators))
    known = devices(site)
    everybody = [_hotzone(site), *(_operator(site, name) for name in people)]
    if simulation:
        everybody.append(Identity(SIMULATION, Role.SIMULATION, (f"{base(site)}/clock", f"{base(site)}/note"), ()))
    through = _through(site)
    units = {unit.id: unit for unit in site.units}
    for device in known:
        spoken = through.get((device.hall, device.id), ())
        everybody.append(
            _unit(site, device.name, units[device.id], spoken)
            if device.kind is DeviceKind.UNIT
            else Identity(device.name, Role.GATEWAY, spoken, (confirmed_topic(site, device.hall, device.id),))
        )
    for name in people:
        if reserved(name, site.broker.client_id):
            msg = f"an operator called {name} would throw out a connection of hotzone's own: choose another name"
            raise UnfitName(msg)
    for identity in everybody:
        if len(identity.name) > LONGEST:
            msg = f"{identity.name} is longer than the {LONGEST} characters that a certificate's name may have: shorten the id"
            raise UnfitName(msg)
    for name, count in Counter(identity.name for identity in everybody).items():
        if count > 1:
            msg = f"{count} would be {name} at the broker, and throw each other out: give one of them another id, or the operator another name"
            raise UnfitName(msg)
    return everybody


def _hotzone(site: Site) -> Identity:
    own = base(site)
    commands = [unit.command_topic for unit in site.units]
    said = [f"{own}/heartbeat", f"{own}/state", f"{own}/events/#", f"{own}/zones/#", f"{own}/confirmed/#", f"{own}/probe/#"]
    if any(one.use == "home-assistant" for one in site.handlers):
        said += [f"{own}/home-assistant/#", "homeassistant/device/+/config"]
    heard = (*subscriptions(site), f"{own}/probe/#", f"{own}/state", SYS)  # its own state, so that the doctor knows whether it runs
    return Identity(PIPELINE, Role.HOTZONE, (*commands, *said), heard)


def _operator(site: Site, name: str) -> Identity:
    return Identity(name, Role.OPERATOR, (), (*subscriptions(site), *(unit.command_topic for unit in site.units), f"{base(site)}/#", SYS))


def _unit(site: Site, name: str, unit: Unit, spoken: tuple[str, ...]) -> Identity:
    """A unit that carries thermometers may publish them over its own connection."""
    heard = [unit.command_topic, f"{base(site)}/heartbeat", f"{base(site)}/state"]  # the last: a last will is quicker than the unit's timer
    if spoken:
        heard.append(confirmed_topic(site, unit.hall, unit.id))
    return Identity(name, Role.UNIT, (unit.report_topic, unit.state_topic, *spoken), tuple(heard))


def _through(site: Site) -> dict[tuple[str, str], tuple[str, ...]]:
    """By hall and id of a gateway, what it says: its state, and the readings of its thermometers."""
    said: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for zone in site.zones:
        for sensor in zone.sensors:
            spoken = (gateway_topic(site, zone.hall, sensor), pack_topic(site, zone.hall, sensor), sensor.topic)
            said[zone.hall, sensor.gateway] |= dict.fromkeys(spoken)
    return {gateway: tuple(topics) for gateway, topics in said.items()}
