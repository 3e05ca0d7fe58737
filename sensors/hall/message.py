"""What the hall says: a message and the moment at which it is published."""

from typing import NamedTuple


class TimedMessage(NamedTuple):
    """One message of the hall."""

    at: int
    """Hall time at which it is published, ns since the epoch."""
    topic: str
    payload: bytes
    retained: bool = False
