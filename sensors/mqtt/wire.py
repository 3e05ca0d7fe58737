"""Between bytes and packets: a bounded receive buffer over the codec. No I/O, no clock, no protocol state."""

import struct
from collections.abc import Sequence

from mqtt5 import DisconnectReasonCode, Packet, PublishPacket, read

from .errors import ProtocolFault

MAX_PACKET = 128 * 1024
"""Largest packet that we take, bytes; CONNECT states it."""

_HEADER = 5
"""Longest fixed header, bytes."""

_PUBACK_SUCCESS = 0x4002
"""Type and remaining length of a PUBACK without reason code, which means success."""


class Decoder:
    """Collects what the socket gives and cuts it into packets.

    The buffer holds two of the largest packets, so that there is always room to read into; it never grows.
    """

    __slots__ = ("_filled", "_limit", "_view")

    def __init__(self, limit: int = MAX_PACKET) -> None:
        self._limit = limit
        self._view = memoryview(bytearray(2 * (limit + _HEADER)))
        self._filled = 0

    def room(self) -> memoryview:
        """Where the next bytes go. Never empty."""
        return self._view[self._filled :]

    def advance(self, size: int) -> tuple[list[Packet], ProtocolFault | None]:
        """Take `size` new bytes in `room()`; return the packets that are now whole, and what is wrong with the bytes after them.

        After a fault the decoder is of no further use: the stream has lost its framing.
        """
        end = self._filled + size
        view = self._view[:end]
        packets: list[Packet] = []
        start = 0
        fault = None
        try:
            while start < end:
                packet, length = read(view[start:])
                if length > self._limit:
                    fault = self._too_large(length)
                    break
                packets.append(packet)
                start += length
        except IndexError:
            fault = self._incomplete(view[start:])
        except ValueError as error:
            fault = ProtocolFault(DisconnectReasonCode.MALFORMED_PACKET, str(error))
        except BaseException as error:
            # The codec panics on a string that is not UTF-8, and a Rust panic is no Exception.
            if type(error).__name__ != "PanicException":
                raise
            fault = ProtocolFault(DisconnectReasonCode.MALFORMED_PACKET, "a string is not UTF-8")
        self._filled = end - start
        if start:
            self._view[: self._filled] = view[start:]
        return packets, fault

    def _too_large(self, length: int) -> ProtocolFault:
        return ProtocolFault(DisconnectReasonCode.PACKET_TOO_LARGE, f"a packet of {length} bytes; {self._limit} is the limit")

    def _incomplete(self, rest: memoryview) -> ProtocolFault | None:
        """Whether more bytes can make a packet of `rest`: not if it is too large, nor if it is whole and yet cannot be read."""
        length = declared_length(rest)
        if length is None:
            return None
        if length > self._limit:
            return self._too_large(length)
        if length <= len(rest):
            return ProtocolFault(DisconnectReasonCode.MALFORMED_PACKET, "a packet ends before its fields do")
        return None


def declared_length(data: memoryview) -> int | None:
    """Length in bytes of the packet at the head of `data`, by its fixed header; None while the header is not whole."""
    remaining = 0
    for index, byte in enumerate(data[1:_HEADER]):
        remaining |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return 2 + index + remaining
    return None


def encode_pubacks(identifiers: Sequence[int]) -> bytes:
    """One PUBACK (success) for each packet identifier, in order; a tenth of the time that the codec needs."""
    halves = [_PUBACK_SUCCESS] * (2 * len(identifiers))
    halves[1::2] = identifiers
    return struct.pack(f">{len(halves)}H", *halves)


def forbidden(packet: PublishPacket) -> ProtocolFault:
    """What is wrong with a PUBLISH that we do not take."""
    if packet.qos.value > 1:
        return ProtocolFault(DisconnectReasonCode.QOS_NOT_SUPPORTED, "QoS 2, though we subscribed with less")
    if not packet.topic:
        return ProtocolFault(DisconnectReasonCode.TOPIC_ALIAS_INVALID, "a topic alias, though we allowed none")
    return ProtocolFault(DisconnectReasonCode.PROTOCOL_ERROR, "packet identifier 0")
