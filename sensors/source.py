"""The seam between where frames come from and who uses them: a broker, a recording or a simulated hall."""

from collections.abc import AsyncIterator
from typing import NamedTuple, Protocol


class Message(NamedTuple):
    """One message as it came off the wire, before the sequencer stamps it."""

    topic: str
    payload: bytes
    retained: bool = False


class Batch(Protocol):
    """Messages that were read together and are acknowledged together."""

    messages: list[Message]

    def acknowledge(self) -> None:
        """Tell the source that the messages are safe. Call it after the commit, once, from the source's loop."""


class Source(Protocol):
    """Where messages come from. Iterating never ends by itself while the source can come back."""

    def batches(self) -> AsyncIterator[Batch]:
        """Yield what arrived, in order; back-pressure is not asking for the next batch."""

    async def close(self) -> None:
        """Stop cleanly; unacknowledged messages will come again."""
