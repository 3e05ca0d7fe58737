"""The wheel, and an environment with nothing in it but that and what it needs."""

import re
import subprocess
import sys
from pathlib import Path

from support.house import ROOT, installed_files

PYTEST = ("pytest", "iniconfig", "packaging", "pluggy", "pygments")
"""pytest with all that it needs, which is all that the tests of other projects may ask for."""
_UNREACHABLE = re.compile(
    r"Max retries exceeded|NewConnectionError|ConnectTimeout|name resolution|NameResolutionError|Network is unreachable"
)
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]


class NoRegistry(Exception):
    """No package registry answers."""


def build_wheel(source: Path, target: Path) -> Path:
    """Build it from a copy, in `source`, of what belongs into it: the build writes beside the sources."""
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        (source / name).write_bytes((ROOT / name).read_bytes())
    for path in installed_files():
        copy = source / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", target, source)
    (wheel,) = target.glob("*.whl")
    return wheel


class Environment:
    """A fresh virtual environment in `folder`, with locked versions of what hotzone needs to run, and of pytest."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "env" / "bin"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "env"], check=True)
        tests = folder / "pytest.txt"
        tests.write_text("".join(_entries(ROOT / "requirements" / "test.txt", PYTEST)))
        self.install("--require-hashes", "--requirement", ROOT / "requirements" / "run.txt", "--requirement", tests)

    def install(self, *arguments: str | Path) -> None:
        """Install what pip is told to."""
        pip("--python", self.bin / "python", "install", "--no-compile", *arguments)

    def run(self, *command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run one of its programs, with nothing of ours in its surroundings."""
        surroundings = {"PATH": f"{self.bin}:/usr/bin:/bin", "HOME": str(cwd), "PYTHONNOUSERSITE": "1"}
        return subprocess.run(
            [self.bin / command[0], *command[1:]], cwd=cwd, env=surroundings, check=False, capture_output=True, text=True, timeout=120
        )


def pip(*arguments: str | Path) -> None:
    """Run pip. Raises NoRegistry where none can be reached, AssertionError with what it said for anything else."""
    done = subprocess.run([*PIP, *map(str, arguments)], check=False, capture_output=True, text=True, timeout=300)
    if done.returncode and _UNREACHABLE.search(done.stderr):
        raise NoRegistry(done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0, done.stderr


def _entries(lock: Path, names: tuple[str, ...]) -> list[str]:
    """The parts of a lock file that are about these packages."""
    parts = re.split(r"^(?=\S)", lock.read_text("utf-8"), flags=re.MULTILINE)
    return [part for part in parts if part.partition("==")[0] in names]
