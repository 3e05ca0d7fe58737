"""The journal of a replay or of a simulated run, and questions to it that fail with an answer worth reading."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from hashlib import sha256
from typing import Literal, NamedTuple, overload

from ...config.model import Site
from ...handlers.cooling import Command
from ...pipeline import AlarmEvent, CoolingEvent, Event, NoteEvent, Rejected, RunEvent, SensorEvent, ZoneEvent, journal_line
from ...sensors.hall.truth import Truth
from . import failures, vocabulary, wording
from .golden import Shelf
from .wanted import Span, Wanted

Alarms = Literal["alarm.raised", "alarm.cleared", "alarm.acknowledged", "alarm.*"]
Cooling = Literal["cooling.demand", "cooling.command", "cooling.failsafe", "cooling.request", "cooling.unit", "cooling.*"]
Sensors = Literal["sensor.quality", "sensor.history", "sensor.*"]
Runs = Literal["run.started", "run.ended", "link.lost", "link.restored", "run.*", "link.*"]
When = int | Event
"""Log time in ns, or an event of the journal."""


class CoolingRequest(NamedTuple):
    """A handler asked for cooling."""

    at: int
    """Log time, ns."""
    zone: str
    at_least: float
    """Percent."""
    until: int
    """Log time, ns."""
    handler: str


class Outcome(NamedTuple):
    """What came of a run beside its events."""

    rejected: tuple[Rejected, ...] = ()
    told: Mapping[str, Sequence[Event]] = {}
    requests: tuple[CoolingRequest, ...] = ()
    commands: Mapping[str, Sequence[Command]] = {}
    truths: Mapping[str, Truth] = {}


class Journal:
    """The events of one run, in order. Times are log time, ns; `start` is the beginning's.

    Attributes:
        rejected: Frames that said nothing usable, with the reason.
        told: By name, the events that each of the `handlers` was told of.
        requests: What handlers asked for with `ctx.request_cooling`.
        commands: By name, what each cooling handler was told to carry out.
        truths: By hall, what was really so at the end of a simulated run.
    """

    def __init__(
        self,
        events: Sequence[Event],
        start: int,
        outcome: Outcome | None = None,
        *,
        sites: Iterable[Site] = (),
        shelf: Shelf | None = None,
    ) -> None:
        self.events = tuple(events)
        self.start = start
        self.rejected, self.told, self.requests, self.commands, self.truths = outcome or Outcome()
        self._sites = tuple(sites)
        self._names: Mapping[str, AbstractSet[str]] | None = None
        self._shelf = shelf or Shelf()
        self._places = {id(event): index for index, event in enumerate(self.events)}

    @property
    def lines(self) -> list[bytes]:
        """Each event as its line of the journal file, without the newline."""
        return [journal_line(event) for event in self.events]

    @property
    def sha256(self) -> str:
        """Of the journal file that this would be: equal for equal logs, whoever folds them."""
        return sha256(b"".join(line + b"\n" for line in self.lines)).hexdigest()

    @overload
    def first(self, event_type: Alarms, /, *, after: When = ..., within: int = ..., **match: object) -> AlarmEvent: ...
    @overload
    def first(self, event_type: Cooling, /, *, after: When = ..., within: int = ..., **match: object) -> CoolingEvent: ...
    @overload
    def first(self, event_type: Sensors, /, *, after: When = ..., within: int = ..., **match: object) -> SensorEvent: ...
    @overload
    def first(self, event_type: Runs, /, *, after: When = ..., within: int = ..., **match: object) -> RunEvent: ...
    @overload
    def first(self, event_type: Literal["zone.state"], /, *, after: When = ..., within: int = ..., **match: object) -> ZoneEvent: ...
    @overload
    def first(self, event_type: Literal["note"], /, *, after: When = ..., within: int = ..., **match: object) -> NoteEvent: ...
    @overload
    def first(self, event_type: str, /, *, after: When = ..., within: int = ..., **match: object) -> Event: ...
    def first(self, event_type: str, /, *, after: When | None = None, within: int | None = None, **match: object) -> Event:
        """The first event of this type, or pattern of types, whose fields equal `match`.

        Args:
            event_type: `alarm.raised`, `alarm.*`.
            after: Only what is later than this log time (ns), or comes after this event.
            within: At most this much later (ns) than `after`, or than the beginning.
            match: Fields and values. Of a tuple any will do; a function is asked: `value=lambda celsius: celsius > 30`.

        Raises:
            NoSuchEvent: There is none; an AssertionError that shows what there is.
            Misspelt: No journal could have one: there is no such type, field or name.
        """
        __tracebackhide__ = True
        wanted, span, found = self._find(event_type, after, within, match)
        if not found:
            raise failures.missing(wanted, span, self.events, self.start)
        return found[0]

    @overload
    def one(self, event_type: Alarms, /, *, after: When = ..., within: int = ..., **match: object) -> AlarmEvent: ...
    @overload
    def one(self, event_type: Cooling, /, *, after: When = ..., within: int = ..., **match: object) -> CoolingEvent: ...
    @overload
    def one(self, event_type: Sensors, /, *, after: When = ..., within: int = ..., **match: object) -> SensorEvent: ...
    @overload
    def one(self, event_type: Runs, /, *, after: When = ..., within: int = ..., **match: object) -> RunEvent: ...
    @overload
    def one(self, event_type: Literal["zone.state"], /, *, after: When = ..., within: int = ..., **match: object) -> ZoneEvent: ...
    @overload
    def one(self, event_type: Literal["note"], /, *, after: When = ..., within: int = ..., **match: object) -> NoteEvent: ...
    @overload
    def one(self, event_type: str, /, *, after: When = ..., within: int = ..., **match: object) -> Event: ...
    def one(self, event_type: str, /, *, after: When | None = None, within: int | None = None, **match: object) -> Event:
        """The only such event, as in `first`. Raises NoSuchEvent, TooMany, Misspelt."""
        __tracebackhide__ = True
        wanted, span, found = self._find(event_type, after, within, match)
        if not found:
            raise failures.missing(wanted, span, self.events, self.start)
        if len(found) > 1:
            raise failures.too_many(wanted, span, found, self.events, self.start, 1)
        return found[0]

    @overload
    def all(self, event_type: Alarms, /, *, after: When = ..., within: int = ..., **match: object) -> list[AlarmEvent]: ...
    @overload
    def all(self, event_type: Cooling, /, *, after: When = ..., within: int = ..., **match: object) -> list[CoolingEvent]: ...
    @overload
    def all(self, event_type: Sensors, /, *, after: When = ..., within: int = ..., **match: object) -> list[SensorEvent]: ...
    @overload
    def all(self, event_type: Runs, /, *, after: When = ..., within: int = ..., **match: object) -> list[RunEvent]: ...
    @overload
    def all(self, event_type: Literal["zone.state"], /, *, after: When = ..., within: int = ..., **match: object) -> list[ZoneEvent]: ...
    @overload
    def all(self, event_type: Literal["note"], /, *, after: When = ..., within: int = ..., **match: object) -> list[NoteEvent]: ...
    @overload
    def all(self, event_type: str, /, *, after: When = ..., within: int = ..., **match: object) -> list[Event]: ...
    def all(self, event_type: str, /, *, after: When | None = None, within: int | None = None, **match: object) -> Sequence[Event]:
        """Every such event, as in `first`; none is no failure. Raises Misspelt."""
        __tracebackhide__ = True
        return self._find(event_type, after, within, match)[2]

    def none(self, event_type: str, /, *, after: When | None = None, within: int | None = None, **match: object) -> Literal[True]:
        """There is no such event, as in `first`. True, so that it may be asserted. Raises TooMany, Misspelt."""
        __tracebackhide__ = True
        wanted, span, found = self._find(event_type, after, within, match)
        if found:
            raise failures.too_many(wanted, span, found, self.events, self.start, 0)
        return True

    def order(self, *wanted: str | Wanted) -> list[Event]:
        """The first such events that come in this order, whatever is in between: types, or `expect("alarm.raised", zone="A1")`.

        Raises:
            OutOfOrder: One is not there after those before it.
            Misspelt: There is no such type, field or name.
        """
        __tracebackhide__ = True
        steps = [Wanted(one) if isinstance(one, str) else one for one in wanted]
        for step in steps:
            self._check(step)
        found: list[int] = []
        for step in steps:
            begin = found[-1] + 1 if found else 0
            index = next((at for at in range(begin, len(self.events)) if step.fits(self.events[at])), None)
            if index is None:
                raise failures.out_of_order(steps, found, self.events, self.start)
            found.append(index)
        return [self.events[index] for index in found]

    def note(self, kind: str, **match: object) -> NoteEvent:
        """The first annotation of this kind (`fault`, `fault-end`, `truth`), as in `first`. Raises NoSuchEvent, Misspelt."""
        __tracebackhide__ = True
        wanted, span, found = self._find("note", None, None, {"kind": kind, **match})
        if not found:
            raise failures.missing(wanted, span, self.events, self.start)
        assert isinstance(found[0], NoteEvent)
        return found[0]

    def values(
        self, event_type: str, field: str = "value", /, *, after: When | None = None, within: int | None = None, **match: object
    ) -> list[object]:
        """A field of every such event, in order. Raises Misspelt."""
        __tracebackhide__ = True
        self._check(Wanted(event_type, {field: None}))
        return [getattr(event, field) for event in self._find(event_type, after, within, match)[2] if hasattr(event, field)]

    def matches(self, golden: str, *, only: Iterable[str] = ()) -> Literal[True]:
        """The journal is as the golden file has it. True, so that it may be asserted.

        `pytest --hotzone-update` writes the file, whose path is relative to the test's. Times count to the millisecond, numbers to six
        digits; what names the version or the site file does not count. `only` are types, or patterns of them, that are kept and compared.

        Raises:
            GoldenDiffers: An AssertionError that shows the events that differ.
            Misspelt: There is no such type.
        """
        __tracebackhide__ = True
        kept = [Wanted(event_type) for event_type in ([only] if isinstance(only, str) else only)]
        for one in kept:
            self._check(one)
        events = [event for event in self.events if not kept or any(one.fits(event) for one in kept)]
        self._shelf.check(golden, events, self.start)
        return True

    def describe(self, event: Event) -> str:
        """One event on one line: when, what, to what, and its other fields."""
        return wording.line(event, self.start)

    def __str__(self) -> str:
        return "\n".join(self.describe(event) for event in self.events)

    def __repr__(self) -> str:
        return f"<Journal of {len(self)} events, {wording.length(self.events[-1].at - self.start) if self.events else '0 s'}>"

    def __len__(self) -> int:
        return len(self.events)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Journal) and self.events == other.events

    def __hash__(self) -> int:
        return hash(self.events)

    def _find(
        self, event_type: str, after: When | None, within: int | None, match: Mapping[str, object]
    ) -> tuple[Wanted, Span, list[Event]]:
        __tracebackhide__ = True
        wanted = Wanted(event_type, match)
        self._check(wanted)
        span = self._span(after, within)
        found = [event for index, event in enumerate(self.events) if wanted.fits(event) and not span.late(index, event)]
        return wanted, span, found

    def _check(self, wanted: Wanted) -> None:
        __tracebackhide__ = True
        if self._names is None:
            self._names = vocabulary.names_of(self._sites, self.events)
        vocabulary.check(wanted.type, wanted.fields, self._names)

    def _span(self, after: When | None, within: int | None) -> Span:
        __tracebackhide__ = True
        if after is None:
            if within is None:
                return Span()
            return Span(until=self.start + within, words=f" within {wording.length(within)} of the beginning")
        if isinstance(after, Event):
            first, at, place = self._places.get(id(after), -1) + 1, after.at, f"{after.type} at {wording.seconds(after.at - self.start)}"
        else:
            first, at, place = 0, after, wording.seconds(after - self.start)
        words = f" after {place}" if within is None else f" within {wording.length(within)} after {place}"
        return Span(first, None if first else at, None if within is None else at + within, words)
