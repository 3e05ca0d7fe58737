"""What can be wrong with a table: with how it was asked for, or with one of its lines."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from ...config.printable import printable
from ...config.problems import nearest

_WIDE: Final = 60
"""Characters of a text that a message repeats."""
_TITLES: Final = 12
"""Headers that a message lists."""


def quoted(text: str) -> str:
    """A text of a file for people: short, and without anything that a terminal would obey."""
    return f'"{printable(text, _WIDE)}"'


def titles(header: Sequence[str]) -> str:
    """Headers for people, not more than can be taken in."""
    more = f" and {len(header) - _TITLES} more" if len(header) > _TITLES else ""
    return ", ".join(map(quoted, header[:_TITLES])) + more


def columns(count: int) -> str:
    """So many columns."""
    return f"{count} column" + ("" if count == 1 else "s")


class TableError(ValueError):
    """The file cannot be read as it was asked for: whoever named the columns and formats must say otherwise."""


class NoSuchColumn(TableError):
    """A column was named that the table has not."""

    def __init__(
        self, table: str, wanted: str, header: Sequence[str] | None, width: int, *, option: str, delimiter: str, advice: str = ""
    ) -> None:
        self.wanted = wanted
        if header is None:
            has = f"it has {columns(width)} and no header: name one by its number, or say --header"
        else:
            close = nearest(wanted, header)
            has = f"there are {titles(header)}" + (f"; nearest: {quoted(close)}" if close else "")
        between = quoted(delimiter) if delimiter else "white space"
        doubt = advice or f" (with {between} between columns; is it --delimiter?)"
        msg = f"{option} {wanted}: {table} has no such column; {has}{doubt}"
        super().__init__(msg)


class Trouble(StrEnum):
    """Why a line, or a cell of it, gave no frame of a thermometer. Values are judged as payloads are: their reasons are `Reason`."""

    TOO_FEW_COLUMNS = "too-few-columns"
    """A footer, a line cut short, another table in the same file."""
    BAD_TIME = "bad-time"
    """Not in the format that was stated."""
    NO_ZONE = "no-zone"
    """No offset, and no --timezone: an hour wrong twice a year."""
    NO_SUCH_TIME = "no-such-local-time"
    """In the hour that is left out in spring: the logger does not follow that time zone."""
    TIME_OUT_OF_RANGE = "time-out-of-range"
    """Before September 2001 or after April 2262: an unset clock, or another unit."""
    NOT_UTF8 = "not-utf8"
    """Not text in the stated encoding."""
    OPEN_QUOTE = "open-quote"
    """A quotation mark without its fellow."""
    TOO_LONG = "too-long"
    """More than 1 MiB without an end of line."""
    BAD_NAME = "bad-name"
    """Nothing in the thermometer's name that an id could be made of."""
    UNKNOWN_SENSOR = "unknown-sensor"
    """The site has no such thermometer."""


class Unreadable(ValueError):
    """One line gives no reading."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        self.trouble = trouble
        self.detail = detail
        super().__init__(f"{trouble}: {detail}" if detail else str(trouble))
