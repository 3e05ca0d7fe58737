"""Zones: limits, rates, statistic and control, checked against each other and against what their thermometers can do."""

from collections.abc import Mapping
from typing import Final

from . import defaults
from .durations import format_duration
from .inherit import AT_ZONE, Entries, Level, inherit
from .model import Control, Limit, Presence, QualityRules, RateLimit, Role, Statistic, Zone
from .problems import join, nearest
from .racks import ZonePlan, make_racks, plan_racks, read_layout
from .reader import BAD, Raw, Reader, Values, good, make
from .service import Topics

RESERVED: Final = ("data-lost", "sensors-lost")
"""Rules that the pipeline has for every zone."""


def plan_zone(reader: Reader, hall: str, above: Level, name: str, raw: Raw, key: str) -> ZonePlan:
    """Read one zone's table as far as its racks can be counted."""
    for inner in raw:
        if inner not in {*AT_ZONE, "racks"}:
            reader.unknown(join(key, inner), inner, {*AT_ZONE, "racks"})
    level = inherit(reader, above, raw, key, AT_ZONE, without=("across",))
    layout = read_layout(level)
    racks = plan_racks(reader, hall, name, layout, _key(level.layout, "name"), _key(level.layout, "count"), raw, key)
    return ZonePlan(name, key, raw, level, layout, racks)


def make_zone(
    reader: Reader, known: Mapping[str, str], hall: str, plan: ZonePlan, origin: tuple[float, float], topics: Topics, *, cooled: bool
) -> Zone:
    """One zone with everything in it but the thermometers of cooling units. `cooled`: its hall has some."""
    before = len(reader.problems)
    racks = make_racks(reader, known, plan, origin, topics)
    inlets = [sensor.quality for rack in racks for sensor in rack.sensors if sensor.role is Role.INLET]
    level, key = plan.level, plan.key
    if not inlets and not reader.full and len(reader.problems) == before:
        counted = sum(len(rack.sensors) for rack in racks)
        found = f"{len(racks)} racks with {counted} thermometers, none of them an inlet" if counted else "a zone without thermometers"
        reader.problem(key, found, "at least one inlet; layout.count or racks says which racks there are, sensors what is in them")
    statistic = make(Statistic, good(level.statistic))
    if inlets and "k" in level.statistic and statistic.k > len(inlets):
        reader.problem(_key(level.statistic, "k"), f"k = {statistic.k}", f"at most {len(inlets)}, the inlets of zone {plan.id}")
    control = make(Control, good(level.control))
    limits = _limits(reader, level.limits, inlets)
    rates = _rates(reader, level.rates, inlets, level.limits)
    if cooled or level.control:
        _check_control(reader, level.control, control, limits)
    return Zone(
        id=plan.id,
        hall=hall,
        racks=racks,
        statistic=statistic,
        limits=limits,
        rates=rates,
        presence=_presence(level.presence, inlets),
        control=control,
    )


def _limits(reader: Reader, entries: Entries, inlets: list[QualityRules]) -> tuple[Limit, ...]:
    least = defaults.QUANTA * max((quality.quantum for quality in inlets), default=0.0)
    limits: list[Limit] = []
    for rule, (values, key, _) in entries.items():
        _check_rule(reader, rule, key, ())
        if any(given.value is BAD for name, given in values.items() if name in {"above", "below"}):
            continue
        bounds = [name for name in ("above", "below") if name in values]
        if len(bounds) != 1:
            found = "neither above nor below" if not bounds else "both above and below"
            reader.problem(key, found, "exactly one of them", None if bounds else nearest(rule, [name for name in entries if name != rule]))
            continue
        known = good(values)
        if "deadband" not in values:
            span = max((quality.high - quality.low for quality in inlets), default=0.0)
            known["deadband"] = max(round(defaults.DEADBAND * span, 6), least) or make(Limit, {"rule": rule}).deadband
        limit = make(Limit, {"rule": rule, **known})
        if "deadband" in values and limit.deadband < least:
            reader.problem(_key(values, "deadband"), f"{limit.deadband:g} K", f"at least {least:g} K, 1.5 times the quantum of the inlets")
        for quality in inlets[:1]:
            bound = limit.above if limit.above is not None else limit.below
            if bound is not None and not quality.low < bound < quality.high:
                reader.problem(
                    join(key, bounds[0]), f"{bound:g} °C", f"a temperature that the inlets can show, {quality.low:g} to {quality.high:g} °C"
                )
        limits.append(limit)
    _check_order(reader, entries, limits)
    return tuple(limits)


def _check_order(reader: Reader, entries: Entries, limits: list[Limit]) -> None:
    above = min((limit for limit in limits if limit.above is not None), key=lambda limit: limit.above or 0.0, default=None)
    below = max((limit for limit in limits if limit.below is not None), key=lambda limit: limit.below or 0.0, default=None)
    if above is not None and below is not None and above.above is not None and below.below is not None and above.above <= below.below:
        written = (
            _key(entries[above.rule].values, "above") or _key(entries[below.rule].values, "below") or join(entries[above.rule].key, "above")
        )
        found = f"{above.rule}.above = {above.above:g} and {below.rule}.below = {below.below:g}"
        reader.problem(written, found, "every limit from above higher than every limit from below")


def _rates(reader: Reader, entries: Entries, inlets: list[QualityRules], limits: Entries) -> tuple[RateLimit, ...]:
    least = 2 * max((quality.period for quality in inlets), default=0)
    fastest = min((quality.max_rate * 60 for quality in inlets), default=float("inf"))
    rates: list[RateLimit] = []
    for rule, (values, key, _) in entries.items():
        _check_rule(reader, rule, key, limits)
        missing = [name for name in ("rise", "over", "share") if name not in values]
        if missing:
            reader.problem(
                key, f"no {' and no '.join(missing)}", "rise, over and share", nearest(rule, [name for name in entries if name != rule])
            )
        if missing or any(values[name].value is BAD for name in ("rise", "over", "share")):
            continue
        rate = make(RateLimit, {"rule": rule, **good(values)})
        if rate.over < least:
            if written := _key(values, "over"):
                reader.problem(written, format_duration(rate.over), f"at least {format_duration(least)}, two periods of the slowest inlet")
            rate = make(RateLimit, {"rule": rule, **good(values), "over": least})
        if rate.rise > fastest:
            reader.problem(
                _key(values, "rise") or key,
                f"{rate.rise:g} K/min",
                f"at most {fastest:g} K/min; what is faster than quality.max_rate is not believed",
            )
        rates.append(rate)
    return tuple(rates)


def _check_rule(reader: Reader, rule: str, key: str, others: Entries | tuple[()]) -> None:
    if rule in RESERVED:
        reader.problem(key, f"the name {rule}, which every zone has already", "another name")
    if rule in others:
        reader.problem(key, f"{rule}, which is also the name of a limit", "another name; an alarm is known by its rule")


def _presence(values: Values, inlets: list[QualityRules]) -> Presence:
    """Thermometers that all fall silent do so over one period: their one alarm is that of the zone, not of the first of them."""
    least = max((quality.period for quality in inlets), default=0)
    known = good(values)
    if "silent_after" not in values:
        known["silent_after"] = max(Presence().silent_after, least)
    return make(Presence, known)


def _check_control(reader: Reader, values: Values, control: Control, limits: tuple[Limit, ...]) -> None:
    if control.failsafe < control.floor:
        written = _key(values, "failsafe") or _key(values, "floor")
        reader.problem(written, f"failsafe {control.failsafe:g} and floor {control.floor:g}", "failsafe at least the floor")
    first = min((limit.above for limit in limits if limit.above is not None), default=None)
    if first is not None and control.kind == "pid" and control.set_point >= first:
        found = f"{control.set_point:g} °C, with a limit at {first:g} °C"
        reader.problem(_key(values, "set_point") or "control.set_point", found, "a set point below every limit from above")


def _key(values: Values, name: str) -> str:
    return values[name].key if name in values else ""
