"""Typed options: what a handler class declares as `Options`, read from `[handlers.NAME.options]`, or every mistake at once.

A field takes what its annotation says: `str`, `int`, `float` and `bool` with the bounds of a `msgspec.Meta`, a `Literal` or an enum,
`pathlib.Path` (relative to the site file), `Secret`, tuples, tables and further structs of these, and whatever reads with a kind of the
site file: `Annotated[int, Duration(SECOND, HOUR)]` is written "10s" and arrives in nanoseconds.
"""

from collections.abc import Mapping
from enum import Enum
from math import inf
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Final, Literal, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from msgspec import Meta, Struct, ValidationError, convert, structs

from ..config.kinds import Choice, Duration, Flag, Integer, Kind, Number, Text
from ..config.problems import ConfigError, Problem, Unfit, join, listed, nearest, show
from ..config.secret_source import EXPECTED as A_SECRET
from ..config.secrets import Secret
from ..config.service import HandlerConfig

__all__ = ["RESERVED", "Choice", "Duration", "Integer", "Kind", "Number", "Text", "label", "read_options"]

RESERVED: Final = ("events", "min_priority")
"""Options of every handler: what it hears. They are not part of its own."""
_LARGEST: Final = 2**63
T = TypeVar("T", bound=Struct)


class _Place(NamedTuple):
    """Where a value stands."""

    file: str
    folder: str | None
    table: str
    key: str = ""

    def inside(self, name: str) -> "_Place":
        return self._replace(key=join(self.key, name))

    def problem(self, found: str, expected: str, near: str | None = None) -> Problem:
        return Problem(self.file, f"{self.table} {self.key}".rstrip(), found, expected, near)


def read_options(of: type[T], config: HandlerConfig) -> T:
    """The options of a handler, checked and complete.

    Raises:
        ConfigError: everything that is wrong with them, by file and key, with what was expected and the nearest valid name.
        TypeError: `of` is no frozen struct; the handler's own mistake.
    """
    if not (isinstance(of, type) and issubclass(of, Struct) and of.__struct_config__.frozen):
        msg = "Options must be a frozen msgspec.Struct"
        raise TypeError(msg)
    raw = {name: value for name, value in config.options.items() if name not in RESERVED}
    problems: list[Problem] = []
    read = _struct(of, raw, _Place(config.file, config.folder, f"[handlers.{config.name}.options]"), problems, RESERVED)
    if read is None:
        raise ConfigError(problems)
    return read


def label(hint: object) -> str:
    """What a field takes, for people: `duration`, `text`, `whole number`."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        kind = next((one for one in arguments[1:] if isinstance(one, Kind)), None)
        return label(arguments[0]) if kind is None else kind.label
    if origin in {Union, UnionType}:
        return " or ".join(dict.fromkeys(label(one) for one in arguments if one is not NoneType))
    if origin in {tuple, list, frozenset}:
        return f"array of {label(arguments[0])}"
    if origin is dict:
        return "table"
    if origin is Literal:
        return Choice(tuple(map(str, arguments))).label
    if isinstance(hint, type) and issubclass(hint, Enum):
        return Choice(tuple(str(one.value) for one in hint)).label
    if isinstance(hint, type) and issubclass(hint, Struct):
        return "table"
    return _PLAIN.get(hint, getattr(hint, "__name__", str(hint))) if isinstance(hint, type) else str(hint)


_PLAIN: Final[dict[object, str]] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: Flag.label,
    Path: "path",
    Secret: "secret",
}


def _struct(of: type[T], raw: Mapping[str, object], place: _Place, problems: list[Problem], also: tuple[str, ...] = ()) -> T | None:
    """The struct, or None when there are problems."""
    hints, before = get_type_hints(of, include_extras=True), len(problems)
    known = {field.encode_name: field for field in structs.fields(of)}
    values: dict[str, object] = {}
    for name, value in raw.items():
        if name not in known:
            names = sorted({*known, *also})
            problems.append(place.inside(name).problem("an unknown key", listed(names, 20), nearest(name, names)))
            continue
        values[known[name].name] = _value(hints[known[name].name], value, place.inside(name), problems)
    for name, field in known.items():
        if field.required and name not in raw:
            problems.append(place.inside(name).problem("nothing", _expected(hints[field.name])))
    if len(problems) > before:
        return None
    try:
        return of(**values)
    except Unfit as unfit:
        problems.append(place.problem(unfit.found, unfit.expected, unfit.nearest))
    except ValueError as error:  # the struct's own check
        problems.append(place.problem("options that do not go together", str(error)))
    return None


def _value(hint: object, raw: object, place: _Place, problems: list[Problem]) -> object:
    """The value; None and a problem for one that does not fit."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        return _one_of(hint, [one for one in arguments if one is not NoneType], raw, place, problems)
    if origin in {tuple, list, frozenset} and isinstance(raw, list):
        return origin([_value(arguments[0], one, place.inside(str(index)), problems) for index, one in enumerate(raw)])
    if origin is dict and isinstance(raw, Mapping):
        return {str(name): _value(arguments[1], one, place.inside(str(name)), problems) for name, one in raw.items()}
    if isinstance(hint, type) and issubclass(hint, Struct) and isinstance(raw, Mapping):
        return _struct(hint, raw, place, problems)
    try:
        return _single(hint, raw, place.folder)
    except Unfit as unfit:
        problems.append(place.problem(unfit.found, unfit.expected, unfit.nearest))
    return None


def _one_of(hint: object, ways: list[object], raw: object, place: _Place, problems: list[Problem]) -> object:
    """The first of several types that fits; where there is but one beside a secret, its own words about what does not."""
    if Secret in ways and len(ways) > 1:
        if isinstance(raw, Secret):
            return raw
        ways = [way for way in ways if way is not Secret]
    found: list[Problem] = []
    for way in ways:
        found = []
        value = _value(way, raw, place, found)
        if not found:
            return value
    problems += found if len(ways) == 1 else [place.problem(_shown(raw), _expected(hint))]
    return None


def _single(hint: object, raw: object, folder: str | None) -> object:
    """A value of one piece; no table or array fits here. Raises Unfit."""
    if hint is object:
        return raw
    base, kind, meta = hint, None, None
    if get_origin(hint) is Annotated:
        base, *notes = get_args(hint)
        kind = next((note for note in notes if isinstance(note, Kind)), None)
        meta = next((note for note in notes if isinstance(note, Meta)), None)
    if base is Secret:
        if isinstance(raw, Secret):
            return raw
        raise Unfit("something else (not shown)", A_SECRET)  # noqa: EM101  facts, not a message
    if isinstance(raw, Secret):
        raise Unfit("a secret", f"{_expected(hint)}: this is written as it is")  # noqa: EM101  the end of a sentence
    if base is Path:
        return Path(folder or "", str(Text("path").read(raw)))
    if isinstance(raw, list | Mapping) and kind is None:
        raise Unfit(show(raw), _expected(hint))
    kind = kind or _kind(base, meta)
    value = raw if kind is None else kind.read(raw)
    try:
        return convert(value, base if meta is None else Annotated[base, meta], strict=True)
    except ValidationError as error:
        raise Unfit(_shown(raw), f"{_expected(hint)} ({error})") from None


def _kind(base: object, meta: Meta | None) -> Kind | None:
    """The kind that reads a plain type, for its words about what does not fit."""
    if base is bool:
        return Flag()
    if base is int:
        least, most = (meta.ge if meta else None), (meta.le if meta else None)
        return Integer(-_LARGEST if least is None else int(least), _LARGEST - 1 if most is None else int(most))
    if base is float:
        least, most = (meta.ge if meta else None), (meta.le if meta else None)
        return Number(-inf if least is None else least, inf if most is None else most)
    if base is str and meta is None:
        return Text()
    if get_origin(base) is Literal:
        return Choice(tuple(map(str, get_args(base))))
    if isinstance(base, type) and issubclass(base, Enum):
        return Choice(tuple(str(one.value) for one in base))
    return None


def _expected(hint: object) -> str:
    name = label(hint).replace(" \\| ", " or ").replace("`", '"')
    return f"{'an' if name[:1] in 'aeiou' else 'a'} {name}" if name in {"table", *_PLAIN.values()} or name.startswith("array") else name


def _shown(raw: object) -> str:
    return "a secret" if isinstance(raw, Secret) else show(raw)
