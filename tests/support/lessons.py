"""The lessons under examples/concurrency, run as a learner runs them: each in a process of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from hotzone.app.comparing.machine import others_s

FOLDER = Path(__file__).parents[2] / "examples" / "concurrency"
_PATIENCE_S = 120.0
_PROGRAM = "import importlib, json, sys; print(json.dumps(importlib.import_module(sys.argv[1]).main()))"
"""Not by path: what a lesson spawns imports it by name."""


def path_of(number: int) -> Path:
    """The file of a lesson."""
    (path,) = FOLDER.glob(f"{number:02}_*.py")
    return path


def run(number: int, python: str = sys.executable) -> dict[str, Any]:
    """What `main` of the lesson returns. It must end by itself, and say nothing on stderr."""
    command = [python, "-W", "error", "-c", _PROGRAM, path_of(number).stem]
    nobody = subprocess.DEVNULL  # at the keys
    ran = subprocess.run(command, check=False, stdin=nobody, capture_output=True, text=True, cwd=FOLDER, timeout=_PATIENCE_S)
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout + ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


facts = cache(run)
"""The same, once in a session."""


def if_there_are_cores(measure: Callable[[], dict[str, Any]], shown: Callable[[dict[str, Any]], bool]) -> None:
    """Three tries; it proves nothing that others took the cores meanwhile."""
    began, others = time.monotonic(), _others()
    if any(shown(measure()) for _ in range(3)):
        return
    free = (os.cpu_count() or 1) - (_others() - others) / (time.monotonic() - began)
    if free < 1.9:
        pytest.skip(f"others left us {free:.1f} cores")
    pytest.fail(f"not in three tries, with {free:.1f} cores to ourselves")


def _others() -> float:
    """What others have had of the cores until now, s."""
    seconds = others_s()
    if seconds is None:
        pytest.skip("nobody says who had the cores")
    return seconds
