"""The clock that a simulated hall publishes, retained: what it may say."""

from typing import Final

from msgspec import Struct, ValidationError, json

MAX_RATE: Final = 60.0
"""Hall seconds a wall second, at most: faster, what is timed by the wall would no longer mean anything."""
_FIRST: Final = 10**18
"""2001-09-09, ns. Before it no clock was set."""
_LAST: Final = 2**62
"""2116-02-20, ns. A log that begins later would come to the end of its 64 bits, and nothing could ever be logged before it again."""


class ClockMessage(Struct, frozen=True):
    """At wall time `wall` the hall's own was `hall`, both ns since the epoch."""

    hall: int
    wall: int
    rate: float


_decode = json.Decoder(ClockMessage).decode


def read_clock(payload: bytes) -> ClockMessage | None:
    """The message, or None when it is none: a rate that makes no sense, or a time that no hall can have."""
    try:
        message = _decode(payload)
    except (ValidationError, ValueError, RecursionError):
        return None
    return message if 0 < message.rate <= MAX_RATE and possible(message.hall) and possible(message.wall) else None


def possible(time: int) -> bool:
    """Whether a hall can have this time, ns since the epoch."""
    return _FIRST <= time < _LAST
