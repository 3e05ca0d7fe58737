"""The repository, for tests of the repository."""

import ast
import gc
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("app", "config", "handlers", "pipeline", "sensors")
_MADE = {".git", ".venv", "build", "dist", "recordings", "node_modules"}


def files(folder: Path) -> Iterator[Path]:
    """Every file below that somebody wrote: no caches, no environments, nothing built, no links."""
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or path.name in _MADE or path.name == "__pycache__" or path.name.endswith(("_cache", ".egg-info", ".pyc")):
            continue
        if path.name in {".hypothesis", ".coverage"}:
            continue
        if path.is_dir():
            yield from files(path)
        else:
            yield path


def package_files(root: Path) -> list[Path]:
    """Every file of the five packages."""
    return [path for folder in FOLDERS for path in files(root / folder)]


def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file. Not while garbage is collected: CPython 3.11 fails when a finalizer parses, too."""
    gc.disable()
    try:
        return ast.parse(path.read_text("utf-8"))
    finally:
        gc.enable()
