"""Mails that some put off, such as those whose mailbox is full, so that nobody else waits for them: for each, in order, for a day."""

import time
from collections import deque
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from typing import Final, NamedTuple

Answer = tuple[int, str]
"""The code and the words of a server that refuses."""
Send = Callable[[EmailMessage, str], Awaitable[Answer | None]]
"""Sends a mail to one recipient; None when it was taken."""

PATIENCE_S: Final = 24 * 3600.0
"""Wall time that a mail waits."""
MOST: Final = 1000
"""Mails that wait for one recipient; the oldest gives way."""


class Waiting(NamedTuple):
    """A mail that waits."""

    event_id: str
    mail: EmailMessage
    until: float


class Backlog:
    """By recipient, what waits. `lost` is told of each mail that somebody will not get, and why."""

    def __init__(self, lost: Callable[[str, str, str], None], *, now: Callable[[], float] = time.monotonic) -> None:
        self._lost = lost
        self._now = now
        self._waiting: dict[str, deque[Waiting]] = {}

    def __contains__(self, recipient: str) -> bool:
        return recipient in self._waiting

    def add(self, recipient: str, event_id: str, mail: EmailMessage) -> None:
        """Let a mail wait behind those that wait already."""
        waiting = self._waiting.setdefault(recipient, deque())
        if len(waiting) == MOST:
            self._lost(recipient, waiting.popleft().event_id, "too many mails wait")
        waiting.append(Waiting(event_id, mail, self._now() + PATIENCE_S))

    async def send(self, send: Send) -> None:
        """Try each recipient again, until it puts off the next one too. What `send` raises ends the round."""
        for recipient in list(self._waiting):
            while waiting := self._waiting.get(recipient):
                first = waiting[0]
                refused = await send(first.mail, recipient)
                if refused is not None and refused[0] < 500 and self._now() < first.until:
                    break
                if refused is not None:
                    self._lost(recipient, first.event_id, refused[1])
                if waiting[0] is first:
                    waiting.popleft()
                if not waiting:
                    del self._waiting[recipient]

    def close(self) -> None:
        """Nobody tries again: what waits is lost."""
        for recipient, waiting in self._waiting.items():
            for one in waiting:
                self._lost(recipient, one.event_id, "it waited when hotzone stopped")
        self._waiting.clear()
