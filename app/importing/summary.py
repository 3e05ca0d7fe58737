"""What an import did, counted, and said in a few lines."""

from collections import Counter
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct, field

from ...config.durations import format_duration
from ...config.units import MILLISECOND, SECOND

_SHOWN: Final = 3
"""Examples of each reason."""
_MANY: Final = 100
"""One reading in so many that is held back for long is worth a hint."""


class Summary(Struct):
    """Counts of one import."""

    rows: int = 0
    readings: int = 0
    left_out: int = 0
    """Lines that --where or --sensor-map did not take."""
    empty: int = 0
    """Cells without a value: a thermometer that said nothing."""
    rejected: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    repeats: int = 0
    """Readings with the same time as the one before of their thermometer."""
    steps_back: int = 0
    """Readings with an earlier time than some before of their thermometer."""
    places: int = 0
    """Times that either began."""
    notes: int = 0
    repeated_hour: int = 0
    held: int = 0
    """Readings that arrive more than an hour after their time, because of the order of the files."""
    first: int | None = None
    last: int | None = None
    coldest: float | None = None
    hottest: float | None = None
    sensors: int = 0
    files: int = 0
    damage: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)
    """Files without a row."""
    advice: list[str] = field(default_factory=list)
    """What to say otherwise, of files that gave nothing."""

    def reject(self, reason: str, example: str) -> None:
        """Count a rejection."""
        self.rejected[reason] += 1
        shown = self.examples.setdefault(reason, [])
        if len(shown) < _SHOWN:
            shown.append(example)

    def measured(self, at: int, celsius: float) -> None:
        """Count a reading."""
        self.readings += 1
        if self.first is None or at < self.first:
            self.first = at
        if self.last is None or at > self.last:
            self.last = at
        if self.coldest is None or celsius < self.coldest:
            self.coldest = celsius
        if self.hottest is None or celsius > self.hottest:
            self.hottest = celsius

    def lines(self) -> list[str]:
        """The summary, a line each."""
        said = list(self.columns)
        said.append(
            f"{_many(self.rows, 'row')} of {_many(self.files, 'file')}: {_many(self.readings, 'reading')} of {_many(self.sensors, 'thermometer')}"
        )
        if self.first is not None and self.last is not None:
            span = format_duration((self.last - self.first) // SECOND * SECOND)
            said.append(f"from {iso(self.first)} to {iso(self.last)} ({span}), {self.coldest:.2f} to {self.hottest:.2f} °C")
        if self.bare:
            said.append(
                f"nothing in {_many(len(self.bare), 'file')}: {', '.join(self.bare[:_SHOWN])}{', ...' if len(self.bare) > _SHOWN else ''}"
            )
        if self.left_out:
            said.append(f"{_many(self.left_out, 'row')} left out, as asked for")
        if self.empty:
            said.append(f"{_many(self.empty, 'cell')} without a value: the thermometer said nothing")
        if self.repeats or self.steps_back:
            said.append(
                f"times that are not later than the one before: {self.repeats:,} repeated, {self.steps_back:,} stepped back, "
                f"in {_many(self.places, 'place')}; kept as measured, marked with {_many(self.notes, 'note')}"
            )
        if self.repeated_hour:
            said.append(f"{_many(self.repeated_hour, 'time')} in an hour that comes twice: the first one, until times would step back")
        if self.rejected:
            said.append(f"{self.rejected.total():,} rejected, kept as they are, listed in the recording's dead letters:")
            for reason, count in self.rejected.most_common():
                said.append(f"  {reason} {count:,}")
                said += [f"    {example}" for example in self.examples[reason]]
        if self.held * _MANY > self.readings:
            said.append(
                f"{_many(self.held, 'reading')} arrive over an hour after their time, for a row before them has a later one: if the files are not in order of time, say --order time"
            )
        return said + self.damage


def iso(at: int) -> str:
    """A time for people, to the second or, where it has them, to the millisecond."""
    text = datetime.fromtimestamp(at // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    milliseconds = at % SECOND // MILLISECOND
    return f"{text}.{milliseconds:03}Z" if milliseconds else f"{text}Z"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")
