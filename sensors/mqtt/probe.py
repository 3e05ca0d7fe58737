"""The liveness probe: a nonce through the broker and back, because a connection can be dead and not know it."""

from collections.abc import Callable
from enum import StrEnum

from mqtt5 import PubAckReasonCode

SILENT_TICKS = 3
"""Ticks without a byte from the broker after which the connection is dead."""

DEAF_TICKS = 10
"""Ticks without a nonce after which it is dead although something comes in: we are not heard, or the subscription is gone.

More than for silence, as a probe can queue behind a backlog of readings, and reconnecting would only lengthen that.
"""


class Verdict(StrEnum):
    """What a tick found."""

    ALIVE = "alive"
    SILENT = "nothing came from the broker"
    DEAF = "our own messages do not come back"


class Probe:
    """Judges one connection by ticks, not by time, so that a stall of our own process counts for one tick. No I/O, no clock."""

    def __init__(self, token: str, on_denied: Callable[[PubAckReasonCode], None]) -> None:
        self._token = token.encode()
        self._on_denied = on_denied
        self._denied = False
        self._sent = 0
        self._returned = False
        self._heard = 0
        self._silent = 0
        self._deaf = 0
        self.proven = False
        """Whether the connection was alive once."""

    def nonce(self) -> bytes:
        """What to publish next."""
        self._sent += 1
        return b"%s-%d" % (self._token, self._sent)

    def returned(self, payload: bytes) -> None:
        """Something came in on the probe's topic."""
        if payload.startswith(self._token):
            self._returned = self.proven = True

    def answered(self, code: PubAckReasonCode) -> None:
        """The broker answered the publish. If it forbids probing, its saying so is the sign of life that is left."""
        if code.value < PubAckReasonCode.UNSPECIFIED_ERROR.value:
            return
        self._returned = self.proven = True
        if not self._denied:
            self._denied = True
            self._on_denied(code)

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
            return Verdict.DEAF
        return Verdict.ALIVE
