"""The journal of a replay, and questions to it that fail with an answer worth reading."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final, Literal, overload

from ...config.units import SECOND
from ...pipeline import AlarmEvent, CoolingEvent, Event, NoteEvent, Rejected, RunEvent, SensorEvent, ZoneEvent, journal_line

Alarms = Literal["alarm.raised", "alarm.cleared", "alarm.acknowledged"]
Cooling = Literal["cooling.demand", "cooling.command", "cooling.failsafe", "cooling.request", "cooling.unit"]
Sensors = Literal["sensor.quality", "sensor.history"]
Runs = Literal["run.started", "run.ended", "link.lost", "link.restored"]

_SHOWN: Final = 30
"""Lines of the journal that a failure shows at most."""


class NoSuchEvent(AssertionError):
    """The journal has no event as asked for. The message shows what it has instead."""

    def __init__(self, journal: "Journal", wanted: str, like: Callable[[Event], bool]) -> None:
        self.journal = journal
        super().__init__(f"the journal has no {wanted}{_instead(journal, like)}")


class Journal:
    """The events of one replay, in order, and the frames that said nothing usable. Times are log time, ns; `start` is the beginning's."""

    def __init__(self, events: Sequence[Event], start: int, rejected: Sequence[Rejected] = ()) -> None:
        self.events = tuple(events)
        self.start = start
        self.rejected = tuple(rejected)

    @property
    def lines(self) -> list[bytes]:
        """Each event as its line of the journal file, without the newline."""
        return [journal_line(event) for event in self.events]

    @property
    def sha256(self) -> str:
        """Of the journal file that this would be: equal for equal logs, whoever folds them."""
        return sha256(b"".join(line + b"\n" for line in self.lines)).hexdigest()

    @overload
    def first(self, event_type: Alarms, /, *, after: int = ..., **match: object) -> AlarmEvent: ...
    @overload
    def first(self, event_type: Cooling, /, *, after: int = ..., **match: object) -> CoolingEvent: ...
    @overload
    def first(self, event_type: Sensors, /, *, after: int = ..., **match: object) -> SensorEvent: ...
    @overload
    def first(self, event_type: Runs, /, *, after: int = ..., **match: object) -> RunEvent: ...
    @overload
    def first(self, event_type: Literal["zone.state"], /, *, after: int = ..., **match: object) -> ZoneEvent: ...
    @overload
    def first(self, event_type: Literal["note"], /, *, after: int = ..., **match: object) -> NoteEvent: ...
    @overload
    def first(self, event_type: str, /, *, after: int = ..., **match: object) -> Event: ...
    def first(self, event_type: str, /, *, after: int = -1, **match: object) -> Event:
        """The first event of this type, later than `after` (ns), whose fields equal `match`. Raises NoSuchEvent.

        A function in `match` is asked whether it likes the field's value: `value=lambda celsius: celsius > 30`.
        """
        return self._first(event_type, after, match)

    def all(self, event_type: str, /, *, after: int = -1, **match: object) -> list[Event]:
        """Every event of this type, later than `after` (ns), whose fields match as in `first`."""
        return list(self._matching(event_type, after, match))

    def note(self, kind: str, **match: object) -> NoteEvent:
        """The first annotation of this kind (`fault`, `fault-end`, `truth`), as in `first`. Raises NoSuchEvent."""
        event = self._first("note", -1, {"kind": kind, **match})
        assert isinstance(event, NoteEvent)
        return event

    def __str__(self) -> str:
        return "\n".join(self.describe(event) for event in self.events)

    def __len__(self) -> int:
        return len(self.events)

    def describe(self, event: Event) -> str:
        """One event on one line: when, what, to what, and its other fields."""
        subject = " ".join(str(value) for name in event.SUBJECT if (value := getattr(event, name)) is not None)
        skipped = {"at", "type", "again", "alarm", "hall", *event.SUBJECT}
        fields = {name: getattr(event, name) for name in event.__struct_fields__ if name not in skipped}
        rest = " ".join(f"{name}={_said(value)}" for name, value in fields.items() if value not in (None, False))
        return f"{_seconds(event.at - self.start):>12}  {event.type:<18} {subject} {rest}".rstrip()

    def _first(self, event_type: str, after: int, match: dict[str, object]) -> Event:
        for event in self._matching(event_type, after, match):
            return event
        fields = "".join(f" {name}={_said(value)}" for name, value in match.items())
        later = f" later than {_seconds(after - self.start)}" if after >= 0 else ""
        raise NoSuchEvent(self, f"{event_type}{fields}{later}", lambda event: event.type == event_type)

    def _matching(self, event_type: str, after: int, match: dict[str, object]) -> list[Event]:
        return [event for event in self.events if event.type == event_type and event.at > after and _matches(event, match)]


_MISSING: Final = object()


def _matches(event: Event, match: dict[str, object]) -> bool:
    for name, wanted in match.items():
        value = getattr(event, name, _MISSING)
        if value is _MISSING or not (wanted(value) if callable(wanted) else value == wanted):
            return False
    return True


def _instead(journal: Journal, like: Callable[[Event], bool]) -> str:
    """What the journal has: the events of the same type, or all of them; the last ones if there are many."""
    if not journal.events:
        return "; it is empty"
    events = [event for event in journal.events if like(event)]
    title = f"; of this type it has {len(events)}:" if events else f"; none of its {len(journal)} events is of this type:"
    shown = (events or journal.events)[-_SHOWN:]
    return "\n".join([title, *(journal.describe(event) for event in shown)])


def _said(value: object) -> str:
    if callable(value):
        return f"<{getattr(value, '__name__', 'function')}>"
    return str(value) if isinstance(value, int | float) else repr(str(value))


def _seconds(nanoseconds: int) -> str:
    return f"{nanoseconds / SECOND:.3f} s"
