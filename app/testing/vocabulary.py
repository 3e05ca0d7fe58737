"""What can be asked for: the types of events, their fields, and the names that a site has. A misspelt one is told, not found missing."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from enum import Enum
from fnmatch import filter as matching
from types import UnionType
from typing import Final, Union, get_args, get_origin, get_type_hints

from ...config.model import Site
from ...config.problems import listed, nearest
from ...pipeline import Event
from ...pipeline.alarms import TABLE
from ...pipeline.conditions import BUILT_IN
from ...pipeline.events import kind_of
from ...pipeline.grouping import GroupEvent
from ...pipeline.hall import LINK_LOST, LOSING_DATA
from ...pipeline.supervisor import RULES as UNIT_RULES
from ...pipeline.suppression import COOLING_LOST, GATEWAY_LOST
from ...sensors.frame import LinkKind

_JOURNALLED: Final = (
    *(one.event for one in TABLE.values() if one.event is not None and one.event.startswith("alarm.")),
    "condition.began",
    "condition.ended",
    "operator.refused",
    "zone.state",
    "sensor.quality",
    "sensor.history",
    "cooling.demand",
    "cooling.command",
    "cooling.failsafe",
    "cooling.request",
    "cooling.override",
    "cooling.released",
    "cooling.unit",
    "hall.maintenance",
    "hall.resumed",
    "run.started",
    "run.ended",
    *(f"link.{kind}" for kind in LinkKind),
    "note",
)
TYPES: Final[Mapping[str, type[Event]]] = {
    **{name: kind_of(name) for name in _JOURNALLED},
    "group.changed": GroupEvent,
    "group.flood": GroupEvent,
}
"""Every type of event, and the class of its events."""

_RULES: Final = (*BUILT_IN, *UNIT_RULES, LINK_LOST, LOSING_DATA, COOLING_LOST, GATEWAY_LOST)


class Misspelt(ValueError):
    """A test asks for what no journal could ever have, so that a test for its absence would say nothing."""

    def __init__(self, name: str, what: str, known: Iterable[str]) -> None:
        self.name = name
        names = sorted(known)
        close = nearest(name, names)
        hint = f"did you mean {close!r}?" if close else f"expected {listed(names, 25)}"
        super().__init__(f"{name!r} is no {what}: {hint}")


def check(event_type: str, fields: Mapping[str, object], names: Mapping[str, AbstractSet[str]]) -> None:
    """Raise Misspelt for a type, a field or a value of a closed list that there is not. `names` are those that a field can have, if known."""
    __tracebackhide__ = True
    types = matching(TYPES, event_type)
    if not types:
        raise Misspelt(event_type, "type of event", TYPES)
    kinds = {TYPES[name] for name in types}
    known = {"id", *(name for kind in kinds for name in kind.__struct_fields__)}
    for field, wanted in fields.items():
        if field not in known:
            raise Misspelt(field, f"field of {event_type}", known)
        values = _values(kinds, field)
        for one in wanted if isinstance(wanted, tuple | list | set | frozenset) else (wanted,):
            if not isinstance(one, str):
                continue
            if values and one not in values:
                raise Misspelt(str(one), f"{field} of {event_type}", values)
            if field in names and one not in names[field]:
                raise Misspelt(one, f"{field} of the site", names[field])


def names_of(sites: Iterable[Site], events: Iterable[Event]) -> dict[str, AbstractSet[str]]:
    """By field, the names that its value can be: those that the sites have, and those that happen to be in the journal."""
    found: dict[str, set[str]] = {name: set() for name in ("hall", "zone", "unit", "sensor", "rule")}
    for site in sites:
        found["hall"] |= {hall.id for hall in site.halls}
        found["zone"] |= {zone.id for zone in site.zones}
        found["unit"] |= {unit.id for unit in site.units}
        found["sensor"] |= {sensor.id for sensor in site.sensors}
        found["rule"] |= {
            *_RULES,
            *(limit.rule for zone in site.zones for limit in zone.limits),
            *(rate.rule for zone in site.zones for rate in zone.rates),
        }
    if not any(found.values()):  # no site is known
        return {}
    for event in events:
        for field, names in found.items():
            if isinstance(name := getattr(event, field, None), str):
                names.add(name)
    return dict(found)


def _values(kinds: Iterable[type[Event]], field: str) -> set[str]:
    """The values of the field, where it is an enum in every kind that has it."""
    values: set[str] = set()
    for kind in kinds:
        hint = get_type_hints(kind).get(field)
        if hint is None:
            continue
        enums = [one for one in (get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)) if one is not type(None)]
        for one in enums:
            if not (isinstance(one, type) and issubclass(one, Enum)):
                return set()
            values |= {str(member.value) for member in one}
    return values
