"""How long it takes to be there: `hotzone --help`, `import hotzone.handlers`, and the demo until its first reading is in the log."""

import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from hotzone.sensors.recording import Recording, RecordingError

from ..measured import Figure, Run, Subject
from ..processes import CORES, cpu_seconds, ended, interrupt, started
from ..scale import Scale

PATIENCE_S: Final = 30.0
IMPORT: Final = "import time; t = time.perf_counter(); import hotzone.handlers; print(time.perf_counter() - t)"
HOTZONE: Final = str(Path(sys.executable).with_name("hotzone"))


def milliseconds(*command: str) -> tuple[float, float]:
    """Of wall time and of the processor, from its start to its exit."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as output, started(command, stdout=output) as process:
        assert ended(process, PATIENCE_S)
        return (time.perf_counter() - began) * 1e3, cpu_seconds(process.pid) * 1e3


def imported() -> float:
    """Milliseconds of the import alone."""
    with tempfile.TemporaryFile() as output, started((sys.executable, "-c", IMPORT), stdout=output) as process:
        assert ended(process, PATIENCE_S)
        output.seek(0)
        return float(output.read()) * 1e3


def demo() -> float:
    """Seconds until the log has a reading; the hall, a process too, and the embedded broker are included, and all cores theirs."""
    with tempfile.TemporaryDirectory(prefix="hotzone-bench-") as folder, tempfile.TemporaryFile() as output:
        log = Path(folder) / "log"
        began = time.perf_counter()
        with started((HOTZONE, "demo", "--plain", "--recording", str(log)), set(CORES), stdout=output, stderr=output) as process:
            while not heard(log):
                assert process.poll() is None
                assert time.perf_counter() - began < PATIENCE_S
                time.sleep(0.01)
            taken = time.perf_counter() - began
            interrupt(process)
    return taken


def heard(log: Path) -> bool:
    """Whether it has a reading."""
    try:
        return any(frame.topic.startswith("dc/") for batch in Recording(log).frames() for frame in batch)
    except RecordingError:
        return False  # not begun


def middle(values: list[float]) -> float:
    """The median."""
    return sorted(values)[len(values) // 2]


def measure(scale: Scale) -> Run:
    """Each, as it is for somebody who has started it before."""
    helped = [milliseconds(HOTZONE, "--help") for _ in range(scale.starts)]
    figures = {
        "--help, CPU": Figure(middle([cpu for _, cpu in helped]), "ms"),
        "import hotzone.handlers": Figure(middle([imported() for _ in range(scale.starts)]), "ms"),
        "python -c pass": Figure(middle([milliseconds(sys.executable, "-c", "pass")[0] for _ in range(scale.starts)]), "ms"),
        "demo to first reading": Figure(demo(), "s"),
    }
    return Run(middle([wall for wall, _ in helped]), figures=figures)


SUBJECTS: Final = (Subject("hotzone", measure),)
