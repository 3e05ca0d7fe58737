"""Jobs whose instructions are counted, with clocks that tell the same each time.

    python -m benchmarks.jobs COUNT

folds twice so many readings in memory, then takes twice so many messages in. It marks the beginning, the middle and the end of both: what the
second half costs is the cost of a reading and of a message, without imports, set-up and what is new at first.
"""

import asyncio
import itertools
import os
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

import reactivex as rx
from mqtt5 import ConnAckPacket, ConnectPacket
from reactivex import operators as ops

from hotzone.app import own
from hotzone.app.intake import Intake
from hotzone.app.ledger import Ledger
from hotzone.app.runtime import Runtime
from hotzone.app.sequencer import HallClock
from hotzone.config import loads
from hotzone.config.units import MICROSECOND, SECOND
from hotzone.pipeline import Event
from hotzone.pipeline.hall import HallFold
from hotzone.pipeline.stages.decode import Decoder
from hotzone.pipeline.state import PipelineState
from hotzone.pipeline.zones import ZoneFolds
from hotzone.sensors.mqtt.session import Session
from hotzone.sensors.source import Batch

from .measures.in_memory import frames_of, site_of
from .publisher import ANSWER, CHUNK, encoded
from .readings import readings, site

SENSORS: Final = 1_000
BEGIN: Final = 1_700_000_000 * SECOND
BOUND: Final = 10_000


def mark() -> None:
    """Whoever counts sees this call of the C library, and nothing else calls it."""
    os.getppid()


def clock() -> Callable[[], int]:
    """A microsecond more each time it is asked."""
    return itertools.count(BEGIN, MICROSECOND).__next__


def fold(count: int) -> None:
    """Decode readings and find what is hot, in the style `rx`."""
    known, state, events = site_of(SENSORS), PipelineState(), list[Event]()
    decoder, zones, hall = Decoder(known, lambda _: None), ZoneFolds(known, state), HallFold(known, state)
    flow = rx.compose(ops.map(decoder), ops.map(zones.push), ops.map(hall.push))
    log = [frame for batch in frames_of(known, 2 * count // SENSORS) for frame in batch]
    for half in (log[:count], log[count : 2 * count]):
        mark()
        rx.from_iterable([half[cut : cut + CHUNK] for cut in range(0, count, CHUNK)]).pipe(flow).subscribe(events.extend)
    mark()


async def ingest(count: int, folder: Path) -> int:
    """Take messages in with QoS 1, from the bytes of a socket to committed, acknowledged and folded; how many were acknowledged."""
    known, now = loads(site(1)), clock()
    asyncio.get_running_loop().time = lambda: now() / SECOND  # type: ignore[method-assign]  a stall while it is counted is none
    packets = list(encoded(readings(2 * count, BEGIN // 1_000_000), 1))
    ledger, intake = Ledger(folder, known, "bench", monotonic=now), Intake()
    restored = await ledger.open()
    runtime = Runtime(restored.pipeline, ledger, intake, HallClock(now, now), snapshot_every=sys.maxsize)
    wire, session = Wire(), Session(ConnectPacket("bench", keep_alive=65_535), bound=BOUND)
    session.connection_made(wire)
    hear(session, ConnAckPacket().write())
    wire.acknowledged = 0
    runtime.listen(Wired(session))
    running = asyncio.create_task(runtime.run(own.start(known, "bench", previous=None, rate=1.0, session=False), 0))
    for cut in range(0, 2 * count, CHUNK):
        if cut % count == 0:
            mark()
        hear(session, b"".join(packets[cut : cut + CHUNK]))
        await wire.acknowledges(cut + CHUNK)
    mark()
    runtime.stop()
    await running
    session.abort("done")
    await ledger.close()
    return wire.acknowledged


def hear(session: Session, data: bytes) -> None:
    """One read of the socket."""
    session.get_buffer(len(data))[: len(data)] = data
    session.buffer_updated(len(data))


class Wire(asyncio.Transport):
    """Where a session writes."""

    def __init__(self) -> None:
        super().__init__({"socket": socket.socket()})
        self.acknowledged = 0
        """Messages, since it was set to 0: once it is open, a session writes nothing else here."""
        self._written = asyncio.Event()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Count acknowledgements."""
        self.acknowledged += len(data) // ANSWER
        self._written.set()

    async def acknowledges(self, count: int) -> None:
        """Wait until so many messages are acknowledged."""
        while self.acknowledged < count:
            self._written.clear()
            await self._written.wait()

    def close(self) -> None:
        """Let the socket go."""
        self.get_extra_info("socket").close()

    abort = close


class Wired:
    """A session as a source."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def batches(self) -> AsyncIterator[Batch]:
        """Whatever arrives."""
        while True:
            yield await self._session.next_batch()

    async def close(self) -> None:
        """There is nothing to close."""


def main(count: int) -> None:
    """Both, one after the other."""
    fold(count)
    with tempfile.TemporaryDirectory(prefix="hotzone-bench-") as folder:
        asyncio.run(ingest(count, Path(folder)))


if __name__ == "__main__":
    main(int(sys.argv[1]))
