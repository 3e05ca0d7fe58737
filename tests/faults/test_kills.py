"""Pipeline and broker killed again and again under load: nothing is lost, nothing twice, and every crossing has its raise and its clear.

The gateway keeps a store, as the protocol asks of one that loses nothing: a killed broker forgets what it has acknowledged, with persistence the
last second, without it everything.
"""

import asyncio
import os
import signal
import time
from pathlib import Path
from random import Random

import pytest

from hotzone.app.replay import replay
from hotzone.pipeline import AlarmEvent, journal_line
from hotzone.sensors.recording import Recording
from support import gateways
from support.accounts import Account, Sent, crossings, faults_of_alarms, frames_of, times_increase, told_edges
from support.crash_process import child
from support.fsync import fsync_ms
from support.mosquitto import Mosquitto, MosquittoFactory

FORGETFUL = "allow_anonymous true\nmax_queued_messages 100000\nmax_inflight_messages 0\n"
PERSISTENT = f"{FORGETFUL}persistence true\nautosave_interval 1\n"
READY_S = 3.0
"""On a machine that has a core to spare; one that has three times as much to do as it can takes three times as long."""


def busy() -> float:
    """Processes that want to run, by core."""
    return max(os.getloadavg()) / (os.cpu_count() or 1)


def shown(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    return f"p50 {ordered[len(ordered) // 2]:.2f}, p99 {ordered[int(len(ordered) * 0.99)]:.2f}, max {ordered[-1]:.2f} s (n={len(ordered)})"


async def run(
    broker: Mosquitto, folder: Path, *, zones: int, rate: float, readings: int, victims: list[str]
) -> tuple[gateways.StoringGateway, list[float]]:
    """Kill `pipeline`, `broker` or `both` in an order drawn by a seed, all the while under load; then judge.

    Gives the gateway, and the seconds that each start took.
    """
    (folder / "site.toml").write_text(gateways.site(zones))
    (folder / "handlers").mkdir()
    (folder / "handlers" / "keep.py").write_text(gateways.HANDLER)
    rng = Random(1)
    left = rng.sample(victims, len(victims))
    pause = readings / (zones * rate) / (len(victims) + 1)
    gateway = gateways.StoringGateway(broker.url, "load", zones)
    ready: list[float] = []
    load = None
    while True:
        began = time.monotonic()
        async with child(folder, broker.url) as run:
            await run.ready()
            ready.append(time.monotonic() - began)
            load = load or asyncio.create_task(gateway.run(rate))
            while left:
                await asyncio.sleep(pause * rng.uniform(0.5, 1.5))
                victim = left.pop()
                if victim != "broker":
                    run.process.send_signal(signal.SIGKILL)
                    assert await run.ended() == -signal.SIGKILL
                if victim == "both":
                    await asyncio.sleep(0.7)  # readings that only the broker has
                if victim != "pipeline":
                    broker.kill()
                    broker.start()
                if victim != "broker":
                    break
            else:
                while len(gateway.given) < readings:  # noqa: ASYNC110  nobody tells when
                    await asyncio.sleep(0.1)
                await everything_in(folder, list(gateway.given))  # only a later confirmation shows what a broker forgot last
                load.cancel()
                await asyncio.wait([load])
                await everything_in(folder, gateway.given)
                run.process.send_signal(signal.SIGTERM)
                assert await run.ended() == 0
                break
    judge(folder, gateway, ready, victims, zones)
    return gateway, ready


async def everything_in(folder: Path, given: list[Sent]) -> None:
    """Wait until the log has everything, and the handler was told of every alarm."""

    def lacking() -> bool:
        if Account.of(given, frames_of(folder / "log")).lost:
            return True
        wanted = {event.id for event in replay(Recording(folder / "log")) if isinstance(event, AlarmEvent)}
        return not wanted <= set((folder / "delivered").read_text().split())

    async with asyncio.timeout(180):
        while await asyncio.to_thread(lacking):  # noqa: ASYNC110  in a thread, as the gateway has to go on
            await asyncio.sleep(0.5)


def judge(folder: Path, gateway: gateways.StoringGateway, ready: list[float], victims: list[str], zones: int) -> None:
    log = frames_of(folder / "log")
    account = Account.of(gateway.given, log)
    events = list(replay(Recording(folder / "log")))
    edges = {zone: found for zone, found in crossings(log, gateways.topics(zones), 30.0, 1.0).items() if found}
    ids = (folder / "delivered").read_text().split()
    print(
        f"\npipeline killed {sum(one != 'broker' for one in victims)} times, broker {sum(one != 'pipeline' for one in victims)} times: {account}; sent again by the gateway {gateway.store.repeated:,}"
        f"\nready after {shown(ready)}, {busy():.1f} processes a core; {fsync_ms(folder)}"
        f"\n{sum(map(len, edges.values())):,} crossings, {len(ids):,} deliveries of {len(set(ids)):,} alarm events"
    )
    account.check(resent=True)
    assert times_increase(log)
    assert (folder / "journal").read_bytes() == b"".join(journal_line(event) + b"\n" for event in events)
    assert faults_of_alarms(events) == []
    assert told_edges(events, "high") == edges, "each crossing in the data has its raise and its clear"
    assert set(ids) == {event.id for event in events if isinstance(event, AlarmEvent)}
    assert gateway.store.lost == 0


async def test_nothing_is_lost_though_the_pipeline_and_a_broker_that_forgets_are_killed(
    start_mosquitto: MosquittoFactory, tmp_path: Path
) -> None:
    gateway, _ = await run(start_mosquitto(FORGETFUL), tmp_path, zones=10, rate=20, readings=1600, victims=["pipeline", "broker", "both"])
    assert gateway.store.repeated, "the broker really forgot something"


@pytest.mark.soak
@pytest.mark.parametrize("config", [PERSISTENT, FORGETFUL], ids=["persistent", "forgetful"])
async def test_nothing_of_120_000_readings_is_lost_though_killed_thirty_times(
    config: str, start_mosquitto: MosquittoFactory, tmp_path: Path
) -> None:
    victims = ["pipeline"] * 15 + ["broker"] * 5 + ["both"] * 5
    _, ready = await run(start_mosquitto(config), tmp_path, zones=40, rate=20, readings=120_000, victims=victims)
    assert max(ready) <= READY_S * max(1.0, busy()), shown(ready)
