"""Replay of a day: `hotzone replay` of a recording of hall-200, on one core and by two processes, and how small the recording is.

The recording is made once, by a simulation, and kept in `build/bench` for as long as what it depends on is the same.
"""

import subprocess
import sys
import tempfile
import time
from hashlib import file_digest, sha256
from pathlib import Path
from shutil import rmtree
from typing import Final

from hotzone.config import load
from hotzone.config.shipped import shipped
from hotzone.sensors.recording import Recording

from ..measured import Figure, Run, Subject
from ..processes import CORES, MEASURED, ROOT, cpu_seconds, ended, started
from ..scale import Scale

CACHE: Final = ROOT / "build" / "bench"
SITE: Final = "hall-200"
PATIENCE_S: Final = 900.0
_HOTZONE: Final = (sys.executable, "-m", "hotzone.app.cli")


def recording_of(hours: float) -> tuple[Path, int]:
    """So much of hall-200, recorded, and its readings. Simulating a day takes minutes."""
    parts = ("sensors", "config", "app/lockstep.py", "app/minutes.py")
    sources = sorted(
        path for part in parts for path in ([ROOT / part] if part.endswith(".py") else (ROOT / part).rglob("*")) if path.is_file()
    )
    digest = sha256(b"".join(path.read_bytes() for path in sources if path.suffix in {".py", ".toml"})).hexdigest()[:12]
    folder = CACHE / f"{SITE}-{hours:g}h-{digest}"
    counted = CACHE / f"{folder.name}.readings"
    if not counted.exists():
        for old in CACHE.glob(f"{SITE}-{hours:g}h-*"):
            rmtree(old) if old.is_dir() else old.unlink()
        print(f"simulating {hours:g} h of {SITE}", file=sys.stderr, flush=True)
        command = [*_HOTZONE, "simulate", "--plain", "--site", SITE, "--hours", str(hours), "--recording", str(folder)]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        topics = {sensor.topic for sensor in load(shipped(SITE)).sensors}
        counted.write_text(str(sum(frame.topic in topics for batch in Recording(folder).frames() for frame in batch)))
    return folder, int(counted.read_text())


def replayed(recording: Path, jobs: int, journal: Path) -> tuple[float, float, str]:
    """Wall and CPU seconds, and the digest of the journal."""
    command = [*_HOTZONE, "replay", str(recording), "--plain", "--journal", str(journal), *(("--jobs", str(jobs)) if jobs > 1 else ())]
    began = time.monotonic()
    with started(command, set(CORES) if jobs > 1 else MEASURED, stderr=subprocess.DEVNULL) as process:
        assert ended(process, PATIENCE_S)
        taken, used = time.monotonic() - began, cpu_seconds(process.pid)
    with journal.open("rb") as file:
        return taken, used, file_digest(file, "sha256").hexdigest()


def measure(scale: Scale) -> Run:
    """Both ways; their journals must be the same."""
    recording, readings = recording_of(scale.hours)
    size = sum(path.stat().st_size for path in recording.iterdir())
    with tempfile.TemporaryDirectory() as folder:
        one, used, journal = replayed(recording, 1, Path(folder) / "one")
        two, used_by_two, other = replayed(recording, 2, Path(folder) / "two")
    if journal != other:
        return Run(None, why="the journals differ")
    figures = {
        "--jobs 2": Figure(two, "s"),
        "CPU-s/million with --jobs 2": Figure(used_by_two / readings * 1e6, "s"),
        "readings": Figure(readings, ""),
        "recording": Figure(size / readings, "bytes/reading"),
    }
    return Run(one, used / readings * 1e6, figures)


SUBJECTS: Final = (Subject("hotzone", measure),)
