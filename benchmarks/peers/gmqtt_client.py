"""gmqtt: a callback that counts. It runs in the environment of the peers."""

import asyncio
import sys
import time

import gmqtt

from ..readings import READINGS


async def receive(port: int, qos: int, count: int) -> None:
    """Take `count` messages."""
    left, done = count, asyncio.Event()

    def on_message(*_: object) -> int:
        nonlocal left
        left -= 1
        if not left:
            done.set()
        return 0

    client = gmqtt.Client("gmqtt")
    client.on_connect = lambda *_: client.subscribe(READINGS, qos=qos)
    client.on_message = on_message
    await client.connect("127.0.0.1", port)
    await done.wait()
    print(time.monotonic_ns())
    await client.disconnect()


if __name__ == "__main__":
    asyncio.run(receive(*map(int, sys.argv[1:])))
