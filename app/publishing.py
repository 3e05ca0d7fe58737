"""What `hotzone simulate --broker` does. It imports no pipeline: the hall of a demo is to be there soon."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

import structlog
from msgspec import structs

from ..config.devices import SIMULATION, devices
from ..config.model import Site
from ..config.service import Broker
from ..config.units import HOUR, MINUTE
from ..sensors.clock import MAX_RATE
from ..sensors.hall.publish import HallPublisher
from ..sensors.mqtt import MqttError, open_session
from . import logs
from .errors import UserError
from .halls import Plan, halls_of
from .sequencer import HallClock
from .sites import with_broker
from .subscriptions import base

_PATIENCE_S: Final = 5.0
"""Wall seconds in which every device should have its connection."""


def publish(plan: Plan, url: str, speed: float | None, certs: Path | None = None, *, until_closed: bool = False) -> None:
    """The hall through a broker, until it is over or somebody stops it. Raises UserError, FaultError, MqttError."""
    logs.configure(pretty=sys.stderr.isatty() and not plan.plain)
    site = with_broker(plan.site, url)
    if certs is not None:
        site = _with_certificates(site, certs)
    rate = site.simulation.speed if speed is None else speed
    if not 0 < rate <= MAX_RATE:
        msg = f"--speed {rate:g}: through a broker a hall runs at most {MAX_RATE:g} times as fast as the clock"
        raise UserError(msg)
    asyncio.run(_publish(site, plan, rate, None if certs is None else partial(_as_device, site.broker, certs), until_closed=until_closed))


def _with_certificates(site: Site, certs: Path) -> Site:
    """The site with the simulation's own certificate, once everybody has one. Raises UserError."""
    for name in (SIMULATION, *(device.name for device in devices(site))):
        if not (certs / "clients" / f"{name}.key").is_file():
            more = "--simulation" if name == SIMULATION else "with this site file"
            msg = f"--certs {certs}: no certificate for {name} in it; run hotzone certs {certs} --site ... {more}"
            raise UserError(msg)
    return structs.replace(site, broker=_as_device(site.broker, certs, SIMULATION))


def _as_device(broker: Broker, certs: Path, name: str) -> Broker:
    """How the device of this name connects."""
    own = certs / "clients" / name
    return structs.replace(
        broker, ca_file=str(certs / "authority.crt"), cert_file=f"{own}.crt", key_file=f"{own}.key", username=None, password=None
    )


async def _publish(site: Site, plan: Plan, rate: float, broker_of: Callable[[str], Broker] | None, *, until_closed: bool) -> None:
    log = structlog.get_logger("hotzone.simulate")
    wall = HallClock(time.time_ns, time.monotonic_ns).wall
    start = wall() // MINUTE * MINUTE + MINUTE  # later than the log of whoever already runs by the wall
    halls = halls_of(site, start, plan.seed, plan.faults)
    broker = structs.replace(site.broker, client_id=f"{site.broker.client_id}-hall")
    publisher = HallPublisher(site, halls, broker, rate=rate, now=wall, broker_of=broker_of)
    until = None if plan.hours is None else start + round(plan.hours * HOUR)
    task = asyncio.create_task(publisher.run(until))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    if until_closed:
        _on_close(sys.stdin.fileno(), task.cancel)
    watch = asyncio.create_task(_tell_who_waits(publisher), name="who waits")
    log.info("the hall begins", site=site.name, broker=site.broker.url, rate=rate, faults=[fault.title for fault in plan.faults])
    with suppress(asyncio.CancelledError):
        await task
    watch.cancel()
    await _take_the_clock_back(broker, site)
    log.info("the hall ends", messages=publisher.published, unsent=publisher.unsent, worst_lag_ms=publisher.worst_lag // 1_000_000)


def _on_close(descriptor: int, then: Callable[[], object]) -> None:
    """Call it when nothing more can be read there."""
    loop = asyncio.get_running_loop()

    def look() -> None:
        if not os.read(descriptor, 4096):
            loop.remove_reader(descriptor)
            then()

    loop.add_reader(descriptor, look)


async def _tell_who_waits(publisher: HallPublisher) -> None:
    """A hall starts when each of its devices is connected; say which reason keeps one from it."""
    while True:
        await asyncio.sleep(_PATIENCE_S)
        waiting = [link for link in publisher.links if not link.ready.is_set()]
        if not waiting:
            return
        why = next((str(link.last_error) for link in waiting if link.last_error is not None), "no answer yet")
        structlog.get_logger("hotzone.simulate").warning(
            "devices wait for the broker", waiting=len(waiting), of=len(publisher.links), why=why
        )


async def _take_the_clock_back(broker: Broker, site: Site) -> None:
    """A retained clock outlives its hall, and whoever runs against this broker next would follow it."""
    with suppress(MqttError, TimeoutError):
        async with asyncio.timeout(1.0):
            session = await open_session(broker, client_id=f"{broker.client_id}-end", clean_start=True, session_expiry=0)
            await session.publish(f"{base(site)}/clock", b"", retain=True)
            await session.close()
