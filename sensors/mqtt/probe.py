"""The liveness probe: a nonce through the broker and back, because a connection can be dead and not know it."""

import zlib
from collections.abc import Callable
from enum import StrEnum

from mqtt5 import PubAckReasonCode

SILENT_TICKS = 3
"""Ticks without a byte from the broker after which the connection is dead."""

DEAF_TICKS = 10
"""Ticks without a nonce after which it is dead although something comes in: we are not heard, or the subscription is gone.

More than for silence, as a probe can queue behind a backlog of readings, and reconnecting would only lengthen that.
"""

_SEAL = len(".00000000")


class Verdict(StrEnum):
    """What a tick found."""

    ALIVE = "alive"
    SILENT = "nothing came from the broker"
    DEAF = "our own messages do not come back"


class Probe:
    """Judges one connection by ticks, not by time, so that a stall of our own process counts for one tick. No I/O, no clock."""

    def __init__(self, instance: str, connection: int, on_denied: Callable[[str], None]) -> None:
        self._instance = instance.encode()
        self._connection = b"%d" % connection
        self._on_denied = on_denied
        self._denied = False
        self._sent = 0
        self._returned = False
        self._heard = 0
        self._silent = 0
        self._deaf = 0
        self.proven = False
        """Whether the connection was alive once."""
        self.others: set[bytes] = set()
        """Other processes that probe, or probed, under our client id."""

    def nonce(self) -> bytes:
        """What to publish next: whose it is, of which connection, a number, and a check sum over them."""
        self._sent += 1
        return _sealed(b"%s.%s.%d" % (self._instance, self._connection, self._sent))

    def returned(self, payload: bytes) -> None:
        """Something came in on the probe's topic. What is not whole says nothing: a flipped bit must not look like a rival."""
        said = payload[:-_SEAL]
        if payload != _sealed(said):
            return
        match said.split(b"."):
            case [self._instance, self._connection, _]:
                self._returned = self.proven = True
            case [self._instance, _, _]:
                pass  # of a connection before this one
            case [other, _, _]:
                self.others.add(other)

    def answered(self, code: PubAckReasonCode) -> None:
        """The broker answered the publish. If it forbids probing, its saying so is the sign of life that is left."""
        if code.value < PubAckReasonCode.UNSPECIFIED_ERROR.value:
            return
        self._returned = self.proven = True
        self._deny(f"is refused: {code.name.lower().replace('_', ' ')} ({code.value})")

    def tick(self, heard: int, *, paused: bool) -> Verdict:
        """Judge the time since the last tick; `heard` counts the socket's reads, `paused` says that we do not read by our own will."""
        if self._returned or paused:
            self._silent = self._deaf = 0
        else:
            self._deaf += 1
            self._silent = 0 if heard != self._heard else self._silent + 1
        self._returned = False
        self._heard = heard
        if self._silent >= SILENT_TICKS:
            return Verdict.SILENT
        if self._deaf >= DEAF_TICKS:
            if self.proven:
                return Verdict.DEAF
            # It never came back, though our subscriptions were heard: an access rule that drops in silence, not a dead connection.
            self._deny("does not come back: check the broker's access rules")
        return Verdict.ALIVE

    def _deny(self, why: str) -> None:
        if not self._denied:
            self._denied = True
            self._on_denied(why)


def _sealed(said: bytes) -> bytes:
    return b"%s.%08x" % (said, zlib.crc32(said))
