"""Back-pressure: whether the socket is read. No I/O of its own, no protocol state."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from .inbox import Inbox


class Valve:
    """Shut while the inbox is full; but not while an answer of the broker is expected, for that comes behind what fills it."""

    def __init__(self, inbox: Inbox) -> None:
        self.transport: asyncio.Transport | None = None
        self.shut = False
        self._inbox = inbox
        self._expecting = 0

    def turn(self) -> None:
        """Shut it or open it, as things are now; one whose connection is closing stays as it is."""
        wanted = self._inbox.full and not self._expecting
        if wanted is self.shut or self.transport is None or self.transport.is_closing():
            return
        self.shut = wanted
        if wanted:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    @contextmanager
    def expecting(self) -> Iterator[None]:
        """Read on meanwhile. Keep it short: nothing bounds what comes."""
        self._expecting += 1
        self.turn()
        try:
            yield
        finally:
            self._expecting -= 1
            self.turn()
