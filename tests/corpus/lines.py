"""One line of the corpus: what it is, how it is written down, and where it lies. README.md tells how to add one."""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct, json

HERE: Final = Path(__file__).parent
T0: Final = 1_700_000_000_123_000_000
"""The instant around which all times of the corpus lie, ns since the epoch."""
PRIMED: Final = T0 - 10_000_000_000
"""When each thermometer measured the good 24 °C that it says before its line."""
PRIME: Final = b'{"value":24.0,"unit":"C","time":%d,"sequence":41}' % (PRIMED // 1_000_000)
STANDARD: Final = b'{"value":23.46,"unit":"C","time":1700000000123,"sequence":42}'
LONGEST: Final = 300
"""Bytes from which a payload should be a recipe."""

Piece = str | tuple[str, int]
"""A text, or one with how often it stands; `%d` in it counts from 0."""
Expect = Literal["accept", "reject", "quarantine"]


class Line(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A message and its verdict.

    `topic` and `payload` are text or recipes, `topic_b64` and `payload_b64` bytes; one of each pair is there. `entry` is the item of the
    catalogue in README.md that the line is for. `says` is what an accepted payload says: °C, measured at (ns), sequence. `earlier`
    are payloads that come on the topic before this one. `broker` is what a Mosquitto does with it.
    """

    id: str
    entry: str
    topic: str | list[Piece] = ""
    topic_b64: str = ""
    payload: list[Piece] | None = None
    payload_b64: str = ""
    expect: Expect
    reason: str = ""
    says: tuple[float, int | None, int | None] | None = None
    earlier: list[str] = []
    broker: Literal["carries", "refuses"] = "carries"

    @property
    def topic_bytes(self) -> bytes:
        """As it stands on the wire."""
        return b64decode(self.topic_b64) if self.topic_b64 else written(self.topic)

    @property
    def topic_text(self) -> str:
        """As a log would have it: what is not UTF-8 is replaced, for no broker passes it on."""
        return self.topic_bytes.decode(errors="replace")

    @property
    def payload_bytes(self) -> bytes:
        """The payload, made by its recipe where it has one."""
        return b64decode(self.payload_b64) if self.payload is None else written(self.payload)

    @property
    def letters(self) -> set[bytes]:
        """What its dead letter may hold: the payload, or the only record of a pack."""
        payload = self.payload_bytes
        return {payload, payload[1:-1]} if self.entry == "pack" else {payload}

    @property
    def earlier_payloads(self) -> list[bytes]:
        """What comes before it."""
        return [b64decode(text) for text in self.earlier]


def written(recipe: str | Sequence[Piece]) -> bytes:
    """What a recipe makes."""
    if isinstance(recipe, str):
        return recipe.encode()
    return b"".join(piece.encode() if isinstance(piece, str) else _repeated(*piece) for piece in recipe)


def _repeated(text: str, times: int) -> bytes:
    if "%d" in text:
        return "".join([text % number for number in range(times)]).encode()
    return text.encode() * times


def line(
    entry: str,
    name: str,
    payload: bytes | list[Piece],
    *,
    expect: Expect,
    reason: str = "",
    topic: str | bytes | list[Piece] = "",
    says: tuple[float, int | None, int | None] | None = None,
    earlier: Sequence[bytes] = (),
    broker: Literal["carries", "refuses"] = "carries",
) -> Line:
    """A line; its id and, unless it has one, its topic come from `numbered`."""
    return Line(
        id=name,
        entry=entry,
        topic="" if isinstance(topic, bytes) else topic,
        topic_b64=_base64(topic) if isinstance(topic, bytes) else "",
        payload=None if isinstance(payload, bytes) else payload,
        payload_b64=_base64(payload) if isinstance(payload, bytes) else "",
        expect=expect,
        reason=reason,
        says=says,
        earlier=[_base64(text) for text in earlier],
        broker=broker,
    )


def _base64(text: bytes) -> str:
    return b64encode(text).decode()


def write(lines: Iterable[Struct]) -> bytes:
    """The text of a file."""
    return b"".join(json.encode(one) + b"\n" for one in lines)


@cache
def load(*names: str) -> tuple[Line, ...]:
    """The lines of some files, in order; of all that hold messages if none is named."""
    return tuple(_read(names or MESSAGES))


def _read(names: Sequence[str]) -> Iterator[Line]:
    for name in names:
        for text in (HERE / f"{name}.jsonl").read_bytes().splitlines():
            yield json.decode(text, type=Line)


MESSAGES: Final = ("topics", "bytes", "json", "values", "times", "others", "own")
"""The files of messages, in the order in which tests send them."""
