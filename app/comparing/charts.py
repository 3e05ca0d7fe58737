"""Bars with whiskers, as SVG: one figure, one bar a style. Plain text out, so that a report needs nothing from anywhere."""

from collections.abc import Sequence
from html import escape
from math import log10
from typing import Final, NamedTuple

_WIDTH: Final = 640
_BAR: Final = 22
_GAP: Final = 10
_NAMES: Final = 92
_VALUES: Final = 150


class Bar(NamedTuple):
    """One bar: its name, its length, the whiskers, and what is written behind it."""

    name: str
    value: float
    least: float
    most: float
    text: str


def bars(title: str, rows: Sequence[Bar], *, logarithmic: bool = False) -> str:
    """An SVG of horizontal bars from 0; with `logarithmic`, from a tenth of the smallest power of ten, and it says so."""
    height = len(rows) * (_BAR + _GAP) + _GAP
    room = _WIDTH - _NAMES - _VALUES
    most = max((row.most for row in rows), default=0.0) or 1.0
    low = 10.0 ** int(log10(max(1e-3, min(row.least for row in rows))) - 1) if logarithmic else 0.0

    def x(value: float) -> float:
        if logarithmic:
            span = log10(most / low)
            return _NAMES + room * max(0.0, log10(max(value, low) / low) / span if span else 0.0)
        return _NAMES + room * value / most

    parts = [f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title)}">']
    for index, row in enumerate(rows):
        top = _GAP + index * (_BAR + _GAP)
        middle = top + _BAR / 2
        parts += [
            f'<text class="name" x="{_NAMES - 8}" y="{middle + 4}">{escape(row.name)}</text>',
            f'<rect class="bar" x="{_NAMES}" y="{top}" width="{max(1.0, x(row.value) - _NAMES):.1f}" height="{_BAR}" rx="2"/>',
            f'<path class="whisker" d="M{x(row.least):.1f} {middle}H{x(row.most):.1f}M{x(row.least):.1f} {middle - 5}v10M{x(row.most):.1f} {middle - 5}v10"/>',
            f'<text class="value" x="{x(row.most) + 8:.1f}" y="{middle + 4}">{escape(row.text)}</text>',
        ]
    return "".join([*parts, "</svg>"])
