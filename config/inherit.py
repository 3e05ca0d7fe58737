"""Inheritance: what holds at one level of the site, from its own tables laid key by key over those of the level above.

    built-in defaults  ->  site  ->  hall  ->  zone  ->  rack

Named entries (limits, rates, sensors) are merged entry by entry, and an entry is taken away by `name = false`.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from msgspec import Struct, structs

from . import defaults
from .model import Limit, RateLimit
from .plan import SensorPlan
from .problems import join, nearest, show
from .reader import Given, Raw, Reader, Values
from .tables import CONTROL, COOLING, LAYOUT, LIMIT, PRESENCE, QUALITY, RACK_SENSOR, RATE, STATISTIC, UNIT_SENSOR, Table

AT_SITE: Final = ("limits", "rates", "quality", "presence", "statistic", "control", "sensors", "layout", "cooling")
AT_HALL: Final = AT_SITE
AT_ZONE: Final = tuple(name for name in AT_SITE if name != "cooling")
AT_RACK: Final = ("quality", "sensors")
"""Which tables each level may have."""
_MOST: Final = 100
"""Named entries of one table."""


class Entry(NamedTuple):
    """A limit, a rate limit or a thermometer, as far as it is known."""

    values: Values
    key: str
    """Where it was last written, or would be."""
    quality: Values = MappingProxyType({})
    """Of a thermometer."""


Entries = Mapping[str, Entry]


class Level(Struct, frozen=True, kw_only=True):
    """What holds at one level, all inheritance done."""

    quality: Values
    presence: Values
    statistic: Values
    control: Values
    layout: Values
    cooling: Values
    limits: Entries
    rates: Entries
    sensors: Entries
    unit_sensors: Entries


def built_in() -> Level:
    """The level above the site."""
    return Level(
        quality={},
        presence={},
        statistic={},
        control={},
        layout={},
        cooling={},
        limits={limit.rule: Entry(_given(limit), join("limits", limit.rule)) for limit in defaults.LIMITS},
        rates={rate.rule: Entry(_given(rate), join("rates", rate.rule)) for rate in defaults.RATES},
        sensors={position: Entry({}, join("sensors", position)) for position in defaults.SENSORS},
        unit_sensors={},
    )


def inherit(reader: Reader, above: Level, raw: Raw, key: str, names: Collection[str], without: Collection[str] = ()) -> Level:
    """What holds below `above` where `raw` says what is different. `names` are the tables it may have, `without` keys of `layout` that it may not."""

    def over(inherited: Values, name: str, table: Table, also: Collection[str] = (), without: Collection[str] = ()) -> Values:
        if name not in raw or name not in names:
            return inherited
        return {**inherited, **reader.values(reader.table(raw, name, key), join(key, name), table, also, without)}

    def entries(inherited: Entries, name: str, table: Table) -> Entries:
        return (
            _entries(reader, inherited, reader.table(raw, name, key), join(key, name), table)
            if name in raw and name in names
            else inherited
        )

    cooling = reader.table(raw, "cooling", key) if "cooling" in names else {}
    return Level(
        quality=over(above.quality, "quality", QUALITY),
        presence=over(above.presence, "presence", PRESENCE),
        statistic=over(above.statistic, "statistic", STATISTIC),
        control=over(above.control, "control", CONTROL),
        layout=over(above.layout, "layout", LAYOUT, without=without),
        cooling=over(above.cooling, "cooling", COOLING, also=("sensors",)),
        limits=entries(above.limits, "limits", LIMIT),
        rates=entries(above.rates, "rates", RATE),
        sensors=thermometers(reader, above.sensors, raw, key, RACK_SENSOR) if "sensors" in names else above.sensors,
        unit_sensors=thermometers(reader, above.unit_sensors, cooling, join(key, "cooling"), UNIT_SENSOR),
    )


def thermometers(reader: Reader, inherited: Entries, raw: Raw, key: str, table: Table) -> Entries:
    """The key `sensors`: a list says which there are, a table what is different about them."""
    if "sensors" not in raw:
        return inherited
    value, at = raw["sensors"], join(key, "sensors")
    if isinstance(value, list):
        return _positions(reader, value, at)
    return _entries(reader, inherited, reader.as_table(value, at), at, table)


def _positions(reader: Reader, raw: list[object], key: str) -> Entries:
    positions: dict[str, Entry] = {}
    if len(raw) > _MOST:
        reader.problem(key, show(raw), f"at most {_MOST} positions")
    for name in raw[:_MOST]:
        if not isinstance(name, str):
            reader.problem(key, show(name), "an array of positions")
        elif name in positions:
            reader.problem(key, f"{show(name)} twice", "each position once")
        elif reader.is_id(name, key):
            positions[name] = Entry({}, key)
    return positions


def _entries(reader: Reader, inherited: Entries, raw: Raw, key: str, table: Table) -> Entries:
    merged = dict(inherited)
    has_quality = table.of is SensorPlan
    if len(raw) > _MOST:
        reader.problem(key, f"a table of {len(raw)}", f"at most {_MOST} entries")
        return inherited
    for name, value in raw.items():
        at = join(key, name)
        if not reader.is_id(name, at):
            continue
        before = merged.get(name)
        if value is False:
            if before is None:
                reader.problem(
                    at,
                    "false, but there is none to take away",
                    f"one of {', '.join(inherited)}" if inherited else "nothing",
                    nearest(name, inherited),
                )
            merged.pop(name, None)
        elif value is True and has_quality:
            merged[name] = before or Entry({}, at)
        elif not isinstance(value, Mapping):
            reader.problem(at, show(value), "a table, true or false" if has_quality else "a table, or false to take it away")
        else:
            values = reader.values(value, at, table, also=("quality",) if has_quality else ())
            quality = reader.values(reader.table(value, "quality", at), join(at, "quality"), QUALITY) if has_quality else {}
            merged[name] = Entry({**before.values, **values}, at, {**before.quality, **quality}) if before else Entry(values, at, quality)
    return merged


def _given(of: Limit | RateLimit) -> Values:
    """A built-in entry as values that nobody wrote; what has its own default stays open."""
    known = {field.name: field.default for field in structs.fields(of)}
    return {name: Given(value) for name, value in structs.asdict(of).items() if name != "rule" and value != known[name]}
