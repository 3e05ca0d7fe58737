"""A broker that does what the test says, byte by byte, on a real socket."""

import asyncio
from types import TracebackType
from typing import Self, TypeVar

from mqtt5 import ConnAckPacket, ConnectPacket, Packet, PingReqPacket, SubAckPacket, SubAckReasonCode, SubscribePacket, read

P = TypeVar("P", bound=Packet)

PATIENCE_S = 5.0


class Connection:
    """One client's connection, from the broker's side."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._buffer = b""

    def send(self, *packets: Packet | bytes) -> None:
        """Write packets, or bytes that are none."""
        self.writer.write(b"".join(packet if isinstance(packet, bytes) else packet.write() for packet in packets))

    async def receive(self) -> Packet:
        """The client's next packet but PINGREQ; EOFError when it hung up."""
        while True:
            try:
                packet, size = read(memoryview(self._buffer))
            except IndexError:
                data = await asyncio.wait_for(self.reader.read(65536), PATIENCE_S)
                if not data:
                    raise EOFError from None
                self._buffer += data
                continue
            self._buffer = self._buffer[size:]
            if not isinstance(packet, PingReqPacket):
                return packet

    async def expect(self, kind: type[P]) -> P:
        """The client's next packet, which must be of that kind."""
        packet = await self.receive()
        assert isinstance(packet, kind), packet
        return packet

    async def welcome(self, connack: ConnAckPacket | None = None) -> ConnectPacket:
        """Answer the CONNECT."""
        connect = await self.expect(ConnectPacket)
        self.send(connack or ConnAckPacket())
        return connect

    async def grant(self) -> SubscribePacket:
        """Answer a SUBSCRIBE with what was asked for."""
        subscribe = await self.expect(SubscribePacket)
        codes = [SubAckReasonCode(item.max_qos.value) for item in subscribe.topic_filters]
        self.send(SubAckPacket(subscribe.packet_id, codes))
        return subscribe

    def hang_up(self) -> None:
        """RST."""
        self.writer.transport.abort()


class StubBroker:
    """Listens on an ephemeral port; `accept` gives the connections in order."""

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None
        self._waiting: asyncio.Queue[Connection] = asyncio.Queue()
        self._connections: list[Connection] = []
        self.port = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"mqtt://127.0.0.1:{self.port}"

    async def accept(self) -> Connection:
        """The next client's connection."""
        return await asyncio.wait_for(self._waiting.get(), PATIENCE_S)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._on_client, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._server is not None
        self._server.close()
        for connection in self._connections:
            connection.hang_up()
        await self._server.wait_closed()

    async def _on_client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(reader, writer)
        self._connections.append(connection)
        self._waiting.put_nowait(connection)
