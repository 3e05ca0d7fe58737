"""Threads at their own edge: paho's network loop in a thread, a bounded queue, and the stages as workers.

    python examples/styles/with_threads.py --broker mqtt://127.0.0.1:1883 --site demo

The client acknowledges a message when its callback returns, and the callback only puts it into the queue. So what waits there is lost when the
program is killed. The queue is bounded: when it is full the callback waits, the client reads no more, and the broker keeps the rest. That
bounds the loss, too. `loss.py` measures it.
"""

import argparse
import signal
import threading
import time
from contextlib import suppress
from io import FileIO
from pathlib import Path
from queue import Empty, Full, Queue
from urllib.parse import urlsplit

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from hotzone.app import own
from hotzone.app.sequencer import Sequencer
from hotzone.app.sites import site_named
from hotzone.app.subscriptions import subscriptions
from hotzone.config.model import Site
from hotzone.pipeline import Event, Pipeline
from hotzone.sensors.frame import Frame

TICK_S = 0.5
QUEUE = 500
BATCH = 100
SHOWN = ("alarm.raised", "alarm.cleared", "zone.state")


class Program:
    """Counts what it does; `seen` gets the payload of every reading that has been folded, a line each."""

    def __init__(self, site: Site, options: argparse.Namespace, seen: FileIO) -> None:
        self.site, self.broker = site, urlsplit(options.broker)
        self.work, self.seen = options.work_ms / 1000, seen
        self.clock = Sequencer(time.time_ns)
        self.readings = self.events = 0
        self.pipeline = Pipeline(site, style="threads")
        self.arrived: Queue[mqtt.MQTTMessage] = Queue(QUEUE)
        self.stopping = threading.Event()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, options.session, clean_session=False)
        self.client.on_connect = self.on_connect
        self.client.on_subscribe = self.on_subscribe
        self.client.on_message = self.on_message

    def on_connect(self, client: mqtt.Client, *_: object) -> None:
        """In the client's thread, at each connect."""
        client.subscribe([(pattern, 1) for pattern in subscriptions(self.site)])

    def on_subscribe(self, *_: object) -> None:
        """The broker has agreed."""
        print("listening", flush=True)

    def on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        """In the client's thread: hand over, and wait while there is no room."""
        while not self.stopping.is_set():
            with suppress(Full):
                self.arrived.put(message, timeout=TICK_S)
                return

    def waiting(self) -> list[mqtt.MQTTMessage]:
        """What has come, at least one unless nothing comes for a while."""
        messages: list[mqtt.MQTTMessage] = []
        with suppress(Empty):
            messages.append(self.arrived.get(timeout=TICK_S))
            while len(messages) < BATCH:
                messages.append(self.arrived.get_nowait())
        return messages

    def fold(self, unstamped: list[own.Unstamped]) -> None:
        """The workers fold their zones; we wait for all of them."""
        self.told(self.pipeline.push([Frame(self.clock.stamp(), *one) for one in unstamped]))

    def told(self, events: list[Event]) -> None:
        """In the main thread: show what people want to know."""
        self.events += len(events)
        for event in events:
            if event.type in SHOWN:
                print(event.type, event.zone, event.cause or "", flush=True)

    def run(self) -> None:
        """Until somebody stops it; then every thread is joined."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.stopping.set())
        self.client.connect(self.broker.hostname or "127.0.0.1", self.broker.port or 1883)
        self.client.loop_start()
        with self.pipeline:
            self.fold([own.start(self.site, "example", previous=None, rate=1.0, session=False)])
            while not self.stopping.is_set():
                messages = self.waiting()
                self.fold([own.Unstamped(message.topic, bytes(message.payload)) for message in messages] or [own.TICK])
                for message in messages:
                    time.sleep(self.work)  # as if each message took so long
                    self.seen.write(message.payload + b"\n")
                    self.readings += 1
        self.client.disconnect()
        self.client.loop_stop()
        print(f"threads: {self.readings} messages, {self.events} events", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--broker", default="mqtt://127.0.0.1:1883")
    parser.add_argument("--site", default="demo")
    parser.add_argument("--session", default="styles-threads", help="the broker keeps messages for this name while we are away")
    parser.add_argument("--work-ms", type=float, default=0.0, help="make each message take so long")
    parser.add_argument(
        "--seen", type=Path, default=Path("/dev/null"), help="write the payload of each message here when it has been folded"
    )
    chosen = parser.parse_args()
    with chosen.seen.open("ab", buffering=0) as seen:
        Program(site_named(chosen.site, secrets=False), chosen, seen).run()
