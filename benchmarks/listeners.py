"""What those who listen to the stream cost the ingest: 1,240 thermometers at 1 Hz, with nobody and with 200 clients of which 20 never read.

    .venv/bin/python benchmarks/listeners.py [--seconds 20] [--rounds 3]

Readings come in lots of 124, ten lots a second; the latency of a lot is from when it was due until it is folded, so it has in it what the
event loop did meanwhile. The clients are a process of their own. Rounds with and without clients take turns, for machines are not quiet.
"""

import argparse
import asyncio
import multiprocessing
import resource
import socket
import statistics
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from random import Random
from typing import Final

from hotzone.app.health import Health
from hotzone.app.metrics import Metrics
from hotzone.app.own import start
from hotzone.app.web import WebServer
from hotzone.app.web.rooms import Refused
from hotzone.app.web.shapes import HealthNow
from hotzone.config import load
from hotzone.config.service import Http
from hotzone.config.shipped import shipped
from hotzone.config.units import SECOND
from hotzone.pipeline import Event, Pipeline
from hotzone.pipeline.kpi import Kpi
from hotzone.sensors.frame import Frame

CLIENTS: Final = 200
SILENT: Final = 20
LOTS: Final = 10
"""A second."""
EPOCH: Final = 1_767_225_600 * SECOND


class Hall:
    """hall-200, whose readings the benchmark makes."""

    rate = 1.0
    replay = None
    folder = Path()

    def __init__(self) -> None:
        self.site = load(shipped("hall-200.toml"), secrets=False)
        self.pipeline: Pipeline | None = Pipeline(self.site)
        self._random = Random(1)
        self._at = EPOCH
        begun = start(self.site, "0", previous=None, rate=1.0, session=False)
        self.pipeline.push([Frame(self._at, begun.topic, begun.payload)])

    def lot(self, number: int) -> None:
        """Fold the readings of one lot."""
        assert self.pipeline is not None
        sensors = self.site.sensors
        size = -(-len(sensors) // LOTS)
        begin = number % LOTS * size
        self._at = max(self._at, EPOCH + (number + 1) * SECOND // LOTS)
        frames = []
        for sensor in sensors[begin : begin + size]:
            self._at += 1
            frames.append(Frame(self._at, sensor.topic, b"%.2f" % self._random.gauss(24.0, 0.05)))
        self.pipeline.push(frames)
        self.pipeline.take_rejected()

    def now(self) -> int:
        return self._at

    def events(self, start: int, stop: int) -> Sequence[Event]:
        del start, stop
        return []

    def health_now(self, clients: int) -> HealthNow:
        raise NotImplementedError

    def kpi(self, since: int, until: int, operators: int) -> Kpi:
        raise NotImplementedError

    async def operate(self, payload: bytes) -> tuple[int, Sequence[Event]]:
        del payload
        raise Refused(409, "a benchmark")

    async def control(self, at: int | None, speed: float | None, playing: bool | None) -> None:
        del at, speed, playing
        raise Refused(409, "a benchmark")


def listen(port: int) -> None:
    """The clients; they end when they are ended."""

    async def one() -> None:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            while await reader.read(1 << 20):
                pass

    async def everybody() -> None:
        silent = []
        for _ in range(SILENT):
            deaf = socket.socket()
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.connect(("127.0.0.1", port))
            deaf.sendall(b"GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            silent.append(deaf)
        await asyncio.gather(*(one() for _ in range(CLIENTS - SILENT)))

    asyncio.run(everybody())


async def measure(seconds: float, *, clients: bool) -> tuple[list[float], int, int]:
    """Latencies in ms, most clients at once, clients that were sent away."""
    hall, latencies, most = Hall(), [], 0
    async with WebServer(Http(port=0), Metrics("benchmark"), Health(), hall) as server:
        assert server.stream is not None
        process = multiprocessing.get_context("spawn").Process(target=listen, args=(server.port,), daemon=True)
        if clients:
            process.start()
            async with asyncio.timeout(60):
                while server.stream.clients < CLIENTS - SILENT:  # noqa: ASYNC110  nothing is told of clients
                    await asyncio.sleep(0.1)
        begin = time.perf_counter()
        for number in range(int(seconds * LOTS)):
            due = begin + number / LOTS
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            hall.lot(number)
            latencies.append((time.perf_counter() - due) * 1000)
            most = max(most, server.stream.clients)
        dropped = server.stream.dropped
        if clients:
            process.terminate()
            process.join()
    return latencies[LOTS:], most, dropped


def main() -> None:
    """Print the figures of each round, and what the clients changed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    found: dict[bool, list[float]] = {False: [], True: []}
    with closing(asyncio.new_event_loop()) as loop:
        for turn in range(asked.rounds):
            for clients in (False, True):
                latencies, most, dropped = loop.run_until_complete(measure(asked.seconds, clients=clients))
                cut = statistics.quantiles(latencies, n=100)
                found[clients] += latencies
                print(
                    f"round {turn + 1}, {most:3} clients, {dropped:2} sent away: p50 {cut[49]:6.2f} ms, p99 {cut[98]:6.2f} ms, "
                    f"max {max(latencies):6.2f} ms, n {len(latencies)}"
                )
    before, after = (statistics.quantiles(found[clients], n=100)[98] for clients in (False, True))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"p99 {before:.2f} ms without, {after:.2f} ms with clients: {100 * (after / before - 1):+.0f} %; at most {memory:.0f} MiB")


if __name__ == "__main__":
    main()
