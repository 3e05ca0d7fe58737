"""What the page costs the ingest: the latency of `hotzone run` while many listen to its stream of changes, some of whom never read.

    python -m benchmarks.measures.listeners HOST PORT CLIENTS

is those who listen, until it is killed; it says so when all of them do.
"""

import asyncio
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import PIPE
from typing import Final
from urllib.parse import urlsplit

from ..broker import missing
from ..measured import Figure, Run, Subject
from ..processes import LOAD, line, module, resident, say, started
from ..product import Product
from ..scale import Scale
from .latency import at, waits

READ: Final = 1 << 20
"""Bytes that a client takes at once."""
NEVER_READ: Final = 10
"""One in so many."""


@contextmanager
def listening(product: Product, clients: int) -> Iterator[None]:
    """So many listen meanwhile."""
    address = urlsplit(product.address())
    with started(module("measures.listeners", address.hostname, address.port, clients), LOAD, stdout=PIPE) as process:
        line(process.stdout)
        yield


def measure(scale: Scale, clients: int) -> Run:
    """At the rate asked for."""
    held = 0.0

    @contextmanager
    def around(product: Product) -> Iterator[None]:
        nonlocal held
        with listening(product, clients):
            yield
            held = resident(product.process.pid)

    found = waits(scale, scale.rate, around)
    figures = {
        "p50": Figure(at(0.5, found.whole), "ms"),
        "max": Figure(found.whole[-1], "ms"),
        "event loop late": Figure(found.said["lag"] * 1e3, "ms"),
        "memory": Figure(held, "MiB"),
    }
    return Run(at(0.99, found.whole), found.cpu, figures)


SUBJECTS: Final = (
    Subject("hotzone", lambda scale: measure(scale, scale.clients), missing),
    Subject("nobody listens", lambda scale: measure(scale, 0), missing),
)


async def everybody(host: str, port: int, clients: int) -> None:
    """Those who listen."""
    request = f"GET /api/v1/stream HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()
    deaf = []
    for _ in range(clients // NEVER_READ):
        deaf.append(socket.socket())
        deaf[-1].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf[-1].connect((host, port))
        deaf[-1].sendall(request)

    async def one() -> asyncio.StreamReader:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(request)
        status = await reader.readline()
        assert b" 200 " in status, status
        return reader

    async def read(reader: asyncio.StreamReader) -> None:
        while await reader.read(READ):
            pass

    readers = [await one() for _ in range(clients - len(deaf))]
    say(len(readers))
    sys.stdout.flush()
    await asyncio.gather(*map(read, readers))


if __name__ == "__main__":
    asyncio.run(everybody(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
