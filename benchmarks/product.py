"""`hotzone run` with everything on: it records, acknowledges after the commit, validates, alarms, keeps a journal and serves metrics."""

import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hotzone.sensors.recording import Recording

from .broker import until_heard
from .processes import started
from .readings import note, noted

LOOK_S: Final = 0.0005
"""Between two looks at the journal."""
_PATIENCE_S: Final = 30.0


class Product:
    """One run of it. What has come through is seen in its journal."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._folder = folder
        self._journal = folder / "journal"
        self._read = 0

    def told(self, text: str, patience: float = _PATIENCE_S) -> int | None:
        """When a note came out of it, ns; None if it does not within `patience` seconds."""
        return next((at for lines, at in self.growth(text, patience) if noted(text) in lines), None)

    def growth(self, last: str, patience: float = _PATIENCE_S) -> Iterator[tuple[bytes, int]]:
        """What the journal grows by, and when, ns; until it has the note `last`, or until nothing comes for so long."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and self.process.poll() is None:
            size = self._journal.stat().st_size if self._journal.exists() else 0
            if size > self._read:
                at = time.monotonic_ns()
                with self._journal.open("rb") as file:
                    file.seek(self._read)
                    lines = file.read()
                lines = lines[: lines.rfind(b"\n") + 1]  # the last may be half there
                self._read += len(lines)
                deadline = time.monotonic() + patience
                yield lines, at
                if noted(last) in lines:
                    return
            time.sleep(LOOK_S)

    def recorded(self) -> int:
        """How many different readings the recording has."""
        recording = Recording(self._folder / "log")
        return len({(frame.topic, frame.payload) for batch in recording.frames() for frame in batch if frame.topic.startswith("dc/")})

    def metrics(self) -> dict[str, float]:
        """What it measures of itself, labels and all."""
        with urllib.request.urlopen(f"{self.address()}/metrics", timeout=10) as answer:  # noqa: S310  its own address
            lines = answer.read().decode().splitlines()
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if not line.startswith("#"))}

    def address(self) -> str:
        """Where it serves."""
        found = re.search(r'"http":\s*"([^"]+)"', (self._folder / "output").read_text())
        assert found is not None
        return found[1]


@contextmanager
def running(url: str, site: str, program: Sequence[str] = ("hotzone.app.cli",)) -> Iterator[Product]:
    """It, from when it folds what comes in; `program` is a module that runs it, and what comes before its command line."""
    folder = Path(tempfile.mkdtemp(prefix="hotzone-bench-"))
    (folder / "site.toml").write_text(site)
    options = ["--site", folder / "site.toml", "--broker", url, "--recording", folder / "log", "--journal", folder / "journal", "--plain"]
    command = [sys.executable, "-m", *program, "run", *map(str, options)]
    try:
        with (folder / "output").open("wb") as output, started(command, stderr=output, stdout=output) as process:
            product = Product(folder, process)
            if not (until_heard(url, note("hello"), _PATIENCE_S) and product.told("hello")):
                msg = f"hotzone run did not begin: {(folder / 'output').read_text()[-2000:]}"
                raise RuntimeError(msg)
            yield product
    finally:
        shutil.rmtree(folder, ignore_errors=True)
