"""What shall be imported, and how: the options of the command line, checked."""

import csv
import io
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

from msgspec import Struct

from ...config.problems import listed
from ...sensors.tables import Columns, Dialect, TimeReader
from ...sensors.tables.names import SENSOR, NameTemplate
from ...sensors.tables.times import INDEX, ISO, duration
from ..errors import UserError
from ..replaying import moment

UNITS: Final = ("C", "F", "K")


class Order(StrEnum):
    """When a reading arrives in the recording; when it was measured is what the file says, in either case."""

    FILE = "file"
    """In the order of the files: at its stamp, or a nanosecond after the one before, whichever is later."""
    TIME = "time"
    """Sorted by stamp; those of one stamp in the order of the files."""


class Plan(Struct, frozen=True, kw_only=True):
    """One import."""

    files: tuple[str, ...]
    dialect: Dialect
    columns: Columns
    times: TimeReader
    unit: str
    order: Order
    missing: frozenset[str]
    """Texts of a cell that mean: no reading."""
    names: Mapping[str, str] | None
    """Ids by name in the file."""


class Options(Struct, frozen=True, kw_only=True):
    """As they were given."""

    files: Sequence[str]
    time: Sequence[str] = ()
    sensor: str | None = None
    value: Sequence[str] = ()
    wide: bool = False
    template: str | None = None
    sensor_map: Path | None = None
    unit: str | None = None
    time_format: str | None = None
    timezone: str | None = None
    period: str | None = None
    start: str | None = None
    order: Order = Order.FILE
    where: Sequence[str] = ()
    missing: Sequence[str] = ()
    sequence: str | None = None
    label: str | None = None
    delimiter: str | None = None
    decimal: str = "."
    encoding: str = "utf-8"
    header: bool | None = None
    skip: int = 0


def order_named(text: str) -> Order:
    """The order of that name. Raises UserError."""
    try:
        return Order(text)
    except ValueError:
        msg = f"--order {text}: expected {listed(Order)}"
        raise UserError(msg) from None


def plan_of(options: Options) -> Plan:
    """The plan. Raises UserError for options that contradict each other, TableError for one that says nothing usable."""
    if not options.files:
        msg = "name at least one file"
        raise UserError(msg)
    if options.decimal not in {".", ","}:
        msg = f"--decimal {options.decimal}: expected . or ,"
        raise UserError(msg)
    named = [*options.time, *options.value, *(name for name in (options.sensor, options.sequence, options.label) if name)]
    header = options.header
    if header is None and any(not name.isdecimal() for name in named):
        header = True  # columns that have names stand under a header
    template = options.template or "{sensor}"
    _check_named(options, NameTemplate(template))
    return Plan(
        files=tuple(options.files),
        dialect=Dialect(
            delimiter=Dialect.delimited(options.delimiter),
            header=header,
            skip=options.skip,
            encoding=options.encoding,
            decimal=options.decimal,
        ),
        columns=Columns(
            time=tuple(options.time),
            timed=bool(options.time) or options.period is None,
            sensor=options.sensor,
            value=tuple(options.value),
            wide=options.wide,
            where=tuple(_condition(text) for text in options.where),
            sequence=options.sequence,
            label=options.label,
            template=template,
            unit=_unit(options.unit),
        ),
        times=_times(options),
        unit=_unit(options.unit) or "C",
        order=options.order,
        missing=frozenset({"", *options.missing}),
        names=None if options.sensor_map is None else read_map(options.sensor_map, options.template),
    )


def _check_named(options: Options, template: NameTemplate) -> None:
    """A template that does not tell apart what was said to be several thermometers would make one of them."""
    if options.template is None or SENSOR in template.holes:
        return
    if options.wide and len(options.value) != 1:
        msg = f"--as {options.template}: with --wide each column is a thermometer, whose name {{sensor}} stands for: say where it goes"
        raise UserError(msg)
    if options.sensor is not None and options.sensor not in template.columns:
        msg = f"--as {options.template}: --sensor {options.sensor} is not in it: say where it goes, as {{sensor}}, or leave --sensor out"
        raise UserError(msg)


def _unit(text: str | None) -> str | None:
    if text is None:
        return None
    unit = text.strip().lstrip("°").upper()[:1]
    if unit not in UNITS:
        msg = f"--unit {text}: expected {listed(UNITS)}"
        raise UserError(msg)
    return unit


def _times(options: Options) -> TimeReader:
    form = options.time_format or ISO
    period = None if options.period is None else duration("--period", options.period)
    start = None if options.start is None else moment(options.start)
    if period is not None and start is None:
        msg = "--period: say when the first reading was, too, as --start 2026-01-01T00:00:00Z"
        raise UserError(msg)
    if start is not None and period is None:
        msg = "--start: say how far two readings lie apart, too, as --period 5s"
        raise UserError(msg)
    if period is not None and options.time and form != INDEX:
        msg = "--period: with --time it needs --time-format index, for a column that counts readings; without --time, lines are counted"
        raise UserError(msg)
    return TimeReader(form, options.timezone, period, start)


def _condition(text: str) -> tuple[str, str, bool]:
    name, sign, wanted = text.partition("=")
    if not sign or not name:
        msg = f"--where {text}: expected COLUMN=TEXT or COLUMN!=TEXT"
        raise UserError(msg)
    return (name[:-1].strip(), wanted.strip(), False) if name.endswith("!") else (name.strip(), wanted.strip(), True)


def read_map(path: Path, template: str | None) -> dict[str, str]:
    """Ids by name, from a file of two columns: what the files call a thermometer, and its id. Raises UserError."""
    if template is not None:
        msg = "--sensor-map and --as both say what thermometers are called: leave one out"
        raise UserError(msg)
    names: dict[str, str] = {}
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeError) as error:
        msg = f"--sensor-map {path}: {getattr(error, 'strerror', None) or error}"
        raise UserError(msg) from error
    delimiter = next((sign for sign in ("\t", ";", ",") if sign in text), ",")
    for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1):
        cells = [" ".join(cell.split()) for cell in row]
        if not any(cells) or cells[0].startswith("#"):
            continue
        if len(cells) != 2 or not all(cells):
            msg = f"{path}:{number}: expected two columns, a name in the files and an id such as A1/r1/in-top; found {len(cells)}"
            raise UserError(msg)
        name, key = cells
        if names.setdefault(name, key) != key:
            msg = f"{path}:{number}: {name!r} is there twice"
            raise UserError(msg)
    if not names:
        msg = f"{path}: expected two columns, a name in the files and an id such as A1/r1/in-top; found nothing"
        raise UserError(msg)
    return names
