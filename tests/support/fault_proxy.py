"""A TCP proxy that does to a connection what networks do: it delays, narrows, slices, hangs, resets, refuses and corrupts."""

import asyncio
import socket
import struct
from contextlib import suppress
from random import Random
from types import TracebackType
from typing import Final, Self

_CHUNK: Final = 65536
_LOOK_S: Final = 0.01


class FaultProxy:
    """Listens on an ephemeral port and passes on to `port`. Set a fault at any moment; it holds for connections that are open, too."""

    def __init__(self, port: int, random: Random | None = None) -> None:
        self.port = 0
        self.latency_s = 0.0
        """Each piece is this late."""
        self.jitter_s = 0.0
        """And up to this much later."""
        self.bandwidth: int | None = None
        """Bytes a second, in each direction."""
        self.slices: int | None = None
        """Most bytes in a piece."""
        self.hangs = False
        """Nothing is passed on, and nobody is told: a half-open connection."""
        self.refuses = False
        """New connections are closed at once."""
        self.corrupts = 0.0
        """Share of pieces from the broker of which a bit is flipped."""
        self.cut_after: int | None = None
        """Bytes from the broker after which the connection is reset, each time anew."""
        self.connections = 0
        self.refused = 0
        self.resets = 0
        self.corrupted = 0
        self.delayed = 0
        self.sliced = 0
        self.held = 0
        """Pieces that stood still while it hung."""
        self._target = port
        self._random = random or Random(1)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        self.reset()

    def reset(self) -> None:
        """RST on every connection, both sides."""
        for writer in list(self._open):
            self.resets += 1
            linger = struct.pack("ii", 1, 0)
            with suppress(OSError, AttributeError):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()
        self._open.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuses:
            self.refused += 1
            writer.transport.abort()
            return
        self.connections += 1
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, back}
        tasks = [asyncio.create_task(self._pass(reader, back, 0)), asyncio.create_task(self._pass(there, writer, 1))]
        self._tasks.update(tasks)
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        self._tasks.difference_update(tasks)
        for one in (writer, back):
            self._open.discard(one)
            one.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: int) -> None:
        passed = 0
        with suppress(OSError):
            while data := await reader.read(_CHUNK):
                pieces = [data]
                if self.slices is not None:
                    pieces = [data[begin : begin + self.slices] for begin in range(0, len(data), self.slices)]
                    self.sliced += len(pieces)
                for piece in pieces:
                    passed += len(piece)
                    await self._one(piece, writer, way)
                    if way and self.cut_after is not None and passed >= self.cut_after:
                        self.reset()
                        return

    async def _one(self, piece: bytes, writer: asyncio.StreamWriter, way: int) -> None:
        while self.hangs:
            self.held += 1
            await asyncio.sleep(_LOOK_S)
        if self.latency_s or self.jitter_s:
            self.delayed += 1
            await asyncio.sleep(self.latency_s + self._random.uniform(0.0, self.jitter_s))
        if self.bandwidth is not None:
            self.delayed += 1
            await asyncio.sleep(len(piece) / self.bandwidth)
        if way and self.corrupts and self._random.random() < self.corrupts:
            self.corrupted += 1
            damaged = bytearray(piece)
            damaged[self._random.randrange(len(damaged))] ^= 1 << self._random.randrange(8)
            piece = bytes(damaged)
        writer.write(piece)
        await writer.drain()
