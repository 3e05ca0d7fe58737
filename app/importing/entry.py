"""What an import makes of a line: frames that have a stamp and no place in the log yet."""

from typing import NamedTuple

from msgspec import json

from ...sensors.frame import Own

LINE_LEVEL = "import"
"""First level of the topic of a line of which no thermometer's frame could be made; no template of a site begins so."""
_LONGEST = 4096


class Entry(NamedTuple):
    """One frame to be. `stamp` is when it was measured, or, where that is not known, the stamp of what stood before it."""

    stamp: int
    topic: str
    payload: bytes
    reason: str = ""
    """Why it is a dead letter; empty for a good one."""
    where: str = ""
    """`file:line`, of those that are not good."""


def note(stamp: int, kind: str, text: str, target: str | None, value: float | None = None) -> Entry:
    """An annotation: the pipeline does not see it, the journal does."""
    said = {"kind": kind, "text": text, "at": stamp, "target": target, "value": value}
    return Entry(stamp, Own.NOTE, json.encode({name: one for name, one in said.items() if one is not None}))


def line(stamp: int, table: str, number: int, text: str, reason: str) -> Entry:
    """A line as it stands in its file. Replay finds an unknown topic."""
    return Entry(stamp, f"{LINE_LEVEL}/{table}", text[:_LONGEST].encode("utf-8", "surrogateescape"), reason, f"{table}:{number}")


def payload(value: str, unit: str, at: int, sequence: str) -> bytes:
    """The payload of a thermometer; `value` and `sequence` are JSON."""
    time = at // 1_000_000 if at % 1_000_000 == 0 else at
    more = f',"sequence":{sequence}' if sequence else ""
    return f'{{"value":{value},"unit":"{unit}","time":{time}{more}}}'.encode()
