"""The system's clock is set while a run goes on: forward it is followed, back it is told."""

import asyncio
import time
from pathlib import Path

from hotzone.app.settings import Settings
from hotzone.app.sites import with_broker
from hotzone.app.station import Station
from hotzone.config import loads
from hotzone.config.units import SECOND
from hotzone.pipeline import Event
from support.gateways import Gateway, site
from support.mosquitto import Mosquitto
from support.waiting import until

MINUTE_LATE = 60 * SECOND


async def test_a_clock_that_is_set_forward_is_followed_and_silences_nobody(tmp_path: Path, mosquitto: Mosquitto) -> None:
    behind = MINUTE_LATE
    told: list[Event] = []
    where = with_broker(loads(site(2).replace('stale_after = "1h"', 'stale_after = "10s"')), mosquitto.url)
    station = Station(where, Settings(recording=tmp_path / "log", http=False), wall=lambda: time.time_ns() - behind)
    station.watchers.append(told.extend)
    run = asyncio.create_task(station._run())
    gateway = Gateway(mosquitto.url, 2)
    await gateway.connect()
    load = asyncio.create_task(gateway.run())

    def causes() -> set[str]:
        zones = () if station.pipeline is None else station.pipeline.zones.values()
        return {known.cause for zone in zones for known in zone.sensors.values()}

    try:
        await until(lambda: causes() == {"clock ahead"}, seconds=30)
        behind = 0
        await until(lambda: causes() == {""}, seconds=30)
        assert [event.type for event in told].count("run.started") == 2
        assert "silent" not in {getattr(event, "cause", None) for event in told}
        behind = MINUTE_LATE
        assert station.health.clock_right
        await until(lambda: "the system's clock was set back" in station.health.not_ready(), seconds=30)
        behind = 0
        await until(lambda: station.health.not_ready() == [], seconds=30)
    finally:
        load.cancel()
        station.stop()
        await asyncio.wait([run, load], timeout=10)
        await gateway.close()
    assert run.exception() is None
