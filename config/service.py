"""How hotzone itself runs, as the site file says it: broker and topics, handlers, simulation, recording, HTTP.

Values as in `model`: made by the loader, frozen, with every default filled in.
"""

from typing import Literal

from msgspec import Struct, field

from .secrets import Secret
from .units import HOUR, MILLISECOND, MINUTE, SECOND


class Broker(Struct, frozen=True, kw_only=True):
    """How to reach the broker. All durations are wall time."""

    url: str = "mqtt://127.0.0.1:1883"
    """`mqtt://host:port` or, with TLS, `mqtts://host:port`."""
    client_id: str = "hotzone"
    """Names the session; two processes with one name throw each other out."""
    username: str | None = None
    """For brokers that ask."""
    password: Secret | None = None
    """A secret: `{ env = "NAME" }` or `{ file = "path" }`; the file must be ours and of mode 0600."""
    ca_file: str | None = None
    """Who may vouch for the broker; without it, the system's list."""
    cert_file: str | None = None
    """Our certificate, for brokers that ask."""
    key_file: str | None = None
    """Its key."""
    qos: Literal[0, 1] = 1
    """With 0 readings may get lost; 1 delivers each at least once."""
    keep_alive: int = 5 * SECOND
    """Silence after which the connection is probed; also sets how soon a last will goes out. Whole seconds."""
    session_expiry: int = HOUR
    """How long the broker keeps messages for us while we are away. Whole seconds."""
    receive_maximum: int = 2000
    """Messages that may be on their way unacknowledged."""


class Topics(Struct, frozen=True, kw_only=True):
    """Topic templates. `{site} {hall} {zone} {rack} {sensor} {gateway} {unit}` stand for one level each."""

    reading: str = "dc/{hall}/{zone}/{rack}/{sensor}"
    """A thermometer's readings."""
    gateway: str = "dc/{hall}/gateways/{gateway}/state"
    """`online` or `offline` of a gateway."""
    pack: str = "dc/{hall}/gateways/{gateway}/readings"
    """Packs of a gateway: the readings of its thermometers, many in one message."""
    report: str = "dc/{hall}/units/{unit}/report"
    """A cooling unit's report."""
    unit: str = "dc/{hall}/units/{unit}/state"
    """`online` or `offline` of a cooling unit."""
    command: str = "dc/{hall}/units/{unit}/command"
    """Commands for a cooling unit."""
    base: str = "hotzone/{site}"
    """Where hotzone itself publishes: `/heartbeat`, `/state`, `/clock`, `/note`, `/events/...`, `/zones/...`."""


class Grouping(Struct, frozen=True, kw_only=True):
    """How alarms are told together to one handler. Durations are wall time; critical alarms never wait."""

    by: Literal["hall", "zone"] = "hall"
    """What makes a group."""
    wait: int = 30 * SECOND
    """How long a new group waits for more before it is told."""
    interval: int = 5 * MINUTE
    """The least time between two notices of changes in one group."""
    repeat: int = 4 * HOUR
    """A group in which nothing changes is told again after so long, while an alarm of it stands."""
    inhibit: bool = True
    """An alarm says nothing while one of a higher priority stands in the same zone or unit."""


class HandlerConfig(Struct, frozen=True, kw_only=True):
    """One handler of the site file: `use` names what to call, the rest is its own."""

    name: str
    """Its name in the site file."""
    use: str
    """A built-in or installed handler by name, or `module:name`. Without it, the handler of the same name."""
    options: dict[str, object] = field(default_factory=dict)
    """Its own settings, as it documents them. Secrets as for the broker's password."""
    timeout: int = 10 * SECOND
    """How long one call may take, wall time."""
    concurrency: int = 1
    """Calls that may run at once."""
    queue: int = 1000
    """Events that may wait for it."""
    retries: int = 5
    """How often a failed call is tried again."""
    group: Grouping | None = None
    """How alarms are told together; without the table `group`, one by one."""
    file: str = "site.toml"
    """The file that names it, for messages about its options."""
    folder: str | None = None
    """Where relative paths in its options start; without it, where the program runs."""


class HallSimulation(Struct, frozen=True, kw_only=True):
    """The physics of one simulated hall; the equations are in `sensors/hall`."""

    kw_per_rack: float = 5.0
    """IT load of a rack, kW."""
    load_swing: float = 0.25
    """Share of the load that follows the day: 0 for constant."""
    leakage: float = 0.16
    """e0 of equation 4: 0.05 sealed containment, 0.16-0.30 partial, 0.4 none."""
    margin: float = 1.4
    """Air flow of all units at 100 % over the racks' own air flow."""
    capacity: float = 1.4
    """Heat that all units can remove over the IT load."""
    supply: float = 19.5
    """Supply set point, °C."""
    delta_t: float = 12.0
    """Kelvin that the air gains in a rack."""
    rack_mass: float = 350.0
    """Heat capacity of a rack, kJ/K."""


class Simulation(Struct, frozen=True, kw_only=True):
    """What `demo` and `simulate` run."""

    seed: int = 1
    """One seed, one run: noise, load and faults repeat."""
    speed: float = 60.0
    """Hall seconds a wall second, through a broker."""
    halls: dict[str, HallSimulation] = field(default_factory=dict)
    """By id of the hall."""
    faults: tuple[str, ...] = ()
    """`kind:target@start[+duration]`, hall time: `crac-failure:crac-1@30s`."""


class RecordingConfig(Struct, frozen=True, kw_only=True):
    """How the log is kept."""

    folder: str = "recordings"
    """Where the log is kept; relative to where the program runs."""
    commit_every: int = 2 * MILLISECOND
    """Wall time between two commits while readings keep coming. Longer spares the disk, and alarms come that much later."""
    snapshot_every: int = 10 * MINUTE
    """Hall time between two snapshots of the state."""
    segment_bytes: int = 256 * 1024 * 1024
    """Size at which a new file is begun."""
    segment_age: int = 24 * HOUR
    """Age at which a new file is begun."""
    keep_bytes: int = 20 * 1024**3
    """When all files together are larger, or less than twice `segment_bytes` is free on the disk, the oldest goes."""


class Token(Struct, frozen=True, kw_only=True):
    """Somebody who may ask over HTTP. Only the digest of the token is here; `hotzone token` makes one."""

    name: str
    sha256: str
    """The token's SHA-256, 64 hexadecimal digits."""
    scope: Literal["read", "operate"] = "read"
    """`operate` may acknowledge, shelve and drive by hand, too."""


class Http(Struct, frozen=True, kw_only=True):
    """Where the page, the API, metrics and health are served; loopback unless said otherwise."""

    host: str = "127.0.0.1"
    """Address to listen on. Any but loopback needs a certificate and a token."""
    port: int = 8780
    """0 takes a free one."""
    name: str | None = None
    """What browsers call this server, where that is neither `host` nor localhost."""
    cert_file: str | None = None
    """Certificate chain for https, PEM."""
    key_file: str | None = None
    """Its key, PEM."""
    tokens: tuple[Token, ...] = ()
    """With none, whoever is on this machine may do everything."""
