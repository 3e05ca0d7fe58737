"""What a test asks a journal for, and how an event falls short of it."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from ...pipeline import Event
from . import wording

_MISSING: Final = object()


class Wanted(NamedTuple):
    """An event of a type, or of a pattern of types such as `alarm.*`, with these fields."""

    type: str
    fields: Mapping[str, object] = {}

    def __str__(self) -> str:
        fields = ", ".join(f"{name}={wording.value(wanted)}" for name, wanted in self.fields.items())
        return f"{self.type} with {fields}" if fields else self.type

    def fits(self, event: Event) -> bool:
        """Whether the event is one of these."""
        return fnmatchcase(event.type, self.type) and all(_fits(event, name, wanted) for name, wanted in self.fields.items())

    def misfits(self, event: Event) -> list[str]:
        """How the event differs, field by field: `zone is 'A2'`."""
        wrong = [] if fnmatchcase(event.type, self.type) else [f"it is {event.type}"]
        for name, wanted in self.fields.items():
            if not _fits(event, name, wanted):
                given = getattr(event, name, _MISSING)
                wrong.append(f"it has no {name}" if given is _MISSING or given is None else f"{name} is {wording.value(given)}")
        return wrong


def expect(event_type: str, /, **fields: object) -> Wanted:
    """An event to look for in `Journal.order`: a type and the fields that it shall have, as in `Journal.first`."""
    return Wanted(event_type, fields)


class Span(NamedTuple):
    """Where in a journal to look: by place in it and by time, and the words for both."""

    first: int = 0
    """Index of the first event that counts."""
    after: int | None = None
    """Log time, ns: events at it do not count unless they are at `first` or later by index."""
    until: int | None = None
    """Log time of the last instant that counts, ns."""
    words: str = ""

    def late(self, index: int, event: Event) -> str:
        """`1 s too late`, or nothing where the event lies within."""
        if self.until is not None and event.at > self.until:
            return f"{wording.length(event.at - self.until)} too late"
        if index < self.first or (self.after is not None and event.at <= self.after):
            edge = self.after if self.after is not None else event.at
            return f"{wording.length(edge - event.at)} too early" if edge > event.at else "too early"
        return ""


def _fits(event: Event, name: str, wanted: object) -> bool:
    given = getattr(event, name, _MISSING)
    if given is _MISSING:
        return False
    if isinstance(wanted, tuple | list | set | frozenset):
        return given in wanted
    return bool(wanted(given)) if callable(wanted) else given == wanted
