"""The page's style sheets as rules, and how well one colour can be read on another."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from support.house import ROOT

CSS = ROOT / "app" / "web" / "page" / "css"
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


class Rule(NamedTuple):
    """What is declared for some elements. Rules within a media query are rules like any other."""

    file: str
    selector: str
    declared: dict[str, str]


def rules(folder: Path = CSS) -> Iterator[Rule]:
    """Every rule of every sheet."""
    for path in sorted(folder.glob("*.css")):
        for selector, body in _RULE.findall(_COMMENT.sub("", path.read_text("utf-8"))):
            pairs = (line.partition(":") for line in body.split(";"))
            yield Rule(path.stem, " ".join(selector.split()), {name.strip(): value.strip() for name, _, value in pairs if value})


def themes() -> dict[str, dict[str, str]]:
    """What each token is in each theme; dark begins as light."""
    light, dark = (one.declared for one in rules() if one.file == "tokens" and one.selector.startswith(":root"))
    return {"light": light, "dark": light | dark}


def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast ratio of two colours, each `#rrggbb`: 1 to 21."""
    dark, bright = sorted((_luminance(one), _luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return float(channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4)
