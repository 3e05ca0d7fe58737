"""How long this disk takes to make something safe: to be said beside every latency."""

import os
import time
from pathlib import Path


def fsync_ms(folder: Path, times: int = 50) -> str:
    """p50 and the greatest of some, as text."""
    path = folder / "fsync"
    taken: list[float] = []
    with path.open("wb", buffering=0) as file:
        for _ in range(times):
            file.write(b"x" * 4096)
            began = time.perf_counter()
            os.fsync(file.fileno())
            taken.append((time.perf_counter() - began) * 1000)
    path.unlink()
    taken.sort()
    return f"fsync p50 {taken[times // 2]:.2f} ms, max {taken[-1]:.2f} ms"
