"""How small and how fast recordings are, for the readings of 1,240 thermometers, by the size of the commits.

    .venv/bin/python benchmarks/recording.py --periods 50 --json recording.json

Commits of 12 readings are a hall in real time, committed ten times a second; 2,000 are what a busy ingest brings. `commit` is the
time of one commit with its fsync; `encode` and `decode` are the codec alone on chunks of 8,192.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from hotzone.sensors.frame import Frame
from hotzone.sensors.payload import decode as decode_payload
from hotzone.sensors.recording import Recording, RecordingWriter
from hotzone.sensors.recording.chunk import decode, encode

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support.readings import readings

STEPS = (12, 124, 500, 2_000, 8_192)
LARGE = 8_192


def record(frames: Sequence[Frame], step: int, folder: Path) -> dict[str, float]:
    """Write and read all frames; sizes in bytes a reading, times in us a reading, commits in ms."""
    commits = []
    with RecordingWriter(folder, site_source="", version="0", started=0) as writer:
        for begin in range(0, len(frames), step):
            begun = time.perf_counter()
            writer.append(frames[begin : begin + step])
            writer.commit()
            commits.append(time.perf_counter() - begun)
    begun = time.perf_counter()
    count = sum(len(batch) for batch in Recording(folder).frames())
    read = time.perf_counter() - begun
    assert count == len(frames)
    commits.sort()
    return {
        "step": step,
        "bytes": sum(path.stat().st_size for path in folder.iterdir()) / count,
        "write_us": sum(commits) / count * 1e6,
        "read_us": read / count * 1e6,
        "commit_p50_ms": commits[len(commits) // 2] * 1e3,
        "commit_p99_ms": commits[len(commits) * 99 // 100] * 1e3,
    }


def codec(frames: Sequence[Frame]) -> dict[str, float]:
    """The codec alone, best of three, in us a reading."""
    chunks = [frames[begin : begin + LARGE] for begin in range(0, len(frames) - LARGE + 1, LARGE)]
    count = LARGE * len(chunks)
    blobs = [encode(chunk) for chunk in chunks]
    payloads = [frame.payload for frame in frames]
    return {
        "bytes": sum(len(blob) for _, blob in blobs) / count,
        "encode_us": best(lambda: [encode(chunk) for chunk in chunks]) / count * 1e6,
        "decode_us": best(lambda: [decode(kind, blob, LARGE) for kind, blob in blobs]) / count * 1e6,
        "payload_us": best(lambda: [decode_payload(payload) for payload in payloads]) / len(payloads) * 1e6,
    }


def best(work: Callable[[], object]) -> float:
    """Seconds of the quickest of three runs."""
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--periods", type=int, default=20, help="readings of each of the 1,240 thermometers")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    options = parser.parse_args()
    frames = readings(sensors=1240, periods=options.periods)
    console = Console()
    alone = codec(frames)
    console.print(
        f"{len(frames)} readings; the codec alone: {alone['bytes']:.2f} bytes, encode {alone['encode_us']:.2f} us, decode {alone['decode_us']:.2f} us a reading"
    )
    console.print(f"payload decode {alone['payload_us']:.2f} us")
    table = Table("readings a commit", "bytes a reading", "write us", "read us", "commit p50 ms", "p99 ms")
    rows = []
    for step in STEPS:
        folder = Path(tempfile.mkdtemp(prefix="hotzone-"))
        try:
            rows.append(row := record(frames, step, folder))
        finally:
            shutil.rmtree(folder)
        table.add_row(str(step), *(f"{row[name]:.2f}" for name in ("bytes", "write_us", "read_us", "commit_p50_ms", "commit_p99_ms")))
    console.print(table)
    if options.json is not None:
        options.json.write_text(json.dumps({"readings": len(frames), "codec": alone, "recordings": rows}, indent=2))


if __name__ == "__main__":
    main()
