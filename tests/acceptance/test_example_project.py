"""The project in examples/project, tested as its owner would: outside of the clone, from the wheel, with nothing else installed."""

import os
import shutil
from pathlib import Path

import pytest

from support.house import ROOT
from support.wheel import Environment, NoRegistry

LEFT = shutil.ignore_patterns("__pycache__", ".*", "build", "*.egg-info")


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with hotzone and pytest."""
    try:
        made = Environment(tmp_path_factory.mktemp("empty"))
    except NoRegistry as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no package registry can be reached: {error}")
    made.install("--no-deps", "--no-index", wheel)
    return made


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project."""
    return shutil.copytree(ROOT / "examples" / "project", tmp_path / "project", ignore=LEFT)


def test_its_tests_pass(environment: Environment, project: Path) -> None:
    result = environment.run("python", "-m", "pytest", "-v", "-p", "no:cacheprovider", cwd=project)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "plugins: hotzone-" in result.stdout
    assert " 12 passed" in result.stdout
    assert "skipped" not in result.stdout


def test_its_golden_journal_is_what_an_update_writes(environment: Environment, project: Path) -> None:
    golden = project / "tests/golden/chiller-trip.jsonl"
    known = golden.read_bytes()
    golden.write_text("")
    result = environment.run("python", "-m", "pytest", "-p", "no:cacheprovider", "--update", "tests/test_recorded.py", cwd=project)
    assert f"written: {golden}" in result.stdout
    assert golden.read_bytes() == known


def test_what_breaks_in_it_fails_its_tests(environment: Environment, project: Path) -> None:
    precool = project / "serverroom/precool.py"
    precool.write_text(precool.read_text().replace("at_least=80.0", "at_least=60.0"))
    result = environment.run("python", "-m", "pytest", "-p", "no:cacheprovider", "tests/test_cooling.py", cwd=project)
    assert "1 failed, 4 passed" in result.stdout


def test_it_can_be_installed_and_its_handlers_are_found(environment: Environment, project: Path, tmp_path: Path) -> None:
    environment.install("--no-deps", "--no-build-isolation", "--no-index", project)
    shown = environment.run("hotzone", "handlers", "list", "--site", project / "site.toml", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    lines = {line.split()[0]: line for line in shown.stdout.splitlines() if line}
    assert "alarms from high up" in lines["pager"]
    assert "carries out commands" in lines["dampers"]
    assert "installed, serverroom.pager:Pager" in lines["serverroom-pager"]
