"""What is installed is locked by hash, within the ranges that pyproject.toml gives, and no file says where to download it."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from support.house import ROOT, files

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
HOSTS = ["pypi" + ".org", "python" + "hosted.org", "registry.npm" + "js.org", "deb.deb" + "ian.org", "crates" + ".io/api"]
"""Written in two pieces, or this file would name them."""


def locked(path: Path) -> dict[str, list[str]]:
    """By package, the versions of a lock file."""
    versions: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([a-z0-9-]+)==(\S+)", path.read_text("utf-8"), re.MULTILINE):
        versions.setdefault(name, []).append(version)
    return versions


def ranges() -> dict[str, list[Requirement]]:
    """By lock file, what it has to satisfy."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = {"run.txt": [Requirement(text) for text in project["dependencies"]]}
    for path in (ROOT / "requirements").glob("*.in"):
        lines = [line.split("#")[0].strip() for line in path.read_text("utf-8").splitlines()]
        wanted.setdefault(f"{path.stem}.txt", []).extend(Requirement(line) for line in lines if line)
    return wanted


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_every_version_has_a_hash_and_no_address(path: Path) -> None:
    text = path.read_text("utf-8")
    entries = re.split(r"^(?=\S)", text, flags=re.MULTILINE)[1:]
    assert entries
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry or "==" not in entry] == []
    assert "://" not in text


@pytest.mark.parametrize("name", sorted(ranges()))
def test_the_locked_versions_are_within_the_ranges(name: str) -> None:
    versions = locked(ROOT / "requirements" / name)
    for wanted in ranges()[name]:
        found = versions.get(wanted.name.lower(), [])
        assert found, f"{wanted} is not locked: make lock"
        assert all(version in wanted.specifier for version in found), f"{wanted} is locked at {found}: make lock"


def test_a_package_in_two_lock_files_has_the_same_versions_in_both() -> None:
    together = [path for path in LOCKS if path.stem != "peers"]  # these have an environment of their own
    for path in together:
        for other in together:
            theirs = locked(other)
            for name, versions in locked(path).items():
                assert set(theirs.get(name, versions)) & set(versions), f"{name} in {path.name} and {other.name}: make lock"


def test_no_file_says_where_to_download_anything() -> None:
    named = [
        (path.relative_to(ROOT).as_posix(), host)
        for path in files(ROOT)
        for text in [path.read_bytes()]
        for host in HOSTS
        if host.encode() in text
    ]
    assert named == []
