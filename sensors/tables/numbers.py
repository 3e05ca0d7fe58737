"""A cell that shall be a temperature: the number as JSON writes it, digit for digit, and the unit that stands behind it."""

import re
from typing import Final, NamedTuple

_NUMBER: Final = re.compile(r"([+-]?)(0*)(\d*)(?:\.(\d*))?([eE][+-]?\d+)?\s*([^\d\s.,][^\d]*)?", re.ASCII)
_MINUS: Final = "\u2212"
_INVISIBLE: Final = "\ufeff\u200b\u200e\u200f"


class Number(NamedTuple):
    """What a cell says."""

    text: str
    """A JSON number, with the digits of the cell."""
    unit: str
    """What stands behind the number, in whatever spelling; empty for nothing."""


def tidy(cell: str) -> str:
    """The cell without the white space, no-break spaces and invisible marks around it."""
    return cell if cell.isalnum() else cell.strip().strip(_INVISIBLE).strip()


def read_number(cell: str, decimal: str = ".") -> Number | None:
    """Read a tidy cell; None when it is no number written with this decimal sign. Nothing is guessed: `1,234` is none where `.` is the sign."""
    text = cell.replace(_MINUS, "-")
    if decimal != ".":
        if "." in text or text.count(decimal) > 1:
            return None
        text = text.replace(decimal, ".")
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    sign, noughts, whole, fraction, exponent, unit = match.groups()
    if not (noughts or whole or fraction):
        return None  # "E80" is an error code, and not nought
    number = f"{'-' if sign == '-' else ''}{whole or '0'}{'.' + fraction if fraction else ''}{exponent or ''}"
    return Number(number, (unit or "").strip())
