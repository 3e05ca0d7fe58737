"""What flows between the stages: decoded frames into the zone folds, findings from there into the hall fold."""

from enum import StrEnum
from typing import Final, NamedTuple

from ..config.model import Priority, Sensor
from ..sensors.arrays import Flags, Floats, Ints
from ..sensors.frame import LinkKind

FEW: Final = 6
"""Fewer readings are decoded and folded one by one in less time than it takes to make columns of them."""


class Readings(NamedTuple):
    """Temperatures of configured thermometers, not judged yet: a column each, in the order of their times."""

    place: Ints
    """Of the thermometer among all of the site, zone by zone."""
    at: Ints
    celsius: Floats
    measured_at: Ints
    """`at` where the thermometer did not say."""
    sequence: Ints
    """`NONE` where it did not say."""

    def only(self, which: Flags | Ints | slice) -> "Readings":
        """Some of them."""
        return Readings(self.place[which], self.at[which], self.celsius[which], self.measured_at[which], self.sequence[which])


class Measured(NamedTuple):
    """One of them, where they are few."""

    at: int
    place: int
    celsius: float
    measured_at: int
    sequence: int | None


class GatewayState(NamedTuple):
    """A gateway came or went; its thermometers are `sensors`, by index of their zone."""

    at: int
    gateway: str
    online: bool
    sensors: tuple[tuple[int, Sensor], ...]


class UnitReport(NamedTuple):
    """What a cooling unit says it does; percent and °C."""

    at: int
    unit: str
    fan: float
    command: float | None = None
    number: int | None = None
    supply: float | None = None
    returned: float | None = None
    mode: str = "remote"


class UnitPresence(NamedTuple):
    """A cooling unit came or went."""

    at: int
    unit: str
    online: bool


class Start(NamedTuple):
    """A run of the program begins. Time that passed before it was not observed."""

    at: int
    previous: int | None
    site: str
    version: str
    rate: float
    session: bool
    note: str


class Link(NamedTuple):
    """The transport says something about itself."""

    at: int
    kind: LinkKind
    detail: str
    unit: str | None


class Action(StrEnum):
    """What an operator can do."""

    ACKNOWLEDGE = "acknowledge"
    RESET = "reset"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    SERVICE = "service"
    """Out of service."""
    RETURN = "return"
    """Back into service."""
    OVERRIDE = "override"
    RELEASE = "release"
    MAINTENANCE = "maintenance"
    RESUME = "resume"


class Operator(NamedTuple):
    """Somebody acts on an alarm, a rule, a cooling unit or a hall; what the action does not need is None."""

    at: int
    action: Action
    by: str
    reason: str = ""
    alarm: str | None = None
    zone: str | None = None
    hall: str | None = None
    unit: str | None = None
    rule: str | None = None
    until: int | None = None
    value: float | None = None
    """Percent."""


class Request(NamedTuple):
    """A handler asks for cooling."""

    at: int
    zone: str
    at_least: float
    until: int
    handler: str


class Note(NamedTuple):
    """An annotation; it goes into the journal and touches nothing."""

    at: int
    kind: str
    text: str
    happened_at: int
    target: str | None
    value: float | None


class Moment(NamedTuple):
    """Time has come to `at`, and nothing else happened (a tick, or the end of the input)."""

    at: int
    ended: bool = False


Other = GatewayState | UnitReport | UnitPresence | Start | Link | Operator | Request | Note | Moment
"""An input by itself."""
Input = Readings | Measured | Other


class Condition(NamedTuple):
    """A condition became true or false, delays and deadbands done: what alarms are made of."""

    at: int
    rule: str
    active: bool
    priority: Priority
    zone: str | None = None
    unit: str | None = None
    hall: str | None = None
    value: float | None = None
    limit: float | None = None
    cause: str | None = None


UNKNOWN_TOPIC: Final = "unknown-topic"
"""Why a frame is rejected whose topic the site does not have."""


class Rejected(NamedTuple):
    """A frame that says nothing we can use: a dead letter."""

    at: int
    topic: str
    payload: bytes
    reason: str
