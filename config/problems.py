"""What is wrong with a site file: every problem at once, each with its place, what was found and what was expected."""

import json
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, NamedTuple

from .printable import printable

if TYPE_CHECKING:
    from .model import Site

_BARE: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_SHOWN: Final = 50
"""Problems that a message lists in full."""
_WIDE: Final = 60
"""Characters of a value that a message repeats."""


class Problem(NamedTuple):
    """One thing that is wrong. `key` is a path as TOML writes it, empty for what concerns the whole file."""

    file: str
    key: str
    found: str
    expected: str
    nearest: str | None = None
    """The valid name that comes closest to the one found."""

    def __str__(self) -> str:
        lines = [f"  {self.key or '(the file)'}", f"    found     {self.found}", f"    expected  {self.expected}"]
        if self.nearest is not None:
            lines.append(f"    nearest   {self.nearest}")
        return "\n".join(lines)


class ConfigError(ValueError):
    """A site file cannot be used. `problems` holds everything that is wrong with it; `site`, what could be made of it, is good for finding more."""

    def __init__(self, problems: Iterable[Problem], site: "Site | None" = None) -> None:
        self.problems = tuple(dict.fromkeys(problems))
        self.site = site
        count = len(self.problems)
        file = self.problems[0].file if self.problems else "site file"
        blocks = [f"{file}: {count} problem{'' if count == 1 else 's'}", *map(str, self.problems[:_SHOWN])]
        if count > _SHOWN:
            blocks.append(f"  and {count - _SHOWN} more")
        super().__init__("\n\n".join(blocks))


class Unfit(ValueError):
    """A value is not what its key takes. Raised by the kinds; the reader adds the place."""

    def __init__(self, found: str, expected: str, nearest: str | None = None) -> None:
        super().__init__(f"found {found}, expected {expected}")
        self.found = found
        self.expected = expected
        self.nearest = nearest


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that looks most like `name`, if any does."""
    close = get_close_matches(name[:100], [candidate for candidate, _ in zip(names, range(10_000), strict=False)], n=1, cutoff=0.6)
    return close[0] if close else None


def join(key: str, name: str) -> str:
    """The path of `name` inside of `key`, quoted where TOML asks for it."""
    part = name if name and _BARE.issuperset(name) else json.dumps(name[:_WIDE])
    return f"{key}.{part}" if key else part


def show(raw: object) -> str:
    """A value of the file, for people: short, and without control characters."""
    match raw:
        case bool():
            return str(raw).lower()
        case str():
            return printable(json.dumps(raw if len(raw) <= _WIDE else f"{raw[:_WIDE]}...", ensure_ascii=False))
        case int() | float():
            text = str(raw) if not isinstance(raw, int) or abs(raw) < 10**_WIDE else "a number out of all bounds"
            return text if len(text) <= _WIDE else text[:_WIDE]
        case list():
            return "an empty array" if not raw else f"an array of {len(raw)}"
        case Mapping():
            return "an empty table" if not raw else f"a table of {len(raw)}"
        case None:
            return "nothing"
    return f"a {type(raw).__name__}"


def listed(names: Iterable[str], most: int = 12) -> str:
    """Names in a sentence: `a, b or c`."""
    known = list(names)
    if len(known) > most:
        return f"{', '.join(known[:most])} or one of {len(known) - most} more"
    return known[0] if len(known) == 1 else f"{', '.join(known[:-1])} or {known[-1]}" if known else "nothing"
