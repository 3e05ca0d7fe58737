"""`hotzone` as a child process."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

PATIENCE_S = 90.0
"""More than a busy machine needs; it costs nothing where all is well."""

SITE = """
name = "t"
[quality]
period = "10s"
[http]
port = 0
[halls.h1]
cooling = { count = 2, control = "on" }
[halls.h1.zones]
A1 = { layout.count = 4 }
B1 = { layout.count = 4 }
"""
"""Two zones, 48 thermometers."""


class Command:
    """A running `hotzone`. What it says is in `log`."""

    def __init__(self, folder: Path, *words: str, env: Mapping[str, str] | None = None) -> None:
        self.log_path = folder / f"{words[0]}-{time.monotonic_ns()}.log"
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hotzone.app.cli", *words], stdout=log, stderr=log, cwd=folder, env={**os.environ, **(env or {})}
            )

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait while it runs. Fails with its log."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert self.process.poll() is None, f"it ended with {self.process.returncode} before {what}: {self.log}"
            assert time.monotonic() < deadline, f"no sign of {what}: {self.log}"
            time.sleep(0.02)

    def signal(self, number: int) -> float:
        """Send it; the seconds until it was gone."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(PATIENCE_S)
        return time.monotonic() - began


@contextmanager
def hotzone(folder: Path, *words: str, env: Mapping[str, str] | None = None) -> Iterator[Command]:
    """Run it; it is gone when the block ends."""
    command = Command(folder, *words, env=env)
    try:
        yield command
    finally:
        if command.process.poll() is None:
            command.process.kill()
            command.process.wait(PATIENCE_S)


def call(folder: Path, *words: str, **env: str) -> "subprocess.CompletedProcess[str]":
    """Run it to its end."""
    return subprocess.run(
        [sys.executable, "-m", "hotzone.app.cli", *words],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=PATIENCE_S,
        env={**os.environ, **env},
    )


def types(journal: Path) -> list[str]:
    """The types of a journal's whole lines."""
    if not journal.exists():
        return []
    return [json.loads(line)["type"] for line in journal.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
