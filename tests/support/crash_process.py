"""Starting `crash_child.py`, and waiting for what becomes of it."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from support import crash_child
from support.waiting import until

CHILD = Path(crash_child.__file__)


class Child:
    """The run; `said` is what it printed."""

    def __init__(self, folder: Path, url: str, *bomb: str) -> None:
        self.log = (folder / "child.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, str(CHILD), str(folder), url, *bomb], stdout=subprocess.PIPE, stderr=self.log, cwd=folder
        )

    async def ended(self, seconds: float = 20.0) -> int | None:
        """How it ended; None when it has not."""
        with suppress(TimeoutError):
            await until(lambda: self.process.poll() is not None, seconds=seconds)
        return self.process.returncode

    async def ready(self) -> None:
        assert self.process.stdout is not None
        line = await asyncio.to_thread(self.process.stdout.readline)
        assert line == b"ready\n", f"it did not come up; see {self.log.name}"


@asynccontextmanager
async def child(folder: Path, url: str, *bomb: str) -> AsyncIterator[Child]:
    run = Child(folder, url, *bomb)
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.process.kill()
        run.process.communicate()
        run.log.close()
