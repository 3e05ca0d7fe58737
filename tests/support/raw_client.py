"""An MQTT 5 client that publishes whatever bytes it is given, and says what the broker made of them."""

import socket
from types import TracebackType
from typing import Self

from corpus.protocol import publish
from mqtt5 import ConnAckPacket, ConnAckReasonCode, ConnectPacket, DisconnectPacket, Packet, PubAckPacket, read

PATIENCE_S = 10.0


class RawClient:
    """One connection. Enter it as a context."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        self._buffer = b""
        self._identifier = 0
        self._socket.sendall(ConnectPacket("", clean_start=True).write())
        connack = self._receive()
        assert isinstance(connack, ConnAckPacket), connack
        assert connack.reason_code is ConnAckReasonCode.SUCCESS

    def publish(self, topic: bytes, payload: bytes, *, retain: bool = False) -> int | None:
        """Publish with QoS 1; the broker's reason code, or None when it hung up on us for it."""
        self._identifier = self._identifier % 65_535 + 1
        sent = publish(payload, flags=0x02 | retain, topic=topic, identifier=self._identifier)
        try:
            self._socket.sendall(sent)
            answer = self._receive()
        except (EOFError, ConnectionError):
            return None
        if isinstance(answer, DisconnectPacket):
            return None
        assert isinstance(answer, PubAckPacket), answer
        assert answer.packet_id == self._identifier
        return int(answer.reason_code)

    def _receive(self) -> Packet:
        while True:
            try:
                packet, size = read(memoryview(self._buffer))
            except IndexError:
                data = self._socket.recv(65_536)
                if not data:
                    raise EOFError from None
                self._buffer += data
                continue
            self._buffer = self._buffer[size:]
            return packet

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._socket.close()
