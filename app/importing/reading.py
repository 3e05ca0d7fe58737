"""From the lines of files to entries: what is a reading, what is rejected and why, which times repeat or step back."""

from collections.abc import Callable, Iterator
from typing import Final

from msgspec import json

from ...config.durations import format_duration
from ...config.units import MICROSECOND
from ...sensors.payload import ABSOLUTE_ZERO, PayloadError, decode
from ...sensors.tables import Binding, Cell, Line, Table, Trouble, Unreadable, read_number
from ...sensors.tables.errors import quoted, titles
from ...sensors.tables.numbers import tidy
from .doubts import Doubts, GaveUp, NothingRead
from .entry import Entry, line, note, payload
from .places import Places, Sensor
from .plan import Plan
from .summary import Summary

GIVE_UP: Final = 20
"""When so many lines at the beginning of a file give nothing, it was asked for wrongly."""
MOST_NOTES: Final = 1000
"""Places that are marked one by one; beyond that they are only counted."""
_HOTTEST: Final = 1e6
_LONGEST: Final = 4096
"""Characters of a cell that are kept."""
_SAMPLE: Final = 500
"""Readings of a thermometer that its period is judged by."""

Progress = Callable[[int], None]


class Reader:
    """Reads the files of a plan, once."""

    def __init__(self, plan: Plan, places: Places, summary: Summary) -> None:
        self._plan = plan
        self._places = places
        self.summary = summary
        self._sensors: dict[str, Sensor | Unreadable] = {}
        self._seen: set[str] = set()
        self._stamp: int | None = None
        """Of the last reading, for lines that have no time."""
        self._early: list[Callable[[int], Entry]] = []
        """What came before the first time."""

    def entries(self, progress: Progress = lambda _: None) -> Iterator[Entry]:
        """Every entry, in order of the files. `progress` is told of bytes. Raises TableError."""
        done = 0
        for path in self._plan.files:
            with Table(path, self._plan.dialect) as table:
                self.summary.files += 1
                if not table.width:
                    self.summary.bare.append(table.name)
                    if table.damage:
                        self.summary.damage.append(table.damage)
                    continue
                binding = Binding(table, self._plan.columns)
                self._tell_columns(binding)
                for number, found in enumerate(self._table(table, binding)):
                    yield found
                    if number % 4096 == 0:
                        progress(done + table.position)
                done += table.size
                if table.damage:
                    self.summary.damage.append(table.damage)
        self.summary.sensors = len(self._seen)
        self.summary.repeated_hour = self._plan.times.repeated
        if not self.summary.readings:
            raise NothingRead(self.summary)

    def _tell_columns(self, binding: Binding) -> None:
        times = "+".join(quoted(binding.title(place)) for place in binding.time) or "counted lines"
        values = ", ".join(quoted(binding.title(place)) for place in binding.values[:8])
        more = f" and {len(binding.values) - 8} more" if len(binding.values) > 8 else ""
        said = f"time from {times}, °{self._plan.unit} from {values}{more}".replace("°K", "K")
        if binding.left_out:
            said += f"; left out, as no temperatures by their units: {titles(binding.left_out)} (--value takes them)"
        if said not in self.summary.columns:
            self.summary.columns.append(said)

    def _table(self, table: Table, binding: Binding) -> Iterator[Entry]:
        good, doubts, before = False, Doubts(binding), self.summary.rows
        for row in table:
            self.summary.rows += 1
            try:
                if not binding.wants(row):
                    self.summary.left_out += 1
                    continue
                doubts.look(row)
                yield from self._row(table, binding, row)
                good = True
            except Unreadable as error:
                if binding.repeats_header(row):
                    self.summary.left_out += 1
                    continue
                doubts.count(row, error)
                if doubts.bad >= GIVE_UP and not good:
                    raise GaveUp(table.name, row, error, doubts) from None
                yield from self._reject(table, row, error)
        if self.summary.rows == before:
            self.summary.bare.append(table.name)
        if not good and (advice := doubts.advice()) and advice not in self.summary.advice:
            self.summary.advice.append(advice)
        elif (hint := doubts.hint()) and hint not in self.summary.columns:
            self.summary.columns.append(hint)

    def _row(self, table: Table, binding: Binding, row: Line) -> Iterator[Entry]:
        """The entries of a row. Raises Unreadable before the first of them: the row is then kept whole."""
        text = binding.time_of(row) if binding.time else None
        found: list[tuple[Cell, Sensor]] = []
        strange: list[tuple[Cell, Unreadable]] = []
        for cell in binding.cells_of(row, self._plan.names):
            try:
                found.append((cell, self._sensor(cell)))
            except Unreadable as error:
                strange.append((cell, error))
        if not found:
            if not strange:
                self.summary.left_out += 1
                return
            self._stamp = self._at(text, None)
            raise strange[0][1]
        times = [self._at(text, sensor) for _, sensor in found]
        self._stamp = times[0]
        for early in self._early:
            yield early(times[0])
        self._early = []
        for (cell, sensor), at in zip(found, times, strict=True):
            yield from self._cell(table, binding, row, cell, sensor, at)
        for cell, why in strange:
            self.summary.reject(why.trouble, f"{table.name}:{row.number}: {why.detail}")
            yield line(times[0], table.name, row.number, f"{cell.name}={cell.text}", why.trouble)

    def _at(self, text: str | None, sensor: Sensor | None) -> int:
        """When the row was measured. Raises Unreadable."""
        if text is not None:
            if sensor is None:
                return self._plan.times.read(text, None)
            falling = sensor.rises < 0
            return self._plan.times.read(text, sensor.last if falling else sensor.high, falling=falling)
        if sensor is None:
            return self._plan.times.start
        sensor.count += 1
        return self._plan.times.counted(sensor.count - 1)

    def _sensor(self, cell: Cell) -> Sensor:
        found = self._sensors.get(cell.key)
        if found is None:
            try:
                found = self._places.find(cell.key)
            except Unreadable as error:
                found = error
            self._sensors[cell.key] = found
        if isinstance(found, Unreadable):
            raise Unreadable(found.trouble, found.detail)
        self._seen.add(found.id)
        return found

    def _cell(self, table: Table, binding: Binding, row: Line, cell: Cell, sensor: Sensor, at: int) -> Iterator[Entry]:
        if cell.text in self._plan.missing:
            self.summary.empty += 1
            return
        if (marked := self._order(table, row, sensor, at)) is not None:
            yield marked
        if binding.label is not None:
            yield from self._label(binding, row, sensor, at)
        sequence = "" if binding.sequence is None else tidy(row.cells[binding.sequence])
        yield self._entry(f"{table.name}:{row.number}", cell, sensor, at, sequence)

    def _entry(self, where: str, cell: Cell, sensor: Sensor, at: int, sequence: str) -> Entry:
        plan = self._plan
        number = read_number(cell.text, plan.dialect.decimal)
        if sequence and not (sequence.isascii() and sequence.isdecimal()):
            sequence = _json(sequence)
        elif sequence:
            sequence = str(int(sequence[:30]))
        if number is None:
            said = payload(_json(cell.text), plan.unit, at, sequence)
        else:
            said = payload(number.text, plan.unit if not number.unit else _json(number.unit)[1:-1], at, sequence)
            celsius = _celsius(float(number.text), plan.unit)
            if not number.unit and len(sequence) < 18 and ABSOLUTE_ZERO < celsius < _HOTTEST and not sequence.startswith('"'):
                self._measured(sensor, at, celsius, number.text)
                return Entry(at, sensor.topic, said)
        try:
            celsius = decode(said).celsius
        except PayloadError as error:
            self.summary.reject(error.reason, f"{where}: {quoted(cell.text)}{self._hint(cell.text)}")
            return Entry(at, sensor.topic, said, error.reason, where)
        self._measured(sensor, at, celsius, "" if number is None else number.text)
        return Entry(at, sensor.topic, said)

    def _hint(self, text: str) -> str:
        other = "," if self._plan.dialect.decimal == "." else "."
        return f" (--decimal {other} would read it)" if read_number(text, other) is not None else ""

    def _measured(self, sensor: Sensor, at: int, celsius: float, text: str) -> None:
        self.summary.measured(at, celsius)
        sensor.readings += 1
        if sensor.readings <= _SAMPLE:
            sensor.decimals = max(sensor.decimals, len(text.partition(".")[2]))

    # What is remembered of a thermometer

    def _order(self, table: Table, row: Line, sensor: Sensor, at: int) -> Entry | None:
        """Count times that repeat or step back; a note where that begins."""
        high, last = sensor.high, sensor.last
        sensor.last = at
        if last is not None and at != last:
            sensor.rises += 1 if at > last else -1
            if sensor.readings <= _SAMPLE:
                step = abs(at - last)
                sensor.steps[step] = sensor.steps.get(step, 0) + 1
        if high is None or at > high:
            sensor.high, sensor.back = at, False
            return None
        if at == high:
            self.summary.repeats += 1
        else:
            self.summary.steps_back += 1
        if sensor.back:
            return None
        sensor.back = True
        self.summary.places += 1
        if self.summary.notes >= MOST_NOTES:
            return None
        self.summary.notes += 1
        by = "repeats" if at == high else f"steps back by {format_duration((high - at) // MICROSECOND * MICROSECOND)}"
        return note(at, "import", f"{table.name}:{row.number}: the time {by}", sensor.id)

    def _label(self, binding: Binding, row: Line, sensor: Sensor, at: int) -> Iterator[Entry]:
        """A note where another label begins; 0 and an empty cell are no label."""
        assert binding.label is not None
        said = tidy(row.cells[binding.label])
        label = "" if said == "0" else said[:200]
        if label == sensor.label:
            return
        if sensor.label:
            yield note(at, "label-end", sensor.label, sensor.id)
        if label:
            yield note(at, "label", label, sensor.id)
        sensor.label = label

    # Lines that give nothing

    def _reject(self, table: Table, row: Line, error: Unreadable) -> Iterator[Entry]:
        detail = (
            error.detail
            if error.trouble is Trouble.UNKNOWN_SENSOR
            else f"{error.detail + ' in ' if error.detail else ''}{quoted(row.text)}"
        )
        self.summary.reject(error.trouble, f"{table.name}:{row.number}: {detail}")

        def kept(stamp: int) -> Entry:
            return line(stamp, table.name, row.number, row.text, error.trouble)

        if self._stamp is not None:
            yield kept(self._stamp)
        else:
            self._early.append(kept)


def _json(text: str) -> str:
    """The text as it was, as a JSON string."""
    return json.encode(text[:_LONGEST]).decode()


def _celsius(value: float, unit: str) -> float:
    return value if unit == "C" else (value - 32.0) / 1.8 if unit == "F" else value + ABSOLUTE_ZERO
