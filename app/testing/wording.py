"""Events for people who read a failure: one line each, times relative to the beginning and to the faults that were noted."""

from collections.abc import Sequence

from ...config.units import SECOND
from ...pipeline import Event, NoteEvent
from ...pipeline.events import said

_WIDE = 60
"""Characters of a value that a line shows."""


def seconds(nanoseconds: int) -> str:
    """`25.000 s`, to look down a column."""
    return f"{round(nanoseconds / SECOND, 3) + 0.0:,.3f} s"


def length(nanoseconds: int) -> str:
    """`30 s`, `1.5 s`: as short as it can be said to the millisecond."""
    return f"{round(nanoseconds / SECOND, 3):,.12g} s"


def value(given: object) -> str:
    """A value that an event has, or that was asked for."""
    if isinstance(given, tuple | list | set | frozenset):
        return f"one of {', '.join(value(one) for one in given)}"
    if callable(given):
        return f"<{getattr(given, '__name__', type(given).__name__)}>"
    if given is None or isinstance(given, bool | int):
        return str(given)
    if isinstance(given, float):
        return f"{given:.6g}"
    text = str(given)
    return repr(text if len(text) <= _WIDE else f"{text[: _WIDE - 3]}...")


def head(event: Event, start: int) -> str:
    """When, what, and to what: `25.000 s alarm.raised A1 high`."""
    return " ".join([seconds(event.at - start), event.type, *_subject(event)])


def line(event: Event, start: int) -> str:
    """One event on one line: when, what, to what, and its other fields."""
    skipped = {"at", "type", "again", "alarm", "hall", "happened_at", *event.SUBJECT}
    rest = " ".join(f"{name}={value(given)}" for name, given in said(event).items() if name not in skipped)
    return f"{seconds(event.at - start):>12}  {event.type:<16}  {' '.join(_subject(event))} {rest}".rstrip()


def since_fault(event: Event, events: Sequence[Event]) -> str:
    """`31 s after fault crac-1`, by the last fault that was noted before; empty where none was."""
    before = [note for note in events if isinstance(note, NoteEvent) and note.kind == "fault" and note.at <= event.at and note is not event]
    if not before:
        return ""
    return f"{length(event.at - before[-1].at)} after fault {before[-1].target or ''}".rstrip()


def _subject(event: Event) -> list[str]:
    return [str(part) for name in event.SUBJECT if (part := getattr(event, name)) is not None]
