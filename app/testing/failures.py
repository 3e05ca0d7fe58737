"""How a journal says no: what was asked for, what comes nearest to it and in what it differs, and the journal around the place."""

from collections.abc import Sequence
from typing import Final

from ...pipeline import Event
from . import wording
from .wanted import Span, Wanted

_AROUND: Final = 6
"""Lines of the journal shown before and after the place."""
_NEAREST: Final = 3
_MANY: Final = frozenset({"cooling.demand", "cooling.command"})
_LISTED: Final = 10
"""Events that a message lists when there are too many of them."""


class NoSuchEvent(AssertionError):
    """The journal has no event as asked for. The message shows what it has instead."""


class TooMany(AssertionError):
    """The journal has events that it should not have. The message lists them."""


class OutOfOrder(AssertionError):
    """The events are not there in this order. The message says which were found, and where the first that is missing should have been."""


def missing(wanted: Wanted, span: Span, events: Sequence[Event], start: int) -> NoSuchEvent:
    """Nothing in `span` is as `wanted`."""
    head = f"no {wanted}{span.words}"
    if not events:
        return NoSuchEvent(f"{head}; the journal is empty")
    near = nearest(wanted, span, events)
    lines = [head]
    if near:
        lines += ["nearest:", *(_near(index, wanted, span, events, start) for index in near)]
    else:
        lines.append(f"no event of this type; there are {kinds(events)}")
    center = near[0] if near else place(span, events)
    return NoSuchEvent("\n".join([*lines, "", *around(events, start, center, near, span.until)]))


def too_many(wanted: Wanted, span: Span, found: Sequence[Event], events: Sequence[Event], start: int, allowed: int) -> TooMany:
    """There are more than `allowed`, which is 0 or 1."""
    head = f"{'no' if allowed == 0 else 'one'} {wanted}{span.words} was expected, and there {_are(len(found))}:"
    more = [f"              ... and {len(found) - _LISTED} more"] if len(found) > _LISTED else []
    lines = [head, *(_short(event, events, start) for event in found[:_LISTED]), *more]
    places = [index for index, event in enumerate(events) if any(event is one for one in found[:_LISTED])]
    lines += ["", *around(events, start, places[0], marked=places)]
    return TooMany("\n".join(lines))


def out_of_order(wanted: Sequence[Wanted], found: Sequence[int], events: Sequence[Event], start: int) -> OutOfOrder:
    """`found` are the places of the first few that were wanted; the next one does not come after them."""
    lost = wanted[len(found)]
    lines = [f"{len(found) + 1} of {len(wanted)} is not there in order: {lost}"]
    for number, one in enumerate(wanted, 1):
        where = _short(events[found[number - 1]], events, start).strip() if number <= len(found) else "missing" if one is lost else "?"
        lines.append(f"  {number}. {one}: {where}")
    begin = found[-1] + 1 if found else 0
    earlier = [index for index, event in enumerate(events[:begin]) if lost.fits(event) and index not in found]
    if earlier:
        lines.append(f"it comes before: {_short(events[earlier[-1]], events, start).strip()}")
    else:
        span = Span(first=begin)
        lines += [f"nearest: {_near(index, lost, span, events, start).strip()}" for index in nearest(lost, span, events)[:1]]
    center = found[-1] if found else place(Span(), events)
    return OutOfOrder("\n".join([*lines, "", *around(events, start, center, marked=found)]))


def nearest(wanted: Wanted, span: Span, events: Sequence[Event]) -> list[int]:
    """The places of those events of the type that lack least, best first."""
    family = wanted.type.partition(".")[0]
    ranked: list[tuple[int, int, int]] = []
    edge = span.until if span.until is not None else span.after
    for index, event in enumerate(events):
        wrong = wanted.misfits(event)
        of_type = not (wrong and wrong[0].startswith("it is"))
        # An event of another type is worth showing when everything else about it is right: cleared, and never raised.
        if not of_type and (len(wrong) > 1 or not wanted.fields or event.type.partition(".")[0] != family):
            continue
        late = bool(span.late(index, event))
        ranked.append((2 * len(wrong) + late + (not of_type), abs(event.at - edge) if edge is not None else 0, index))
    ranked.sort()
    return [index for lacks, _, index in ranked[:_NEAREST] if lacks <= ranked[0][0] + 1]


def place(span: Span, events: Sequence[Event]) -> int:
    """Where an event of the span should have been: at the end of it, or of the journal."""
    if span.until is None:
        return len(events) - 1
    return max((index for index, event in enumerate(events) if event.at <= span.until), default=0)


def around(events: Sequence[Event], start: int, center: int, marked: Sequence[int] = (), until: int | None = None) -> list[str]:
    """The journal about one place, with marks at some lines, and a line at `until`.

    Demands and commands, which are many, are only counted, unless it is about them.
    """
    loud = [index for index, event in enumerate(events) if event.type not in _MANY or index in marked or index == center]
    if marked and all(events[index].type in _MANY for index in marked):
        loud = list(range(len(events)))
    middle = next(position for position, index in enumerate(loud) if index >= center)
    first = max(0, min(middle - _AROUND, len(loud) - 2 * _AROUND - 1))
    shown = loud[first : first + 2 * _AROUND + 1]
    lines = ["the journal:" if shown == loud else f"the journal about {wording.seconds(events[center].at - start)}:"]
    before = shown[0] - 1
    for index in shown:
        if until is not None and events[index].at > until >= events[before].at:
            lines.append(f"  -- {wording.seconds(until - start):>9} it was wanted until here")
        if index - before > 1:
            lines.append(f"                  ... {kinds(events[before + 1 : index])}")
        lines.append(f"{'>' if index in marked else ' '} {wording.line(events[index], start)}")
        before = index
    return lines


def kinds(events: Sequence[Event]) -> str:
    """`1 note, 3 alarm.raised`."""
    counts: dict[str, int] = {}
    for event in events:
        counts[event.type] = counts.get(event.type, 0) + 1
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def _near(index: int, wanted: Wanted, span: Span, events: Sequence[Event], start: int) -> str:
    event = events[index]
    wrong = [one for one in (*wanted.misfits(event), span.late(index, event)) if one]
    return f"{_short(event, events, start)}: {', '.join(wrong)}"


def _short(event: Event, events: Sequence[Event], start: int) -> str:
    fault = wording.since_fault(event, events)
    return f"  {wording.head(event, start)}{f', {fault}' if fault else ''}"


def _are(count: int) -> str:
    return "is one" if count == 1 else f"are {count}"
