"""Which alarms stand, as handlers may ask: the state that the fold came back with, and every event since."""

from collections.abc import Iterable, Sequence

from ..pipeline import AlarmEvent, Event
from ..pipeline.alarms import STANDING
from ..pipeline.subject import alarm_of
from .contract import Subscription


class Standing:
    """Is told of events before handlers are, from one thread; may be asked from any, and then gives what was whole at that time.

    `told` are alarms that an earlier run told handlers of, whatever they want to hear by now, as the outbox has them.
    """

    def __init__(self, wanted: dict[str, Subscription], told: Iterable[tuple[str, str]] = ()) -> None:
        self._wanted = wanted
        self._told = frozenset(told)
        self._alarms: dict[str, AlarmEvent] = {}

    def take(self, events: Sequence[Event]) -> None:
        """Alarms that begin, change or end."""
        changes = [event for event in events if isinstance(event, AlarmEvent)]
        if not changes:
            return
        alarms, told = self._alarms.copy(), set(self._told)
        for event in changes:
            key = alarm_of(event)
            if event.state in STANDING:
                alarms[key] = event
            else:
                alarms.pop(key, None)
                told -= {(key, name) for name in self._wanted}
        self._alarms, self._told = alarms, frozenset(told)

    def of(self, handler: str) -> tuple[AlarmEvent, ...]:
        """The last event of each alarm that stands and that the handler hears of or was told of, oldest first."""
        wanted, told = self._wanted[handler], self._told
        found = [event for key, event in self._alarms.items() if wanted.wants_alarm(event) or (wanted.alarms and (key, handler) in told)]
        return tuple(sorted(found, key=lambda event: event.at))
