"""A web server that answers as it is told, says what it was asked, and knows every way to misbehave."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

Answering = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Asked(NamedTuple):
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes


class HttpStub:
    """Answers with what is next in `answers`, or 200. Each connection is counted, also one that asks nothing."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.connections = 0
        self.answers: list[Answering] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").splitlines()
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                method, path, _ = head[0].split(" ", 2)
                self.asked.append(Asked(method, path, headers, body))
                await (self.answers.pop(0) if self.answers else status(200))(writer)
                await writer.drain()


def status(code: int, body: bytes = b"", **headers: str) -> Answering:
    """An answer; `Retry_After="5"` becomes a header."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        lines = [
            f"HTTP/1.1 {code} x",
            f"Content-Length: {len(body)}",
            *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
        ]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)

    return answer


def drip(code: int, gap_s: float = 0.02) -> Answering:
    """A body without end, a byte at a time."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {code} x\r\n\r\n".encode())
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(gap_s)

    return answer


def flood(code: int) -> Answering:
    """A gigabyte, as fast as it goes."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {code} x\r\nContent-Length: {1 << 30}\r\n\r\n".encode())
        for _ in range(1 << 14):
            writer.write(b"." * (1 << 16))
            await writer.drain()

    return answer


async def silent(_: asyncio.StreamWriter) -> None:
    """Accepts, and never says a word."""
    await asyncio.Event().wait()


async def cut(writer: asyncio.StreamWriter) -> None:
    """Hangs up without an answer."""
    writer.close()


@asynccontextmanager
async def http_stub() -> AsyncIterator[HttpStub]:
    """A server on a port of its own."""
    stub = HttpStub()
    server = await asyncio.start_server(stub.connected, "127.0.0.1", 0)
    stub.port = server.sockets[0].getsockname()[1]
    try:
        yield stub
    finally:
        server.close()
        server.close_clients() if hasattr(server, "close_clients") else None
