"""asyncio at its own edge: aiomqtt gives messages one by one, `async for`, and the stages are tasks.

    python examples/styles/with_asyncio.py --broker mqtt://127.0.0.1:1883 --site demo

The client acknowledges a message when it puts it into its queue in memory. Whoever kills the program then loses what waits there: the broker
believes it to be safe. `loss.py` measures how much that is.
"""

import argparse
import asyncio
import signal
import time
from io import FileIO
from pathlib import Path
from urllib.parse import urlsplit

import aiomqtt

from hotzone.app import own
from hotzone.app.sequencer import Sequencer
from hotzone.app.sites import site_named
from hotzone.app.subscriptions import subscriptions
from hotzone.config.model import Site
from hotzone.pipeline import Event, Pipeline
from hotzone.sensors.frame import Frame

TICK_S = 0.5
SHOWN = ("alarm.raised", "alarm.cleared", "zone.state")


class Program:
    """Counts what it does; `seen` gets the payload of every reading that has been folded, a line each."""

    def __init__(self, site: Site, options: argparse.Namespace, seen: FileIO) -> None:
        broker = urlsplit(options.broker)
        self.host, self.port = broker.hostname or "127.0.0.1", broker.port or 1883
        self.site, self.session = site, options.session
        self.pipeline, self.turn = Pipeline(site, style="asyncio"), asyncio.Lock()
        self.work, self.seen = options.work_ms / 1000, seen
        self.clock = Sequencer(time.time_ns)
        self.readings = self.events = 0

    async def run(self) -> None:
        """Until somebody stops it; the task group ends what still runs."""
        main = asyncio.current_task()
        assert main is not None
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, main.cancel)
        await self.fold(own.start(self.site, "example", previous=None, rate=1.0, session=False))
        try:
            async with aiomqtt.Client(self.host, self.port, identifier=self.session, clean_session=False) as client:
                await client.subscribe([(pattern, 1) for pattern in subscriptions(self.site)])
                print("listening", flush=True)
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self.tick())
                    async for message in client.messages:
                        await self.take(str(message.topic), bytes(message.payload) if isinstance(message.payload, bytes) else b"")
        except asyncio.CancelledError:
            print(f"asyncio: {self.readings} messages, {self.events} events", flush=True)

    async def take(self, topic: str, payload: bytes) -> None:
        """Fold one message."""
        await self.fold(own.Unstamped(topic, payload))
        await asyncio.sleep(self.work)  # as if each message took so long
        self.seen.write(payload + b"\n")
        self.readings += 1

    async def tick(self) -> None:
        """Time is input, too."""
        while True:
            await asyncio.sleep(TICK_S)
            await self.fold(own.TICK)

    async def fold(self, unstamped: own.Unstamped) -> None:
        """One at a time: the pipeline gives way in the middle, and somebody else might come in."""
        async with self.turn:
            self.told(await self.pipeline.push_async([Frame(self.clock.stamp(), *unstamped)]))

    def told(self, events: list[Event]) -> None:
        """Show what people want to know."""
        self.events += len(events)
        for event in events:
            if event.type in SHOWN:
                print(event.type, event.zone, event.cause or "", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--broker", default="mqtt://127.0.0.1:1883")
    parser.add_argument("--site", default="demo")
    parser.add_argument("--session", default="styles-asyncio", help="the broker keeps messages for this name while we are away")
    parser.add_argument("--work-ms", type=float, default=0.0, help="make each message take so long")
    parser.add_argument(
        "--seen", type=Path, default=Path("/dev/null"), help="write the payload of each message here when it has been folded"
    )
    chosen = parser.parse_args()
    with chosen.seen.open("ab", buffering=0) as seen:
        asyncio.run(Program(site_named(chosen.site, secrets=False), chosen, seen).run())
