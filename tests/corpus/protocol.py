"""What a broker may send and MQTT 5 forbids, and what it allows and nobody expects: bytes, byte by byte."""

from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct

from .lines import Piece, _base64

Phase = Literal["connecting", "subscribing", "open"]
Outcome = Literal["ends", "refused", "delivers", "ignored"]
TOPIC: Final = b"dc/h1/A1/r1/in-1"
BIG: Final = 65_535


class Exchange(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Bytes from a broker and what becomes of the connection.

    `phase`: sent instead of CONNACK, instead of the last SUBACK, or on an open session. `expect`: the session ends and another is made
    (`ends`), the broker's no is taken for one (`refused`), it brings messages with these payloads (`delivers`), or nothing comes of it
    (`ignored`). `reason` is part of what is said of it.
    """

    id: str
    entry: str
    phase: Phase = "open"
    head_b64: str
    filler: list[Piece] = []
    """What follows `head_b64`."""
    expect: Outcome
    reason: str = ""
    payloads: list[str] = []


def length(size: int) -> bytes:
    """A variable byte integer."""
    found = bytearray()
    while True:
        size, digit = divmod(size, 128)
        found.append(digit | 0x80 * (size > 0))
        if not size:
            return bytes(found)


def packet(first: int, body: bytes) -> bytes:
    """A packet by its first byte and what is behind its length."""
    return bytes([first]) + length(len(body)) + body


def text(value: bytes) -> bytes:
    """A string with its length."""
    return len(value).to_bytes(2, "big") + value


def publish(
    payload: bytes = b"24.0", *, flags: int = 0, topic: bytes = TOPIC, identifier: int | None = None, properties: bytes = b""
) -> bytes:
    """A PUBLISH; whatever the flags say, the identifier is there when it is given."""
    number = b"" if identifier is None else identifier.to_bytes(2, "big")
    return packet(0x30 | flags, text(topic) + number + length(len(properties)) + properties + payload)


def connack(properties: bytes = b"", *, flags: int = 0, reason: int = 0) -> bytes:
    """A CONNACK."""
    return packet(0x20, bytes([flags, reason]) + length(len(properties)) + properties)


def user_property(size: int) -> bytes:
    """A user property of about so many bytes."""
    return b"\x26" + text(b"k") + text(b"v" * (size - 6))


def alias(number: int) -> bytes:
    """A topic alias."""
    return b"\x23" + number.to_bytes(2, "big")


def suback(identifier: int, *codes: int) -> bytes:
    """A SUBACK. The subscription that `subscribing` answers has the identifier 4 (see the test)."""
    return packet(0x90, identifier.to_bytes(2, "big") + b"\x00" + bytes(codes))


LAST: Final = 0xFFFE
"""Stands for the identifier of the SUBSCRIBE that is to be answered."""
ENDS: Final[list[tuple[str, str, bytes, str]]] = [
    ("unknown packet type", "type 0", b"\x00\x00", "malformed"),
    ("unknown packet type", "type 0 with a body", b"\x0f\x05hello", "malformed"),
    ("unknown packet type", "a CONNECT", packet(0x10, text(b"MQTT") + b"\x05\x02\x00\x3c\x00" + text(b"x")), "ConnectPacket while open"),
    ("unknown packet type", "a PINGREQ", b"\xc0\x00", "PingReqPacket while open"),
    ("unknown packet type", "a PUBREL", packet(0x62, b"\x00\x01"), "while open"),
    ("unknown packet type", "a PUBREC", packet(0x50, b"\x00\x01"), "while open"),
    ("unknown packet type", "an AUTH", b"\xf0\x02\x18\x00", "AuthPacket while open"),
    ("unknown packet type", "an AUTH without a body", b"\xf0\x00", "malformed"),
    ("unknown packet type", "a second CONNACK", connack(), "ConnAckPacket while open"),
    (
        "unknown packet type",
        "HTTP",
        b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: 150\r\nConnection: close\r\n\r\n<html>",
        "broke the protocol",
    ),
    (
        "unknown packet type",
        "a greeting of another protocol",
        b"220 mail.example ESMTP ready at Tue, 14 Nov 2023 22:13:20 +0000 (UTC)\r\n",
        "broke the protocol",
    ),
    ("remaining length 4x0xFF", "four and no end", b"\x30\xff\xff\xff\xff", "malformed"),
    ("remaining length 4x0xFF", "five", b"\x30\xff\xff\xff\xff\x7f", "malformed"),
    ("remaining length 4x0xFF", "256 MiB announced", b"\x30\xff\xff\xff\x7f", "too large"),
    ("remaining length 4x0xFF", "a byte more than we take", b"\x30" + length(128 * 1024) + b"x", "too large"),
    ("topic alias", "one that nobody said before", publish(topic=b"", properties=alias(1)), "topic alias"),
    ("topic alias", "reused", publish(properties=alias(1)) + publish(topic=b"", properties=alias(1)), "topic alias"),
    ("topic alias", "65,535", publish(topic=b"", properties=alias(65_535)), "topic alias"),
    ("topic alias", "0 without a topic", publish(topic=b"", properties=alias(0)), "broke the protocol"),
    ("topic alias", "neither topic nor alias", publish(topic=b""), "malformed"),
    ("QoS 3", "QoS 3", publish(flags=0x06, identifier=1), "malformed"),
    ("QoS 3", "QoS 2, which nobody asked for", publish(flags=0x04, identifier=1), "QoS 2"),
    ("packet id 0", "in a PUBLISH", publish(flags=0x02, identifier=0), "packet identifier 0"),
    ("bad text", "a topic that is no UTF-8", publish(topic=b"dc/\xff"), "malformed"),
    ("bad text", "a surrogate in a topic", publish(topic=b"dc/\xed\xa0\x80"), "malformed"),
    ("bad text", "a topic longer than its packet", packet(0x30, b"\xff\xffdc"), "malformed"),
    ("bad text", "properties longer than their packet", packet(0x30, text(TOPIC) + b"\x7f"), "malformed"),
    ("bad text", "a property that there is not", publish(properties=b"\x7e\x00"), "malformed"),
    ("bad text", "a reason that there is not", b"\xe0\x01\x55", "malformed"),
    ("goodbye", "the server shuts down", b"\xe0\x01\x8b", "server shutting down"),
    (
        "goodbye",
        "with a reason of 60,000 letters",
        packet(0xE0, b"\x8b" + length(60_003) + b"\x1f" + text(b"r" * 60_000)),
        "server shutting down",
    ),
]
"""On an open session; it ends, and the source makes another."""

CONNECTING: Final[list[tuple[str, str, bytes, Outcome, str]]] = [
    ("PUBLISH before CONNACK", "a PUBLISH", publish(), "ends", "PublishPacket while connecting"),
    ("PUBLISH before CONNACK", "a SUBACK", suback(1, 0), "ends", "while connecting"),
    ("PUBLISH before CONNACK", "a PINGRESP", b"\xd0\x00", "ends", "while connecting"),
    ("PUBLISH before CONNACK", "a DISCONNECT", b"\xe0\x00", "ends", "while connecting"),
    ("CONNACK", "an unknown reason", connack(reason=0x77), "ends", "malformed"),
    ("CONNACK", "a receive maximum of 0", connack(b"\x21\x00\x00"), "ends", ""),
    ("CONNACK", "a largest packet of 0", connack(b"\x27\x00\x00\x00\x00"), "ends", ""),
    ("CONNACK", "a largest packet of 10 bytes", connack(b"\x27\x00\x00\x00\x0a"), "ends", "takes packets of 10"),
    ("CONNACK", "a largest packet of 60 bytes", connack(b"\x27\x00\x00\x00\x3c"), "ends", "takes packets of 60"),
    (
        "CONNACK",
        "an escape sequence for a reason",
        connack(b"\x1f" + text(b"\x1b[2J\x1b[31mgo away\r\n{}"), reason=0x87),
        "refused",
        "go away",
    ),
    ("CONNACK", "a reason of 60,000 letters", connack(b"\x1f" + text(b"r" * 60_000), reason=0x87), "refused", "not authorized"),
    ("CONNACK", "cut short, and hung up", b"\x20\x03\x00", "ends", ""),
]
HANDLED: Final[list[tuple[str, str, bytes, Outcome, list[bytes]]]] = [
    ("DUP on QoS 0", "DUP on QoS 0", publish(b"1", flags=0x08), "delivers", [b"1"]),
    ("DUP on QoS 0", "DUP on QoS 1, which is allowed", publish(b"1", flags=0x0A, identifier=9), "delivers", [b"1"]),
    ("topic alias", "one with its topic, though we allowed none", publish(b"1", properties=alias(7)), "delivers", [b"1"]),
    ("64 KiB user properties", "one of 64 KiB", publish(b"1", properties=user_property(BIG)), "delivers", [b"1"]),
    ("64 KiB user properties", "eight thousand of 8 bytes", publish(b"1", properties=user_property(8) * 8000), "delivers", [b"1"]),
    (
        "retained and expired",
        "retained, with no time left",
        publish(b"1", flags=0x01, properties=b"\x02\x00\x00\x00\x00"),
        "delivers",
        [b"1"],
    ),
    ("retained and expired", "with 136 years left", publish(b"1", flags=0x01, properties=b"\x02\xff\xff\xff\xff"), "delivers", [b"1"]),
    ("empty retained payload", "empty and retained", publish(b"", flags=0x01), "delivers", [b""]),
    ("empty retained payload", "empty and of QoS 1", publish(b"", flags=0x03, identifier=3), "delivers", [b""]),
    ("names that no broker should pass", "a plus", publish(b"1", topic=b"dc/h1/+/x/y"), "delivers", [b"1"]),
    ("names that no broker should pass", "a frame of hotzone", publish(b"1", topic=b"$hotzone/operator"), "delivers", [b"1"]),
    (
        "names that no broker should pass",
        "the count of drops is no number",
        publish(b"-\xff", topic=b"$SYS/broker/publish/messages/dropped"),
        "ignored",
        [],
    ),
    (
        "names that no broker should pass",
        "a huge count of drops",
        publish(b"9" * 5000, topic=b"$SYS/broker/publish/messages/dropped"),
        "ignored",
        [],
    ),
    ("answers to nothing", "a PUBACK", packet(0x40, b"\x7f\xff"), "ignored", []),
    ("answers to nothing", "a PUBACK for identifier 0", packet(0x40, b"\x00\x00"), "ignored", []),
    ("answers to nothing", "a SUBACK", suback(0x7FFF, 0), "ignored", []),
    ("answers to nothing", "a thousand PINGRESP", b"\xd0\x00" * 1000, "ignored", []),
]
SUBSCRIBING: Final[list[tuple[str, str, bytes, Outcome, str]]] = [
    ("SUBACK of wrong length", "no code", suback(LAST), "ends", ""),
    ("SUBACK of wrong length", "a code too many", suback(LAST, 1, 1), "ends", "does not match"),
    ("SUBACK of wrong length", "a thousand codes", suback(LAST, *[1] * 1000), "ends", "does not match"),
    ("SUBACK of wrong length", "a code that there is not", suback(LAST, 0x55), "ends", "malformed"),
    ("SUBACK of wrong length", "QoS 2", suback(LAST, 2), "refused", "refused the subscription"),
    ("SUBACK of wrong length", "not authorized", suback(LAST, 0x87), "refused", "refused the subscription"),
]


def lines() -> Iterator[Exchange]:
    """All of them."""
    rows: list[tuple[str, str, Phase, bytes, Outcome, str, list[bytes]]] = [
        *((entry, name, "open", sent, "ends", reason, []) for entry, name, sent, reason in ENDS),
        *((entry, name, "connecting", sent, expect, reason, []) for entry, name, sent, expect, reason in CONNECTING),
        *((entry, name, "subscribing", sent, expect, reason, []) for entry, name, sent, expect, reason in SUBSCRIBING),
        *((entry, name, "open", sent, expect, "", payloads) for entry, name, sent, expect, payloads in HANDLED),
    ]
    for number, (entry, name, phase, sent, expect, reason, payloads) in enumerate(rows, 1):
        head, filler = _without_filler(sent)
        yield Exchange(
            id=f"mqtt.{number:02} {name}",
            entry=entry,
            phase=phase,
            head_b64=_base64(head),
            filler=filler,
            expect=expect,
            reason=reason,
            payloads=[payload.decode() for payload in payloads],
        )


def _without_filler(sent: bytes) -> tuple[bytes, list[Piece]]:
    """What is long and the same over and over, as a recipe."""
    for unit in (b"v", b"r", user_property(8)):
        begin = sent.find(unit * 1000)
        if begin >= 0:
            times = 1000
            while sent.startswith(unit, begin + times * len(unit)):
                times += 1
            return sent[:begin], [(unit.decode(), times), sent[begin + times * len(unit) :].decode()]
    return sent, []
