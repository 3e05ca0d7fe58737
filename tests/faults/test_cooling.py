"""Nobody there, full cooling: units reach 100 % by themselves when the pipeline is killed, stopped or deadlocked, or the broker killed.

The hall runs in this process, so that what its units do is seen without a broker; the pipeline is a process of its own. How long it takes is
printed, and judged by the long form alone: on a machine that has no core to spare even a timer is late. The simulation judges it in virtual time.
"""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random

import pytest

from hotzone.config import loads
from hotzone.config.service import Broker
from hotzone.config.units import MINUTE
from hotzone.sensors.hall import SimulatedHall
from hotzone.sensors.hall.publish import HallPublisher
from support.commands import SITE
from support.crash_process import Child, child
from support.mosquitto import Mosquitto, MosquittoFactory
from support.waiting import until

LIMIT_S = 6.0
RATE = 60.0


class Lane:
    """A broker, a hall of two units, and a pipeline that drives them."""

    def __init__(self, broker: Mosquitto, folder: Path) -> None:
        self.broker = broker
        self.folder = folder
        folder.mkdir()
        (folder / "site.toml").write_text(SITE)
        (folder / "hall").touch()
        site = loads(SITE)
        start = time.time_ns() // MINUTE * MINUTE + MINUTE
        self.hall = SimulatedHall(site, site.halls[0], start, 1)
        self.publisher = HallPublisher(
            site, [self.hall], Broker(url=broker.url, client_id="hall"), rate=RATE, now=time.time_ns, random=Random(1)
        )
        self.seconds: list[float] = []
        self.last_will = 0

    @property
    def wanted(self) -> list[float]:
        return [controller.wanted for controller in self.hall._controllers]

    async def driven(self) -> None:
        """Wait until the pipeline has brought every unit below full speed."""
        await until(lambda: all(fan < 97.0 for fan in self.wanted), seconds=120)

    async def measure(self, fault: Callable[[], object]) -> None:
        """Seconds from the fault until every unit wants full speed."""
        began = time.monotonic()
        fault()
        await until(lambda: all(fan == 100.0 for fan in self.wanted), seconds=60)
        self.seconds.append(time.monotonic() - began)


async def killed(lane: Lane, run: Child) -> None:
    await lane.measure(lambda: run.process.send_signal(signal.SIGKILL))


async def stopped(lane: Lane, run: Child) -> None:
    await lane.measure(lambda: run.process.send_signal(signal.SIGSTOP))
    run.process.send_signal(signal.SIGCONT)
    await lane.driven()


async def deadlocked(lane: Lane, run: Child) -> None:
    await lane.measure(lambda: run.process.send_signal(signal.SIGUSR1))
    assert run.process.poll() is None, "it hangs, and does not end"


async def broker_killed(lane: Lane, run: Child) -> None:  # noqa: ARG001  the pipeline goes on
    await lane.measure(lane.broker.kill)
    lane.broker.start()
    await lane.driven()


FAULTS: dict[str, Callable[[Lane, Child], Awaitable[None]]] = {
    "pipeline killed": killed,
    "pipeline stopped": stopped,
    "pipeline deadlocked": deadlocked,
    "broker killed": broker_killed,
}
GOES_ON = {stopped, broker_killed}


async def drive(name: str, lane: Lane, times: int) -> str:
    fault = FAULTS[name]
    hall = asyncio.create_task(lane.publisher.run())
    try:
        left = times
        while left:
            async with child(lane.folder, lane.broker.url) as run:
                await run.ready()
                while left:
                    await lane.driven()
                    await fault(lane, run)
                    left -= 1
                    if fault not in GOES_ON:
                        break
    finally:
        hall.cancel()
        await asyncio.gather(hall, return_exceptions=True)
    ordered = sorted(lane.seconds)
    return f"{name:>20}: 100 % after p50 {ordered[len(ordered) // 2]:.2f}, max {ordered[-1]:.2f} s (n={len(ordered)})"


async def check(start_mosquitto: MosquittoFactory, folder: Path, times: int) -> dict[str, float]:
    """Gives the longest time of each fault."""
    lanes = {name: Lane(start_mosquitto(), folder / name.replace(" ", "-")) for name in FAULTS}
    lines = await asyncio.gather(*(drive(name, lane, times) for name, lane in lanes.items()))
    print("", *lines, sep="\n")
    for name, lane in lanes.items():
        assert len(lane.seconds) == times, name
    return {name: max(lane.seconds) for name, lane in lanes.items()}


async def test_units_reach_full_speed_after_any_loss(start_mosquitto: MosquittoFactory, tmp_path: Path) -> None:
    await check(start_mosquitto, tmp_path, 2)


@pytest.mark.soak
async def test_units_reach_full_speed_within_six_seconds_twenty_times(start_mosquitto: MosquittoFactory, tmp_path: Path) -> None:
    longest = await check(start_mosquitto, tmp_path, 20)
    assert {name: seconds for name, seconds in longest.items() if seconds > LIMIT_S} == {}
