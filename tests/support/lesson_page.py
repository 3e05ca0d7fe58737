"""The page that leads through the lessons: where each link into the code must lead. Written anew by `make docs`."""

import ast
import re
import sys
from pathlib import Path

from support.house import ROOT, parsed

PAGE = ROOT / "docs" / "learn" / "README.md"
_PLACE = re.compile(r"\[?`(?P<file>[a-z_/]+\.py): (?P<name>\w+)`(?:\]\([^)]*\))?")


def with_lines(page: str) -> str:
    """The page with every place in the code linked to the line where it is now."""
    return _PLACE.sub(
        lambda found: f"[{found[0].strip('[').partition(']')[0]}](../../{found['file']}#L{line(found['file'], found['name'])})", page
    )


def line(file: str, name: str) -> int:
    """Where a module defines a function, a class or a method, counted from 1."""
    defined = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    return next(node.lineno for node in ast.walk(parsed(ROOT / file)) if isinstance(node, defined) and node.name == name)


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(with_lines(path.read_text("utf-8")), "utf-8")
