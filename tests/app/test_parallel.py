"""Replay by several processes: the same bytes, one clear error, and nothing left behind."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from random import Random

import pytest

from hotzone.app.errors import NoSite, RunFailed
from hotzone.app.parallel import Ask, Settled, assign, merged, replay_in_processes
from hotzone.app.replay import fold
from hotzone.app.share import Found, found
from hotzone.app.strangers import Strangers
from hotzone.config import loads
from hotzone.config.model import Site
from hotzone.config.units import SECOND
from hotzone.pipeline import Event
from hotzone.sensors.frame import Frame
from hotzone.sensors.recording import Recording, RecordingDamaged, RecordingWriter
from support.catalogue import LARGER, SITES, SYNTHETIC, Entry, Run, digest, entry, names, record, whole
from support.commands import call
from support.sites import EPOCH, start

SPAWNED = ["fault total-loss", "synthetic 17", "synthetic 37"]
ALL = names()


def site_of(name: str) -> Site | None:
    """What a recording cannot hold: the sites of timelines have no text."""
    return entry(name).runs[0].site if name.startswith("timeline") else None


def serial(recording: Recording, **options: object) -> list[Event]:
    return [event for folded in fold(recording, **options) for event in folded.events]


def inline(recording: Recording, jobs: int, **options: object) -> list[Event]:
    """What the processes would do, in this one."""
    asks = [partial(next, found(one), None) for one in assign(recording, jobs, **options)]
    return [event for settled in merged(asks) for event in settled.events]


@pytest.mark.parametrize("name", ALL[:: len(ALL) // 14])
def test_shares_of_the_zones_make_the_same_journal(name: str, tmp_path: Path) -> None:
    record(entry(name), tmp_path, chunk=97)
    recording, site = Recording(tmp_path), site_of(name)
    expected = digest(serial(recording, site=site))
    for jobs in (1, 2, 4):
        assert digest(inline(recording, jobs, site=site)) == expected, f"{jobs} jobs"


@pytest.mark.soak
@pytest.mark.parametrize("name", ALL)
def test_processes_make_the_same_journal_of_the_whole_catalogue(name: str, tmp_path: Path) -> None:
    record(entry(name), tmp_path, chunk=Random(name).randrange(1, 500))
    recording, site = Recording(tmp_path), site_of(name)
    expected = digest(serial(recording, site=site))
    assert site is not None or expected == whole(entry(name))[0]
    for jobs in (1, 2, 4):
        events = [event for settled in replay_in_processes(recording, jobs, site) for event in settled.events]
        assert digest(events) == expected, f"{jobs} jobs"


@pytest.mark.parametrize("name", SPAWNED)
def test_processes_make_the_same_journal(name: str, tmp_path: Path) -> None:
    record(entry(name), tmp_path)
    recording = Recording(tmp_path)
    frames = 0
    events: list[Event] = []
    for settled in replay_in_processes(recording, 2):
        frames += settled.frames
        events += settled.events
    assert digest(events) == digest(serial(recording))
    assert frames == sum(segment.frames for segment in recording.segments)
    assert multiprocessing.active_children() == []


def test_another_site_a_snapshot_and_an_end_go_for_every_share(tmp_path: Path) -> None:
    record(entry("synthetic 17"), tmp_path)
    recording = Recording(tmp_path)
    middle = ((recording.first_at or 0) + (recording.last_at or 0)) // 2
    assert digest(inline(recording, 3, until=middle)) == digest(serial(recording, until=middle))
    assert digest(inline(recording, 3, site=loads(LARGER))) == digest(serial(recording, site=loads(LARGER)))


PACKED = """
name = "t"
sensors = ["in-top", "in-low"]
[halls.h1.zones]
A1 = { layout.count = 1, racks.A1-r01 = { gateway = "g" } }
B1 = { layout.count = 1, racks.B1-r01 = { gateway = "g" } }
"""


def pack(at: int, celsius: float) -> Frame:
    """Readings of two zones by one gateway, one that is no number, and one of a thermometer that there is not."""
    records = [
        {"id": f"{zone}/{zone}-r01/{name}", "value": celsius, "time": at // 10**6} for zone in ("A1", "B1") for name in ("in-top", "in-low")
    ]
    records += [records[0] | {"value": "warm"}, records[0] | {"id": "C1/r/x"}]
    return Frame(at, "dc/h1/gateways/g/readings", json.dumps(records).encode())


def test_a_pack_of_several_zones_is_shared_out_among_processes(tmp_path: Path) -> None:
    packed = Run(loads(PACKED), [start(), *(pack(EPOCH + second * SECOND, 24.0 if second < 60 else 40.0) for second in range(1, 200))])
    record(Entry("packs", (packed,)), tmp_path, chunk=31)
    recording = Recording(tmp_path)
    events = serial(recording)
    assert {event.zone for event in events if event.type == "alarm.raised"} == {"A1", "B1"}
    for jobs in (1, 2):
        assert digest(inline(recording, jobs)) == digest(events), f"{jobs} jobs"


def test_a_zone_stays_with_its_process_when_the_site_changes(tmp_path: Path) -> None:
    changing = next(
        entry(f"synthetic {seed}") for seed in range(SYNTHETIC) if len({run.site.source for run in entry(f"synthetic {seed}").runs}) > 1
    )
    record(changing, tmp_path)
    shares = [one.zones for one in assign(Recording(tmp_path), 2)]
    zones = {zone.id for run in changing.runs for zone in run.site.zones}
    assert shares[0] | shares[1] == zones
    assert not shares[0] & shares[1]
    assert [one.passing for one in assign(Recording(tmp_path), 2)] == [True, False]


def test_more_processes_than_zones_are_not_started(tmp_path: Path) -> None:
    record(entry("fault silence"), tmp_path)
    assert len(assign(Recording(tmp_path), 64)) == len(SITES[0].zones)


def test_whoever_is_ahead_waits_for_the_slowest() -> None:
    asked: list[int] = []

    def ask(worker: int, times: list[int]) -> Callable[[], Found | None]:
        steps = iter(times)

        def one() -> Found | None:
            asked.append(worker)
            at = next(steps, None)
            return None if at is None else Found(at, 1, (), None, at, [], Strangers())

        return one

    list(merged([ask(0, [10, 20, 30]), ask(1, [3, 6, 9, 12, 40])]))
    assert asked == [0, 1, 1, 1, 1, 0, 1, 0, 0, 1]


# When it goes wrong


def test_damage_is_told_after_everything_before_it(tmp_path: Path) -> None:
    record(long(), tmp_path)
    damage(next(tmp_path.glob("*.hzlog")))
    recording = Recording(tmp_path)
    one: list[Event] = []
    several: list[Event] = []
    with pytest.raises(RecordingDamaged) as expected:
        one.extend(event for folded in fold(recording) for event in folded.events)
    with pytest.raises(RecordingDamaged) as told:
        several.extend(event for settled in replay_in_processes(recording, 2) for event in settled.events)
    assert (str(told.value), told.value.lost) == (str(expected.value), expected.value.lost)
    assert digest(several) == digest(one)
    assert len(one) > 100
    assert multiprocessing.active_children() == []


def damage(segment: Path) -> None:
    """Change a byte of a chunk in the middle."""
    import sqlite3  # noqa: PLC0415  only here

    with sqlite3.connect(segment) as database:
        (middle,) = database.execute("SELECT id FROM chunks ORDER BY id LIMIT 1 OFFSET (SELECT count(*) / 2 FROM chunks)").fetchone()
        database.execute("UPDATE chunks SET digest = zeroblob(16) WHERE id = ?", (middle,))
    database.close()


def test_a_process_that_is_killed_is_told_and_nobody_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(long(), tmp_path, chunk=50)

    def merged_after_a_kill(asks: Sequence[Ask]) -> Iterator[Settled]:
        """Nobody has read anything yet, so the process that is killed still has most of its work before it."""
        victim = sorted(multiprocessing.active_children(), key=lambda child: child.name)[1]
        assert victim.pid is not None
        os.kill(victim.pid, signal.SIGKILL)
        return merged(asks)

    monkeypatch.setattr("hotzone.app.parallel.merged", merged_after_a_kill)
    with pytest.raises(RunFailed, match=r"process 1 of the replay was ended by signal 9"):
        list(replay_in_processes(Recording(tmp_path), 3))
    assert multiprocessing.active_children() == []


def long() -> Entry:
    """Enough that the pipes are full before it is over."""
    run = entry("fault total-loss").runs[0]
    span = run.frames[-1].at - run.frames[0].at + 1
    return Entry("long", (run._replace(frames=[frame._replace(at=frame.at + k * span) for k in range(40) for frame in run.frames]),))


def test_a_replay_that_is_given_up_leaves_nobody(tmp_path: Path) -> None:
    record(long(), tmp_path)
    steps = replay_in_processes(Recording(tmp_path), 2)
    next(steps)
    assert multiprocessing.active_children(), "the first of them has more to say than a pipe holds"
    steps.close()  # type: ignore[attr-defined]  it is a generator
    assert multiprocessing.active_children() == []


def test_an_error_that_cannot_travel_says_the_same(tmp_path: Path) -> None:
    with RecordingWriter(tmp_path, site_source="", version="1", started=1) as writer:
        writer.append(entry("fault silence").runs[0].frames)
        writer.commit()
    with pytest.raises(NoSite):
        list(replay_in_processes(Recording(tmp_path), 2))


def children_of(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        yield from map(int, (task / "children").read_text().split())


@pytest.mark.parametrize("moment", ["processes start", "processes work"])
def test_ctrl_c_leaves_no_process(moment: str, tmp_path: Path) -> None:
    record(long(), tmp_path, chunk=50)
    words = [sys.executable, "-m", "hotzone.app.cli", "replay", str(tmp_path), "--jobs", "3", "--plain"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as process:
        deadline = time.monotonic() + 30
        if moment == "processes work":
            assert process.stdout is not None
            assert process.stdout.read(1), "the journal has begun; the rest of it waits for us, and they for the rest"
        while not (children := list(children_of(process.pid))):  # the tracker of multiprocessing is one
            assert time.monotonic() < deadline
            time.sleep(0.01)
        began = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process of the group
        _, said = process.communicate(timeout=30)
        assert time.monotonic() - began < 2
    assert process.returncode == 130
    assert b"Traceback" not in said
    while any(Path(f"/proc/{child}").exists() for child in children):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_command_line_says_how_many_cores_were_at_work(tmp_path: Path) -> None:
    record(entry("fault total-loss"), tmp_path / "r")
    several = call(tmp_path, "replay", "r", "--jobs", "2", "--journal", "several")
    assert several.returncode == 0, several.stderr
    assert "with --jobs 2" in several.stderr
    assert "cores at work" in several.stderr
    for style in ("rx", "threads", "asyncio", "callbacks"):
        assert call(tmp_path, "replay", "r", "--style", style, "--journal", style).returncode == 0
        assert (tmp_path / style).read_bytes() == (tmp_path / "several").read_bytes() != b""
    both = call(tmp_path, "replay", "r", "--jobs", "2", "--style", "threads")
    assert both.returncode == 2
    assert "leave one of the two out" in both.stderr
