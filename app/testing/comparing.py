"""What pytest says below a comparison that failed: of two events, of two journals, of two durations."""

from typing import Final

from ...config.units import MILLISECOND, SECOND
from ...pipeline import Event
from . import wording
from .golden import diff, normal
from .journal import Journal

_DAY: Final = 86_400 * SECOND
_SHOWN: Final = 40


def explained(op: str, left: object, right: object) -> list[str] | None:
    """Lines for `assert left op right`, or None where there is nothing better to say than what pytest says."""
    match left, right:
        case Event(), Event() if op == "==":
            return [f"{left.id} == {right.id}", *_of_events(left, right)]
        case Journal(), Journal() if op == "==":
            return _of_journals(left, right)
        case int(), int() if op in {"<", "<=", ">", ">=", "=="} and any(abs(side) >= MILLISECOND for side in (left, right)):
            return _of_times(op, left, right)
    return None


def _of_events(left: Event, right: Event) -> list[str]:
    names = dict.fromkeys((*left.__struct_fields__, *right.__struct_fields__))
    pairs = [(name, getattr(left, name, None), getattr(right, name, None)) for name in names]
    lines = [f"  {name}: {wording.value(a)} != {wording.value(b)}" for name, a, b in pairs if a != b and name != "at"]
    if left.at != right.at:
        apart = wording.length(abs(right.at - left.at))
        lines.insert(0, f"  the first is {apart} {'earlier' if left.at < right.at else 'later'}")
    return lines or ["  they differ in kind only"]


def _of_journals(left: Journal, right: Journal) -> list[str]:
    ours, theirs = ([normal(event, one.start) for event in one.events] for one in (left, right))
    lines = diff(theirs, ours)
    if not lines:
        lines = ["  but for the epoch, by less than a millisecond, or in what names the version and the site, they are the same"]
    more = [f"      ... and {len(lines) - _SHOWN} lines more"] if len(lines) > _SHOWN else []
    return [f"{left!r} == {right!r}; - is only in the second, + only in the first", *lines[:_SHOWN], *more]


def _of_times(op: str, left: int, right: int) -> list[str] | None:
    """Both are durations, or both are log times."""
    if max(abs(left), abs(right)) < _DAY:
        said = [wording.length(left), wording.length(right)]
        close = [f"the first is {left - right:+,} ns against the second"] if said[0] == said[1] and left != right else []
        return [f"{said[0]} {op} {said[1]}", *close]
    if min(left, right) < _DAY:
        return None
    apart = f"{wording.length(abs(left - right))} {'earlier' if left < right else 'later'}"
    return [f"{left} {op} {right}", f"log times, ns: the first is {apart}"]
