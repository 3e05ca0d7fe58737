"""The stream of changes: server-sent events, the present state first and then what changes, at most once a second.

One look at the room serves everybody who listens, and its message is encoded once. A client that does not read falls behind its bounded
queue and is sent away; it comes back, and begins with the whole state again.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Final

import structlog
from aiohttp import web
from msgspec import json

from .present import Present, Room

LOOK_S: Final = 1.0
"""Wall seconds between two looks at a room."""
QUEUE: Final = 16
"""Messages that may wait for one client."""
CLIENTS: Final = 500
"""Who may listen at once."""
AT_ONCE: Final = 8
"""Clients that are written to before the event loop turns to whatever else has come: readings do not wait for all who listen."""
_RETRY_MS: Final = 2000

_log = structlog.get_logger("hotzone.web")


class Stream:
    """Tells every client of a room. `run` it as a task."""

    def __init__(self, room: Room) -> None:
        self._present = Present(room)
        self._clients: set[_Client] = set()
        self._number = 0
        self._whole = (-1, b"")
        self._wanted = asyncio.Event()
        self._turn = asyncio.Semaphore(AT_ONCE)
        self.dropped = 0
        """Clients that did not keep up."""

    @property
    def clients(self) -> int:
        """How many listen."""
        return len(self._clients)

    async def run(self) -> None:
        """Look at the room for as long as somebody wants to know."""
        while True:
            await self._wanted.wait()
            try:
                self.look()
            except Exception:  # noqa: BLE001  the next look may succeed, and everybody waits for it
                _log.exception("a look at the present went wrong")
            await asyncio.sleep(LOOK_S)

    def look(self) -> None:
        """One look, told to everybody. When a recording has come to another site, all come again, and ask for that first."""
        site = self._present.site
        changes = self._present.look()
        self._number += 1
        if self._present.site is not site:
            self.close()
            return
        self._tell(_message("changes", self._number, json.encode(changes)))

    def _tell(self, message: bytes) -> None:
        for client in [*self._clients]:
            if not client.put(message):
                self.dropped += 1
                self._clients.discard(client)
                client.cut()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one client for as long as it stays. `Last-Event-ID` needs no memory of ours: the state comes first, whatever was missed."""
        if self.clients >= CLIENTS:
            raise web.HTTPServiceUnavailable(text="too many listen already", headers={"Retry-After": "10"})
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        await response.prepare(request)
        with self._client(request.transport) as client, contextlib.suppress(ConnectionError):
            await response.write(b"retry: %d\n\n" % _RETRY_MS)
            while (message := await client.queue.get()) is not None:
                async with self._turn:
                    await asyncio.sleep(0)
                await response.write(message)
        return response

    def close(self) -> None:
        """Send everybody away."""
        for client in [*self._clients]:
            client.end()

    def _beginning(self) -> bytes:
        """The state as of the last look, where the others are: however many come at once, one look and one encoding serve them."""
        if not self._clients:
            self.look()  # nobody has for a while
        if self._whole[0] != self._number:
            self._whole = (self._number, _message("state", self._number, json.encode(self._present.state)))
        return self._whole[1]

    @contextlib.contextmanager
    def _client(self, transport: asyncio.BaseTransport | None) -> Iterator["_Client"]:
        client = _Client(transport)
        client.put(self._beginning())
        self._clients.add(client)
        self._wanted.set()
        try:
            yield client
        finally:
            self._clients.discard(client)
            if not self._clients:
                self._wanted.clear()


class _Client:
    """What waits for one of them; None is the end."""

    def __init__(self, transport: asyncio.BaseTransport | None) -> None:
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue(QUEUE + 1)
        self._transport = transport

    def put(self, message: bytes) -> bool:
        if self.queue.qsize() >= QUEUE:
            return False
        self.queue.put_nowait(message)
        return True

    def end(self) -> None:
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait(None)

    def cut(self) -> None:
        """Whoever does not read is not told either: the connection is gone, and what waits in it."""
        if isinstance(self._transport, asyncio.WriteTransport):
            self._transport.abort()
        self.end()


def _message(kind: str, number: int, data: bytes) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (number, kind.encode(), data)
