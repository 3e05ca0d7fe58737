"""Golden journals: what a run is known to say, in a file beside the tests.

One event a line, in the order of the journal, as JSON with the field that names it first. What changes without anything having changed is
left out or rounded: version and digest of the site file, ids, the epoch (times are seconds since the beginning, to the millisecond), and
the last bits of numbers.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Final

from msgspec import DecodeError, json

from ...config.units import SECOND
from ...pipeline import AlarmEvent, Event, RunEvent
from . import wording

Line = Mapping[str, object]

_CONTEXT: Final = 2
_SHOWN: Final = 60
"""Lines of a difference that a failure shows."""
_MANY: Final = 5_000
"""Lines from which on the search for what differs takes short cuts."""
_UPDATE: Final = "pytest --hotzone-update"


class GoldenDiffers(AssertionError):
    """The journal is not what the golden file says. The message shows where."""


class Shelf:
    """Where golden files are: relative to `folder`. With `update` they are written, not compared; `written` has what was, `wrote` is told."""

    def __init__(
        self,
        folder: Path | None = None,
        *,
        update: bool = False,
        written: dict[Path, bytes] | None = None,
        wrote: Callable[[Path], None] = lambda _: None,
    ) -> None:
        self._folder = folder or Path()
        self._update = update
        self._written = {} if written is None else written
        self._wrote = wrote

    def check(self, name: str, events: Sequence[Event], start: int) -> None:
        """Compare, or write. Raises GoldenDiffers."""
        __tracebackhide__ = True
        path = self._folder / name
        lines = [normal(event, start) for event in events]
        text = b"".join(json.encode(line) + b"\n" for line in lines)
        if self._update:
            self._write(path, text)
            return
        try:
            known = path.read_bytes()
        except FileNotFoundError:
            msg = f"there is no golden journal {path}; write it with: {_UPDATE}"
            raise GoldenDiffers(msg) from None
        if known != text:
            golden = _read(path, known)
            if golden != lines:
                raise GoldenDiffers(_message(path, golden, lines))

    def _write(self, path: Path, text: bytes) -> None:
        __tracebackhide__ = True
        if self._written.get(path, text) != text:
            msg = f"another test has just written the golden journal {path}, with other events: give each its own"
            raise GoldenDiffers(msg)
        if not path.exists() or path.read_bytes() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            new = path.with_name(f"{path.name}.new")
            new.write_bytes(text)
            new.replace(path)
            self._wrote(path)
        self._written[path] = text


def normal(event: Event, start: int) -> Line:
    """An event as it stands in a golden file."""
    line: dict[str, object] = {"at": _time(event.at, start), "type": event.type}
    line |= {name: str(value) for name in event.SUBJECT if (value := getattr(event, name)) is not None}
    left_out = {*line, "alarm", "again", "hall"}
    for name in sorted(event.__struct_fields__):
        value = getattr(event, name)
        if name in left_out or value is None or value is False or (isinstance(event, RunEvent) and event.type == "run.started"):
            continue
        line[name] = _time(value, start) if name == "happened_at" else _plain(value)
    if isinstance(event, AlarmEvent) and event.type != "alarm.raised":
        line["raised_at"] = _time(event.raised_at, start)
    return line


def diff(golden: Sequence[Line], lines: Sequence[Line]) -> list[str]:
    """What differs, for people: `-` is only in the golden file, `+` only in the journal, `~` is in both and changed."""
    old, new = [json.encode(line) for line in golden], [json.encode(line) for line in lines]
    said: list[str] = []
    for group in SequenceMatcher(None, old, new, autojunk=len(old) > _MANY).get_grouped_opcodes(_CONTEXT):
        said += ["      ..."] if said or group[0][1] else []
        for tag, a, b, c, d in group:
            said += [f"  {_said(line)}" for line in golden[a:b]] if tag == "equal" else _changed(golden[a:b], lines[c:d])
    return said


def _changed(golden: Sequence[Line], lines: Sequence[Line]) -> Iterator[str]:
    """A stretch that differs: events of one type about one thing are the same event, changed."""
    new = list(lines)
    for line in golden:
        twin = next((one for one in new if _named(one) == _named(line)), None)
        if twin is None:
            yield f"- {_said(line)}"
            continue
        for one in new[: new.index(twin)]:
            yield f"+ {_said(one)}"
        new = new[new.index(twin) + 1 :]
        keys = [key for key in {**line, **twin} if line.get(key) != twin.get(key)]
        changes = ", ".join(f"{key} {_value(key, line.get(key))} -> {_value(key, twin.get(key))}" for key in keys)
        yield f"~ {_head(line)}: {changes}"
    for one in new:
        yield f"+ {_said(one)}"


def _message(path: Path, golden: Sequence[Line], lines: Sequence[Line]) -> str:
    said = diff(golden, lines)
    counts = {mark: sum(line.startswith(mark) for line in said) for mark in "-+~"}
    words = {"-": "missing", "+": "new", "~": "changed"}
    head = f"{path}: {', '.join(f'{count} {words[mark]}' for mark, count in counts.items() if count)}"
    more = [f"      ... and {len(said) - _SHOWN} lines more"] if len(said) > _SHOWN else []
    return "\n".join([head, *said[:_SHOWN], *more, f"If this is right: {_UPDATE}"])


def _read(path: Path, text: bytes) -> list[Line]:
    lines: list[Line] = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            read = json.decode(line, type=dict[str, object])
        except DecodeError as error:
            msg = f"{path}:{number} is no event of a golden journal ({error}); write it anew with: {_UPDATE}"
            raise GoldenDiffers(msg) from None
        lines.append(read)
    return lines


def _named(line: Line) -> tuple[object, ...]:
    return tuple(line.get(key) for key in ("type", "zone", "unit", "sensor", "rule", "kind", "target"))


def _head(line: Line) -> str:
    names = [str(line[key]) for key in ("zone", "unit", "sensor", "rule", "kind", "target") if key in line]
    return f"{_value('at', line.get('at')):>12}  {line.get('type', '?'):<16}  {' '.join(names)}".rstrip()


def _said(line: Line) -> str:
    named = {"at", "type", "zone", "unit", "sensor", "rule", "kind", "target"}
    rest = " ".join(f"{key}={_value(key, value)}" for key, value in line.items() if key not in named)
    return f"{_head(line)} {rest}".rstrip()


def _value(key: str, value: object) -> str:
    if key in {"at", "happened_at", "raised_at"} and isinstance(value, int | float):
        return f"{value:.3f} s"
    return "none" if value is None else wording.value(value)


def _time(at: int, start: int) -> float:
    return round((at - start) / SECOND, 3)


def _plain(value: object) -> object:
    return float(f"{value:.6g}") if isinstance(value, float) else value if isinstance(value, int) else str(value)
