"""Messages received and not acknowledged yet: gathered into batches, counted against a bound. No I/O."""

from collections.abc import Callable, Sequence

from ..source import Message


class MqttBatch:
    """Everything that had arrived when it was asked for. Acknowledge batches in the order in which they came."""

    __slots__ = ("_acknowledge", "_identifiers", "messages")

    def __init__(self, messages: list[Message], identifiers: Sequence[int], acknowledge: Callable[[Sequence[int], int], None]) -> None:
        self.messages = messages
        self._identifiers = identifiers
        self._acknowledge: Callable[[Sequence[int], int], None] | None = acknowledge

    def acknowledge(self) -> None:
        """Send the PUBACKs in one write. A second call does nothing, nor does one after the connection is gone: the broker sends again."""
        if self._acknowledge is None:
            return
        acknowledge, self._acknowledge = self._acknowledge, None
        acknowledge(self._identifiers, len(self.messages))


class Inbox:
    """What has arrived since the last `take`, and how much is unacknowledged in all, QoS 0 included.

    Over `bound` the session stops reading: receive maximum alone is not enough, as it does not count QoS 0, and
    Mosquitto 2.0.11 oversteps it after the first acknowledgement.
    """

    __slots__ = ("bound", "identifiers", "messages", "unacknowledged")

    def __init__(self, bound: int) -> None:
        self.bound = bound
        self.messages: list[Message] = []
        self.identifiers: list[int] = []
        self.unacknowledged = 0

    @property
    def full(self) -> bool:
        """Whether to stop reading."""
        return self.unacknowledged > self.bound

    def take(self, acknowledge: Callable[[Sequence[int], int], None]) -> MqttBatch:
        """Hand out what has arrived as one batch."""
        batch = MqttBatch(self.messages, self.identifiers, acknowledge)
        self.messages, self.identifiers = [], []
        return batch

    def discard(self) -> None:
        """Forget what was not taken; the broker will send it again."""
        self.unacknowledged -= len(self.messages)
        self.messages, self.identifiers = [], []
