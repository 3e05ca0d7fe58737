"""Imports point one way, and the core touches nothing outside itself."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import hotzone.config
import hotzone.pipeline
from support.house import ROOT, files, package_files, parsed

ORDER = ("config", "sensors", "pipeline", "handlers", "app")
"""Each may import those before it."""

OUTSIDE = {
    "aiohttp",
    "aiomqtt",
    "asyncio",
    "concurrent",
    "http",
    "iotcore",
    "logging",
    "mqtt5",
    "multiprocessing",
    "os",
    "paho",
    "pathlib",
    "random",
    "secrets",
    "shutil",
    "signal",
    "socket",
    "sqlite3",
    "ssl",
    "structlog",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "urllib",
}
"""What gives a pure fold I/O, a clock, chance or threads."""

HEAVY = {
    "aiohttp",
    "aiomqtt",
    "asyncio",
    "mqtt5",
    "numpy",
    "prometheus_client",
    "reactivex",
    "rich",
    "sqlite3",
    "structlog",
    "tomllib",
    "typer",
    "zstandard",
}
"""What takes long to import, or stands for much of ours that does."""

SOURCES = [path for path in package_files(ROOT) if path.suffix == ".py"]


def imports(path: Path) -> Iterator[str]:
    """Every module that a file of the packages imports, by its full name: `from ..config import model` is `hotzone.config`."""
    package = ["hotzone", *path.relative_to(ROOT).parts[:-1]]
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            yield ".".join([*base, *([node.module] if node.module else [])])
            if not node.module:
                yield from (".".join([*base, alias.name]) for alias in node.names)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_imports_point_one_way(path: Path) -> None:
    allowed = ORDER[: ORDER.index(path.relative_to(ROOT).parts[0]) + 1]
    wrong = [name for name in imports(path) if name.startswith("hotzone.") and name.split(".")[1] not in allowed]
    assert wrong == [], "app -> handlers -> pipeline -> sensors -> config"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_inside_the_packages_imports_are_relative(path: Path) -> None:
    tree = parsed(path)
    absolute = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level and node.module]
    assert [name for name in absolute if name.split(".")[0] in {"hotzone", *ORDER}] == []


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if name_of(path).startswith("pipeline/") and "/styles/" not in name_of(path)], ids=name_of
)
def test_the_core_has_no_io_no_clock_no_chance_and_no_threads(path: Path) -> None:
    assert {name.split(".")[0] for name in imports(path)} & OUTSIDE == set()


@pytest.mark.parametrize(
    "path", [path for path in files(ROOT / "pipeline") if path.parent.name == "stages" and path.suffix == ".py"], ids=name_of
)
def test_a_stage_knows_no_style(path: Path) -> None:
    assert {name.split(".")[0] for name in imports(path)} & {"reactivex", *OUTSIDE} == set()


@pytest.mark.parametrize(
    ("module", "wanted"),
    [
        ("hotzone.config.model", set()),
        ("hotzone.handlers", set()),
        ("hotzone.pipeline.events", set()),
        ("hotzone.app.cli", {"typer"}),
        ("hotzone.app.demonstration", {"asyncio", "tomllib"}),
    ],
)
def test_who_waits_for_little_loads_little(module: str, wanted: set[str]) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert set(loaded) & HEAVY == wanted


@pytest.mark.parametrize("package", [hotzone.config, hotzone.pipeline], ids=["config", "pipeline"])
def test_what_is_imported_on_demand_is_there(package: ModuleType) -> None:
    for name in package.__all__:
        assert getattr(package, name).__name__ == name
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = package.nothing
