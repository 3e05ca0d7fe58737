from collections.abc import Sequence

from hotzone.sensors.mqtt.inbox import Inbox
from hotzone.sensors.source import Message


def test_a_batch_is_acknowledged_once() -> None:
    calls: list[tuple[Sequence[int], int]] = []
    inbox = Inbox(10)
    inbox.messages.append(Message("t", b"1"))
    inbox.identifiers.append(7)
    batch = inbox.take(lambda identifiers, count: calls.append((identifiers, count)))
    batch.acknowledge()
    batch.acknowledge()
    assert calls == [([7], 1)]


def test_what_arrives_later_is_in_the_next_batch() -> None:
    inbox = Inbox(10)
    inbox.messages.append(Message("t", b"1"))
    first = inbox.take(lambda _identifiers, _count: None)
    inbox.messages.append(Message("t", b"2"))
    second = inbox.take(lambda _identifiers, _count: None)
    assert [message.payload for message in first.messages + second.messages] == [b"1", b"2"]


def test_discarding_forgets_only_what_was_not_taken() -> None:
    inbox = Inbox(1)
    inbox.messages.append(Message("t", b"1"))
    inbox.unacknowledged = 1
    inbox.take(lambda _identifiers, _count: None)
    inbox.messages.append(Message("t", b"2"))
    inbox.unacknowledged = 2
    assert inbox.full
    inbox.discard()
    assert inbox.unacknowledged == 1
    assert inbox.messages == []
