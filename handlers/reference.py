"""The options of the built-in handlers, from their types: `python -m hotzone.handlers.reference docs/handlers.md` writes them in.

In the page, a table stands between `<!-- options of NAME -->` and `<!-- end -->`. The docstring under a field is its text.
"""

import ast
import inspect
import re
import sys
from enum import Enum
from importlib.metadata import EntryPoint, entry_points
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final, get_args, get_origin, get_type_hints

from msgspec import NODEFAULT, Struct, structs

from ..config.durations import format_duration
from ..config.reference import Undocumented
from .discovery import GROUP
from .options import Duration, label

_TABLE: Final = re.compile(r"(<!-- options of ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def built_in() -> dict[str, type[Struct]]:
    """The options of each handler that ships with hotzone and has any."""
    points = (point for point in entry_points(group=GROUP) if point.value.startswith("hotzone."))
    return {point.name: options for point in points if (options := _options(point)) is not None}


def table(of: type[Struct]) -> str:
    """The options as a table in Markdown. Raises `Undocumented` for one without a text."""
    hints, texts = get_type_hints(of, include_extras=True), _texts(of)
    lines = ["| option | takes | default | |", "|---|---|---|---|"]
    for field in structs.fields(of):
        if field.name not in texts:
            raise Undocumented(of.__qualname__, field.name)
        default = field.default if field.default is not NODEFAULT or field.required else field.default_factory()
        lines.append(f"| `{field.encode_name}` | {label(hints[field.name])} | {_shown(hints[field.name], default)} | {texts[field.name]} |")
    return "\n".join(lines) + "\n"


def filled(page: str) -> str:
    """The page with every table as the types have it."""
    known = built_in()
    return _TABLE.sub(lambda match: match[1] + table(known[match[2]]) + match[3], page)


def _options(point: EntryPoint) -> type[Struct] | None:
    found: type[Struct] | None = getattr(point.load(), "Options", None)
    return found


def _texts(of: type[Struct]) -> dict[str, str]:
    tree = ast.parse(inspect.cleandoc("\n" + inspect.getsource(of)))
    found: dict[str, str] = {}
    for field, below in pairwise(next(node.body for node in tree.body if isinstance(node, ast.ClassDef))):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str() as text)):
                found[name] = " ".join(text.split())
    return found


def _shown(hint: object, value: object) -> str:
    kinds = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    match value:
        case None | () | {}:
            return "none"
        case bool():
            return f"`{str(value).lower()}`"
        case int() if any(isinstance(kind, Duration) for kind in kinds):
            return f"`{format_duration(value)}`"
        case Enum():
            return f"`{value.value}`"
    return "required" if value is NODEFAULT else f"`{value}`"


def main(arguments: list[str]) -> int:
    """Write the tables into the page named, or print them."""
    for path in map(Path, arguments):
        path.write_text(filled(path.read_text("utf-8")), encoding="utf-8")
    if not arguments:
        for name, of in built_in().items():
            sys.stdout.write(f"{name}\n\n{table(of)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
