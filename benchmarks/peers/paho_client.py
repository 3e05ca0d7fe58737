"""paho: its own loop, and a callback that counts."""

import sys
import time

from paho.mqtt.client import CallbackAPIVersion, Client, MQTTv5

from ..readings import READINGS


def receive(port: int, qos: int, count: int) -> None:
    """Take `count` messages."""
    left = count

    def on_message(client: Client, *_: object) -> None:
        nonlocal left
        left -= 1
        if not left:
            print(time.monotonic_ns())
            client.disconnect()

    client = Client(CallbackAPIVersion.VERSION2, "paho", protocol=MQTTv5)
    client.on_connect = lambda *_: client.subscribe(READINGS, qos)
    client.on_message = on_message
    client.connect("127.0.0.1", port)
    client.loop_forever()


if __name__ == "__main__":
    receive(*map(int, sys.argv[1:]))
