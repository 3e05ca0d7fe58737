"""What comes again: readings that the log has already are acknowledged, and not written a second time.

A broker sends again what it has no acknowledgement of, after its own restart also what it had forgotten that it had; a gateway sends
again what the broker did not answer for. The mark for duplicates says neither reliably, so it is what a message says that counts: the same
topic, the same bytes, and a time of measurement in them. What tells no time may be said twice and mean it, and is never left out.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from ..sensors.frame import Frame
from ..sensors.packs import unpack
from ..sensors.payload import PayloadError, decode
from ..sensors.source import Message

KEPT: Final = 32_768
"""Messages that are remembered at least, and at most twice as many: more than a broker can have on its way, with a few seconds of others.

Of each only a hash of 64 bits is kept. That one of them is mistaken for another is less likely than 1 in 10^14.
"""


class Repeats:
    """Remembers what was taken of late. It belongs to the event loop."""

    def __init__(self, kept: int = KEPT) -> None:
        self.dropped = 0
        """Readings left out so far."""
        self._kept = kept
        self._young: set[int] = set()
        self._old: set[int] = set()

    def remember(self, frames: Iterable[Frame]) -> None:
        """The end of the log that a run begins with, in order."""
        for _, topic, payload in frames:
            self._add(hash((topic, payload)))

    def fresh(self, messages: Sequence[Message]) -> Sequence[Message]:
        """The messages without the readings that were taken before; they count as taken from now on."""
        said = {hash((message[0], message[1])) for message in messages}
        if len(said) == len(messages) and said.isdisjoint(self._young) and said.isdisjoint(self._old):
            self._young |= said
            if len(self._young) >= self._kept:
                self._turn()
            return messages
        return [message for message in messages if self._is_fresh(message)]

    def _is_fresh(self, message: Message) -> bool:
        said = hash((message.topic, message.payload))
        if (said in self._young or said in self._old) and tells_its_time(message.payload):
            self.dropped += 1
            return False
        self._add(said)
        return True

    def _add(self, said: int) -> None:
        self._young.add(said)
        if len(self._young) >= self._kept:
            self._turn()

    def _turn(self) -> None:
        self._old, self._young = self._young, set()


def tells_its_time(payload: bytes) -> bool:
    """Whether it is a reading, or a pack of them, that says when it was measured."""
    try:
        if payload[:1] == b"[":
            return all(one.sample is not None and one.sample.measured_at is not None for one in unpack(payload, 0))
        return decode(payload).measured_at is not None
    except PayloadError:
        return False
