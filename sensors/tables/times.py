"""Times in cells: ISO 8601, seconds and their parts since 1970, a strptime format, a number of readings; to the nanosecond.

Local time without an offset names each hour in autumn twice. The second one begins where a thermometer's times would step back: stamps
in order of the file, as loggers write them, or the newest first, as many exports have them, come out right; see `TimeReader.local`.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from ...config.durations import parse_duration
from ...config.problems import Unfit, listed, nearest
from ...config.units import MICROSECOND, MILLISECOND, SECOND
from .. import payload
from .errors import TableError, Trouble, Unreadable, quoted

INDEX: Final = "index"
ISO: Final = "iso"
EPOCHS: Final = {"s": SECOND, "ms": MILLISECOND, "us": MICROSECOND, "ns": 1}
FORMATS: Final = (ISO, *EPOCHS, INDEX)
FIRST: Final = payload.FIRST * SECOND
LAST: Final = payload.LAST * SECOND
"""As in payloads: from September 2001 to April 2262, ns."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001  wall time is counted without a zone first
_A_MICROSECOND: Final = timedelta(microseconds=1)
_FRACTION: Final = re.compile(r"(.*\d{1,2}:\d{2}:\d{2})[.,](\d{1,18})(.*)", re.DOTALL)
_DECIMAL: Final = re.compile(r"([+-]?\d{1,19})(?:[.,](\d{1,18}))?")
_OFFSET: Final = re.compile(r"\s+(Z|UTC|GMT)$|(?<=\d)\s+(?=[+-]\d\d:?\d\d$)")


class TimeReader:
    """Reads the time of each line. One for a whole import.

    Args:
        form: `iso`, `s`, `ms`, `us`, `ns` (since 1970), `index` (of the reading, with `period`), or a strptime format, which has a `%`.
        timezone: Of times that name none: a name of the time zone database, or None.
        period: Time between two readings where no column says it, ns.
        start: When reading 0 was, ns.

    Raises:
        TableError: an option says nothing usable.
    """

    def __init__(self, form: str = ISO, timezone: str | None = None, period: int | None = None, start: int | None = None) -> None:
        if form not in FORMATS and "%" not in form:
            close = nearest(form, FORMATS)
            hint = f"; nearest: {close}" if close else ""
            msg = f"--time-format {form}: expected {listed(FORMATS)}, or a format such as %d.%m.%Y %H:%M{hint}"
            raise TableError(msg)
        if "%" in form:
            _check_format(form)
        if form == INDEX and (period is None or start is None):
            msg = "--time-format index: say when the first reading was and how far they lie apart, as --start 2026-01-01T00:00:00Z --period 5s"
            raise TableError(msg)
        self.form = form
        self.zone = None if timezone is None else zone_named(timezone)
        self.period = period or 0
        self.start = start or 0
        self.repeated = 0
        """Times in the hour that comes twice."""

    def read(self, text: str, after: int | None, *, falling: bool = False) -> int:
        """The time in ns. Raises Unreadable.

        Args:
            text: As it stands in the cell.
            after: The latest time of this thermometer so far, or, of one whose times fall, the one before.
            falling: Whether the newest comes first.
        """
        try:
            at = self._read(text, after, falling=falling)
        except Unreadable:
            raise
        except (OverflowError, ValueError):  # more digits, or another millennium, than Python reckons with
            at = 0
        return _in_range(at, quoted(text))

    def counted(self, count: int) -> int:
        """The time of a row that tells none, by how many were before it. Raises Unreadable."""
        at = self.start + count * self.period
        return _in_range(at, f"row {count + 1} of its thermometer, counted from --start by --period")

    def _read(self, text: str, after: int | None, *, falling: bool) -> int:
        if (unit := EPOCHS.get(self.form)) is not None:
            return _scaled(text, unit)
        if self.form == INDEX:
            if not text.isdecimal():
                raise Unreadable(Trouble.BAD_TIME, f"{quoted(text)} is no whole number")
            return self.start + int(text) * self.period
        fraction = 0
        if (match := _FRACTION.fullmatch(text)) is not None and "%f" not in self.form:
            fraction = int(match[2][:9].ljust(9, "0"))
            text = match[1] + match[3]
        try:
            if self.form == ISO:
                when = datetime.fromisoformat(_OFFSET.sub(lambda found: "Z" if found[1] else "", text))
            else:
                when = datetime.strptime(text, self.form)  # noqa: DTZ007  the zone is seen to below
        except ValueError:
            raise Unreadable(Trouble.BAD_TIME, quoted(text)) from None
        if when.tzinfo is not None:
            return (when - _EPOCH) // _A_MICROSECOND * MICROSECOND + fraction
        if self.zone is None:
            raise Unreadable(Trouble.NO_ZONE, quoted(text))
        if self.zone is UTC:
            return (when - _NAIVE_EPOCH) // _A_MICROSECOND * MICROSECOND + fraction
        return self.local(when, self.zone, fraction, after, falling=falling)

    def local(self, when: datetime, zone: tzinfo, fraction: int, after: int | None, *, falling: bool = False) -> int:
        """Local wall time as ns.

        Of an hour that comes twice, the second is meant where the first would be before `after`; where times fall, the second until it
        would be behind `after`.
        """
        first, second = (_with_offset(when, zone, fold) for fold in (0, 1))
        if first == second:
            return first + fraction
        if first > second:
            raise Unreadable(Trouble.NO_SUCH_TIME, quoted(str(when)))
        self.repeated += 1
        if falling:
            return fraction + (first if after is not None and second + fraction > after else second)
        return fraction + (second if after is not None and first + fraction < after else first)


def _in_range(at: int, what: str) -> int:
    if not FIRST <= at < LAST:
        raise Unreadable(Trouble.TIME_OUT_OF_RANGE, what)
    return at


def _with_offset(when: datetime, zone: tzinfo, fold: int) -> int:
    return (when.replace(tzinfo=zone, fold=fold).astimezone(UTC) - _EPOCH) // _A_MICROSECOND * MICROSECOND


def _scaled(text: str, unit: int) -> int:
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise Unreadable(Trouble.BAD_TIME, f"{quoted(text)} is no number")
    whole = abs(int(match[1])) * unit
    part = int(match[2]) * unit // 10 ** len(match[2]) if match[2] else 0
    return -(whole + part) if text[0] == "-" else whole + part


def _check_format(form: str) -> None:
    """Raises TableError for a format that nothing can be read by."""
    try:
        datetime.strptime("", form)  # noqa: DTZ007  only looked at
    except re.error:
        wrong = "a part is there twice"
    except ValueError as error:
        if "directive" not in str(error) and "stray" not in str(error):
            return
        wrong = str(error)
    else:
        return
    msg = f"--time-format {form}: {wrong}; expected a format such as '%d.%m.%Y %H:%M', '%m/%d/%Y %I:%M:%S %p' or '%d %b %Y %H:%M:%S'"
    raise TableError(msg)


def zone_named(name: str) -> tzinfo:
    """The time zone of that name. Raises TableError."""
    if name.upper() in {"UTC", "Z", "GMT"}:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        names: Sequence[str] = sorted(available_timezones())
        if not names:
            msg = f"--timezone {name}: this machine has no time zone database; install its package tzdata"
            raise TableError(msg) from None
        close = nearest(name, names) or next((known for known in names if known.lower().endswith("/" + name.lower())), None)
        hint = f"; nearest: {close}" if close else ""
        msg = f"--timezone {name}: expected UTC or a name such as Europe/Zurich{hint}"
        raise TableError(msg) from None


def duration(option: str, text: str) -> int:
    """A duration of the command line, ns, longer than nothing. Raises TableError."""
    try:
        length = parse_duration(text)
    except Unfit as error:
        msg = f"{option} {text}: {error}"
        raise TableError(msg) from None
    if length <= 0:
        msg = f"{option} {text}: expected longer than nothing"
        raise TableError(msg)
    return length
