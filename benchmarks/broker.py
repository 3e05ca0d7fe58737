"""Mosquitto, on the core of the load, with queues that hold a whole run: it has no reason to drop anything."""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hotzone.config.service import Broker
from hotzone.sensors.mqtt import PubAckReasonCode, open_session
from support.mosquitto import BINARY, Mosquitto

from .processes import LOAD
from .readings import Message

CONFIG = "allow_anonymous true\nmax_queued_messages {queue}\nmax_inflight_messages 0\nset_tcp_nodelay true\n"


def missing() -> str | None:
    """Why there is no broker."""
    return None if BINARY else "mosquitto is not installed"


@contextmanager
def mosquitto(messages: int) -> Iterator[Mosquitto]:
    """A broker that could queue so many messages."""
    with tempfile.TemporaryDirectory(prefix="hotzone-bench-") as name:
        broker = Mosquitto(Path(name), CONFIG.format(queue=max(100_000, 2 * messages))).start()
        try:
            assert broker.process is not None
            os.sched_setaffinity(broker.process.pid, LOAD)
            yield broker
        finally:
            broker.kill()


def until_heard(url: str, message: Message, patience: float = 60.0) -> bool:
    """Publish until somebody gets it, and whether somebody did: how long a subject takes to start is none of our business. It is heard once."""

    async def publish() -> None:
        session = await open_session(Broker(url=url), client_id="bench", clean_start=True, session_expiry=0)
        async with asyncio.timeout(patience):
            while await session.publish(*message) is PubAckReasonCode.NO_MATCHING_SUBSCRIBERS:  # noqa: ASYNC110  nobody tells when
                await asyncio.sleep(0.02)
        await session.close()

    try:
        asyncio.run(publish())
    except TimeoutError:
        return False
    return True
