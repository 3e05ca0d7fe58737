"""The thread that writes, and a disk that takes nothing."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotzone.app import ledger as ledger_module
from hotzone.app.ledger import PATIENCE, Ledger
from hotzone.app.own import start
from hotzone.app.state_file import StateFile, state_path
from hotzone.config.model import Site
from hotzone.config.units import SECOND
from hotzone.pipeline import Event, RunEvent
from hotzone.sensors.frame import Frame, Own
from hotzone.sensors.recording import Recording, RecordingInUse, RecordingUnwritable, RecordingWriter
from support.site_text import SMALL, site_of
from support.waiting import until

SITE = site_of(SMALL)
AT = 1_700_000_000 * SECOND


class Disk:
    """Time that passes only while somebody waits for the disk; the disk refuses for the first `refusals` commits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, refusals: int = 0) -> None:
        self.now = 0
        self.refusals = refusals
        commit = RecordingWriter.commit

        def refuse(writer: RecordingWriter) -> int:
            if self.refusals:
                self.refusals -= 1
                raise RecordingUnwritable(writer.folder, "no space left")
            return commit(writer)

        monkeypatch.setattr(RecordingWriter, "commit", refuse)

    async def sleep(self, seconds: float) -> None:
        self.now += round(seconds * SECOND)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    return Disk(monkeypatch)


def ledger(folder: Path, disk: Disk | None = None, site: Site = SITE, started: int = 1) -> Ledger:
    if disk is None:
        return Ledger(folder / "log", site, "1", started=started)
    return Ledger(folder / "log", site, "1", started=started, sleep=disk.sleep, monotonic=lambda: disk.now)


def frames(count: int, since: int = AT) -> list[Frame]:
    return [Frame(since, *start(SITE, "1", previous=None, rate=1.0, session=False))] + [
        Frame(since + number, SITE.sensors[0].topic, b"24.0") for number in range(1, count)
    ]


async def test_what_is_committed_is_in_the_recording(tmp_path: Path) -> None:
    log = ledger(tmp_path)
    await log.open()
    await log.commit(frames(3))
    assert [frame for chunk in Recording(tmp_path / "log").frames() for frame in chunk] == frames(3)
    await log.close()


async def test_a_disk_that_refuses_is_asked_again_and_each_frame_is_written_once(tmp_path: Path, disk: Disk) -> None:
    log = ledger(tmp_path, disk)
    recovered: list[str] = []
    log.on_recovered = recovered.append
    await log.open()
    disk.refusals = 5
    await log.commit(frames(3))
    assert [frame for chunk in Recording(tmp_path / "log").frames() for frame in chunk] == frames(3)
    assert recovered == ["the log could not be written for 1.2 s"]
    await log.close()


async def test_after_ten_seconds_without_a_disk_heartbeats_have_to_stop(tmp_path: Path, disk: Disk) -> None:
    log = ledger(tmp_path, disk)
    await log.open()
    seen: list[tuple[int, bool]] = []
    sleep = disk.sleep

    async def watch(seconds: float) -> None:
        await sleep(seconds)
        seen.append((disk.now, log.writable))

    log._sleep = watch
    disk.refusals = 50
    await log.commit(frames(1))
    assert [now for now, writable in seen if writable][-1] < PATIENCE
    assert next(now for now, writable in seen if not writable) == PATIENCE
    assert log.writable
    await log.close()


@pytest.mark.parametrize("what", ["a commit", "a snapshot"])
async def test_a_disk_that_hangs_stops_the_heartbeats_too_and_cries_though_it_raises_nothing(
    what: str, tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "_LOOK_S", 0.01)
    log = ledger(tmp_path, disk)
    restored = await log.open()
    await log.commit(frames(3))
    restored.pipeline.push(frames(3))
    hanging, over = asyncio.Event(), threading.Event()
    loop, commit = asyncio.get_running_loop(), RecordingWriter.commit
    writable: list[bool] = []
    refused: list[str] = []
    recovered: list[str] = []
    log.on_writable, log.on_refused, log.on_recovered = writable.append, refused.append, recovered.append

    def hang(writer: RecordingWriter) -> int:
        loop.call_soon_threadsafe(hanging.set)
        over.wait(10)
        return commit(writer)

    monkeypatch.setattr(RecordingWriter, "commit", hang)
    more = log.commit([Frame(AT + 10, Own.TICK, b"{}")]) if what == "a commit" else log.keep(AT + 2, restored.pipeline.snapshot())
    writing = asyncio.create_task(more)
    await hanging.wait()
    assert log.writable
    assert refused == []
    disk.now = PATIENCE
    assert not log.writable
    await until(lambda: bool(refused))
    assert (refused, writable, recovered) == (["the disk does not answer"], [False], [])
    assert log.unwritable_since == 0
    over.set()
    await writing
    assert log.writable
    assert (writable, recovered) == ([False, True], ["the log could not be written for 10.0 s"])
    await log.close()


class Rows:
    def __init__(self) -> None:
        self.events: list[Event] = []

    def insert(self, events: list[Event]) -> None:
        self.events += events


async def test_events_are_in_the_outbox_when_store_returns(tmp_path: Path) -> None:
    log = ledger(tmp_path)
    rows = Rows()
    log.outbox = rows
    await log.open()
    await log.store([RunEvent(at=AT, type="run.started")])
    assert [event.type for event in rows.events] == ["run.started"]
    assert log.last_event == rows.events[-1].id
    await log.close()


async def test_a_restart_folds_the_tail_after_the_snapshot_and_gives_its_events_again(tmp_path: Path) -> None:
    log = ledger(tmp_path)
    restored = await log.open()
    assert (restored.last_at, restored.events) == (None, [])
    first, second = frames(100), [Frame(AT + 60 * SECOND, Own.TICK, b"{}")]
    for part in (first, second):
        await log.commit(part)
        events = restored.pipeline.push(part)
        if events:
            await log.store(events)
        if part is first:
            await log.keep(restored.pipeline.at, restored.pipeline.snapshot())
            kept = log.last_event
    await log.close()

    log = ledger(tmp_path, started=2)
    again = await log.open()
    assert again.last_at == second[-1].at
    assert again.before == kept
    assert again.pipeline.snapshot() == restored.pipeline.snapshot()
    assert [event.id for event in again.events] == [event.id for event in events]
    await log.close()


async def test_without_the_state_file_a_restart_comes_to_the_same_state(tmp_path: Path) -> None:
    log = ledger(tmp_path)
    restored = await log.open()
    await log.commit(frames(100))
    restored.pipeline.push(frames(100))
    await log.close()
    state_path(tmp_path / "log").unlink()
    log = ledger(tmp_path, started=2)
    again = await log.open()
    assert again.pipeline.snapshot() == restored.pipeline.snapshot()
    await log.close()


async def test_a_snapshot_that_this_version_cannot_read_costs_time_and_nothing_else(tmp_path: Path) -> None:
    log = ledger(tmp_path)
    restored = await log.open()
    await log.commit(frames(100))
    restored.pipeline.push(frames(100))
    await log.keep(restored.pipeline.at, b"\xc1 of another age")
    await log.close()
    log = ledger(tmp_path, started=2)
    again = await log.open()
    assert again.pipeline.snapshot() == restored.pipeline.snapshot()
    await log.close()


async def test_snapshots_of_a_recording_that_is_gone_are_forgotten(tmp_path: Path) -> None:
    log = ledger(tmp_path)
    restored = await log.open()
    await log.commit(frames(100))
    restored.pipeline.push(frames(100))
    await log.keep(restored.pipeline.at, restored.pipeline.snapshot())
    await log.close()
    for path in (tmp_path / "log").iterdir():
        path.unlink()
    log = ledger(tmp_path, started=2)
    assert (await log.open()).pipeline.at == 0
    await log.close()
    state = StateFile(state_path(tmp_path / "log"))
    assert state.load() == []
    state.close()


async def test_two_ledgers_of_one_folder_are_one_too_many(tmp_path: Path) -> None:
    log = ledger(tmp_path)
    await log.open()
    other = ledger(tmp_path)
    with pytest.raises(RecordingInUse):
        await other.open()
    await other.close()
    await log.close()
