"""SIGKILL at every named point between commit, acknowledge, fold, outbox and delivery: a real process, a real Mosquitto."""

import asyncio
import json
import signal
from itertools import pairwise
from pathlib import Path

import pytest

from hotzone.app.replay import replay
from hotzone.pipeline import AlarmEvent, journal_line
from hotzone.sensors.recording import Recording
from support import crash_child, gateways
from support.accounts import Account, crossings, faults_of_alarms, frames_of, told_edges
from support.crash_process import child
from support.mosquitto import MosquittoFactory
from support.simulated.plan import POINTS as STAGES
from support.waiting import until

ZONES = 6


def test_every_stage_has_a_point() -> None:
    assert set(crash_child.STAGES) == set(STAGES) - {"_keep"}


async def run_all(folder: Path, url: str, bombs: list[tuple[str, str]]) -> dict[str, float]:
    """A kill at each point in turn, under load; then a run that ends in peace. Gives the figures, and asserts what must hold."""
    (folder / "site.toml").write_text(gateways.site(ZONES))
    (folder / "handlers").mkdir()
    (folder / "handlers" / "keep.py").write_text(gateways.HANDLER)
    gateway = gateways.Gateway(url, ZONES)
    await gateway.connect()
    async with child(folder, url) as first:  # a session must be there before anything is promised
        await first.ready()
        await until((folder / "log").is_dir)
        load = asyncio.create_task(gateway.run())
        await until(lambda: len(gateway.acknowledged) > 200)
        first.process.send_signal(signal.SIGKILL)
        await first.ended()
    for point, count in bombs:
        async with child(folder, url, point, count) as run:
            assert await run.ended(60.0) == -signal.SIGKILL, f"{point} was not reached"
    load.cancel()
    await asyncio.wait([load])
    await gateway.close()
    async with child(folder, url) as last:
        await last.ready()
        await until(lambda: not Account.of(gateway.acknowledged, frames_of(folder / "log")).lost, seconds=20)
        delivered = folder / "delivered"
        raised = [event.id for event in replay(Recording(folder / "log")) if isinstance(event, AlarmEvent)]
        await until(lambda: set(delivered.read_text().split()) >= set(raised), seconds=20)
        last.process.send_signal(signal.SIGTERM)
        assert await last.ended() == 0
    return judge(folder, gateway, len(bombs))


def judge(folder: Path, gateway: gateways.Gateway, kills: int) -> dict[str, float]:
    log = frames_of(folder / "log")
    account = Account.of(gateway.acknowledged, log)
    account.check()
    assert all(before.at < after.at for before, after in pairwise(log))
    events = list(replay(Recording(folder / "log")))
    assert (folder / "journal").read_bytes() == b"".join(journal_line(event) + b"\n" for event in events)
    assert faults_of_alarms(events) == []
    expected = {zone: edges for zone, edges in crossings(log, gateways.topics(ZONES), 30.0, 1.0).items() if edges}
    told = told_edges(events, "high")
    assert told == expected, "each crossing in the data has its raise and its clear"
    ids = (folder / "delivered").read_text().split()
    alarms = [event.id for event in events if isinstance(event, AlarmEvent)]
    assert set(ids) == set(alarms)
    again = len(ids) - len(set(ids))
    figures = {
        "kills": kills,
        "acknowledged": account.acknowledged,
        "lost": 0,
        "duplicates": 0,
        "alarm events": len(alarms),
        "again": again,
    }
    print(json.dumps({**figures, "crossings": sum(map(len, expected.values()))}))
    return figures


async def test_nothing_is_lost_though_killed_at_every_point_between_the_commit_and_the_delivery(
    start_mosquitto: MosquittoFactory, tmp_path: Path
) -> None:
    broker = start_mosquitto()
    figures = await run_all(tmp_path, broker.url, [(point, "2") for point in crash_child.POINTS])
    assert figures["acknowledged"] > 500
    assert figures["again"] > 0, "killed between a delivery and its note, the same event is delivered again by the same id"


@pytest.mark.soak
async def test_nothing_is_lost_though_killed_at_every_point_ten_times(start_mosquitto: MosquittoFactory, tmp_path: Path) -> None:
    broker = start_mosquitto()
    bombs = [(point, str(count)) for count in (1, 2, 3, 4, 5, 1, 2, 3, 4, 5) for point in crash_child.POINTS]
    await run_all(tmp_path, broker.url, bombs)
