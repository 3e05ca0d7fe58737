"""Processes that are measured: on which cores they run, what they use, and what they answer."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from msgspec import json

CORES = sorted(os.sched_getaffinity(0))
LOAD = {CORES[0]}
"""Where publisher, broker and this process run."""
MEASURED = set(CORES[1:]) or LOAD
"""Where that runs which is measured; the same core if there is but one."""
ROOT = Path(__file__).parents[1]
_ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}


@contextmanager
def started(command: Sequence[str], cores: set[int] = MEASURED, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A process on these cores, killed at the end."""
    process = subprocess.Popen(command, cwd=ROOT, env=_ENVIRONMENT, **options)
    os.sched_setaffinity(process.pid, cores)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def module(name: str, *arguments: object) -> list[str]:
    """The command for a module of this package."""
    return [sys.executable, "-m", f"benchmarks.{name}", *map(str, arguments)]


def answer(name: str, *arguments: object, cores: set[int] = MEASURED, python: str = sys.executable) -> Any:
    """What a module of this package prints, a line of JSON. Raises CalledProcessError."""
    command = [python, *module(name, *arguments)[1:]]
    with started(command, cores, stdout=subprocess.PIPE) as process:
        printed, _ = process.communicate()
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
    return json.decode(printed)


def say(found: object) -> None:
    """Answer whoever called `answer`."""
    sys.stdout.buffer.write(json.encode(found) + b"\n")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and of its children that ended, to 10 ms; for a zombie too."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def resident(pid: int | str = "self") -> float:
    """MiB that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def ended(process: subprocess.Popen[bytes], patience: float) -> bool:
    """Whether it ends well, by itself and in time; it stays a zombie, which still shows its CPU time."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        state = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG)
        if state is not None:
            return state.si_status == 0
        time.sleep(0.001)
    return False


def line(stream: IO[bytes] | None) -> bytes:
    """The next line that a process prints. Raises EOFError when it printed none."""
    assert stream is not None
    found = stream.readline()
    if not found:
        raise EOFError
    return found


def interrupt(process: subprocess.Popen[bytes], patience: float = 20.0) -> None:
    """SIGTERM, and wait."""
    process.send_signal(signal.SIGTERM)
    process.wait(patience)
