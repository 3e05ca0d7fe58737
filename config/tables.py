"""Every table of the site file as a literal: its keys, what each takes, and the type whose docstrings explain them."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from msgspec import Struct

from .kinds import (
    BrokerUrl,
    Choice,
    Digest,
    Duration,
    Faults,
    Flag,
    Id,
    Integer,
    Kind,
    Number,
    NumberChoice,
    Serves,
    Size,
    Steps,
    Text,
    TimeZone,
    Whereabouts,
)
from .model import Alarms, Control, ControlMode, Hall, Limit, Presence, Priority, QualityRules, RateLimit, Role, Site, Statistic, Unit
from .plan import CoolingPlan, Layout, RackPlan, SensorPlan
from .service import Broker, Grouping, HallSimulation, HandlerConfig, Http, RecordingConfig, Simulation, Token, Topics
from .templates import NameTemplate, TopicTemplate
from .units import HOUR, MILLISECOND, MINUTE, SECOND

PERCENT: Final = Number(0, 100, "%")
CELSIUS: Final = Number(-100, 200, "°C")
METRES: Final = Number(-10_000, 10_000, "m")
SHARE: Final = Number(0, 1, beyond=True)
PRIORITY: Final = Choice(tuple(Priority), Priority)


class Table(NamedTuple):
    """One table of the site file. `of` holds the defaults and the docstrings of its keys."""

    of: type[Struct]
    keys: Mapping[str, Kind]
    skips: tuple[str, ...] = ()
    """Fields of `of` that are no keys: the loader makes them from the names of tables."""
    defaults: Mapping[str, str] = {}
    """Defaults, in words, where they are worked out."""


SITE: Final = Table(
    Site,
    {"name": Id(), "timezone": TimeZone(), "handlers_folder": Text("path")},
    ("halls", "broker", "topics", "handlers", "simulation", "recording", "alarms", "http", "source"),
)
HALL: Final = Table(Hall, {"ashrae": Choice(("A1", "A2", "A3", "A4", "H1"))}, ("id", "zones", "units"))
STATISTIC: Final = Table(
    Statistic,
    {"kind": Choice(("median", "k-of-n", "percentile", "max")), "k": Integer(1, 10_000), "percentile": Number(0, 100, beyond=True)},
)
LIMIT: Final = Table(
    Limit,
    {
        "above": CELSIUS,
        "below": CELSIUS,
        "deadband": Number(0, 20, "K"),
        "on_delay": Duration(most=24 * HOUR),
        "off_delay": Duration(most=24 * HOUR),
        "priority": PRIORITY,
        "hot": Flag(),
        "latch": Flag(),
        "on_bad": Choice(("keep", "raise", "fail-safe")),
    },
    ("rule",),
    {"deadband": "1 % of the range of the inlets (1.65 by default), or 1.5 quanta where that is more"},
)
RATE: Final = Table(
    RateLimit,
    {
        "rise": Number(0, 60, "K/min", beyond=True),
        "over": Duration(SECOND, 24 * HOUR),
        "share": SHARE,
        "on_delay": Duration(most=24 * HOUR),
        "off_delay": Duration(most=24 * HOUR),
        "priority": PRIORITY,
        "hot": Flag(),
        "latch": Flag(),
        "on_bad": Choice(("keep", "raise", "fail-safe")),
    },
    ("rule",),
)
QUALITY: Final = Table(
    QualityRules,
    {
        "period": Duration(10 * MILLISECOND, 24 * HOUR),
        "low": CELSIUS,
        "high": CELSIUS,
        "max_rate": Number(0, 1000, "K/s", beyond=True),
        "confirm": Integer(1, 100),
        "quantum": Number(0, 10, "K", beyond=True),
        "stuck_after": Duration(SECOND, optional=True),
        "stale_after": Duration(10 * MILLISECOND, 24 * HOUR),
        "late_after": Duration(10 * MILLISECOND, 24 * HOUR),
        "skew": Duration(most=24 * HOUR),
        "smoothing": Duration(most=HOUR),
    },
    defaults={"stale_after": "three periods, at least `4s`", "late_after": "two periods"},
)
PRESENCE: Final = Table(
    Presence, {"quorum": SHARE, "gaps": SHARE, "recover": Duration(most=24 * HOUR), "silent_after": Duration(most=24 * HOUR)}
)
CONTROL: Final = Table(
    Control,
    {
        "kind": Choice(("pid", "stepwise")),
        "set_point": Number(0, 60, "°C"),
        "kp": Number(0, 1000, "%/K"),
        "ki": Number(0, 1000, "%/(K min)"),
        "kd": Number(0, 1000, "%/(K/min)"),
        "feed_forward": Number(0, 1000, "%/(K/min)"),
        "steps": Steps(),
        "hysteresis": Number(0, 10, "K"),
        "cycle": Duration(100 * MILLISECOND, 10 * MINUTE),
        "floor": PERCENT,
        "failsafe": PERCENT,
    },
)
LAYOUT: Final = Table(
    Layout,
    {
        "count": Integer(0, 10_000),
        "name": NameTemplate(("hall", "zone")),
        "rows": Integer(1, 1000),
        "rack_pitch": Number(0, 100, "m", beyond=True),
        "aisle_pitch": Number(0, 100, "m", beyond=True),
        "across": Integer(1, 10_000),
        "x": METRES,
        "y": METRES,
    },
)
RACK: Final = Table(RackPlan, {"x": METRES, "y": METRES, "gateway": Id()})
RACK_SENSOR: Final = Table(
    SensorPlan,
    {"role": Choice((Role.INLET, Role.OUTLET), Role), "topic": TopicTemplate(("site", "hall", "zone", "rack", "sensor", "gateway"))},
)
UNIT_SENSOR: Final = Table(SensorPlan, {"role": Choice((Role.SUPPLY, Role.RETURN), Role), "topic": RACK_SENSOR.keys["topic"]})
UNIT: Final = Table(
    Unit,
    {
        "control": Choice(tuple(ControlMode), ControlMode),
        "driver": Text("name", 200),
        "key": Whereabouts(),
        "floor": PERCENT,
        "ceiling": PERCENT,
        "slew_down": Number(0, 10_000, "%/min", beyond=True),
        "hold": Duration(SECOND, HOUR),
        "settle": Duration(0, HOUR),
        "ramp": Duration(most=HOUR),
        "tolerance": Number(0, 100, "%", beyond=True),
        "fault_after": Duration(most=HOUR),
        "confirm_after": Duration(SECOND, HOUR),
        "report_after": Duration(SECOND, HOUR),
        "serves": Serves(),
        "x": METRES,
        "y": METRES,
    },
    ("id", "hall", "command_topic", "report_topic", "state_topic"),
    {"serves": "all zones of the hall", "x": "at the end of a row", "y": "at the end of a row"},
)
_COMMON: Final = {name: kind for name, kind in UNIT.keys.items() if name not in {"x", "y"}}
COOLING: Final = Table(
    CoolingPlan, {"count": Integer(0, 10_000), "name": NameTemplate(("hall",)), **_COMMON}, defaults={"serves": UNIT.defaults["serves"]}
)
BROKER: Final = Table(
    Broker,
    {
        "url": BrokerUrl(),
        "client_id": Id(),
        "username": Text("name", 200),
        "ca_file": Text("path"),
        "cert_file": Text("path"),
        "key_file": Text("path"),
        "qos": NumberChoice((0, 1)),
        "keep_alive": Duration(SECOND, HOUR, whole=SECOND),
        "session_expiry": Duration(most=30 * 24 * HOUR, whole=SECOND),
        "receive_maximum": Integer(1, 65_535),
    },
    ("password",),
)
_UNIT_TOPIC: Final = TopicTemplate(("site", "hall", "unit"), (("unit",),))
TOPICS: Final = Table(
    Topics,
    {
        "reading": TopicTemplate(("site", "hall", "zone", "rack", "sensor", "gateway"), (("sensor",), ("rack", "gateway"))),
        "gateway": TopicTemplate(("site", "hall", "zone", "rack", "gateway"), (("gateway", "rack"),)),
        "pack": TopicTemplate(("site", "hall", "zone", "rack", "gateway"), (("gateway", "rack"),)),
        "report": _UNIT_TOPIC,
        "unit": _UNIT_TOPIC,
        "command": _UNIT_TOPIC,
        "base": TopicTemplate(("site",)),
    },
)
HANDLER: Final = Table(
    HandlerConfig,
    {
        "use": Text("name", 300),
        "timeout": Duration(10 * MILLISECOND, HOUR),
        "concurrency": Integer(1, 1000),
        "queue": Integer(1, 1_000_000),
        "retries": Integer(0, 1000),
    },
    ("name", "options", "group", "file", "folder"),
    {"use": "the handler's name"},
)
GROUP: Final = Table(
    Grouping,
    {
        "by": Choice(("hall", "zone")),
        "wait": Duration(most=HOUR),
        "interval": Duration(SECOND, 24 * HOUR),
        "repeat": Duration(MINUTE, 30 * 24 * HOUR),
        "inhibit": Flag(),
    },
)
SIMULATION: Final = Table(
    Simulation, {"seed": Integer(0, 2**63 - 1), "speed": Number(0, 100_000, beyond=True), "faults": Faults()}, ("halls",)
)
HALL_SIMULATION: Final = Table(
    HallSimulation,
    {
        "kw_per_rack": Number(0, 500, "kW", beyond=True),
        "load_swing": Number(0, 1),
        "leakage": Number(0, 1),
        "margin": Number(0, 10, beyond=True),
        "capacity": Number(0, 10, beyond=True),
        "supply": Number(5, 35, "°C"),
        "delta_t": Number(1, 50, "K"),
        "rack_mass": Number(1, 100_000, "kJ/K"),
    },
)
RECORDING: Final = Table(
    RecordingConfig,
    {
        "folder": Text("path"),
        "commit_every": Duration(0, SECOND // 4),
        "snapshot_every": Duration(SECOND, 24 * HOUR),
        "segment_bytes": Size(),
        "segment_age": Duration(MINUTE),
        "keep_bytes": Size(),
    },
)
_LONGEST: Final = Duration(MINUTE, 7 * 24 * HOUR)
ALARMS: Final = Table(
    Alarms,
    {
        "shelf_low": _LONGEST,
        "shelf_medium": _LONGEST,
        "shelf_high": _LONGEST,
        "shelf_critical": _LONGEST,
        "override": _LONGEST,
        "maintenance": _LONGEST,
        "repeat": Duration(MINUTE, 7 * 24 * HOUR, optional=True),
        "suppress_lowered": Flag(),
        "suppress_followers": Flag(),
        "suppress_gateways": Flag(),
    },
)
HTTP: Final = Table(
    Http,
    {
        "host": Text("address", 200),
        "port": Integer(0, 65_535),
        "name": Text("host name", 200),
        "cert_file": Text("path"),
        "key_file": Text("path"),
    },
    ("tokens",),
)
TOKEN: Final = Table(Token, {"sha256": Digest(), "scope": Choice(("read", "operate"))}, ("name",))
