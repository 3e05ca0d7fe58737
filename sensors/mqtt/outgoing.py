"""Messages on their way to the broker: packet identifiers, the broker's receive maximum, and who waits for which answer. No I/O."""

from collections import Counter, deque
from collections.abc import Iterable
from typing import NamedTuple, Protocol, TypeVar

from mqtt5 import PubAckReasonCode, PublishPacket, QoS

from ...config.units import SECOND
from .errors import MqttError, PublishQueueFull

MAX_WAITING = 100_000
"""Messages that may wait for room in the broker's receive maximum before `publish` refuses."""

_LAST_IDENTIFIER = 0xFFFF


Answer_contra = TypeVar("Answer_contra", contravariant=True)


class Waiter(Protocol[Answer_contra]):
    """Who is told of the broker's answer; an `asyncio.Future` is one."""

    def done(self) -> bool:
        """Whether it wants to hear nothing more."""

    def set_result(self, result: Answer_contra, /) -> None:
        """Tell the answer."""

    def set_exception(self, exception: BaseException, /) -> None:
        """Tell that there will be none."""


class Draft(NamedTuple):
    """A message to publish. `expiry` is wall time in ns; the broker drops the message when nobody took it by then."""

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False
    expiry: int | None = None

    def encode(self, identifier: int | None = None) -> bytes:
        """The PUBLISH packet; `identifier` for QoS 1."""
        return PublishPacket(
            self.topic,
            self.payload,
            qos=QoS(self.qos),
            retain=self.retain,
            packet_id=identifier,
            message_expiry_interval=None if self.expiry is None else -(-self.expiry // SECOND),
        ).write()


class Tally:
    """One waiter for many messages: counts the answers by reason code, and passes the counts on when the last has come."""

    __slots__ = ("_left", "_then", "codes")

    def __init__(self, expected: int, then: Waiter[Counter[int]]) -> None:
        self._left = expected
        self._then = then
        self.codes: Counter[int] = Counter()

    def done(self) -> bool:
        """Whether nobody waits any more."""
        return self._then.done()

    def set_result(self, result: PubAckReasonCode, /) -> None:
        """Count one answer."""
        self.codes[result.value] += 1
        self._left -= 1
        if not self._left:
            self._then.set_result(self.codes)

    def set_exception(self, exception: BaseException, /) -> None:
        """Give up for all."""
        self._then.set_exception(exception)


class Outgoing:
    """QoS 1 messages in flight, at most `window` of them; the rest wait their turn in order.

    Nothing is sent again on a new connection: whoever published learns that the answer never came, and knows better than we
    whether the message is still worth sending (a cooling command is not).
    """

    __slots__ = ("_identifier", "_in_flight", "_waiting", "_window")

    def __init__(self, window: int) -> None:
        # Keep some identifiers free for SUBSCRIBE.
        self._window = min(window, _LAST_IDENTIFIER - 100)
        self._identifier = 0
        self._in_flight: dict[int, Waiter[PubAckReasonCode]] = {}
        self._waiting: deque[tuple[Draft, Waiter[PubAckReasonCode]]] = deque()

    def __len__(self) -> int:
        return len(self._in_flight) + len(self._waiting)

    def reserve(self) -> int:
        """A packet identifier that nothing in flight uses."""
        while True:
            self._identifier = self._identifier % _LAST_IDENTIFIER + 1
            if self._identifier not in self._in_flight:
                return self._identifier

    def add(self, drafts: Iterable[Draft], waiter: Waiter[PubAckReasonCode]) -> bytes:
        """Take QoS 1 messages whose answers go to `waiter`; return what can be sent now."""
        if len(self._waiting) >= MAX_WAITING:
            raise PublishQueueFull(len(self._waiting))
        self._waiting.extend((draft, waiter) for draft in drafts)
        return self._fill()

    def answered(self, identifier: int, code: PubAckReasonCode) -> bytes | None:
        """Pass a PUBACK on; return what can be sent in its place, or None if nothing with that identifier was in flight."""
        waiter = self._in_flight.pop(identifier, None)
        if waiter is None:
            return None
        if not waiter.done():
            waiter.set_result(code)
        return self._fill() if self._waiting else b""

    def fail(self, error: MqttError) -> None:
        """Tell everybody who waits that there will be no answer."""
        waiters = [*self._in_flight.values(), *(waiter for _, waiter in self._waiting)]
        self._in_flight.clear()
        self._waiting.clear()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_exception(error)

    def _fill(self) -> bytes:
        packets = []
        while self._waiting and len(self._in_flight) < self._window:
            draft, waiter = self._waiting.popleft()
            if waiter.done():  # cancelled meanwhile
                continue
            identifier = self.reserve()
            self._in_flight[identifier] = waiter
            packets.append(draft.encode(identifier))
        return b"".join(packets)
