"""Formats that times could be in, for the message that says that they are in another one. Nothing is read by them."""

from collections.abc import Sequence
from itertools import product
from typing import Final

from .errors import Unreadable, quoted
from .times import EPOCHS, FIRST, LAST, TimeReader

_DATES: Final = (
    "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%m-%d-%y",
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d %Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y", "%Y%m%d",
)  # fmt: skip
_CLOCKS: Final = (" %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", ", %H:%M", ", %H:%M:%S", "T%H:%M:%S", "%H%M%S", "")
_WHOLE: Final = ("%a %b %d %H:%M:%S %Y", "%d/%b/%Y:%H:%M:%S %z", "%a, %d %b %Y %H:%M:%S %z")
_SERIALS: Final = range(30_000, 80_000)
"""Days since 1899-12-30, of 1982 to 2119: what a spreadsheet counts in."""


def advice(texts: Sequence[str]) -> str:
    """Which `--time-format` reads all of these times; empty where none does."""
    if not texts:
        return ""
    found = [form for form in (*EPOCHS, *map("".join, product(_DATES, _CLOCKS)), *_WHOLE) if _reads(form, texts)]
    if not found:
        day = texts[0].replace(",", ".").partition(".")[0]
        serial = day.isascii() and day.isdecimal() and len(day) < 9 and int(day) in _SERIALS
        said = f"{quoted(texts[0])} may be a spreadsheet's count of days: give the column a format of date and time before it is saved"
        return said if serial else ""
    said = " or ".join(f"--time-format {form}" if form in EPOCHS else f"--time-format '{form}'" for form in found[:3])
    return f"{said} would read them" if len(found) == 1 else f"{said} would read them: say which is meant"


def _reads(form: str, texts: Sequence[str]) -> bool:
    reader = TimeReader(form, "UTC")
    try:
        return all(FIRST <= reader.read(text, None) < LAST for text in texts)
    except Unreadable:
        return False
