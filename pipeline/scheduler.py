"""The timeline as a reactivex scheduler, so that the stock time operators run on log time.

Integers are nanoseconds, as everywhere in hotzone; floats are seconds and `timedelta` and `datetime` what they say, as
everywhere in reactivex. The stock virtual schedulers cannot serve: on epoch nanoseconds their `now` raises, and their
`start()` invents time once 100 items are due at one instant. There is no `start()` here: time moves by `advance_to`.
`now` is a `datetime` and so resolves microseconds; `clock` is exact.
"""

from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from typing import Any, TypeVar

from reactivex import abc, typing
from reactivex.disposable import Disposable
from reactivex.scheduler.periodicscheduler import PeriodicScheduler

_State = TypeVar("_State")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class TimelineScheduler(PeriodicScheduler):
    """Runs scheduled actions at their own due time, in order, when time is advanced past them. Not thread-safe."""

    def __init__(self, clock: int = 0) -> None:
        super().__init__()
        self.clock = clock
        """Nanoseconds since the epoch."""
        self._queue: list[tuple[int, int, list[Any]]] = []
        self._ordinal = 0

    @property
    def now(self) -> datetime:
        """The time of the timeline, rounded down to a microsecond."""
        return self.to_datetime(self.clock)

    def schedule(self, action: abc.ScheduledAction[_State], state: _State | None = None) -> abc.DisposableBase:
        """Run at the present instant, when time is next advanced."""
        return self._enqueue(self.clock, action, state)

    def schedule_relative(
        self, duetime: typing.RelativeTime, action: abc.ScheduledAction[_State], state: _State | None = None
    ) -> abc.DisposableBase:
        """Run `duetime` from now; integers are nanoseconds, floats seconds."""
        return self._enqueue(self.clock + max(0, nanoseconds(duetime)), action, state)

    def schedule_absolute(
        self, duetime: typing.AbsoluteTime, action: abc.ScheduledAction[_State], state: _State | None = None
    ) -> abc.DisposableBase:
        """Run at `duetime`, or now if that has passed."""
        return self._enqueue(max(self.clock, nanoseconds(duetime)), action, state)

    def advance_to(self, at: int) -> None:
        """Run what is due at or before `at`, each at its own time, and stand at `at`. Time never goes back."""
        while self._queue and self._queue[0][0] <= at:
            due, _, call = heappop(self._queue)
            self.clock = max(self.clock, due)
            if call:
                action, state = call
                self.invoke_action(action, state)
        self.clock = max(self.clock, at)

    def _enqueue(self, due: int, action: abc.ScheduledAction[_State], state: _State | None) -> abc.DisposableBase:
        call: list[Any] = [action, state]
        self._ordinal += 1
        heappush(self._queue, (due, self._ordinal, call))
        return Disposable(call.clear)

    @classmethod
    def to_seconds(cls, value: typing.AbsoluteOrRelativeTime) -> float:
        """Seconds, from nanoseconds, seconds, a `timedelta` or a `datetime`."""
        return nanoseconds(value) / 1e9

    @classmethod
    def to_datetime(cls, value: typing.AbsoluteOrRelativeTime) -> datetime:
        """The instant, from nanoseconds or seconds since the epoch."""
        return value if isinstance(value, datetime) else _EPOCH + timedelta(microseconds=nanoseconds(value) // 1000)

    @classmethod
    def to_timedelta(cls, value: typing.AbsoluteOrRelativeTime) -> timedelta:
        """The duration, from nanoseconds or seconds."""
        return value if isinstance(value, timedelta) else timedelta(microseconds=nanoseconds(value) // 1000)


def nanoseconds(value: typing.AbsoluteOrRelativeTime) -> int:
    """Integer nanoseconds of a time or duration as reactivex passes them around."""
    if isinstance(value, int):
        return value
    if isinstance(value, datetime):
        value = value - _EPOCH
    if isinstance(value, timedelta):
        return (value // _MICROSECOND) * 1000
    return round(value * 1e9)
