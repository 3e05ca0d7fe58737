"""The words of a benchmark: who is measured, what one run finds, and what is aimed at."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import NamedTuple

from msgspec import Struct, field

from .scale import Scale


class Figure(NamedTuple):
    """A number and its unit."""

    value: float
    unit: str


class Run(NamedTuple):
    """What one run found."""

    value: float | None
    """In the unit of the benchmark; None for a run that does not count."""
    cpu: float | None = None
    """CPU-seconds per million messages, readings or events."""
    figures: Mapping[str, Figure] = {}
    """What else was found, by name."""
    why: str = ""
    """Why it does not count."""


def there() -> str | None:
    """Nothing is missing."""
    return None


class Subject(NamedTuple):
    """Something that is measured."""

    name: str
    measure: Callable[[Scale], Run]
    missing: Callable[[], str | None] = there
    """Why it cannot be measured here; None if it can."""


class Goal(NamedTuple):
    """What is aimed at: a bound on the value (figure ""), on a figure, or, by the name of a peer, on the ratio to it."""

    of: str
    bound: float
    most: bool = False
    """Whether it is the most that may be, and not the least."""

    def reached(self, found: float) -> bool:
        """Whether the figure is within the bound."""
        return found <= self.bound if self.most else found >= self.bound


class Benchmark(NamedTuple):
    """One row of the table. The first subject is hotzone."""

    what: str
    unit: str
    subjects: Sequence[Subject]
    goals: Sequence[Goal] = ()
    rounds: int | None = None
    """The most that are worth their while; None for as many as are asked for."""
    quick: bool = True
    """Whether a smoke test has the time for it."""


class Spread(Struct, frozen=True):
    """A figure over the rounds: the median, least and most."""

    value: float
    unit: str
    range: tuple[float, float]


class Peer(Struct, frozen=True, omit_defaults=True):
    """What was found of one subject."""

    value: float
    range: tuple[float, float]
    cpu: float | None = None
    lossy: int = 0


class Result(Struct, kw_only=True, omit_defaults=True):
    """What was found of one benchmark, as it is kept in `results.json`."""

    value: float | None
    """The median of the runs that count; None if there was none."""
    unit: str
    ratio: dict[str, float]
    """By peer, the median over the rounds of how often as much it was."""
    range: tuple[float, float] | None = None
    cpu: float | None = None
    rounds: int
    lossy: int = 0
    """Runs that lost something, and so do not count."""
    figures: dict[str, Spread] = field(default_factory=dict)
    peers: dict[str, Peer] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    """Subjects that could not be measured, and why."""
    machine: str
    load: float
    """How many processes wanted a core when it began."""
    version: str
    date: str


def spread(figures: Sequence[Figure]) -> Spread:
    """One figure, over the rounds."""
    values = [figure.value for figure in figures]
    return Spread(rounded(median(values)), figures[0].unit, (rounded(min(values)), rounded(max(values))))


def middle(values: Sequence[float | None]) -> float | None:
    """The median of what there is."""
    found = [value for value in values if value is not None]
    return rounded(median(found)) if found else None


def ratio(ours: Sequence[Run], theirs: Sequence[Run]) -> float | None:
    """The median over the rounds: what ran at about the same time is compared, for machines are not quiet."""
    pairs = zip(ours, theirs, strict=False)
    return middle([one.value / other.value for one, other in pairs if one.value is not None and other.value])


def rounded(value: float) -> float:
    """To four digits: there are no more in any measurement."""
    return float(f"{value:.4g}")
