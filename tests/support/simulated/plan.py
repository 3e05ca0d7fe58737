"""What will go wrong, and when: drawn from the seed alone, before anything happens."""

from random import Random
from typing import NamedTuple

LENGTH_S = 160
QUIET_S = 70
"""At the end nothing goes wrong any more, so that every alarm has to end."""
POINTS = ("_commit", "_acknowledge", "_fold", "_store", "_release", "_keep", "_fire")
"""Stages of the runtime behind which a kill may come; a test holds this to the runtime's own list."""


class Fault(NamedTuple):
    """Something that goes wrong, seconds from the beginning."""

    at: float
    until: float
    kind: str
    target: str = ""
    size: float = 0.0

    def __str__(self) -> str:
        what = f"{self.kind} {self.target}".strip() + (f" ({self.size:g})" if self.size else "")
        return f"{self.at:7.2f} s to {self.until:7.2f} s  {what}"


ZONES = ("A1", "B1", "C1")
SENSORS = ("r01/in-top", "r01/in-bottom", "r02/in-top", "r02/in-bottom")
UNITS = ("crac-1", "crac-2", "crac-3")
KINDS = (
    *("heat",) * 4,
    *("silent",) * 2,
    "gateway",
    "stuck",
    "spike",
    "garbage",
    "late",
    "again",
    *("unit-failed",) * 2,
    "unit-silent",
    "unit-deaf",
    "unit-offline",
    *("link",) * 2,
    "link-forgets",
    "drops",
    *("kill",) * 3,
    *("kill-at",) * 3,
    "stop",
    "kill-without-snapshot",
    "kill-and-change-site",
    "stall",
    *("disk",) * 2,
    *("operator",) * 2,
    "request",
    "handler-fails",
)
ACTIONS = ("acknowledge", "acknowledge", "shelve", "unshelve", "service", "return", "override", "release", "maintenance", "resume")


def draw(seed: int) -> list[Fault]:
    """The faults of a seed, in order."""
    rng = Random(seed)
    return sorted(_one(rng) for _ in range(rng.randrange(3, 16)))


def _one(rng: Random) -> Fault:
    kind = rng.choice(KINDS)
    at = round(rng.uniform(15, LENGTH_S - QUIET_S - 10), 2)
    until = round(min(at + rng.choice([0.5, 2, 7, 12, 30, 60]) * rng.uniform(0.5, 1.5), LENGTH_S - QUIET_S), 2)
    zone = rng.choice(ZONES)
    target, size = "", 0.0
    match kind:
        case "heat":
            target, size = zone, rng.choice([1.3, 2.0, 2.6])
            until = round(min(at + rng.uniform(20, 90), LENGTH_S - QUIET_S), 2)
        case "silent":
            names = rng.sample(SENSORS, rng.randrange(1, 5))
            target = " ".join(f"{zone}/{zone}-{name}" for name in sorted(names))
        case "gateway":
            target = f"{zone}-{rng.choice(['r01', 'r02'])}"
        case "stuck" | "spike" | "garbage" | "late" | "again":
            target = f"{zone}/{zone}-{rng.choice(SENSORS)}"
            size = rng.choice([5.0, 15.0, -20.0])
        case "unit-failed" | "unit-silent" | "unit-deaf" | "unit-offline":
            target = rng.choice(UNITS)
        case "kill-at":
            target, size = rng.choice(POINTS), float(rng.randrange(1, 6))
            if target == "_keep":  # a snapshot is kept each 25 s
                until, size = min(at + 30, LENGTH_S - QUIET_S), 1.0
        case "stall":
            until = round(at + rng.choice([0.4, 3.0, 6.5]), 2)
        case "operator":
            target = rng.choice(ACTIONS)
        case "request":
            target, size = zone, float(rng.randrange(40, 101))
    return Fault(at, until, kind, target, size)
