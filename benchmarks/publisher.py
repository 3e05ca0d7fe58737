"""The load: packets that were encoded before, written as fast as the broker takes them, or at a rate.

    python -m benchmarks.publisher PORT QOS COUNT
    python -m benchmarks.publisher PORT QOS COUNT sensors NUMBER    of so many thermometers
    python -m benchmarks.publisher PORT QOS COUNT rate RATE         messages a second
    python -m benchmarks.publisher PORT QOS COUNT json TEMPLATE     packs, or senml, on topics made from the template

Prints `ready` when all is encoded, begins when it reads a line, and prints when the first packet went out, ns of the monotonic clock. At a
rate, a note is due each 20 ms, and a second line is a JSON list of when each was due: a publisher that is late hides nothing.
"""

import itertools
import socket
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from mqtt5 import ConnectPacket, DisconnectPacket, PublishPacket, QoS

from .processes import say
from .readings import TOPICS, Message, note, packs, readings

WINDOW: Final = 2_000
"""QoS 1 packets in flight."""
CHUNK: Final = 500
"""Packets of one write."""
ANSWER: Final = 4
"""Bytes of a PUBACK that says nothing but success."""
TICK_NS: Final = 2_000_000
"""Between two writes at a rate."""
NOTED: Final = 10
"""Ticks between two notes."""


def encoded(messages: Iterable[Message], qos: int) -> Iterator[bytes]:
    """PUBLISH packets."""
    identifiers = itertools.cycle(range(1, 65536))
    for topic, payload in messages:
        yield PublishPacket(topic, payload, qos=QoS(qos), packet_id=next(identifiers) if qos else None).write()


def connected(port: int) -> socket.socket:
    """A connection that may publish."""
    sock = socket.create_connection(("127.0.0.1", port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.sendall(ConnectPacket("publisher", clean_start=True, keep_alive=0).write())
    sock.recv(1024)
    return sock


def go() -> int:
    """Wait until told to begin; when that was."""
    print("ready", flush=True)
    sys.stdin.readline()
    return time.monotonic_ns()


def flat_out(sock: socket.socket, packets: Sequence[bytes], qos: int) -> None:
    """As fast as they are taken (QoS 0) or answered (QoS 1)."""
    chunks = [b"".join(packets[cut : cut + CHUNK]) for cut in range(0, len(packets), CHUNK)]
    print(go(), flush=True)
    answers = 0
    for number, chunk in enumerate(chunks, 1):
        sock.sendall(chunk)
        while qos and number * CHUNK - answers // ANSWER > WINDOW - CHUNK:
            answers += len(sock.recv(65536))
    while qos and answers // ANSWER < len(packets):
        answers += len(sock.recv(65536))


def paced(sock: socket.socket, messages: Iterable[Message], qos: int, rate: int) -> list[int]:
    """At a rate, with notes; when each note was due."""
    share = rate * TICK_NS // 1_000_000_000
    marked: list[Message] = []
    for number, message in enumerate(messages):
        marked.append(message)
        if (number + 1) % (share * NOTED) == 0:
            marked.append(note(f"n{(number + 1) // (share * NOTED)}."))
    packets = list(encoded([*marked, note("end")], qos))
    begin, sent, dues = go(), 0, []
    print(begin, flush=True)
    for tick in itertools.count():
        if sent >= len(packets):
            return dues
        due = begin + tick * TICK_NS
        time.sleep(max(0, due - time.monotonic_ns()) / 1e9)
        upto = sent + share
        if (tick + 1) % NOTED == 0:
            upto += 1
            dues.append(due)
        sock.sendall(b"".join(packets[sent:upto]))
        sent = upto
        try:
            while qos:
                sock.recv(65536, socket.MSG_DONTWAIT)
        except BlockingIOError:
            pass
    raise AssertionError


def published(sock: socket.socket, qos: int, count: int, *how: str) -> None:
    """What was asked for, and behind all the rest a note that it is the end."""
    begin_ms = time.time_ns() // 1_000_000
    match how:
        case ["sensors", number]:
            messages = readings(count, begin_ms, int(number))
        case ["rate", rate]:
            say(paced(sock, readings(count, begin_ms, step_ms=TOPICS * 1000 // int(rate)), qos, int(rate)))
            return
        case [kind, template]:
            messages = packs(count, begin_ms, kind, template)
        case _:
            messages = readings(count, begin_ms)
    flat_out(sock, list(encoded([*messages, note("end")], qos)), qos)


def main(port: str, qos: str, count: str, *how: str) -> None:
    """Connect, publish, and read to the end."""
    with connected(int(port)) as sock:
        published(sock, int(qos), int(count), *how)
        sock.sendall(DisconnectPacket().write())
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(65536):
            pass


if __name__ == "__main__":
    main(*sys.argv[1:])
