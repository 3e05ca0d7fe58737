"""The repository, for tests of the repository."""

import ast
import gc
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("app", "config", "handlers", "pipeline", "sensors")
PACKAGES = {f"hotzone.{folder}": folder for folder in FOLDERS} | {"hotzone.app.lessons": "examples/concurrency"}
"""Where each installed folder is in the repository."""
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


def installed_files() -> list[Path]:
    """Every file that is installed."""
    return [path for folder in PACKAGES.values() for path in files(ROOT / folder)]


def installed(path: Path) -> str:
    """Where a file of the packages is in the wheel."""
    package, folder = next((package, folder) for package, folder in PACKAGES.items() if path.is_relative_to(ROOT / folder))
    return (Path(package.replace(".", "/")) / path.relative_to(ROOT / folder)).as_posix()


def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file. Not while garbage is collected: CPython 3.11 fails when a finalizer parses, too."""
    gc.disable()
    try:
        return ast.parse(path.read_text("utf-8"))
    finally:
        gc.enable()
