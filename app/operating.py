"""What operators do from the command line, and what they are told."""

import getpass
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from ..config.durations import parse_duration
from ..config.model import Priority
from ..config.printable import printable
from ..config.problems import Unfit, nearest
from ..config.units import SECOND
from ..pipeline.operating import LONGEST_NAME
from .asking import Run
from .errors import UserError
from .web.shapes import AlarmNow, Done

_WIDE: Final = 60
"""Characters of a cause."""
_UNACKNOWLEDGED: Final = "unacknowledged"


def operator(by: str | None) -> str:
    """The name under which the log keeps what is done: that of the user of this machine unless given. Raises UserError."""
    if by is not None:
        if not (by.isprintable() and 1 <= len(by) <= LONGEST_NAME):
            msg = f"--by {by[:LONGEST_NAME]!r}: expected a name of one line, of {LONGEST_NAME} characters at most"
            raise UserError(msg)
        return by
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        msg = "this machine does not know who you are: name yourself with --by"
        raise UserError(msg) from None


def until(run: Run, length: str) -> int:
    """Log time after so long. Raises UserError, RunFailed."""
    try:
        return run.now() + parse_duration(length)
    except Unfit as error:
        msg = f"--for {length}: {error}"
        raise UserError(msg) from None


def named(run: Run, text: str) -> str:
    """The id of the alarm, of which PLACE:RULE will do. Raises UserError, RunFailed."""
    if "@" in text:
        return text
    known = [alarm.id for alarm in run.alarms()]
    found = [alarm for alarm in known if alarm.rpartition("@")[0] == text]
    if found:
        return found[-1]
    near = nearest(text, [alarm.rpartition("@")[0] for alarm in known])
    msg = f"there is no alarm {text}{f'; did you mean {near}?' if near else ', `hotzone alarms list` shows those that there are'}"
    raise UserError(msg)


def listed(alarms: Sequence[AlarmNow]) -> Iterator[str]:
    """A line for each: first those that nobody has acknowledged, the most urgent first, the newest first."""
    ranks = {str(priority): rank for rank, priority in enumerate((Priority.CRITICAL, Priority.HIGH, Priority.MEDIUM, Priority.LOW))}
    order = sorted(alarms, key=lambda one: (_UNACKNOWLEDGED not in one.state, ranks.get(one.priority, len(ranks)), -_raised(one)))
    rows = [("PRIORITY", "STATE", "SINCE", "ALARM", "WHY")]
    rows += [(one.priority, one.state, _clock(_raised(one)), one.id, _said(one)) for one in order]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows if alarms else ():
        yield "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]).rstrip()
    if not alarms:
        yield "no alarms"


def became(done: Done) -> Iterator[str]:
    """What came of an action, a line for each event; the log has it in any case."""
    for event in done.events:
        yield _event(event)
    if not done.events:
        yield "nothing changed: it was so already"


def _event(event: Mapping[str, Any]) -> str:
    place = next((event[name] for name in ("alarm", "unit", "zone", "hall") if event.get(name)), "")
    more = [f"{event['value']:g} %"] if event["type"].startswith("cooling.") and event.get("value") is not None else []
    more += [f"until {_clock(event['until'])}"] if event.get("until") else []
    more += [f"by {event['by']}"] if event.get("by") else []
    more += [str(event["cause"])] if event.get("cause") else []
    return printable(f"{event['type']} {place}{': ' if more else ''}{', '.join(more)}", 200)


def _said(alarm: AlarmNow) -> str:
    parts = [alarm.cause or ""]
    if not alarm.cause and alarm.value is not None and alarm.limit is not None:
        parts = [f"{alarm.value:.4g}, limit {alarm.limit:g}"]
    if alarm.until:
        parts.append(f"until {_clock(alarm.until)}")
    if alarm.by:
        parts.append(f"{alarm.by}: {alarm.reason}" if alarm.reason else f"by {alarm.by}")
    return printable(", ".join(filter(None, parts)), 2 * _WIDE)


def _raised(alarm: AlarmNow) -> int:
    digits = alarm.id.rpartition("@")[2]
    return int(digits) if digits.isdecimal() else alarm.at


def _clock(at: int) -> str:
    return datetime.fromtimestamp(at // SECOND, UTC).strftime("%m-%d %H:%M:%S")
