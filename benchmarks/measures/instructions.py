"""How many instructions a reading takes in memory, and a message all the way in: a count, which neighbours and clocks do not change.

Callgrind counts them. The jobs are in `jobs`; a start of them under it takes some minutes.
"""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from ..measured import Figure, Run, Subject
from ..processes import module, started
from ..scale import Scale

COUNT: Final = 10_000
"""Readings, and messages, of a half of a job."""
READING: Final = 3
"""The part of the count that is the second half of the readings, from 1; each part ends at a mark."""
MESSAGE: Final = 6
_SUMMARY: Final = re.compile(r"^summary: ([0-9]+)", re.MULTILINE)
_VALGRIND: Final = ("env", "PYTHONHASHSEED=0", "valgrind", "--tool=callgrind", "--dump-before=getppid")


def missing() -> str | None:
    """Why nothing can be counted."""
    return None if shutil.which("valgrind") else "valgrind is not installed"


def counted(count: int) -> list[int]:
    """Instructions of each part of `jobs`."""
    with tempfile.TemporaryDirectory(prefix="hotzone-bench-") as folder:
        command = [*_VALGRIND, f"--callgrind-out-file={folder}/part", *module("jobs", count)]
        with started(command, stderr=subprocess.DEVNULL) as process:
            assert process.wait() == 0
        parts = sorted(Path(folder).glob("part.*"), key=lambda path: int(path.suffix[1:]))
        return [int(found[1]) for part in parts if (found := _SUMMARY.search(part.read_text()))]


def measure(_: Scale) -> Run:
    """Of one start."""
    parts = counted(COUNT)
    figures = {"a reading in memory": Figure(parts[READING - 1] / COUNT, "instructions")}
    return Run(parts[MESSAGE - 1] / COUNT, figures=figures)


SUBJECTS: Final = (Subject("hotzone", measure, missing),)
