"""An asyncio protocol over the codec `mqtt5` and nothing else: it counts, and acknowledges once for each read of the socket."""

import asyncio
import struct
import sys
import time

from mqtt5 import ConnAckPacket, ConnectPacket, PublishPacket, QoS, SubscribePacket, TopicFilter, read

from ..readings import READINGS

ROOM = 256 * 1024
PUBACK = 0x4002
"""Type and remaining length of a PUBACK that says nothing but success."""


class Receiver(asyncio.BufferedProtocol):
    """`done` when it has got `count` messages."""

    def __init__(self, qos: int, count: int) -> None:
        self.done = asyncio.get_running_loop().create_future()
        self._qos, self._left = qos, count
        self._view, self._filled = memoryview(bytearray(ROOM)), 0

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        transport.write(ConnectPacket("bare", clean_start=True, keep_alive=0).write())

    def get_buffer(self, _: int) -> memoryview:
        return self._view[self._filled :]

    def buffer_updated(self, size: int) -> None:
        end, start = self._filled + size, 0
        view, identifiers = self._view[:end], []
        try:
            while start < end:
                packet, length = read(view[start:])
                start += length
                if type(packet) is PublishPacket:
                    self._left -= 1
                    if packet.packet_id is not None:
                        identifiers.append(packet.packet_id)
                elif type(packet) is ConnAckPacket:
                    self._transport.write(SubscribePacket(1, [TopicFilter(READINGS, max_qos=QoS(self._qos))]).write())
        except IndexError:
            pass  # the rest of a packet comes with the next read
        self._filled = end - start
        self._view[: self._filled] = view[start:]
        if identifiers:
            halves = [PUBACK] * (2 * len(identifiers))
            halves[1::2] = identifiers
            self._transport.write(struct.pack(f">{len(halves)}H", *halves))
        if self._left <= 0 and not self.done.done():
            self.done.set_result(None)


async def receive(port: int, qos: int, count: int) -> None:
    """Take `count` messages."""
    _, receiver = await asyncio.get_running_loop().create_connection(lambda: Receiver(qos, count), "127.0.0.1", port)
    await receiver.done
    print(time.monotonic_ns())


if __name__ == "__main__":
    asyncio.run(receive(*map(int, sys.argv[1:])))
