import asyncio

import pytest
from mqtt5 import PubAckReasonCode, PublishPacket, read

from hotzone.config.units import SECOND
from hotzone.sensors.mqtt import outgoing
from hotzone.sensors.mqtt.errors import ConnectionLost, PublishQueueFull
from hotzone.sensors.mqtt.outgoing import Draft, Outgoing, Tally


class Waiting:
    """A waiter that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []
        self.gone = False

    def done(self) -> bool:
        return self.gone

    def set_result(self, result: object, /) -> None:
        self.told.append(result)

    def set_exception(self, exception: BaseException, /) -> None:
        self.told.append(exception)


def identifiers(data: bytes) -> list[int | None]:
    found = []
    while data:
        packet, size = read(memoryview(data))
        assert isinstance(packet, PublishPacket)
        found.append(packet.packet_id)
        data = data[size:]
    return found


def test_no_more_is_in_flight_than_the_broker_takes() -> None:
    queue = Outgoing(2)
    waiting = Waiting()
    assert identifiers(queue.add([Draft("t", b"")] * 4, waiting)) == [1, 2]
    assert identifiers(queue.answered(2, PubAckReasonCode.SUCCESS) or b"") == [3]
    assert identifiers(queue.answered(1, PubAckReasonCode.SUCCESS) or b"") == [4]
    assert len(queue) == 2


def test_reason_codes_reach_the_waiter() -> None:
    queue = Outgoing(10)
    waiting = Waiting()
    queue.add([Draft("t", b"")] * 2, waiting)
    queue.answered(1, PubAckReasonCode.NO_MATCHING_SUBSCRIBERS)
    queue.answered(2, PubAckReasonCode.NOT_AUTHORIZED)
    assert waiting.told == [PubAckReasonCode.NO_MATCHING_SUBSCRIBERS, PubAckReasonCode.NOT_AUTHORIZED]


def test_identifiers_wrap_and_skip_those_in_flight() -> None:
    queue = Outgoing(10)
    queue.add([Draft("t", b"")], Waiting())
    assert [queue.reserve() for _ in range(65534)] == list(range(2, 65536))
    assert queue.reserve() == 2


def test_an_unknown_puback_is_no_answer() -> None:
    assert Outgoing(1).answered(5, PubAckReasonCode.SUCCESS) is None


def test_what_nobody_waits_for_any_more_is_not_sent() -> None:
    queue = Outgoing(1)
    queue.add([Draft("t", b"")], Waiting())
    cancelled = Waiting()
    queue.add([Draft("t", b"")], cancelled)
    cancelled.gone = True
    assert queue.answered(1, PubAckReasonCode.SUCCESS) == b""


def test_everybody_learns_that_the_connection_is_gone() -> None:
    queue = Outgoing(1)
    waiting = Waiting()
    queue.add([Draft("t", b"")] * 2, waiting)
    error = ConnectionLost("gone")
    queue.fail(error)
    assert waiting.told == [error, error]
    assert len(queue) == 0


def test_a_full_queue_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "MAX_WAITING", 2)
    queue = Outgoing(1)
    queue.add([Draft("t", b"")] * 3, Waiting())
    with pytest.raises(PublishQueueFull):
        queue.add([Draft("t", b"")], Waiting())


async def test_a_tally_counts_and_answers_at_the_last() -> None:
    future = asyncio.get_running_loop().create_future()
    tally = Tally(3, future)
    tally.set_result(PubAckReasonCode.SUCCESS)
    tally.set_result(PubAckReasonCode.NO_MATCHING_SUBSCRIBERS)
    assert not future.done()
    tally.set_result(PubAckReasonCode.SUCCESS)
    assert future.result() == {0: 2, 16: 1}


@pytest.mark.parametrize(("expiry", "seconds"), [(None, None), (10 * SECOND, 10), (1, 1), (SECOND + 1, 2)])
def test_an_expiry_is_rounded_up_to_seconds(expiry: int | None, seconds: int | None) -> None:
    packet, _ = read(memoryview(Draft("t", b"", 0, expiry=expiry).encode()))
    assert isinstance(packet, PublishPacket)
    assert packet.message_expiry_interval == seconds
