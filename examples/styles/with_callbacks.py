"""Callbacks at their own edge: paho calls us from its loop, which is our loop; we fold at once, and between two looks at the socket we tick.

    python examples/styles/with_callbacks.py --broker mqtt://127.0.0.1:1883 --site demo

The client acknowledges a message when its callback returns, and by then it has been folded: nothing that was acknowledged is lost when the
program is killed, and one message may come twice. The price: while a message is worked on nobody looks at the socket. Work that takes longer
than the keep-alive ends the connection.
"""

import argparse
import signal
import time
from io import FileIO
from pathlib import Path
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
SHOWN = ("alarm.raised", "alarm.cleared", "zone.state")


class Program:
    """Counts what it does; `seen` gets the payload of every reading that has been folded, a line each."""

    def __init__(self, site: Site, options: argparse.Namespace, seen: FileIO) -> None:
        self.site, self.broker = site, urlsplit(options.broker)
        self.work, self.seen = options.work_ms / 1000, seen
        self.clock = Sequencer(time.time_ns)
        self.readings = self.events = 0
        self.stopping = False
        self.pipeline = Pipeline(site, style="callbacks")
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, options.session, clean_session=False)
        self.client.on_connect = self.on_connect
        self.client.on_subscribe = self.on_subscribe
        self.client.on_message = self.on_message

    def on_connect(self, client: mqtt.Client, *_: object) -> None:
        """At each connect."""
        client.subscribe([(pattern, 1) for pattern in subscriptions(self.site)])

    def on_subscribe(self, *_: object) -> None:
        """The broker has agreed."""
        print("listening", flush=True)

    def on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        """Everything that comes of it happens before this returns."""
        self.told(self.pipeline.push([Frame(self.clock.stamp(), message.topic, bytes(message.payload))]))
        time.sleep(self.work)  # as if each message took so long
        self.seen.write(message.payload + b"\n")
        self.readings += 1

    def on_tick(self) -> None:
        """Time is input, too."""
        due = self.pipeline.next_due
        if due is not None and due <= time.time_ns():
            self.told(self.pipeline.advance_to(self.clock.stamp()))

    def told(self, events: list[Event]) -> None:
        """Show what people want to know."""
        self.events += len(events)
        for event in events:
            if event.type in SHOWN:
                print(event.type, event.zone, event.cause or "", flush=True)

    def on_stop(self, *_: object) -> None:
        """Somebody wants us to stop."""
        self.stopping = True

    def run(self) -> None:
        """Until somebody stops it. There is one thread, this one."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.on_stop)
        self.told(self.pipeline.push([Frame(self.clock.stamp(), *own.start(self.site, "example", previous=None, rate=1.0, session=False))]))
        self.client.connect(self.broker.hostname or "127.0.0.1", self.broker.port or 1883)
        while not self.stopping and self.client.loop(TICK_S) == mqtt.MQTT_ERR_SUCCESS:
            self.on_tick()
        self.client.disconnect()
        print(f"callbacks: {self.readings} messages, {self.events} events", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--broker", default="mqtt://127.0.0.1:1883")
    parser.add_argument("--site", default="demo")
    parser.add_argument("--session", default="styles-callbacks", help="the broker keeps messages for this name while we are away")
    parser.add_argument("--work-ms", type=float, default=0.0, help="make each message take so long")
    parser.add_argument(
        "--seen", type=Path, default=Path("/dev/null"), help="write the payload of each message here when it has been folded"
    )
    chosen = parser.parse_args()
    with chosen.seen.open("ab", buffering=0) as seen:
        Program(site_named(chosen.site, secrets=False), chosen, seen).run()
