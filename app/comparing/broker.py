"""A run through a broker: the frames are published as fast as they are acknowledged, and the style gets what is safe on the disk.

    publisher ─QoS 1─▶ broker ─▶ session ─▶ commit ─▶ acknowledge ─▶ style

Each message carries the time of its frame in front of the payload, so that what comes out can be compared byte for byte.
"""

import asyncio
import queue
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from ...config.service import Broker
from ...sensors.frame import Frame
from ...sensors.mqtt import Draft, PubAckReasonCode, open_session
from ...sensors.recording import RecordingWriter
from ...sensors.source import Message

CHUNK: Final = 1000
"""Messages published between two looks at the acknowledgements."""
_TIME: Final = 8
_WAITING: Final = 64
"""Committed batches that may wait for a style that has no event loop."""
_PATIENCE_S: Final = 20.0


async def publish(url: str, base: str, frames: Sequence[Frame]) -> None:
    """Publish everything under `base` as soon as somebody listens there. Raises MqttError, TimeoutError."""
    session = await open_session(Broker(url=url), client_id=f"{base}-out".replace("/", "-"), clean_start=True, session_expiry=0)
    try:
        async with asyncio.timeout(_PATIENCE_S):
            while await session.publish(f"{base}/hello", b"") is PubAckReasonCode.NO_MATCHING_SUBSCRIBERS:  # noqa: ASYNC110  nobody tells when
                await asyncio.sleep(0.02)
        for cut in range(0, len(frames), CHUNK):
            await session.publish_many(
                Draft(f"{base}/frame/{frame.topic}", frame.at.to_bytes(_TIME) + frame.payload) for frame in frames[cut : cut + CHUNK]
            )
        await session.publish(f"{base}/end", b"")
    finally:
        await session.close()


class BrokerSource:
    """Batches from a broker, committed and acknowledged; plainly, or on the event loop of whoever asks."""

    def __init__(self, url: str, base: str, folder: Path) -> None:
        self.released: dict[int, float] = {}
        """When a marker was there; by the time of its frame."""
        self.first: float | None = None
        """When the first frame was."""
        self._url, self._base, self._folder = url, base, folder

    async def __aiter__(self) -> AsyncIterator[list[Frame]]:
        base = self._base
        session = await open_session(Broker(url=self._url), client_id=f"{base}-in".replace("/", "-"), clean_start=True, session_expiry=0)
        disk = ThreadPoolExecutor(1, "disk")
        writer = RecordingWriter(self._folder, site_source="", version="", started=0)
        loop = asyncio.get_running_loop()
        try:
            await session.subscribe([f"{base}/#"])
            ended = False
            while not ended:
                batch = await session.next_batch()
                ended = any(message.topic == f"{base}/end" for message in batch.messages)
                frames = _frames(batch.messages, f"{base}/frame/")
                if frames:
                    self.first = self.first or time.perf_counter()
                    await loop.run_in_executor(disk, _commit, writer, frames)
                batch.acknowledge()
                if frames:
                    yield frames
        finally:
            await session.close()
            await loop.run_in_executor(disk, writer.close)
            disk.shutdown()

    def __iter__(self) -> Iterator[list[Frame]]:
        batches: queue.Queue[list[Frame] | Exception | None] = queue.Queue(_WAITING)

        async def feed() -> None:
            async for frames in self:
                await asyncio.to_thread(batches.put, frames)

        def run() -> None:
            try:
                asyncio.run(feed())
            except Exception as error:  # noqa: BLE001  raised where it is waited for
                batches.put(error)
            else:
                batches.put(None)

        thread = threading.Thread(target=run, name="session", daemon=True)
        thread.start()
        while (batch := batches.get()) is not None:
            if isinstance(batch, Exception):
                raise batch
            yield batch
        thread.join()


def _frames(messages: Sequence[Message], prefix: str) -> list[Frame]:
    return [
        Frame(int.from_bytes(message.payload[:_TIME]), message.topic.removeprefix(prefix), message.payload[_TIME:])
        for message in messages
        if message.topic.startswith(prefix)
    ]


def _commit(writer: RecordingWriter, frames: list[Frame]) -> None:
    writer.append(frames)
    writer.commit()
