"""Tables of temperatures in text files, as loggers and spreadsheets write them: lines, columns, numbers, times, names.

It reads and judges; it knows no recording and no site, and asks nobody what time it is. What cannot be read is an `Unreadable` of one
line; what was asked for wrongly is a `TableError`.
"""

from .binding import Binding, Cell, Columns
from .dialect import Dialect, Line, Table
from .errors import TableError, Trouble, Unreadable
from .names import NameTemplate, sensor_id
from .numbers import Number, read_number
from .sorting import Sorter
from .times import TimeReader

__all__ = [
    "Binding",
    "Cell",
    "Columns",
    "Dialect",
    "Line",
    "NameTemplate",
    "Number",
    "Sorter",
    "Table",
    "TableError",
    "TimeReader",
    "Trouble",
    "Unreadable",
    "read_number",
    "sensor_id",
]
