"""Columns as people name them, bound to one table: which cells of a line are a time, a name, a temperature."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import NamedTuple

from msgspec import Struct

from ...config.problems import listed
from .dialect import Line, Table
from .errors import NoSuchColumn, TableError, Trouble, Unreadable, columns, quoted, titles
from .headers import DATES, NAMES, TIMES, VALUES, other_quantity, plainly, unit_of, without_unit
from .names import NameTemplate
from .numbers import tidy


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

    def __init__(self, table: Table, asked: Columns) -> None:
        self._table = table
        self._columns = asked
        self.left_out: list[str] = []
        """Headers that name the unit of something else; no thermometers."""
        self.file = PurePath(table.name if table.path == "-" else table.path).name.removesuffix(".gz").rsplit(".", 1)[0]
        self.time = self._times()
        self._where = tuple((self._index(name, "--where"), text, wanted) for name, text, wanted in asked.where)
        self._sensor = None if asked.sensor is None else self._index(asked.sensor, "--sensor")
        self.sequence = None if asked.sequence is None else self._index(asked.sequence, "--sequence")
        self.label = None if asked.label is None else self._index(asked.label, "--label")
        self._template = NameTemplate(asked.template)
        self._holes = self._template.bind(lambda name: self._index(name, "--as"))
        self.values = self._wide() if asked.wide else (self._value(),)
        used = (*self.time, *(place for place, _, _ in self._where), *self._holes, *self._named())
        self._least = max((*used, *(self.values[:1] if asked.wide else self.values))) + 1
        if asked.unit is None:
            self._check_units()
        self._called = [self._thermometer(place) for place in self.values] if asked.wide else []
        self._check_names()

    def _named(self) -> tuple[int, ...]:
        return tuple(place for place in (self._sensor, self.sequence, self.label) if place is not None)

    def title(self, place: int) -> str:
        """A column for people: its header, or its number."""
        header = self._table.header
        return header[place] if header is not None and place < len(header) else str(place + 1)

    def _thermometer(self, place: int) -> str:
        """What a column of a wide table calls its thermometer."""
        return without_unit(self.title(place)) if self._table.header is not None else str(place + 1)

    @property
    def names_unused(self) -> str:
        """The header of a column that seems to name thermometers where nobody said what does; empty for none."""
        if self._table.header is None or self._sensor is not None or self._columns.wide:
            return ""
        used = {*self.time, *self.values, *self._holes, *(place for place, _, _ in self._where), *self._named()}
        return next((self.title(place) for place in plainly(self._table.header, NAMES) if place not in used), "")

    # Finding columns

    def place(self, title: str) -> int:
        """Where the first column of this header stands."""
        return (self._table.header or ()).index(title)

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
        raise NoSuchColumn(
            self._table.name, name, header, self._table.width, option=option, delimiter=self._table.delimiter, advice=self._table.advice
        )

    def _times(self) -> tuple[int, ...]:
        if not self._columns.timed:
            return ()
        if self._columns.time:
            return tuple(self._index(name, "--time") for name in self._columns.time)
        header = self._table.header or ()
        dates = plainly(header, DATES)
        times = plainly(header, TIMES)
        if len(dates) == 1 and [header[place].casefold() for place in times] in ([], ["time"]):
            return (*dates, *times)
        return (self._guess(TIMES, "--time", "the time"),)

    def _value(self) -> int:
        if len(self._columns.value) > 1:
            msg = f"--value {' --value '.join(self._columns.value)}: several columns of temperatures are thermometers of their own; say --wide"
            raise TableError(msg)
        return self._index(self._columns.value[0], "--value") if self._columns.value else self._guess(VALUES, "--value", "temperatures")

    def _guess(self, known: frozenset[str], option: str, what: str) -> int:
        """The one column whose header says what it is; where that leaves a doubt, the user has to say."""
        header = self._table.header
        found = plainly(header or (), known)
        if len(found) == 1:
            return found[0]
        name = self._table.name
        if header is None:
            first = next(iter(self._table), None)
            shown = "" if first is None else f"; the first line is {quoted(first.text)}"
            msg = f"{name}: say which column has {what}, as {option} 1: it has {columns(self._table.width)} and no header{shown}"
        else:
            wide = ", or --wide if each of several is a thermometer" if known is VALUES and len(header) > 2 else ""
            msg = f"{name}: say which column has {what}, as {option} NAME{wide}: there are {titles(header)}"
        counted = "; where none has it: --period and --start" if known is TIMES else ""
        raise TableError(msg + (self._table.advice or counted))

    def _wide(self) -> tuple[int, ...]:
        if self._columns.value:
            return tuple(self._index(name, "--value") for name in self._columns.value)
        used = {*self.time, *(place for place, _, _ in self._where), *self._holes, *self._named()}
        left = [place for place in range(self._table.width) if place not in used and self.title(place)]
        others = [place for place in left if other_quantity(self.title(place))] if self._table.header is not None else []
        self.left_out = [self.title(place) for place in others]
        left = [place for place in left if place not in others]
        if not left:
            has = self._table.advice or f"; is it --delimiter? It has {columns(self._table.width)}"
            msg = f"{self._table.name}: --wide leaves no column to be a thermometer{has}"
            raise TableError(msg)
        return tuple(left)

    def _check_names(self) -> None:
        """Two columns of one name would become one thermometer."""
        for name, count in Counter(self._called).items():
            if count > 1:
                places = listed(str(place + 1) for place, called in zip(self.values, self._called, strict=True) if called == name)
                msg = f"{self._table.name}: {count} columns are called {quoted(name)}: choose one by its number ({places}), as --value {self.values[0] + 1}"
                raise TableError(msg)

    def _check_units(self) -> None:
        """A header that names another unit than °C is not passed over."""
        for place in self.values if self._table.header is not None else ():
            unit = unit_of(self.title(place))
            if unit is not None and unit != "C":
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
        for column, place in enumerate(self.values):
            if self._columns.wide:
                name = self._called[column]
            elif self._sensor is not None:
                name = tidy(cells[self._sensor])
            else:
                name = self.file
            if names is None:
                key = self._template.fill(name, self.file, holes)
            elif (mapped := names.get(name) or (names.get(self.title(place)) if self._columns.wide else None)) is not None:
                key = mapped
            else:
                continue
            yield Cell(name, key, tidy(cells[place]) if place < len(cells) else "")
