"""Templates with `{placeholders}`: topics, where one stands for a whole level, and names of racks and units."""

# ruff: noqa: D102, EM102 - `Kind` says what the methods do; `Unfit` takes facts, not a message
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from .problems import Unfit, listed, nearest, show

LEVELS: Final = 8
"""Deepest topic. Brokers limit it, and so do people."""
_LONGEST: Final = 300
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_NUMBER: Final = re.compile(r"n(?::0[1-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class TopicTemplate:
    """A topic of at most eight levels; `needs` are groups of placeholders of which one each must be there, or topics collide."""

    allows: tuple[str, ...]
    needs: tuple[tuple[str, ...], ...] = ()

    @property
    def label(self) -> str:
        return "topic with " + " ".join(f"`{{{name}}}`" for name in self.allows)

    def read(self, raw: object) -> str:
        if not isinstance(raw, str) or not 0 < len(raw) <= _LONGEST or not raw.isprintable():
            raise Unfit(show(raw), f"a topic of 1 to {_LONGEST} printable characters")
        levels = raw.split("/")
        if len(levels) > LEVELS:
            raise Unfit(f"{show(raw)}, {len(levels)} levels", f"at most {LEVELS} levels")
        if raw.startswith("$"):
            raise Unfit(show(raw), "a topic that does not begin with $, which is the broker's")
        used: set[str] = set()
        for level in levels:
            if not level:
                raise Unfit(f"{show(raw)}, which has an empty level", "a name or a placeholder between each two /")
            if "+" in level or "#" in level:
                raise Unfit(show(raw), "a topic without the wildcards + and #")
            if "{" in level or "}" in level:
                used.add(self._placeholder(level))
        for group in self.needs:
            if used.isdisjoint(group):
                raise Unfit(show(raw), f"{listed(f'{{{name}}}' for name in group)} in it, or its topics cannot be told apart")
        return raw

    def _placeholder(self, level: str) -> str:
        match = _PLACEHOLDER.fullmatch(level)
        if match is None:
            raise Unfit(show(level), "a placeholder that is a whole level, such as /{rack}/")
        if match[1] not in self.allows:
            raise Unfit(show(level), listed(f"{{{name}}}" for name in self.allows), _braced(nearest(match[1], self.allows)))
        return match[1]


@dataclass(frozen=True, slots=True)
class NameTemplate:
    """A name with `{n}` (1, 2, ...) or `{n:02}` (01, 02, ...) and what else `allows` names."""

    allows: tuple[str, ...]

    @property
    def label(self) -> str:
        return "name with `{n}` " + " ".join(f"`{{{name}}}`" for name in self.allows)

    def read(self, raw: object) -> str:
        expected = f"a name with {{n}}, such as {'{zone}-r{n:02}' if 'zone' in self.allows else 'crac-{n}'}"
        if not isinstance(raw, str) or not 0 < len(raw) <= _LONGEST:
            raise Unfit(show(raw), expected)
        found = _PLACEHOLDER.findall(raw)
        for name in found:
            if name not in self.allows and not _NUMBER.fullmatch(name):
                raise Unfit(
                    f"{{{name}}}", listed(f"{{{known}}}" for known in ("n", "n:02", *self.allows)), _braced(nearest(name, self.allows))
                )
        if not any(_NUMBER.fullmatch(name) for name in found) or set("{}") & set(_PLACEHOLDER.sub("", raw)):
            raise Unfit(show(raw), expected)
        return raw


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with its placeholders replaced; those that have no value stay."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), template)


def numbered(template: str, n: int, values: Mapping[str, str]) -> str:
    """The name of the `n`-th of a kind."""
    return _PLACEHOLDER.sub(
        lambda match: format(n, match[1][2:] or "d") if _NUMBER.fullmatch(match[1]) else values.get(match[1], match[0]), template
    )


def _braced(name: str | None) -> str | None:
    return None if name is None else f"{{{name}}}"
