"""A site of any size whose thermometers all say something new each second, shown by the real server: what the page has to bear."""

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random

from hotzone.app.health import Health
from hotzone.app.metrics import Metrics
from hotzone.app.web import WebServer
from hotzone.app.web.shapes import HealthNow
from hotzone.config import Site, loads
from hotzone.config.service import Http
from hotzone.config.units import SECOND
from hotzone.pipeline import Event, Pipeline
from hotzone.pipeline.kpi import Kpi
from hotzone.pipeline.state import SensorState
from hotzone.sensors.reading import Quality

EPOCH = 1_795_000_000 * SECOND
_AISLES = 33


def crowded(thermometers: int) -> Site:
    """A site of one hall with at least so many, six to a rack; 0 is a hall of one zone that nothing was heard of."""
    racks = max(1, -(-thermometers // 6 // _AISLES))
    zones = "\n".join(f"Z{number} = {{}}" for number in range(1, (_AISLES if thermometers else 1) + 1))
    return loads(
        f'name = "crowd"\n[halls.h1]\nlayout = {{ count = {racks}, rows = 2, across = 3 }}\ncooling.count = {_AISLES}\n[halls.h1.zones]\n{zones}\n'
    )


class Crowd:
    """The room: a fold whose state is written directly."""

    rate = 1.0
    replay = None

    def __init__(self, site: Site, folder: Path, *, silent: bool = False) -> None:
        self.site = site
        self.folder = folder
        self.pipeline: Pipeline | None = Pipeline(site)
        self._silent = silent
        self._random = Random(1)
        self._second = 0

    def now(self) -> int:
        """Asked once a look: a second passes, and every thermometer has moved."""
        self._second += 1
        assert self.pipeline is not None
        for zone in self.site.zones if not self._silent else ():
            known = self.pipeline.zones[zone.id].sensors
            for sensor in zone.sensors:
                state = known.setdefault(sensor.id, SensorState())
                state.quality, state.cause = Quality.GOOD, ""
                state.celsius = 24.0 + self._random.gauss(0.0, 1.0) + (10.0 if sensor.role == "outlet" else 0.0)
        return EPOCH + self._second * SECOND

    def health_now(self, clients: int) -> HealthNow:
        raise NotImplementedError

    def events(self, _start: int, _stop: int) -> Sequence[Event]:
        return []

    def kpi(self, _since: int, _until: int, _operators: int) -> Kpi:
        raise NotImplementedError

    async def operate(self, _payload: bytes) -> tuple[int, Sequence[Event]]:
        raise NotImplementedError


@contextmanager
def reserved_port() -> Iterator[int]:
    """A port that nobody else gets while servers come and go on it: bound, but not listened at."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@contextmanager
def shown(room: Crowd, port: int = 0) -> Iterator[str]:
    """Serve it from a thread of its own, on any free port unless told otherwise; gives the address."""
    ready, address = threading.Event(), []
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async with WebServer(Http(port=port), Metrics("test"), Health(), room) as server:
            address.append(server.url)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), name="crowd", daemon=True)
    thread.start()
    assert ready.wait(60.0), "the server did not begin"
    try:
        yield address[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10.0)
        loop.close()
