"""From what a file calls a thermometer to its id in the site, `zone/rack/position`."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Final

from .errors import TableError, Trouble, Unreadable, quoted

_HOLE: Final = re.compile(r"\{([^{}]*)\}")
_OTHER: Final = re.compile(r"[^A-Za-z0-9_.-]+")
_LONGEST: Final = 64
_ID: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_QUOTED: Final = re.compile(r"'(?=[=+@-])")
"""What an export puts before a name that a spreadsheet would compute."""
LEVELS: Final = 3

SENSOR: Final = "sensor"
FILE: Final = "file"


def part(text: str) -> str:
    """What an id may hold of `text`: letters without their accents, and one `-` for each run of anything else."""
    if _ID.fullmatch(text):
        return text
    plain = unicodedata.normalize("NFKD", text)
    return _OTHER.sub("-", "".join(letter for letter in plain if not unicodedata.combining(letter))).strip("-")[:_LONGEST]


def sensor_id(text: str) -> str:
    """The id that `text` writes: three parts between slashes. Raises Unreadable."""
    levels = _QUOTED.sub("", text, count=1).split("/")
    parts = [part(level) for level in levels]
    if len(parts) != LEVELS:
        raise Unreadable(Trouble.BAD_NAME, f"{quoted(text)} is not zone/rack/position")
    if not all(parts):
        empty = levels[parts.index("")]
        why = (
            f"holds {quoted(empty)}, of which no id can be made: give it one with --sensor-map"
            if empty
            else "names nothing between two slashes"
        )
        raise Unreadable(Trouble.BAD_NAME, f"{quoted(text)} {why}")
    return "/".join(parts)


class NameTemplate:
    """An id with holes: `A1/{host}/in`.

    `{sensor}` is the thermometer's name in the file, `{file}` the file's name without its ending, anything else a column by name or number.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.holes = tuple(_HOLE.findall(text))
        self.columns = tuple(name for name in self.holes if name not in {SENSOR, FILE})
        if set("{}") & set(_HOLE.sub("", text)) or "" in self.columns:
            msg = f"--as {text}: expected an id such as A1/r1/in-top, or with holes as A1/{{sensor}}/in"
            raise TableError(msg)
        if self.is_id and _HOLE.sub("", text).count("/") != LEVELS - 1:
            msg = f"--as {text}: expected zone/rack/position, such as A1/r1/in-top or A1/{{sensor}}/in"
            raise TableError(msg)

    @property
    def is_id(self) -> bool:
        """Whether it says more than what the file calls the thermometer."""
        return self.text != f"{{{SENSOR}}}"

    def bind(self, index_of: Callable[[str], int]) -> tuple[int, ...]:
        """The places of its columns."""
        return tuple(index_of(name) for name in self.columns)

    def fill(self, sensor: str, file: str, cells: Sequence[str]) -> str:
        """The id's text; `cells` are those of its columns. A name must not bring slashes of its own into a template that has some."""
        values = {SENSOR: sensor, FILE: file, **dict(zip(self.columns, cells, strict=True))}
        if self.is_id:
            values = {name: value.replace("/", "-") for name, value in values.items()}
        return _HOLE.sub(lambda hole: values[hole[1]], self.text)
