"""Rows as CSV: long, a reading a row; or wide, a time a row and a thermometer a column."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, TextIO

from ...config.printable import printable
from ...config.units import SECOND
from .rows import Row

LONG: Final = ("time", "arrived", "sensor", "zone")
"""The first columns of a long table; the temperature, named by its unit, and the sequence number follow."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""Begins of a cell that a spreadsheet would compute."""


def harmless(name: str) -> str:
    """A name as text for a spreadsheet: what would be a formula gets an apostrophe before it, what cannot be printed is escaped."""
    return printable(f"'{name}" if name.startswith(_FORMULA) else name)


@lru_cache(maxsize=1024)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def iso(at: int) -> str:
    """ISO 8601 in UTC with nine digits behind the point."""
    return f"{_second(at // SECOND)}.{at % SECOND:09}Z"


def write_long(file: TextIO, rows: Iterable[Row], unit: str) -> int:
    """A reading a row; the number of rows."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow((*LONG, unit, "sequence"))
    count = 0
    safe = lru_cache(maxsize=100_000)(harmless)
    for row in rows:
        writer.writerow((iso(row.time), iso(row.arrived), safe(row.sensor), safe(row.zone), row.value, row.sequence))
        count += 1
    return count


def write_wide(file: TextIO, rows: Iterable[Row], sensors: Sequence[str], every: int | None) -> int:
    """A time a row; the number of rows. `every` as in `spread`."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("time", *map(harmless, sensors)))
    count = 0
    for at, values in spread(rows, every):
        writer.writerow((iso(at), *(values.get(sensor) for sensor in sensors)))
        count += 1
    return count


def spread(rows: Iterable[Row], every: int | None) -> Iterator[tuple[int, dict[str, float]]]:
    """Rows put side by side: (time, value by thermometer).

    Without `every`, those that come one after the other with the same measured time; nothing is left out, moved or made. With it, ns, the
    last value of each thermometer that arrived in each step of that length, at the step's beginning.
    """
    at: int | None = None
    values: dict[str, float] = {}
    for row in rows:
        moment = row.time if every is None else row.arrived // every * every
        if moment != at or (every is None and row.sensor in values):
            if at is not None:
                yield at, values
            at, values = moment, {}
        values[row.sensor] = row.value
    if at is not None:
        yield at, values
