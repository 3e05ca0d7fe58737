"""The lessons under examples/concurrency, run as a learner runs them: each in a process of its own."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

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
