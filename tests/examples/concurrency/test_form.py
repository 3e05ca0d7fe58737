"""Every lesson has the form that a reader counts on: short, alone, with a title, and true about hotzone."""

import ast
import re
import sys
from pathlib import Path

import pytest

from support.house import ROOT, parsed
from support.lessons import FOLDER

LESSONS = sorted(FOLDER.glob("[0-9]*.py"))
_NAMED = {"numpy", "reactivex"}
"""What a lesson may import beside the standard library."""
_IN_HOTZONE = re.compile(r"^In hotzone: (\S+\.py): (\w+)$", re.MULTILINE)

every_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


def test_the_lessons_are_numbered_from_1_to_20() -> None:
    assert [int(path.stem[:2]) for path in LESSONS] == list(range(1, 21))


@every_lesson
def test_it_fits_a_screen(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 60


@every_lesson
def test_it_begins_with_a_sentence_and_says_where_the_product_does_it(path: Path) -> None:
    text = ast.get_docstring(parsed(path)) or ""
    title, blank = text.splitlines()[:2]
    assert title.endswith(".")
    assert blank == ""
    found = _IN_HOTZONE.search(text)
    assert found is not None, "a line `In hotzone: path/file.py: name`"
    file, name = found.groups()
    assert name in _defined(ROOT / file), f"{file} defines no {name}"


def _defined(path: Path) -> set[str]:
    tree = parsed(path)
    targets = {target.id for node in tree.body if isinstance(node, ast.Assign) for target in node.targets if isinstance(target, ast.Name)}
    return targets | {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)}


@every_lesson
def test_it_needs_nothing_beside_it(path: Path) -> None:
    tree = parsed(path)
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names | _NAMED
    assert "__file__" not in path.read_text("utf-8")


@every_lesson
def test_it_has_a_main_that_runs_when_it_is_started(path: Path) -> None:
    tree = parsed(path)
    (main,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "main"]
    assert main.returns is not None
    assert ast.unparse(main.returns) == "dict[str, object]"
    assert ast.unparse(tree.body[-1]) == "if __name__ == '__main__':\n    main()"
