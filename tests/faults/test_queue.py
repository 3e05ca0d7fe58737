"""Down for longer than the broker's queue is long: with the shipped limits nothing is lost; with a short queue the loss is told by whoever starts next."""

import asyncio
import signal
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from hotzone.app.replay import replay
from hotzone.app.state_file import state_path
from hotzone.pipeline import AlarmEvent
from hotzone.sensors.recording import Recording
from support import gateways
from support.accounts import Account, frames_of
from support.crash_process import child
from support.mosquitto import CONFIG, MosquittoFactory
from support.waiting import until

ZONES, ROUNDS = 10, 300
SHORT = "allow_anonymous true\nmax_queued_messages 100\nsys_interval 1\n"


def knows_the_count(folder: Path) -> bool:
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{state_path(folder / 'log')}?mode=ro", uri=True)) as database:
        return database.execute("SELECT count(*) FROM facts WHERE name = 'drops'").fetchone() == (1,)
    return False


@pytest.mark.parametrize("config", [CONFIG, SHORT], ids=["the shipped queue", "a short queue"])
async def test_a_queue_that_ran_over_while_nobody_listened_is_told(config: str, start_mosquitto: MosquittoFactory, tmp_path: Path) -> None:
    broker = start_mosquitto(config)
    (tmp_path / "site.toml").write_text(gateways.site(ZONES))
    (tmp_path / "handlers").mkdir()
    gateway = gateways.Gateway(broker.url, ZONES)
    await gateway.connect()
    async with child(tmp_path, broker.url) as first:
        await first.ready()
        load = asyncio.create_task(gateway.run())
        await until(lambda: knows_the_count(tmp_path))
        load.cancel()
        await asyncio.wait([load])
        first.process.send_signal(signal.SIGKILL)
        await first.ended()
    for _ in range(ROUNDS):
        await gateway.publish(gateway.round())
    async with child(tmp_path, broker.url) as second:
        await second.ready()
        load = asyncio.create_task(gateway.run())
        lost = config is SHORT
        if lost:
            await until(lambda: "link.dropping" in (tmp_path / "journal").read_text())
        load.cancel()
        await asyncio.wait([load])
        if not lost:
            await until(lambda: not Account.of(gateway.acknowledged, frames_of(tmp_path / "log")).lost)
        await gateway.close()
        second.process.send_signal(signal.SIGTERM)
        assert await second.ended() == 0
    account = Account.of(gateway.acknowledged, frames_of(tmp_path / "log"))
    alarms = {event.rule for event in replay(Recording(tmp_path / "log")) if isinstance(event, AlarmEvent) and event.type == "alarm.raised"}
    print(f"{len(gateway.acknowledged):,} acknowledged, {len(account.lost):,} lost; {sorted(alarms)}")
    assert bool(account.lost) is lost
    assert ("losing-data" in alarms) is lost
