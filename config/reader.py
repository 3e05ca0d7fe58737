"""Reading tables: every value becomes what the program uses, or a problem; nothing stops at the first."""

from collections.abc import Callable, Collection, Mapping
from enum import Enum
from typing import Final, NamedTuple, TypeVar

from msgspec import Struct

from .kinds import ID, ID_EXPECTED, Kind
from .problems import Problem, Unfit, join, listed, nearest, show
from .secrets import Secret
from .tables import Table

Raw = Mapping[str, object]
"""A table as TOML gives it."""
T = TypeVar("T", bound=Struct)

LARGEST: Final = {"halls": 1000, "zones": 2000, "racks": 100_000, "units": 2000, "thermometers": 1_000_000, "handlers": 1000}
"""Sizes beyond which a site is taken for a mistake, checked before anything is made."""


class Bad(Enum):
    """Stands for a value that was no good, so that nothing is said about it twice."""

    BAD = "bad"


BAD: Final = Bad.BAD


class Given(NamedTuple):
    """A value and the key that it was written at; the key of a built-in default is empty."""

    value: object
    key: str = ""


Values = Mapping[str, Given]
"""The keys of one table that somebody set, here or further up."""


def good(values: Values) -> dict[str, object]:
    """The values alone, without the bad ones."""
    return {name: given.value for name, given in values.items() if given.value is not BAD}


def make(of: type[T], values: Mapping[str, object]) -> T:
    """A value of the type; what `values` leaves out takes its default."""
    return of(**values)


class Reader:
    """Reads the tables of one file and collects what is wrong with them."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.full = False
        """The site is too large: nothing more is made of it."""
        self.secret: Callable[[object, str], Secret | None] = lambda _raw, _key: None
        """Looks up the secret that a value of the file points to; a problem, and None, where there is none."""
        self._sizes = dict.fromkeys(LARGEST, 0)

    def problem(self, key: str, found: str, expected: str, nearest: str | None = None) -> None:
        """Note that something is wrong at `key`."""
        self.problems.append(Problem(self.file, key, found, expected, nearest))

    def read(self, kind: Kind, raw: object, key: str) -> object:
        """The value, or `BAD` and a problem."""
        try:
            return kind.read(raw)
        except Unfit as unfit:
            self.problem(key, unfit.found, unfit.expected, unfit.nearest)
            return BAD

    def values(self, raw: Raw, key: str, table: Table, also: Collection[str] = (), without: Collection[str] = ()) -> Values:
        """The keys of one table. `also` are keys that somebody else reads; `without` those that do not apply here."""
        values: dict[str, Given] = {}
        known = {*table.keys, *also} - {*without}
        for name, value in raw.items():
            at = join(key, name)
            if name not in known:
                self.unknown(at, name, known)
            elif name in table.keys:
                values[name] = Given(self.read(table.keys[name], value, at), at)
        return values

    def unknown(self, key: str, name: str, known: Collection[str]) -> None:
        """Note a key that there is not."""
        ordered = sorted(known)
        self.problem(key, "an unknown key", listed(ordered, 20), nearest(name, ordered))

    def table(self, raw: Raw, name: str, key: str) -> Raw:
        """The table `name` inside of `raw`; empty when it is missing, or not a table."""
        return self.as_table(raw[name], join(key, name)) if name in raw else {}

    def as_table(self, raw: object, key: str) -> Raw:
        """`raw` if it is a table; empty, and a problem, otherwise."""
        if isinstance(raw, Mapping):
            return raw
        self.problem(key, show(raw), "a table")
        return {}

    def tables(self, raw: Raw, name: str, key: str) -> list[tuple[str, Raw, str]]:
        """The tables by id inside of the table `name`: id, content, key. Bad ids are left out."""
        at = join(key, name)
        found: list[tuple[str, Raw, str]] = []
        for inner, content in self.table(raw, name, key).items():
            if self.is_id(inner, join(at, inner)):
                found.append((inner, self.as_table(content, join(at, inner)), join(at, inner)))
        return found

    def is_id(self, name: str, key: str) -> bool:
        """Whether `name` can be an id; a problem if not."""
        fits = ID.fullmatch(name) is not None
        if not fits:
            self.problem(key, f"the id {show(name)}", ID_EXPECTED)
        return fits

    def grow(self, what: str, by: int, key: str) -> bool:
        """Whether the site may grow by so many; a problem, and False, beyond the largest."""
        self._sizes[what] += by
        fits = self._sizes[what] <= LARGEST[what]
        if not fits:
            self._sizes[what] -= by
            self.full = True
            self.problem(
                key, f"more than {LARGEST[what]:,} {what} in the site", f"at most {LARGEST[what]:,}; larger sites are several site files"
            )
        return fits
