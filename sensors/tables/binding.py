"""Columns as people name them, bound to one table: which cells of a line are a time, a name, a temperature."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Final, NamedTuple

from msgspec import Struct

from ...config.problems import listed
from .dialect import Line, Table
from .errors import NoSuchColumn, TableError, Trouble, Unreadable, quoted
from .names import NameTemplate
from .numbers import tidy

_TIMES: Final = frozenset({"time", "timestamp", "datetime", "date time", "date_time", "date/time", "timestamp_utc", "time_utc", "ts"})
_VALUES: Final = frozenset(
    {
        "value",
        "temperature",
        "temp",
        "celsius",
        "temp_c",
        "temperature_c",
        "temp (°c)",
        "temperature (°c)",
        "temp_f",
        "temperature_f",
        "fahrenheit",
        "kelvin",
    }
)
_UNIT: Final = re.compile(r"(?:^|[\s_(\[/°º])(c|f|k|celsius|fahrenheit|kelvin)[)\]]?$", re.IGNORECASE)


class Columns(Struct, frozen=True, kw_only=True):
    """What was asked for. Columns are named by their header or, from 1, by their number."""

    time: tuple[str, ...] = ()
    """More than one are put together with a space between: date and time."""
    timed: bool = True
    """Whether a column says the time; otherwise lines are counted."""
    sensor: str | None = None
    value: tuple[str, ...] = ()
    wide: bool = False
    """Each column of `value` is a thermometer, or each that nothing else was said about."""
    where: tuple[tuple[str, str, bool], ...] = ()
    """(column, text, whether it has to be that or must not be) of lines to take."""
    sequence: str | None = None
    label: str | None = None
    template: str = "{sensor}"
    unit: str | None = None
    """C, F or K; None: not said."""


class Cell(NamedTuple):
    """One temperature of a line, not yet looked at. `name` is what the file calls the thermometer, `key` the text of its id."""

    name: str
    key: str
    text: str


class Binding:
    """The columns of one table. Raises TableError for what it does not have."""

    def __init__(self, table: Table, columns: Columns) -> None:
        self._table = table
        self._columns = columns
        self.file = PurePath(table.name).name.removesuffix(".gz").rsplit(".", 1)[0]
        self.time = self._times()
        self._where = tuple((self._index(name, "--where"), text, wanted) for name, text, wanted in columns.where)
        self._sensor = None if columns.sensor is None else self._index(columns.sensor, "--sensor")
        self.sequence = None if columns.sequence is None else self._index(columns.sequence, "--sequence")
        self.label = None if columns.label is None else self._index(columns.label, "--label")
        self._template = NameTemplate(columns.template)
        self._holes = self._template.bind(lambda name: self._index(name, "--as"))
        self.values = self._wide() if columns.wide else (self._value(),)
        used = (*self.time, *(place for place, _, _ in self._where), *self._holes, *self._named())
        self._least = max((*used, *(self.values[:1] if columns.wide else self.values))) + 1
        if columns.unit is None:
            self._check_units()

    def _named(self) -> tuple[int, ...]:
        return tuple(place for place in (self._sensor, self.sequence, self.label) if place is not None)

    def title(self, place: int) -> str:
        """A column for people: its header, or its number."""
        header = self._table.header
        return header[place] if header is not None and place < len(header) else str(place + 1)

    # Finding columns

    def _index(self, name: str, option: str) -> int:
        header = self._table.header
        wanted = " ".join(name.split())
        if header is not None:
            for found in (
                [place for place, title in enumerate(header) if title == wanted],
                [place for place, title in enumerate(header) if title.casefold() == wanted.casefold()],
            ):
                if len(found) > 1:
                    places = listed(str(place + 1) for place in found)
                    msg = f"{option} {name}: {self._table.name} has {len(found)} columns of that name; name it by its number: {places}"
                    raise TableError(msg)
                if found:
                    return found[0]
        if name.isdecimal() and 1 <= int(name) <= self._table.width:
            return int(name) - 1
        raise NoSuchColumn(self._table.name, name, header, self._table.width, option=option, delimiter=self._table.delimiter)

    def _times(self) -> tuple[int, ...]:
        if not self._columns.timed:
            return ()
        return tuple(self._index(name, "--time") for name in self._columns.time) or (self._guess(_TIMES, "--time", "the time"),)

    def _value(self) -> int:
        if len(self._columns.value) > 1:
            msg = f"--value {' --value '.join(self._columns.value)}: several columns of temperatures are thermometers of their own; say --wide"
            raise TableError(msg)
        return self._index(self._columns.value[0], "--value") if self._columns.value else self._guess(_VALUES, "--value", "temperatures")

    def _guess(self, known: frozenset[str], option: str, what: str) -> int:
        """The one column whose header says what it is; where that leaves a doubt, the user has to say."""
        header = self._table.header
        found = [] if header is None else [place for place, title in enumerate(header) if title.casefold() in known]
        if len(found) == 1:
            return found[0]
        if header is None:
            first = next(iter(self._table), None)
            shown = "" if first is None else f"; the first line is {quoted(first.text)}"
            msg = f"{self._table.name}: say which column has {what}, as {option} 1: it has {self._table.width} and no header{shown}"
        else:
            msg = f"{self._table.name}: say which column has {what}, as {option} NAME: there are {', '.join(map(quoted, header))}"
        raise TableError(msg)

    def _wide(self) -> tuple[int, ...]:
        if self._columns.value:
            return tuple(self._index(name, "--value") for name in self._columns.value)
        used = {*self.time, *(place for place, _, _ in self._where), *self._holes, *self._named()}
        left = tuple(place for place in range(self._table.width) if place not in used and self.title(place))
        if not left:
            msg = f"{self._table.name}: --wide leaves no column to be a thermometer; is it --delimiter? It has {self._table.width} columns"
            raise TableError(msg)
        return left

    def _check_units(self) -> None:
        """A header that names another unit than °C is not passed over."""
        for place in self.values if self._table.header is not None else ():
            match = _UNIT.search(self.title(place))
            if match is not None and (unit := match[1][0].upper()) != "C":
                msg = f"{self._table.name}: the column {quoted(self.title(place))} seems to be in °{unit}: say --unit {unit}, or --unit C if it is not"
                raise TableError(msg.replace("°K", "K"))

    # Reading lines

    def wants(self, line: Line) -> bool:
        """Whether `where` takes the line. Raises Unreadable."""
        if line.trouble is not None:
            raise Unreadable(line.trouble)
        if len(line.cells) < self._least:
            raise Unreadable(Trouble.TOO_FEW_COLUMNS, f"{len(line.cells)} of {self._table.width}")
        return all((tidy(line.cells[place]) == text) is wanted for place, text, wanted in self._where)

    def repeats_header(self, line: Line) -> bool:
        """Whether the line is the header again, as in files that were put together."""
        return self._table.header is not None and tuple(" ".join(cell.split()) for cell in line.cells) == self._table.header

    def time_of(self, line: Line) -> str:
        """The text of its time."""
        cells = line.cells
        return tidy(cells[self.time[0]]) if len(self.time) == 1 else " ".join(tidy(cells[place]) for place in self.time)

    def cells_of(self, line: Line, names: Mapping[str, str] | None) -> Iterator[Cell]:
        """Its temperatures. `names` says the id for a name in the file; those that it does not have are left out."""
        cells = line.cells
        holes: Sequence[str] = [tidy(cells[place]) for place in self._holes]
        for place in self.values:
            if self._columns.wide:
                name = self.title(place) if self._table.header is not None else str(place + 1)
            elif self._sensor is not None:
                name = tidy(cells[self._sensor])
            else:
                name = self.file
            if names is None:
                key = self._template.fill(name, self.file, holes)
            elif (mapped := names.get(name)) is not None:
                key = mapped
            else:
                continue
            yield Cell(name, key, tidy(cells[place]) if place < len(cells) else "")
