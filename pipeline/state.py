"""The state of the folds: plain data, mutable, owned by one fold each, and encodable as it stands."""

from enum import StrEnum

from msgspec import Struct, field

from ..sensors.reading import Quality
from .events import AlarmState, ZoneCondition
from .timeline import Timeline


class Phase(StrEnum):
    """Where a condition stands between normal and tripped."""

    CLEAR = "clear"
    PENDING = "pending"
    """Past the limit, waiting for the on-delay."""
    ACTIVE = "active"
    RETURNING = "returning"
    """Back, waiting for the off-delay."""


class SensorState(Struct, gc=False, omit_defaults=True):
    """What is known of one thermometer."""

    quality: Quality = Quality.STALE
    cause: str = ""
    celsius: float | None = None
    """The last value that was believed."""
    smooth: float | None = None
    counted: float | None = None
    """Its entry in the zone's sorted values, None while it is not counted."""
    lost: float | None = None
    """Its entry in the zone's lost values."""
    measured_at: int = 0
    seen_at: int = 0
    """Log time of the last sign of life."""
    sequence: int | None = None
    changed_at: int = 0
    """Measured time at which the value last changed."""
    suspect: float | None = None
    """A value that jumped and waits to be confirmed."""
    suspects: int = 0
    confirmed: int = 0
    history_at: int = 0
    """Log time at which a late reading past a limit was last told."""
    trail: tuple[tuple[int, float], ...] = ()
    """Recent `(measured_at, celsius)`, thinned, for the rate of rise; empty while the thermometer's row has it (`columns.py`)."""
    rising: int = 0
    """One bit for each rate limit of the zone that this thermometer exceeds."""


class DemandState(Struct):
    """The controller of one zone."""

    output: float = 100.0
    told: float | None = None
    integral: float | None = None
    value: float | None = None
    rise: float = 0.0
    """Kelvin per minute, filtered."""
    step: float | None = None
    """The value at which the stepwise controller last switched."""


class GapState(Struct):
    """What has not come in this window, by sequence numbers."""

    expected: int = 0
    missing: int = 0
    in_turn: int = 0
    """Readings that came right behind the one before."""


class ZoneState(Struct):
    """One zone fold."""

    sensors: dict[str, SensorState] = field(default_factory=dict)
    values: list[float] = field(default_factory=list)
    """Smoothed values of the good inlets, sorted."""
    lost: list[float] = field(default_factory=list)
    """Last values of the inlets that are not good, sorted: what they may still be."""
    value: float | None = None
    condition: ZoneCondition = ZoneCondition.FAILSAFE
    failsafe: Phase = Phase.ACTIVE
    trips: dict[str, Phase] = field(default_factory=dict)
    rates: list[str] = field(default_factory=list)
    """The rate limits that `rising` is by."""
    rising: list[int] = field(default_factory=list)
    """By rate limit, how many inlets exceed it and can be believed."""
    demand: DemandState = field(default_factory=DemandState)
    gaps: GapState = field(default_factory=GapState)
    ignored: dict[str, int] = field(default_factory=dict)
    """Readings that changed nothing, counted by reason."""
    grace: int = 0
    """Log time granted to the transport; more than 0 only where the hall's clock runs faster than the wall's."""
    timeline: Timeline = field(default_factory=Timeline)


class AlarmRecord(Struct):
    """One alarm that is not in its normal state."""

    id: str
    zone: str | None
    unit: str | None
    hall: str | None
    rule: str
    priority: str
    state: AlarmState
    value: float | None = None
    limit: float | None = None
    cause: str | None = None
    at: int = 0
    """Log time of its last event."""
    by: str | None = None
    active: bool | None = None
    """Whether its condition holds, whatever its state; None in snapshots that are older than this."""
    told: str | None = None
    """The type of its last event."""
    why: str | None = None
    """The cause of its last event."""
    until: int | None = None
    """When its shelf ends."""
    first_out: bool = False


class Suppressor(Struct):
    """Why alarms are suppressed by design."""

    kind: str
    """`cooling`, `gateway`, `maintenance` or `lowered`."""
    hall: str
    since: int
    why: str
    by: str | None = None
    zones: dict[str, int] = field(default_factory=dict)
    """Of a gateway: how many thermometers of each zone are behind it. Of cooling that was lowered: the zone."""


class Override(Struct):
    """A cooling unit that is driven by hand."""

    percent: float
    until: int
    by: str
    reason: str


class UnitState(Struct):
    """What is known of one cooling unit."""

    number: int = 0
    commanded: float | None = None
    """Percent, as last commanded."""
    targets: list[tuple[int, float]] = field(default_factory=list)
    """`(until, percent)`: what its fan may still be on the way from."""
    higher: list[tuple[int, float]] = field(default_factory=list)
    """`(until, percent)`: commands of the last minutes from which it has come down, each higher than those behind it."""
    lowered_at: int = 0
    fan: float | None = None
    supply: float | None = None
    returned: float | None = None
    mode: str = ""
    echoed: int = 0
    """Number of the last command that it reports."""
    awaited: int = 0
    """Number of the command that it is to report next."""
    confirms: bool = False
    """Whether its last report was of a unit that obeys us, and said which command."""
    commanded_at: int = 0
    """Log time of the last command."""
    condition: str = "unknown"
    trips: dict[str, Phase] = field(default_factory=dict)


class HallState(Struct):
    """The hall fold: one for the site."""

    alarms: dict[str, AlarmRecord] = field(default_factory=dict)
    units: dict[str, UnitState] = field(default_factory=dict)
    demands: dict[str, float] = field(default_factory=dict)
    asked_more: dict[str, int] = field(default_factory=dict)
    """Log time at which a zone last asked for more than before."""
    conditions: dict[str, ZoneCondition] = field(default_factory=dict)
    requests: dict[str, float] = field(default_factory=dict)
    grace: int = 0
    linked_at: int | None = 0
    """Since when commands can reach the units; None while the link is lost."""
    told_at: int = 0
    told: dict[str, int] = field(default_factory=dict)
    """Events given out at `told_at`, counted by id."""
    timeline: Timeline = field(default_factory=Timeline)
    suppressors: dict[str, Suppressor] = field(default_factory=dict)
    """What suppresses alarms at present, by kind and place."""
    overrides: dict[str, Override] = field(default_factory=dict)
    """By unit."""
    maintenance: dict[str, int] = field(default_factory=dict)
    """Halls in maintenance, and until when."""


class PipelineState(Struct):
    """Everything a snapshot holds."""

    at: int = 0
    zones: dict[str, ZoneState] = field(default_factory=dict)
    hall: HallState = field(default_factory=HallState)
