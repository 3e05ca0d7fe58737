"""A zone or a cooling unit at one moment, as the pipeline has it: readings, rules, delays, and what puts alarms aside."""

from datetime import UTC, datetime

from msgspec import Struct

from ..config.durations import format_duration
from ..config.model import Limit, RateLimit, Role, Site, Zone
from ..config.units import SECOND
from .alarms import ASIDE
from .conditions import BUILT_IN, DATA_LOST
from .hall import HallFold
from .stages.statistic import highest, lowest
from .state import AlarmRecord, HallState, Phase, SensorState, ZoneState
from .subject import alarm_key
from .timeline import Timeline


class InletNow(Struct, frozen=True, kw_only=True):
    """One inlet as the zone sees it."""

    sensor: str
    celsius: float | None
    quality: str
    cause: str | None
    counts: bool
    """Whether it is in the zone's value."""
    age: float | None
    """Seconds since it was measured."""


class RuleState(Struct, frozen=True, kw_only=True):
    """One rule of the zone."""

    rule: str
    phase: Phase
    value: float | None
    limit: float | None
    deadband: float | None
    on_delay: float
    """Seconds."""
    off_delay: float
    due: int | None
    """When the delay that runs is over, log time, ns."""
    alarm: str | None
    state: str
    """The state of its alarm."""
    until: int | None
    """When its shelf ends."""
    by: str | None
    reason: str | None
    """Why it is shelved or out of service."""
    suppressor: str | None
    says: str
    """All this in words."""


class Situation(Struct, frozen=True, kw_only=True):
    """A zone at one moment."""

    at: int
    zone: str
    hall: str
    condition: str
    value: float | None
    good: int
    inlets: int
    maintenance: int | None
    """Until when people work in its hall, ns."""
    readings: tuple[InletNow, ...]
    """Its inlets, warmest first."""
    rules: tuple[RuleState, ...]


class UnitSituation(Struct, frozen=True, kw_only=True):
    """A cooling unit at one moment."""

    at: int
    unit: str
    hall: str
    condition: str
    commanded: float | None
    fan: float | None
    supply: float | None
    mode: str
    override: float | None
    says: str


def clock(at: int) -> str:
    """A time of the log in UTC, to the second."""
    return datetime.fromtimestamp(at // SECOND, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def situation(fold: HallFold, zone: Zone, state: ZoneState, at: int) -> Situation:
    """The zone as the pipeline has it."""
    inlets = [sensor.id for sensor in zone.sensors if sensor.role is Role.INLET]
    readings = [_inlet(name, state.sensors.get(name, SensorState()), at) for name in inlets]
    readings.sort(key=lambda one: (-(one.celsius if one.celsius is not None else -1e9), one.sensor))
    rules = [_rule(fold, zone, state, rule, at) for rule in zone.rules]
    rules += [_rule(fold, zone, state, name, at) for name in BUILT_IN]
    return Situation(
        at=at,
        zone=zone.id,
        hall=zone.hall,
        condition=state.condition,
        value=_round(state.value),
        good=len(state.values),
        inlets=len(inlets),
        maintenance=fold.state.maintenance.get(zone.hall),
        readings=tuple(readings),
        rules=tuple(rules),
    )


def _inlet(name: str, known: SensorState, at: int) -> InletNow:
    return InletNow(
        sensor=name,
        celsius=_round(known.celsius),
        quality=known.quality,
        cause=known.cause or None,
        counts=known.counted is not None,
        age=round((at - known.measured_at) / SECOND, 1) if known.measured_at else None,
    )


def inlet_says(one: InletNow) -> str:
    """One inlet on one line."""
    value = "never heard" if one.celsius is None else f"{one.celsius:.2f} °C"
    why = f", {one.cause}" if one.cause else ""
    age = "" if one.age is None else f", measured {one.age:g} s before"
    return f"{one.sensor}: {value}, {one.quality}{why}{age}{'' if one.counts else '; it does not count'}"


def _rule(fold: HallFold, zone: Zone, state: ZoneState, rule: Limit | RateLimit | str, at: int) -> RuleState:
    name = rule if isinstance(rule, str) else rule.rule
    phase = state.trips.get(name, Phase.CLEAR)
    record = fold.state.alarms.get(alarm_key(zone.id, None, zone.hall, name))
    value, limit = _measured(zone, state, rule)
    suppressor = fold.suppression.suppressor(record) if record is not None else None
    aside = record is not None and record.state in ASIDE
    due = _due(state.timeline, "trip", name)
    on_delay, off_delay = (0, 0) if isinstance(rule, str) else (rule.on_delay, rule.off_delay)
    return RuleState(
        rule=name,
        phase=phase,
        value=value,
        limit=limit,
        deadband=rule.deadband if isinstance(rule, Limit) else None,
        on_delay=on_delay / SECOND,
        off_delay=off_delay / SECOND,
        due=due,
        alarm=record.id if record is not None else None,
        state=record.state if record is not None else "normal",
        until=record.until if record is not None else None,
        by=record.by if record is not None else None,
        reason=record.why if record is not None and aside else None,
        suppressor=suppressor.why if suppressor is not None else None,
        says=f"{name}: {_compared(zone, state, rule, value, limit)}; {_phase(phase, due, at, on_delay, off_delay)}{_alarm(record)}",
    )


def _measured(zone: Zone, state: ZoneState, rule: Limit | RateLimit | str) -> tuple[float | None, float | None]:
    match rule:
        case Limit():
            above = rule.above is not None
            pick = highest if above else lowest
            return _round(pick(zone.statistic, state.values)), rule.above if above else rule.below
        case RateLimit():
            index = zone.rates.index(rule)
            inlets = sum(sensor.role is Role.INLET for sensor in zone.sensors)
            rising = state.rising[index] if index < len(state.rising) else 0
            return (round(rising / inlets, 3) if inlets else None), rule.share
    return None, None


def _compared(zone: Zone, state: ZoneState, rule: Limit | RateLimit | str, value: float | None, limit: float | None) -> str:
    match rule:
        case str():
            gone = sum(one.quality in {"stale", "bad"} and one.cause != "" for one in state.sensors.values())
            if rule == DATA_LOST:
                return f"{len(state.values)} good inlets, quorum {zone.presence.quorum * 100:g} %"
            return f"{gone} thermometers silent or bad"
        case RateLimit():
            return f"{(value or 0) * 100:g} % of the inlets rise by {rule.rise:g} K/min or more, limit {rule.share * 100:g} %"
    if value is None or limit is None:
        return "no inlet that can be believed, so nothing to compare"
    away = value - limit if rule.above is not None else limit - value
    side = "above" if rule.above is not None else "below"
    if away >= 0:
        return f"{value:.2f} °C is at or {side} the limit of {limit:g} °C by {away:.2f} K"
    inside = f", inside the deadband of {rule.deadband:g} K" if -away <= rule.deadband else ""
    return f"{value:.2f} °C is {-away:.2f} K short of the limit of {limit:g} °C{inside}"


def _phase(phase: Phase, due: int | None, at: int, on_delay: int, off_delay: int) -> str:
    match phase:
        case Phase.PENDING if due is not None:
            return f"it has been so for {_length(at - due + on_delay)} of {_length(on_delay)}, and is raised at {clock(due)} if it stays"
        case Phase.RETURNING if due is not None:
            return f"back for {_length(at - due + off_delay)} of {_length(off_delay)}, and is over at {clock(due)} if it stays"
        case Phase.ACTIVE:
            return "its condition holds"
        case Phase.RETURNING:
            return "it is returning"
        case Phase.PENDING:
            return "it is pending"
    return "no alarm is due"


def _alarm(record: AlarmRecord | None) -> str:
    if record is None:
        return ""
    who = f" by {record.by}" if record.by else ""
    why = f" ({record.why})" if record.state in ASIDE and record.why else ""
    until = f" until {clock(record.until)}" if record.until is not None else ""
    return f"; alarm {record.id} is {record.state}{who}{until}{why}"


def unit_situation(site: Site, hall: HallState, name: str, at: int) -> UnitSituation:
    """The cooling unit as the pipeline has it."""
    unit = next(one for one in site.units if one.id == name)
    known, override = hall.units.get(name), hall.overrides.get(name)
    fan = None if known is None or known.fan is None else round(known.fan, 1)
    commanded = None if known is None or known.commanded is None else round(known.commanded, 1)
    trips = "" if known is None or not known.trips else f"; {', '.join(f'{rule} {phase}' for rule, phase in known.trips.items())}"
    hand = (
        ""
        if override is None
        else f"; by hand at {override.percent:g} % by {override.by} until {clock(override.until)} ({override.reason})"
    )
    condition = "unknown" if known is None else known.condition
    shown = "no report" if fan is None else f"fan {fan:g} %"
    asked = "nothing commanded" if commanded is None else f"commanded {commanded:g} %"
    return UnitSituation(
        at=at,
        unit=name,
        hall=unit.hall,
        condition=condition,
        commanded=commanded,
        fan=fan,
        supply=None if known is None else known.supply,
        mode="" if known is None else known.mode,
        override=None if override is None else override.percent,
        says=f"Unit {name} at {clock(at)}: {condition}, {shown}, {asked}{trips}{hand}; judged failed after {_length(unit.fault_after)} beyond {unit.tolerance:g} %.",
    )


def _due(timeline: Timeline, kind: str, key: str) -> int | None:
    ordinal = timeline.armed.get(kind, {}).get(key)
    return None if ordinal is None else next((entry[0] for entry in timeline.heap if entry[1] == ordinal), None)


def _length(duration: int) -> str:
    return format_duration(max(0, duration) // SECOND * SECOND)


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
