"""Every text of the page can be read on every ground it can stand on, in both themes, whatever the hall shows at the moment."""

import re
from collections.abc import Iterator

import pytest

from support.styles import Rule, contrast, rules, themes

READABLE = 4.5
"""What WCAG 2 asks of text that is not large."""
SEEN = 3.0
"""What it asks of shapes and borders that say something."""
SURFACES = ("bg", "panel", "raised")
"""What views and everything in them stand on. A text whose rule names no ground may be found on each of them."""
PAIRS = {"ink": "fill", "glyph-text": "glyph"}
"""Inks that are given together with their ground, by band and by priority."""
MARK = re.compile(r"( i| b|::before|::backdrop|\.u-select)(\[[^]]*\])?$")
"""What is filled but holds no text."""
TOKEN = re.compile(r"var\(--([\w-]+)")
HOLLOW = "line-strong"
"""The outline of a sign that counts nothing: its number stands on the panel."""
NO_COLOUR = {"inherit", "none", "transparent", "currentColor"}


def inks(rule: Rule) -> Iterator[str]:
    """The tokens that a rule's text may have."""
    for name in ("color", *(["fill"] if is_text(rule) else []), "--state"):
        value = rule.declared.get(name, "none")
        assert value in NO_COLOUR or TOKEN.search(value), f"{rule.selector}: {name} is no token, so it cannot follow the theme"
        yield from (token for token in TOKEN.findall(value) if token not in {*PAIRS, "state"})


def is_text(rule: Rule) -> bool:
    """Of drawings, only texts are written with `fill` here."""
    return any(one.startswith(".plan ") or one.endswith(" text") for one in rule.selector.split(", "))


def standing() -> dict[tuple[str, str], str]:
    """Every (ink, ground) that the style sheets allow, and a selector for each."""
    found = {(ink, ground): "any text" for ink in ("text", "muted") for ground in SURFACES}
    for rule in rules():
        own = TOKEN.findall(rule.declared.get("background", ""))
        found |= {(ink, ground): rule.selector for ink in inks(rule) for ground in (own or SURFACES) if ground not in PAIRS.values()}
        for both in PAIRS.items():
            given = [TOKEN.findall(rule.declared.get(f"--{one}", "")) for one in both]
            found |= {(ink, ground): rule.selector for ink, ground in zip(*given, strict=True) if ground != HOLLOW}
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_is_readable_on_every_ground(theme: str) -> None:
    tokens = themes()[theme]
    hard = {
        f"{selector}: {ink} on {ground}": round(ratio, 2)
        for (ink, ground), selector in standing().items()
        if (ratio := contrast(tokens[f"--{ink}"], tokens[f"--{ground}"])) < READABLE
    }
    assert hard == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "shape",
    [
        *("critical", "high", "medium-edge", "low", "warm", "hot", "cold", "failsafe", "focus", "line-strong"),
        *(f"series-{number}" for number in range(1, 9)),
    ],
)
def test_every_shape_that_says_something_is_seen_on_every_ground(theme: str, shape: str) -> None:
    tokens = themes()[theme]
    assert min(contrast(tokens[f"--{shape}"], tokens[f"--{ground}"]) for ground in SURFACES) >= SEEN


@pytest.mark.parametrize(
    "pair",
    [
        *((state, ground) for state in ("warm", "hot", "cold", "failsafe") for ground in SURFACES),
        *((f"band-{band}-text", f"band-{band}") for band in range(7)),
        *((f"{priority}-text", priority) for priority in ("critical", "high", "medium", "low")),
    ],
    ids=" on ".join,
)
def test_states_bands_and_priorities_are_among_them(pair: tuple[str, str]) -> None:
    assert pair in standing()


def test_whatever_is_filled_names_its_ink_or_holds_no_text() -> None:
    silent = [
        f"{rule.file}.css: {rule.selector}"
        for rule in rules()
        for token in TOKEN.findall(rule.declared.get("background", ""))
        if token not in SURFACES and "color" not in rule.declared and not MARK.search(rule.selector)
    ]
    assert silent == []


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#a85b00", "#e8eaec") == pytest.approx(4.18, abs=0.005)
