"""The contract of handlers: who hears of what, and what they are given."""

from collections.abc import Awaitable, Callable
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeVar, overload, runtime_checkable

from msgspec import Struct, field, structs

from ..config.model import Priority, Site
from ..pipeline import AlarmEvent, Event
from .view import View

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

_MARK = "__hotzone_subscription__"


class Subscription(Struct, frozen=True, kw_only=True):
    """Which events a handler is told of."""

    alarms: bool = False
    """The whole life of an alarm: raised, acknowledged, cleared, and put aside: whoever was told that it stands is told when it does not."""
    min_priority: Priority = Priority.LOW
    events: str | None = None
    """A pattern over event types, such as `sensor.*`."""

    def asks_for(self, event: Event) -> bool:
        """Whether the handler hears of events of that type, whatever they are about."""
        return self.events is not None and fnmatchcase(event.type, self.events)

    def wants(self, event: Event) -> bool:
        """Whether the handler is told. An alarm keeps its priority for life, so whoever is told that it began is told that it ended."""
        return self.asks_for(event) or (self.alarms and isinstance(event, AlarmEvent) and event.priority.rank >= self.min_priority.rank)

    def wants_alarm(self, event: AlarmEvent) -> bool:
        """Whether the handler is told when the event's alarm begins."""
        return self.wants(structs.replace(event, type="alarm.raised"))


ALARMS = Subscription(alarms=True)
"""What a handler hears that does not say what it wants."""


class GiveUp(Exception):
    """Raise it for an event that can never be taken, such as one that is refused as malformed: a dead letter at once, no further attempt."""


class RetryAfter(Exception):
    """Raise it when the other side takes nothing now, whatever the event: it keeps its place and is tried again, `retries` or not.

    `seconds` is how long to wait, a second at least and an hour at most; without it, longer each time, up to a minute. After a day it is a dead letter.
    """

    def __init__(self, why: str = "", seconds: float | None = None) -> None:
        super().__init__(why)
        self.seconds = seconds


class Disable(Exception):
    """Raise it when the other side never wants to hear of us again: the handler is not called until the next start.

    What it would have been told meanwhile becomes dead letters, each with this reason.
    """


class Context:
    """What a handler is given beside the event. The same object for every call of one handler; safe to use from any thread."""

    def __init__(
        self,
        name: str,
        site: Site,
        options: dict[str, object],
        request: Callable[[str, float, int, str], None],
        standing: Callable[[], tuple[AlarmEvent, ...]] = lambda: (),
        *,
        view: Callable[[], View] = View,
        timeout_s: float = 10.0,
        wall_at: Callable[[int], int] = lambda at: at,
    ) -> None:
        self.name = name
        self.site = site
        self.options = options
        """The handler's own settings: `[handlers.NAME.options]` of the site file."""
        self._zones = {zone.id for zone in site.zones}
        self._request = request
        self._standing = standing
        self._wall_at = wall_at
        self._view = view
        self.timeout_s = timeout_s
        """Wall seconds that a call may take: `timeout` of the site file."""

    @cached_property
    def log(self) -> "FilteringBoundLogger":
        """The handler's logger, of structlog."""
        import structlog  # noqa: PLC0415  it loads more than everything else here

        logger: FilteringBoundLogger = structlog.get_logger(f"hotzone.handlers.{self.name}")
        return logger

    def standing(self) -> tuple[AlarmEvent, ...]:
        """The alarms that stand now, of those that the handler hears of: the last event of each, oldest first, also after a restart.

        It is never behind what the handler was told: an alarm whose `alarm.raised` it was given is here until it has cleared.
        """
        return self._standing()

    def wall_at(self, at: int) -> int:
        """What the wall's clock showed at a time of the log, both ns since the epoch: the same, but where the hall is simulated."""
        return self._wall_at(at)

    def view(self) -> View:
        """Zones, cooling units and alarms as they are now; empty in `hotzone handlers test`. It copies, so it is for a few times a second."""
        return self._view()

    def request_cooling(self, zone: str, at_least: float, until: int) -> None:
        """Ask for at least so many percent of cooling in a zone until `until` (log time, ns: `event.at + 10 * MINUTE`).

        It can only raise cooling, never lower it; the interlock has the last word. A zone that the site does not know is logged and ignored.

        Raises:
            ValueError: `at_least` is no percentage.
        """
        if not 0.0 <= at_least <= 100.0:  # NaN neither
            msg = f"at_least is {at_least!r}: expected 0 to 100 percent"
            raise ValueError(msg)
        if zone not in self._zones:
            self.log.warning("cooling was asked for a zone that there is not", zone=zone, at_least=at_least)
            return
        self._request(zone, float(at_least), int(until), self.name)


@runtime_checkable
class Handler(Protocol):
    """An object with a `handle`; plain callables of the same shape will do as well. Either may be async."""

    def handle(self, event: Event, ctx: Context, /) -> Awaitable[None] | None:
        """Take one event. Raise to have it delivered again."""


Function = TypeVar("Function", bound=Callable[..., object])


@overload
def handler(function: Function, /) -> Function: ...
@overload
def handler(*, alarms: bool = ..., min_priority: str = ..., events: str | None = ...) -> Callable[[Function], Function]: ...
def handler(
    function: Function | None = None, /, *, alarms: bool = False, min_priority: str = "low", events: str | None = None
) -> Function | Callable[[Function], Function]:
    """Say what a handler wants to hear: `@handler(alarms=True, min_priority="high")` or `@handler(events="sensor.*")`.

    Without either it hears of all alarms. Raises ValueError for a priority that there is not.
    """
    subscription = Subscription(alarms=alarms or events is None, min_priority=Priority(min_priority), events=events)

    def mark(marked: Function) -> Function:
        setattr(marked, _MARK, subscription)
        return marked

    return mark if function is None else mark(function)


def subscription_of(target: object) -> Subscription | None:
    """What a callable or object was marked to hear, or None when it was not marked."""
    found = getattr(target, _MARK, None)
    return found if isinstance(found, Subscription) else None


class Delivery(Struct, frozen=True):
    """One event on its way to one handler; `id` stays the same however often it is tried."""

    id: str
    handler: str
    event: Event = field()
