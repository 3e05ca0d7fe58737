"""aiomqtt: `async for`, and nothing done with what comes."""

import asyncio
import sys
import time

from aiomqtt import Client, ProtocolVersion

from ..readings import READINGS


async def receive(port: int, qos: int, count: int) -> None:
    """Take `count` messages."""
    left = count
    async with Client("127.0.0.1", port, identifier="aiomqtt", protocol=ProtocolVersion.V5) as client:
        await client.subscribe(READINGS, qos)
        async for _ in client.messages:
            left -= 1
            if not left:
                print(time.monotonic_ns())
                return


if __name__ == "__main__":
    asyncio.run(receive(*map(int, sys.argv[1:])))
