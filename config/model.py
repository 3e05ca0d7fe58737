"""The site as the program uses it: every inheritance resolved, every default filled in, every duration in nanoseconds.

The loader makes these values from the site file; nothing else does, but tests. They are frozen and compare by value.
Temperatures are degrees Celsius, rates kelvin per minute, fan speeds and demands percent. A duration runs on log time
unless its comment says "wall": those belong to the transport.
"""

from enum import StrEnum
from functools import cached_property
from math import ceil
from typing import Literal

from msgspec import Struct

from .secrets import Secret
from .service import Broker, HandlerConfig, Http, RecordingConfig, Simulation, Topics
from .units import HOUR, MINUTE, SECOND


class Priority(StrEnum):
    """Alarm priorities, lowest first (ISA-18.2 uses three or four)."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @cached_property
    def rank(self) -> int:
        """0 for low to 3 for critical."""
        return list(Priority).index(self)


class Role(StrEnum):
    """Where in the air path a thermometer sits. Only inlets make the zone's value."""

    INLET = "inlet"
    OUTLET = "outlet"
    SUPPLY = "supply"
    """What a cooling unit blows out."""
    RETURN = "return"
    """What a cooling unit draws in."""


class ControlMode(StrEnum):
    """What becomes of the commands for a cooling unit: not computed, computed and shown, or sent."""

    OFF = "off"
    ADVISE = "advise"
    ON = "on"


class Statistic(Struct, frozen=True, kw_only=True):
    """How the inlets of a zone become one number. `k-of-n` is the k-th highest: k sensors must agree."""

    kind: Literal["median", "k-of-n", "percentile", "max"] = "k-of-n"
    """`k-of-n` takes the k-th highest, `median`, `percentile` and `max` what they say; limits `below` take the mirror image, as the k-th lowest.
    Of one faulty thermometer `max` makes an alarm."""
    k: int = 2
    """For `k-of-n`: how many inlets must agree. Without it, 2, or 1 in a zone of one inlet."""
    percentile: float = 90.0
    """For `percentile`: 90 leaves out the highest tenth."""

    def rank(self, count: int) -> int:
        """How many of `count` values, at least one, lie above the one that the statistic takes: 0 is the highest."""
        match self.kind:
            case "max":
                return 0
            case "k-of-n":
                return min(self.k, count) - 1
            case "percentile":
                return count - max(1, ceil(self.percentile / 100 * count))
            case "median":
                return (count - 1) // 2


class Limit(Struct, frozen=True, kw_only=True, cache_hash=True):
    """One limit on the zone's value. Exactly one of `above` and `below` is set.

    Raised when the value is at or past the limit for `on_delay`; cleared when it is back by more than `deadband` for
    `off_delay` (OPC 10000-9 B.1.5).
    """

    rule: str
    """Its name, unique in the zone."""
    above: float | None = None
    """Trips at or above this, °C."""
    below: float | None = None
    """Trips at or below this, °C."""
    deadband: float = 1.0
    """Kelvin by which the value must be back before the alarm can clear; never under 1.5 quanta of the zone's inlets."""
    on_delay: int = 0
    """How long the value must be past the limit before the alarm is raised."""
    off_delay: int = MINUTE
    """How long it must be back before the alarm clears."""
    priority: Priority = Priority.HIGH
    """Decides whom the alarm reaches."""
    hot: bool = False
    """While active, the zone counts as hot: the interlock never lowers its cooling."""
    latch: bool = False
    """When the condition is over the alarm stays, until somebody has acknowledged and reset it."""
    on_bad: Literal["keep", "raise", "fail-safe"] = "keep"
    """What bad data does; it never clears. `keep`: nothing. `raise`: with fewer good inlets than the quorum the limit counts as exceeded.
    `fail-safe`: one inlet that is silent or bad is enough for the zone to go to fail-safe."""


class RateLimit(Struct, frozen=True, kw_only=True, cache_hash=True):
    """A limit on how fast inlets warm: at least `share` of the zone's inlets rise by `rise` K/min or more over `over`."""

    rule: str
    """Its name, unique in the zone."""
    rise: float
    """Kelvin per minute."""
    over: int
    """The window that the rise is measured over; at least two periods of the zone's inlets."""
    share: float
    """Share of the zone's inlets that must rise at once, above 0 to 1."""
    on_delay: int = 0
    """How long it must last before the alarm is raised."""
    off_delay: int = MINUTE
    """How long it must be over before the alarm clears."""
    priority: Priority = Priority.MEDIUM
    """Decides whom the alarm reaches."""
    hot: bool = False
    """While active, the zone counts as hot: the interlock never lowers its cooling."""
    latch: bool = False
    """When the condition is over the alarm stays, until somebody has acknowledged and reset it."""
    on_bad: Literal["keep", "raise", "fail-safe"] = "keep"
    """What bad data does; it never clears. `keep`: nothing. `raise`: with fewer good inlets than the quorum the limit counts as exceeded.
    `fail-safe`: one inlet that is silent or bad is enough for the zone to go to fail-safe."""


class QualityRules(Struct, frozen=True, kw_only=True, gc=False, cache_hash=True):
    """What a thermometer can do, and so when not to believe it."""

    period: int = 10 * SECOND
    """How often it publishes."""
    low: float = -40.0
    """Below it a value is no temperature, °C."""
    high: float = 125.0
    """Above it a value is no temperature, °C."""
    max_rate: float = 2.0
    """K per second between two readings, over at most 10 s; a larger jump is suspect until `confirm` readings in a row agree."""
    confirm: int = 3
    """Readings in a row that make a suspect jump believed."""
    quantum: float = 0.01
    """The resolution, K. A sensor of 1 K may rest on one value for hours and be healthy."""
    stuck_after: int | None = 30 * MINUTE
    """A sensor that shows one single value for this long is suspect; not applied when `quantum` is 0.1 K or coarser."""
    stale_after: int = 30 * SECOND
    """Silence after which a sensor is stale; the loader's default is max(3 periods, 4 s)."""
    late_after: int = 20 * SECOND
    """A reading measured longer ago than this is history; the loader's default is two periods."""
    skew: int = 5 * SECOND
    """A reading measured this far in the future is not believed."""
    smoothing: int = 5 * SECOND
    """Time constant of the exponential smoothing ahead of the zone's value; 0 for none."""


class Presence(Struct, frozen=True, kw_only=True):
    """When a zone has lost its data."""

    quorum: float = 0.5
    """The share of inlets that must be good; with fewer the zone is in fail-safe."""
    recover: int = 30 * SECOND
    """How long the data must be good before the zone leaves fail-safe."""
    gaps: float = 0.25
    """The share of readings that may be missing over ten minutes, by their sequence numbers; radio alone loses up to a fifth. 1 for any."""
    silent_after: int = 30 * SECOND
    """On-delay of the zone's alarm that some sensors are silent; the loader's default is max(30 s, one period of its inlets)."""


class Step(Struct, frozen=True):
    """At or above `celsius` the demand is `demand` percent."""

    celsius: float
    demand: float


class Control(Struct, frozen=True, kw_only=True):
    """How a zone's value becomes its demand for cooling, in percent."""

    kind: Literal["pid", "stepwise"] = "pid"
    """`pid` is proportional, integral, derivative and feed-forward; `stepwise` follows `steps`."""
    set_point: float = 24.5
    """The value that `pid` holds the zone at, °C."""
    kp: float = 12.0
    """Percent per kelvin."""
    ki: float = 1.5
    """Percent per kelvin and minute."""
    kd: float = 0.0
    """Percent per (kelvin per minute)."""
    feed_forward: float = 8.0
    """Percent per (kelvin per minute) of the zone's rise; never lowers."""
    steps: tuple[Step, ...] = (Step(18.0, 40.0), Step(23.0, 55.0), Step(25.0, 75.0), Step(27.0, 100.0))
    """For `stepwise`: pairs of °C and percent, both rising."""
    hysteresis: float = 0.5
    """Kelvin by which the value must fall below a step to leave it."""
    cycle: int = 5 * SECOND
    """How often the demand is computed."""
    floor: float = 30.0
    """The demand is never lower, percent."""
    failsafe: float = 100.0
    """The least demand while the zone has lost its data, percent."""


class Sensor(Struct, frozen=True, kw_only=True, gc=False):
    """One thermometer. `id` is its path, `zone/rack/position`, and unique in the site."""

    id: str
    """`zone/rack/position`."""
    zone: str
    """Id of its zone."""
    rack: str
    """Id of its rack, or of the cooling unit whose air it measures."""
    position: str
    """Its name in the rack, such as `in-top`."""
    topic: str
    """Where it publishes."""
    gateway: str
    """Id of the gateway that it publishes through."""
    role: Role = Role.INLET
    """Where in the air path it sits. Without it, by how the position begins: `in`, `out`, `supply`, `return`."""
    quality: QualityRules = QualityRules()
    """What it can do."""


class Rack(Struct, frozen=True, kw_only=True):
    """One rack; `x` and `y` are metres on the floor plan of its hall."""

    id: str
    """Its name, unique in the hall."""
    x: float
    """Metres along the rows."""
    y: float
    """Metres across the rows."""
    sensors: tuple[Sensor, ...]
    """Its thermometers."""


class Zone(Struct, frozen=True, kw_only=True, dict=True):
    """Racks that are judged and cooled together."""

    id: str
    hall: str
    racks: tuple[Rack, ...]
    statistic: Statistic = Statistic()
    limits: tuple[Limit, ...] = ()
    rates: tuple[RateLimit, ...] = ()
    presence: Presence = Presence()
    control: Control = Control()
    air: tuple[Sensor, ...] = ()
    """Thermometers outside of racks, in the supply and return air of the cooling units nearest to this zone; never part of its value."""

    @property
    def rules(self) -> tuple[Limit | RateLimit, ...]:
        """Its limits and its rates."""
        return (*self.limits, *self.rates)

    @cached_property
    def sensors(self) -> tuple[Sensor, ...]:
        """Every thermometer of the zone, in the order of its racks, then those outside of racks."""
        return (*(sensor for rack in self.racks for sensor in rack.sensors), *self.air)


class Unit(Struct, frozen=True, kw_only=True):
    """One cooling unit (CRAC or CRAH) and how it is driven."""

    id: str
    """Its name, unique in the site."""
    hall: str
    """Id of its hall."""
    serves: tuple[str, ...]
    """Ids of the zones that it cools, nearest first."""
    command_topic: str
    """Where it takes commands."""
    report_topic: str
    """Where it reports what it does."""
    state_topic: str
    """Where it says that it is there."""
    control: ControlMode = ControlMode.ADVISE
    """`off`: no commands; `advise`: computed, journalled and shown, not sent; `on`: sent."""
    driver: str = "mqtt"
    """Name of the cooling handler that carries out its commands."""
    key: Secret | None = None
    """Commands are signed with it, so that the unit can tell them from forged ones; at least 16 bytes. `{unit}` in its place stands for the id."""
    floor: float = 30.0
    """Least command, percent."""
    ceiling: float = 100.0
    """Greatest command, percent."""
    slew_down: float = 6.0
    """Percent per minute that a command may fall; rises are not held back."""
    hold: int = 10 * SECOND
    """Least time between two commands that lower."""
    settle: int = MINUTE
    """Nothing is lowered for so long after a zone that the unit serves asked for more."""
    ramp: int = MINUTE
    """Time the drive needs from 0 to 100 %, for judging its reports."""
    tolerance: float = 8.0
    """Percent by which the reported fan may differ from what was commanded."""
    fault_after: int = 5 * SECOND
    """How long it may differ before the unit counts as failed."""
    confirm_after: int = 2 * SECOND
    """How long its report may take to show a new command; longer than the time between two reports where it has no prompt one."""
    report_after: int = 30 * SECOND
    """Silence after which the unit's report is missing."""
    x: float = 0.0
    """Metres along the rows."""
    y: float = 0.0
    """Metres across the rows."""


class Hall(Struct, frozen=True, kw_only=True):
    """One room. `ashrae` is its class by ASHRAE TC 9.9."""

    id: str
    """Its name, unique in the site."""
    zones: tuple[Zone, ...]
    """Its zones."""
    units: tuple[Unit, ...] = ()
    """Its cooling units."""
    ashrae: Literal["A1", "A2", "A3", "A4", "H1"] = "A2"
    """Class of its equipment by ASHRAE TC 9.9."""


class Alarms(Struct, frozen=True, kw_only=True):
    """What holds for every alarm of the site, and how long operators may put things aside."""

    shelf_low: int = 24 * HOUR
    """The longest that an alarm of low priority may be shelved."""
    shelf_medium: int = 8 * HOUR
    """The longest that one of medium priority may be shelved."""
    shelf_high: int = 4 * HOUR
    """The longest that one of high priority may be shelved."""
    shelf_critical: int = HOUR
    """The longest that a critical one may be shelved."""
    override: int = 8 * HOUR
    """The longest that a cooling unit may be driven by hand."""
    maintenance: int = 24 * HOUR
    """The longest that a hall may be in maintenance."""
    repeat: int | None = None
    """An acknowledged alarm whose condition still holds after so long is unacknowledged again; `false` for never."""
    suppress_lowered: bool = True
    """A zone that warms because hotzone has just lowered its cooling, by ten percent or more, calls nobody for eight minutes at most; limits on its
    value, and rates that are `hot`, always do."""
    suppress_followers: bool = False
    """When cooling is lost in a whole hall, one alarm says so, and those of its zones that follow are suppressed until it is over."""
    suppress_gateways: bool = False
    """A gateway that is gone is an alarm of its own, and suppresses the alarm that its thermometers are silent."""

    def longest_shelf(self, priority: Priority) -> int:
        """The longest that an alarm of this priority may be shelved, ns."""
        longest: int = getattr(self, f"shelf_{priority}")
        return longest


class Site(Struct, frozen=True, kw_only=True, dict=True):
    """Everything one site file says."""

    name: str
    """Its name, part of hotzone's own topics."""
    timezone: str = "UTC"
    """Where it is, as `Europe/Zurich`: the page shows its time beside the viewer's. Nothing else depends on it."""
    halls: tuple[Hall, ...]
    """Its rooms."""
    broker: Broker = Broker()
    """How to reach the broker."""
    topics: Topics = Topics()
    """Where things are published."""
    handlers: tuple[HandlerConfig, ...] = ()
    """Who is told of events."""
    handlers_folder: str | None = None
    """Every handler in the Python files of this folder is used; relative to the site file."""
    simulation: Simulation = Simulation()
    """What `demo` and `simulate` run."""
    recording: RecordingConfig = RecordingConfig()
    """How the log is kept."""
    alarms: Alarms = Alarms()
    """What holds for every alarm."""
    http: Http = Http()
    """Where metrics and health are served."""
    source: str = ""
    """The text of the site file, kept in every recording; secrets are never part of it, only where to find them."""

    @cached_property
    def zones(self) -> tuple[Zone, ...]:
        """Every zone, in the order of the site file."""
        return tuple(zone for hall in self.halls for zone in hall.zones)

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """Every cooling unit, in the order of the site file."""
        return tuple(unit for hall in self.halls for unit in hall.units)

    @cached_property
    def sensors(self) -> tuple[Sensor, ...]:
        """Every thermometer, in the order of the site file."""
        return tuple(sensor for zone in self.zones for sensor in zone.sensors)
