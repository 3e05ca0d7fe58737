"""rx at hotzone's own edge: the ingest session gives batches, a pipe folds them, and only then are they acknowledged.

    python examples/styles/with_rx.py --broker mqtt://127.0.0.1:1883 --site demo

The session acknowledges nothing by itself: `acknowledge` is the last thing that happens to a batch, so whoever kills the program loses
nothing, and what was under way comes again. (`hotzone run` acknowledges when the batch is in its recording, which is sooner and as safe.)
"""

import argparse
import asyncio
import signal
import time
from io import FileIO
from pathlib import Path

from msgspec import structs
from reactivex import Subject
from reactivex import operators as ops

from hotzone.app import own
from hotzone.app.sequencer import Sequencer
from hotzone.app.sites import site_named, with_broker
from hotzone.app.subscriptions import subscriptions
from hotzone.config.model import Site
from hotzone.pipeline import Event, Pipeline
from hotzone.sensors.frame import Frame
from hotzone.sensors.mqtt import MqttBatch, Session, open_session

TICK_S = 0.5
SHOWN = ("alarm.raised", "alarm.cleared", "zone.state")


class Program:
    """Counts what it does; `seen` gets the payload of every reading that has been folded, a line each."""

    def __init__(self, site: Site, options: argparse.Namespace, seen: FileIO) -> None:
        self.site, self.session = site, options.session
        self.work, self.seen = options.work_ms / 1000, seen
        self.clock = Sequencer(time.time_ns)
        self.readings = self.events = 0
        self.batches: Subject[MqttBatch] = Subject()
        self.ticks: Subject[list[Frame]] = Subject()
        pipeline = Pipeline(site, style="rx")
        frames = self.batches.pipe(
            ops.map(self.stamped),
            ops.merge(self.ticks),  # time is input, too
        )
        frames.pipe(
            ops.map(pipeline.push),  # frames -> events, by the operators of the style
        ).subscribe(self.told)
        self.batches.pipe(ops.do_action(self.worked)).subscribe(MqttBatch.acknowledge)  # after the fold: subscribed last

    def stamped(self, batch: MqttBatch) -> list[Frame]:
        """The batch as frames."""
        return [Frame(self.clock.stamp(), message.topic, message.payload) for message in batch.messages]

    def worked(self, batch: MqttBatch) -> None:
        """It has been folded."""
        for message in batch.messages:
            time.sleep(self.work)  # as if each message took so long
            self.seen.write(message.payload + b"\n")
            self.readings += 1

    def told(self, events: list[Event]) -> None:
        """Show what people want to know."""
        self.events += len(events)
        for event in events:
            if event.type in SHOWN:
                print(event.type, event.zone, event.cause or "", flush=True)

    async def run(self) -> None:
        """Until somebody stops it."""
        stopping, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopping.set)
        self.ticks.on_next([Frame(self.clock.stamp(), *own.start(self.site, "example", previous=None, rate=1.0, session=False))])
        broker = structs.replace(self.site.broker, receive_maximum=100)  # so many at a time
        session = await open_session(broker, client_id=self.session)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.subscribe(session))  # beside the batches: after a while away they come before the answer
            while not stopping.is_set():
                try:
                    async with asyncio.timeout(TICK_S):
                        batch = await session.next_batch()
                except TimeoutError:
                    self.ticks.on_next([Frame(self.clock.stamp(), *own.TICK)])
                else:
                    self.batches.on_next(batch)
                    await asyncio.sleep(0)
        await session.close()
        print(f"rx: {self.readings} messages, {self.events} events", flush=True)

    async def subscribe(self, session: Session) -> None:
        """At QoS 1."""
        await session.subscribe(subscriptions(self.site))
        print("listening", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--broker", default="mqtt://127.0.0.1:1883")
    parser.add_argument("--site", default="demo")
    parser.add_argument("--session", default="styles-rx", help="the broker keeps messages for this name while we are away")
    parser.add_argument("--work-ms", type=float, default=0.0, help="make each message take so long")
    parser.add_argument(
        "--seen", type=Path, default=Path("/dev/null"), help="write the payload of each message here when it has been folded"
    )
    chosen = parser.parse_args()
    with chosen.seen.open("ab", buffering=0) as seen:
        asyncio.run(Program(with_broker(site_named(chosen.site, secrets=False), chosen.broker), chosen, seen).run())
