"""What the doctor found: how bad, about what, what it is, and what to do."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from textwrap import indent
from typing import Final, NamedTuple


class Level(StrEnum):
    """How bad a finding is, best first."""

    OK = "ok"
    NOTE = "note"
    """Good to know; nothing has to be done."""
    WARNING = "warning"
    """It works, and something will be lost or unsafe one day."""
    ERROR = "error"
    """It does not work."""


_RANK: Final = {level: rank for rank, level in enumerate(Level)}


class Finding(NamedTuple):
    """One thing that was looked at."""

    level: Level
    subject: str
    found: str
    advice: str = ""
    """What to do; empty when there is nothing to do."""


def worst(findings: Iterable[Finding]) -> Level:
    """The worst level among the findings; OK for none."""
    return max((finding.level for finding in findings), key=_RANK.__getitem__, default=Level.OK)


def report(findings: Sequence[Finding]) -> str:
    """The findings as text, in the order of looking, each with its advice below it."""
    width = max((len(finding.subject) for finding in findings), default=0)
    lines: list[str] = []
    for level, subject, found, advice in findings:
        lines.append(f"{level:<8} {subject:<{width}}  {found}")
        if advice:
            lines.append(indent(advice, " " * (width + 11)))
    lines.append(", ".join(_counted(level, findings) for level in (Level.ERROR, Level.WARNING)))
    return "\n".join(lines)


def _counted(level: Level, findings: Iterable[Finding]) -> str:
    count = sum(finding.level is level for finding in findings)
    return f"{count} {level}" if count == 1 else f"{count} {level}s"
