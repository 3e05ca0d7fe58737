"""The real recordings that tests may try themselves on. They are no part of the project: a test without them is skipped."""

import os
from pathlib import Path

import pytest

from support.house import ROOT

FOLDER = Path(os.environ.get("HOTZONE_RECORDINGS", ROOT.parent / "shared/data"))


def recorded(*names: str) -> list[str]:
    """The files of these names, patterns allowed. Skips the test where one is missing."""
    found: list[str] = []
    for name in names:
        files = sorted(str(path) for path in FOLDER.glob(name))
        if not files:
            pytest.skip(
                f"there is no {name} in {FOLDER}: real recordings are not part of the project, HOTZONE_RECORDINGS names their folder"
            )
        found += files
    return found
