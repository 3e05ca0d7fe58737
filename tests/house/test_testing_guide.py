"""Every block of the testing guide does what the guide says, in the project that it speaks of."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from support.house import ROOT

pytest_plugins = ["pytester"]

GUIDE = (ROOT / "docs" / "testing.md").read_text("utf-8")
BLOCKS = re.findall(r"(<!-- this fails -->\n)?```(\w+)\n(.*?)```", GUIDE, re.DOTALL)
PROJECT = ROOT / "examples" / "project"


@pytest.fixture
def project(pytester: pytest.Pytester) -> Path:
    """The example project without its tests, and without a site for those that name none."""
    for name in ("serverroom", "recorded", "site.toml"):
        source, target = PROJECT / name, pytester.path / name
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    for name in ("conftest.py", "servers.py", "golden"):
        source, target = PROJECT / "tests" / name, pytester.path / name
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    pytester.makeini("[pytest]\npythonpath = .\nhotzone_recordings = recorded\n")
    return pytester.path


def test_its_python_blocks_pass_and_the_one_that_fails_says_what_is_shown(pytester: pytest.Pytester, project: Path) -> None:
    tests = 0
    for number, (fails, language, text) in enumerate(BLOCKS):
        if language == "python":
            (project / f"test_{'fails' if fails else 'passes'}_{number}.py").write_text(text)
            tests += 0 if fails else text.count("def test_")
    assert tests >= 10
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:hypothesispytest", "--strict-markers", timeout=120)
    result.assert_outcomes(passed=tests, failed=1)
    (shown,) = [text for _, language, text in BLOCKS if language == "text"]
    failure = [line.removeprefix("E").strip() for line in result.stdout.lines if line.startswith("E ")]
    assert [line for line in map(str.strip, shown.splitlines()) if not any(line in said for said in failure)] == []


def test_its_settings_are_those_of_the_example() -> None:
    (shown,) = [tomllib.loads(text) for _, language, text in BLOCKS if language == "toml"]
    kept = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["tool"]["pytest"]["ini_options"]
    options = shown["tool"]["pytest"]["ini_options"]
    assert options.items() <= kept.items()
    assert set(options) == {name for name in kept if name.startswith("hotzone_")}


def test_it_names_all_that_the_plugin_offers() -> None:
    plugin = (ROOT / "app" / "testing" / "plugin.py").read_text("utf-8")
    names = {
        *re.findall(r'addini\("(\w+)"', plugin),
        *re.findall(r'"(--[a-z-]+)"', plugin),
        *re.findall(r"@pytest.fixture.*\ndef (\w+)", plugin),
    }
    assert {"hotzone_site", "--update", "simulate"} <= names
    assert [name for name in sorted(names) if name not in GUIDE] == []
    journal = (ROOT / "app" / "testing" / "journal.py").read_text("utf-8").partition("class Journal:")[2]
    methods = set(re.findall(r"^    def ([a-z]\w*)\(", journal, re.MULTILINE)) - {"describe"}
    assert [name for name in sorted(methods) if f"{name}(" not in GUIDE and f"journal.{name}" not in GUIDE] == []
