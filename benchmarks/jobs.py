"""What processes are worth in a replay: the same recording with one process and with several, in turn, several times.

    .venv/bin/python benchmarks/jobs.py RECORDING --jobs 2 4 --rounds 3

Each replay is a `hotzone replay` of its own, from its start to its exit; its journal must have the same digest each time.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from hashlib import file_digest
from pathlib import Path
from statistics import median


def replayed(recording: Path, jobs: int, journal: Path) -> tuple[float, str]:
    """Wall seconds, and the digest of the journal."""
    words = ("replay", str(recording), "--plain", "--journal", str(journal), *(("--jobs", str(jobs)) if jobs > 1 else ()))
    began = time.monotonic()
    subprocess.run([sys.executable, "-m", "hotzone.app.cli", *words], check=True, stderr=subprocess.DEVNULL)
    seconds = time.monotonic() - began
    with journal.open("rb") as file:
        return seconds, file_digest(file, "sha256").hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description="What processes are worth in a replay.")
    parser.add_argument("recording", type=Path)
    parser.add_argument("--jobs", type=int, nargs="+", default=[2, 4])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    counts = [1, *(jobs for jobs in options.jobs if jobs > 1)]
    taken: dict[int, list[float]] = {jobs: [] for jobs in counts}
    digests: set[str] = set()
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.rounds):
            for jobs in counts:
                seconds, digest = replayed(options.recording, jobs, Path(folder) / "journal")
                taken[jobs].append(seconds)
                digests.add(digest)
    assert len(digests) == 1, "different journals"
    one = median(taken[1])
    for jobs, seconds in taken.items():
        print(
            f"{jobs} jobs: {median(seconds):6.2f} s ({min(seconds):.2f}-{max(seconds):.2f}), {one / median(seconds):.2f} times as fast as one"
        )


if __name__ == "__main__":
    main()
