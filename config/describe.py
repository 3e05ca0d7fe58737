"""A site as a small tree of text, for people to see what was understood. Equal racks are one line; secrets are never part of it."""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Final, TypeVar

from msgspec import Struct

from .durations import format_duration
from .model import Control, Hall, Limit, Rack, RateLimit, Role, Sensor, Site, Statistic, Unit, Zone
from .service import Broker, HandlerConfig

_WORDS: Final = {Role.INLET: "in", Role.OUTLET: "out", Role.SUPPLY: "supply", Role.RETURN: "return"}
T = TypeVar("T")


class Node(Struct, frozen=True):
    """One line and what belongs to it."""

    label: str
    children: tuple["Node", ...] = ()


def describe(site: Site) -> Node:
    """The site as a tree."""
    racks = sum(len(zone.racks) for zone in site.zones)
    counts = [
        (len(site.halls), "hall"),
        (len(site.zones), "zone"),
        (racks, "rack"),
        (len(site.sensors), "thermometer"),
        (len(site.units), "cooling unit"),
    ]
    return Node(
        f"site {site.name}: {', '.join(plural(count, name) for count, name in counts)}",
        (
            _broker(site.broker, site.topics.reading),
            *(_hall(hall) for hall in site.halls),
            Node("handlers", tuple(_handler(handler) for handler in site.handlers) + _folder(site))
            if site.handlers or site.handlers_folder
            else Node("no handlers"),
            Node(
                f"recording in {site.recording.folder}, at most {size(site.recording.keep_bytes)}, a snapshot every {format_duration(site.recording.snapshot_every)}"
            ),
            Node(f"page, API, metrics and health at http{'s' if site.http.cert_file else ''}://{site.http.host}:{site.http.port}"),
        ),
    )


def plural(count: int, name: str) -> str:
    """`1 rack`, `1,200 racks`."""
    return f"{count:,} {name}{'' if count == 1 else 's'}"


def size(count: int) -> str:
    """Bytes in the largest unit that makes it a whole number."""
    for unit, factor in (("TiB", 1024**4), ("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024)):
        if count and count % factor == 0:
            return f"{count // factor} {unit}"
    return f"{count} B"


def _broker(broker: Broker, reading: str) -> Node:
    login = f", as {broker.username}" if broker.username is not None else ""
    secret = ", with a password" if broker.password is not None else ""
    return Node(f"broker {broker.url}{login}{secret}, QoS {broker.qos}, readings on {reading}")


def _hall(hall: Hall) -> Node:
    zones = list(_alike(hall.zones, _zone_signature))
    common = _rules(hall.zones[0]) if len(zones) == 1 and len(hall.zones) > 1 else None
    children = [Node("every zone", common)] if common is not None else []
    children += [_zone(zone, _rules(zone) if common is None else ()) for zone in hall.zones]
    children += [_units(units) for units in _alike(hall.units, _unit_signature)] or [Node("no cooling units: watched, not cooled")]
    served = {zone for unit in hall.units for zone in unit.serves}
    alone = [zone.id for zone in hall.zones if zone.id not in served]
    if hall.units and alone:
        children.append(Node(f"no unit serves {', '.join(alone)}"))
    return Node(f"hall {hall.id}, class {hall.ashrae}", tuple(children))


def _zone(zone: Zone, rules: tuple[Node, ...]) -> Node:
    inlets = sum(sensor.role is Role.INLET for sensor in zone.sensors)
    racks = tuple(Node(_racks(group)) for group in _alike(zone.racks, _rack_signature))
    air = (Node(f"{plural(len(zone.air), 'thermometer')} at cooling units, {_periods(zone.air)}"),) if zone.air else ()
    return Node(
        f"zone {zone.id}: {plural(len(zone.racks), 'rack')}, {plural(len(zone.sensors), 'thermometer')}, {inlets} at inlets",
        (*racks, *air, *rules),
    )


def _racks(racks: list[Rack]) -> str:
    sensors = racks[0].sensors
    roles = [
        f"{sum(sensor.role is role for sensor in sensors)} {word}"
        for role, word in _WORDS.items()
        if any(sensor.role is role for sensor in sensors)
    ]
    each = " each" if len(racks) > 1 else ""
    name = racks[0].id if len(racks) == 1 else f"{racks[0].id}..{racks[-1].id}"
    return f"{plural(len(racks), 'rack')} {name}, {plural(len(sensors), 'thermometer')}{each} ({', '.join(roles)}), {_periods(sensors)}"


def _periods(sensors: Iterable[Sensor]) -> str:
    found = sorted({sensor.quality.period for sensor in sensors})
    return f"every {' or '.join(format_duration(period) for period in found)}"


def _rules(zone: Zone) -> tuple[Node, ...]:
    quorum = f"fail-safe with fewer than {zone.presence.quorum * 100:g} % of the inlets"
    return (
        Node(f"value: {_statistic(zone.statistic)}; {quorum}"),
        Node("limits", tuple(Node(_limit(limit)) for limit in zone.limits) + tuple(Node(_rate(rate)) for rate in zone.rates)),
        Node(f"demand: {_control(zone.control)}"),
    )


def _statistic(statistic: Statistic) -> str:
    match statistic.kind:
        case "k-of-n":
            return "the highest inlet" if statistic.k == 1 else f"what {statistic.k} inlets reach"
        case "percentile":
            return f"the {statistic.percentile:g}th percentile of the inlets"
        case "max":
            return "the highest inlet"
        case "median":
            return "the median of the inlets"


def _limit(limit: Limit) -> str:
    bound = f"above {limit.above:g} °C" if limit.above is not None else f"below {limit.below or 0.0:g} °C"
    return f"{limit.rule}: {bound}{_delays(limit.on_delay)}, back by {limit.deadband:g} K for {format_duration(limit.off_delay)}, {limit.priority}{_hot(limit.hot)}"


def _rate(rate: RateLimit) -> str:
    what = f"{rate.rise:g} K/min over {format_duration(rate.over)} at {rate.share * 100:g} % of the inlets"
    return f"{rate.rule}: {what}{_delays(rate.on_delay)}, {rate.priority}{_hot(rate.hot)}"


def _delays(on_delay: int) -> str:
    return f" for {format_duration(on_delay)}" if on_delay else ", at once"


def _hot(hot: bool) -> str:  # noqa: FBT001  one word for one fact
    return ", hot" if hot else ""


def _control(control: Control) -> str:
    end = f"at least {control.floor:g} %, in fail-safe {control.failsafe:g} %"
    if control.kind == "stepwise":
        steps = ", ".join(f"{step.celsius:g} °C {step.demand:g} %" for step in control.steps)
        return f"stepwise ({steps}), {end}"
    return f"pid to {control.set_point:g} °C every {format_duration(control.cycle)}, {end}"


def _units(units: list[Unit]) -> Node:
    first = units[0]
    label = f"{plural(len(units), 'cooling unit')}, control {first.control}, {first.floor:g} to {first.ceiling:g} %, by {first.driver}" + (
        ", signed" if first.key is not None else ""
    )
    return Node(label, tuple(Node(f"{unit.id} serves {', '.join(unit.serves) or 'nothing'}") for unit in units))


def _handler(handler: HandlerConfig) -> Node:
    use = f" ({handler.use})" if handler.use != handler.name else ""
    options = f", with {', '.join(handler.options)}" if handler.options else ""
    return Node(f"{handler.name}{use}{options}")


def _folder(site: Site) -> tuple[Node, ...]:
    return (Node(f"and those in {site.handlers_folder}"),) if site.handlers_folder else ()


def _alike(items: Iterable[T], signature: Callable[[T], object]) -> Iterator[list[T]]:
    """Neighbours of one signature, as groups."""
    return (list(group) for _, group in groupby(items, signature))


def _rack_signature(rack: Rack) -> object:
    return tuple((sensor.position, sensor.role, sensor.quality) for sensor in rack.sensors)


def _zone_signature(zone: Zone) -> object:
    return zone.statistic, zone.limits, zone.rates, zone.presence, zone.control


def _unit_signature(unit: Unit) -> object:
    return unit.control, unit.floor, unit.ceiling, unit.driver, unit.key is None
