"""Thermometers of a rack or a unit, with their roles, topics and quality worked out."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from . import defaults
from .durations import format_duration
from .inherit import Entries, Level
from .model import QualityRules, Role, Sensor
from .problems import join, listed, show
from .reader import Reader, Values, good, make
from .templates import fill

_SEPARATOR: Final = re.compile(r"[-_.0-9]")


class Spec(NamedTuple):
    """What all thermometers of one position have in common."""

    position: str
    role: Role
    quality: QualityRules
    topic: str
    """Template."""


class Place(NamedTuple):
    """Where thermometers are: one rack or one unit."""

    zone: str
    rack: str
    gateway: str
    known: Mapping[str, str]
    """Placeholders of topics, but for `{sensor}`."""


def specs(reader: Reader, level: Level, entries: Entries, allowed: tuple[Role, ...], template: str) -> list[Spec]:
    """The positions of a rack or unit. `template` is the topic of those that have none of their own."""
    found: list[Spec] = []
    for position, entry in entries.items():
        role = _role(reader, position, entry.values, entry.key, allowed)
        measured = quality(reader, {**level.quality, **entry.quality}, entry.key)
        own = entry.values.get("topic")
        topic = own.value if own is not None and isinstance(own.value, str) else template
        if role is not None:
            found.append(Spec(position, role, measured, topic))
    return found


def sensors(place: Place, specs: list[Spec]) -> tuple[Sensor, ...]:
    """The thermometers at one place."""
    return tuple(
        Sensor(
            id=f"{place.zone}/{place.rack}/{spec.position}",
            zone=place.zone,
            rack=place.rack,
            position=spec.position,
            topic=fill(spec.topic, {**place.known, "sensor": spec.position}),
            gateway=place.gateway,
            role=spec.role,
            quality=spec.quality,
        )
        for spec in specs
    )


def quality(reader: Reader, values: Values, key: str) -> QualityRules:
    """What a thermometer can do, with the defaults that depend on its period."""
    known = good(values)
    made = make(QualityRules, known)
    if "stale_after" not in values:
        known["stale_after"] = max(defaults.STALE_PERIODS * made.period, defaults.STALE_LEAST)
    if "late_after" not in values:
        known["late_after"] = defaults.LATE_PERIODS * made.period
    made = make(QualityRules, known)

    def at(name: str, other: str) -> str:
        given = values.get(name) or values.get(other)
        return (given.key if given is not None else "") or join(key, f"quality.{name}")

    if made.low >= made.high:
        reader.problem(at("high", "low"), f"low {made.low:g} and high {made.high:g}", "low below high")
    if made.stale_after <= made.period:
        expected = f"more than one period, {format_duration(made.period)}"
        reader.problem(at("stale_after", "period"), f"stale_after {format_duration(made.stale_after)}", expected)
    if made.late_after < made.period:
        expected = f"at least one period, {format_duration(made.period)}"
        reader.problem(at("late_after", "period"), f"late_after {format_duration(made.late_after)}", expected)
    return made


def _role(reader: Reader, position: str, values: Values, key: str, allowed: tuple[Role, ...]) -> Role | None:
    given = values.get("role")
    if given is not None:
        return given.value if isinstance(given.value, Role) else None
    role = defaults.ROLES.get(_SEPARATOR.split(position, maxsplit=1)[0])
    if role not in allowed:
        prefixes = listed(f"{prefix}-" for prefix, known in defaults.ROLES.items() if known in allowed)
        reader.problem(
            join(key, "role") if key.endswith(position) else key,
            f"no role for {show(position)}",
            f"a position that begins with {prefixes}, or a role",
        )
        return None
    return role
