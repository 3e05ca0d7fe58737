"""Disks that are full, fail, or lose the power in the middle of a write: nothing that was said to be safe is lost, and the log opens whole.

Failures are injected into the system calls of a real process by strace, one at each place where one can be; a full disk is a small tmpfs.
"""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from random import Random

import pytest

from hotzone.app.ledger import Ledger
from hotzone.app.state_file import state_path
from hotzone.config import loads
from hotzone.config.units import SECOND
from hotzone.handlers.outbox import Outbox
from hotzone.pipeline import Pipeline
from hotzone.sensors.frame import Frame
from hotzone.sensors.recording import NotARecording, RecordingDamaged, RecordingWriter
from hotzone.sensors.recording.folder import segments
from hotzone.sensors.recording.segment import delete
from support import disk_child
from support.accounts import frames_of
from support.ramp import RAMP_SITE, ramp

FRAMES = ramp()
TESTS = Path(__file__).parents[1]
STRACE = shutil.which("strace")
FAULTS = {
    "an fdatasync fails": ("fdatasync", "error=EIO"),
    "an fsync fails": ("fsync", "error=EIO"),
    "the disk is full": ("pwrite64", "error=ENOSPC"),
    "a write fails": ("pwrite64", "error=EIO"),
    "a rename fails": ("rename", "error=EIO"),
    "killed at an fdatasync": ("fdatasync", "signal=KILL"),
    "killed at an fsync": ("fsync", "signal=KILL"),
    "killed at a write": ("pwrite64", "signal=KILL"),
    "killed at a rename": ("rename", "signal=KILL"),
    "killed at an unlink": ("unlink", "signal=KILL"),
}


def child(folder: Path, *before: str) -> "subprocess.CompletedProcess[str]":
    paths = [str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.run(
        [*before, sys.executable, disk_child.__file__, str(folder)],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )


def with_strace(folder: Path, call: str, how: str, when: int) -> "subprocess.CompletedProcess[str] | None":
    """Run with one failure; None when the call is made less often than that."""
    assert STRACE is not None
    trace = folder.with_name(f"{folder.name}.trace")
    words = [STRACE, "-f", "-qq", "-o", str(trace), "-e", f"trace={call}", "-e", f"inject={call}:{how}:when={when}"]
    done = child(folder, *words)
    hit = "INJECTED" in trace.read_text() or "killed by SIGKILL" in trace.read_text()
    return done if hit else None


@pytest.fixture(scope="module")
def may_trace(tmp_path_factory: pytest.TempPathFactory) -> None:
    if STRACE is None:
        pytest.skip("strace is not installed: apt-get install strace")
    log = tmp_path_factory.mktemp("strace") / "trace"
    if subprocess.run([STRACE, "-o", log, "-e", "inject=close:error=EIO:when=99", "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine lets nobody trace processes")


def promised(done: "subprocess.CompletedProcess[str]") -> int:
    """How many frames it said were safe."""
    return max((int(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("committed")), default=0)


@cache
def event_ids() -> list[str]:
    """Of all that the log leads to."""
    with closing(Pipeline(loads(RAMP_SITE))) as pipeline:
        return sorted(event.id for event in pipeline.push(FRAMES))


def check(folder: Path, done: "subprocess.CompletedProcess[str]", *, full: bool) -> None:
    """What was promised is there, but for old segments of a full disk; a next run goes on and brings everything to its end, once."""
    try:
        there = frames_of(folder / "log")
    except (NotARecording, RecordingDamaged, OSError):
        pass  # killed while a segment was being finished: the next writer finishes it first, nobody else may
    else:
        begin = FRAMES.index(there[0]) if there else 0
        assert full or begin == 0
        assert there[: promised(done) - begin] == FRAMES[begin : promised(done)]
    asyncio.run(disk_child.main(folder))
    there = frames_of(folder / "log")
    assert there == (FRAMES[-len(there) :] if full else FRAMES), "0 lost, 0 twice, and whole"
    assert promised(done) <= len(FRAMES)
    with closing(Outbox(state_path(folder / "log"), disk_child.WANTED)) as outbox:
        waiting = [delivery.id for delivery in outbox.waiting("all", 100_000)]
    assert sorted(waiting) == event_ids()


MANY = {"fdatasync": 40, "fsync": 2, "pwrite64": 150, "rename": 1, "unlink": 2}
"""How often a run makes each call, about: the short form injects at one of them, anywhere."""


@pytest.mark.usefixtures("may_trace")
@pytest.mark.parametrize("fault", FAULTS)
def test_a_disk_that_fails_once_or_a_kill_in_a_write_loses_nothing(fault: str, tmp_path: Path) -> None:
    call, how = FAULTS[fault]
    folder = tmp_path / "disk"
    folder.mkdir()
    done = with_strace(folder, call, how, Random(fault).randrange(MANY[call]) + 1)
    assert done is not None, "the failure never came"
    check(folder, done, full="ENOSPC" in how)


@pytest.mark.soak
@pytest.mark.usefixtures("may_trace")
@pytest.mark.parametrize("fault", FAULTS)
def test_a_disk_that_fails_at_any_place_loses_nothing(fault: str, tmp_path: Path) -> None:
    call, how = FAULTS[fault]
    hit, when = 0, 1
    while True:
        folder = tmp_path / str(when)
        folder.mkdir()
        if (done := with_strace(folder, call, how, when)) is None:
            break
        check(folder, done, full="ENOSPC" in how)
        shutil.rmtree(folder)
        hit, when = hit + 1, when + 1
    print(f"{fault}: {hit} places, 0 lost")
    assert hit


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", folder], check=False, capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a disk")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


async def test_a_full_disk_is_said_and_once_there_is_room_everything_is_written_once(small_disk: Path) -> None:
    ballast, refused, recovered = small_disk / "ballast", [], []
    waited = 0

    async def sleep(_seconds: float) -> None:
        nonlocal waited
        waited += 1
        if waited == 3:
            ballast.unlink()

    ledger = Ledger(small_disk / "log", loads(RAMP_SITE), "1", sleep=sleep, started=1)
    ledger.on_recovered = recovered.append
    restored = await ledger.open()
    await ledger.commit(FRAMES[:100])
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError as error:
            refused.append(error.strerror)
    for begin in range(100, len(FRAMES), 100):
        await ledger.commit(FRAMES[begin : begin + 100])
    await ledger.close()
    restored.pipeline.close()
    assert refused == ["No space left on device"]
    assert waited >= 3, "the disk was really full"
    assert len(recovered) == 1
    assert frames_of(small_disk / "log") == FRAMES


def test_a_disk_that_others_fill_is_written_on_in_the_room_of_the_oldest_segments(small_disk: Path) -> None:
    frames = [Frame(number * SECOND + 1, "t", Random(number).randbytes(100_000)) for number in range(12)]
    with RecordingWriter(small_disk / "log", site_source="", version="1", started=1, segment_bytes=200_000) as recording:
        for number, frame in enumerate(frames):
            if number == 8:
                assert frames_of(small_disk / "log") == frames[:8]
                with (small_disk / "ballast").open("wb", buffering=0) as file, suppress(OSError):
                    while True:
                        file.write(b"x" * 4096)
            recording.append([frame])
            recording.commit()
    kept = frames_of(small_disk / "log")
    assert 1 < len(kept) < 12
    assert kept == frames[-len(kept) :]


async def test_a_snapshot_of_before_the_first_segment_that_is_left_is_not_gone_on_from(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "log", loads(RAMP_SITE), "1", started=1)
    pipeline = (await ledger.open()).pipeline
    for begin in range(0, len(FRAMES), 100):
        await ledger.commit(FRAMES[begin : begin + 100])
        pipeline.push(FRAMES[begin : begin + 100])
        if begin == 0:
            await ledger.keep(pipeline.at, pipeline.snapshot())
    await ledger.close()
    for path in segments(tmp_path / "log")[:-1]:
        delete(path)
    ledger = Ledger(tmp_path / "log", loads(RAMP_SITE), "1", started=2)
    restored = await ledger.open()
    await ledger.close()
    assert restored.pipeline.snapshot() == pipeline.snapshot()


def test_a_state_file_cut_anywhere_costs_time_and_nothing_else(tmp_path: Path) -> None:
    """Torn tails and flipped bits of the log itself are in the tests of the recording's reader."""
    whole = tmp_path / "whole"
    whole.mkdir()
    asyncio.run(disk_child.main(whole))
    path = state_path(whole / "log")
    content, rng = path.read_bytes(), Random(1)
    for number in range(12):
        folder = tmp_path / str(number)
        shutil.copytree(whole, folder)
        damaged = bytearray(content)
        if number % 2:
            damaged = damaged[: rng.randrange(len(damaged))]
        else:
            damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
        state_path(folder / "log").write_bytes(damaged)
        ledger_is_whole(folder)


def ledger_is_whole(folder: Path) -> None:
    """It opens, and the state is that of the log."""

    async def look() -> None:
        ledger = Ledger(folder / "log", loads(RAMP_SITE), "1", started=2)
        restored = await ledger.open()
        assert restored.last_at == FRAMES[-1].at
        assert restored.pipeline.at == FRAMES[-1].at
        await ledger.close()

    asyncio.run(look())
