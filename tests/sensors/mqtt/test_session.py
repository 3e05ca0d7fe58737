"""The session against a scripted broker: what each state allows, and what becomes of what it does not."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from mqtt5 import (
    AuthPacket,
    ConnAckPacket,
    ConnAckReasonCode,
    DisconnectPacket,
    DisconnectReasonCode,
    Packet,
    PingReqPacket,
    PubAckPacket,
    PubAckReasonCode,
    PublishPacket,
    QoS,
    SubAckPacket,
    SubAckReasonCode,
    SubscribePacket,
)

from hotzone.config.secrets import Secret
from hotzone.config.service import Broker
from hotzone.config.units import HOUR, SECOND
from hotzone.sensors.mqtt import (
    BrokerUnreachable,
    ConnectionLost,
    ConnectRefused,
    Draft,
    Session,
    SessionTakenOver,
    State,
    SubscribeRefused,
    connect,
    open_session,
    session,
)
from hotzone.sensors.mqtt.wire import MAX_PACKET
from support.stub_broker import Connection, StubBroker
from support.waiting import until


@pytest.fixture
async def broker() -> AsyncIterator[StubBroker]:
    async with StubBroker() as stub:
        yield stub


async def opened(broker: StubBroker, connack: ConnAckPacket | None = None, **settings: object) -> tuple[Session, Connection]:
    """A session and the broker's side of it, past CONNACK."""
    opening = asyncio.create_task(open_session(Broker(url=broker.url, **settings)))
    connection = await broker.accept()
    await connection.welcome(connack)
    return await opening, connection


def reading(number: int, **settings: object) -> PublishPacket:
    return PublishPacket("t", str(number).encode(), qos=QoS.AT_LEAST_ONCE, packet_id=number, **settings)


async def test_connect_says_what_we_take_and_how_long_to_remember_us(broker: StubBroker) -> None:
    site = Broker(url=broker.url, client_id="me", username="u", password=Secret("p"), session_expiry=HOUR, receive_maximum=77)
    opening = asyncio.create_task(open_session(site))
    connection = await broker.accept()
    packet = await connection.welcome(ConnAckPacket(session_present=True))
    assert (await opening).session_present
    assert (packet.client_id, packet.username, packet.password) == ("me", "u", b"p")
    assert (packet.clean_start, packet.session_expiry_interval, packet.keep_alive) == (False, 3600, 5)
    assert (packet.receive_max, packet.max_packet_size, packet.topic_alias_max) == (77, MAX_PACKET, 0)


async def test_a_keep_alive_of_nothing_becomes_a_second(broker: StubBroker) -> None:
    opening = asyncio.create_task(open_session(Broker(url=broker.url, keep_alive=0)))
    connection = await broker.accept()
    assert (await connection.welcome()).keep_alive == 1
    await opening


@pytest.mark.parametrize(
    ("reason", "ours"),
    [
        (ConnAckReasonCode.BAD_USER_NAME_OR_PASSWORD, True),
        (ConnAckReasonCode.NOT_AUTHORIZED, True),
        (ConnAckReasonCode.SERVER_BUSY, False),
        (ConnAckReasonCode.QUOTA_EXCEEDED, False),
    ],
)
async def test_a_refusal_says_whose_fault_it_is(broker: StubBroker, reason: ConnAckReasonCode, *, ours: bool) -> None:
    opening = asyncio.create_task(open_session(Broker(url=broker.url)))
    connection = await broker.accept()
    await connection.welcome(ConnAckPacket(reason_code=reason, reason_str="because"))
    with pytest.raises(ConnectRefused, match="because") as caught:
        await opening
    assert caught.value.reason is reason
    assert caught.value.ours is ours


async def test_nobody_listening_is_unreachable() -> None:
    async with StubBroker() as stub:
        url = stub.url
    with pytest.raises(BrokerUnreachable):
        await open_session(Broker(url=url))


async def test_a_broker_that_never_answers_is_given_up(broker: StubBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "CONNECT_TIMEOUT_S", 0.05)
    with pytest.raises(BrokerUnreachable, match="no answer"):
        await open_session(Broker(url=broker.url))


async def test_a_broker_that_hangs_up_before_connack_is_a_lost_connection(broker: StubBroker) -> None:
    opening = asyncio.create_task(open_session(Broker(url=broker.url)))
    (await broker.accept()).hang_up()
    with pytest.raises(ConnectionLost):
        await opening


async def test_what_one_read_brings_is_one_batch(broker: StubBroker) -> None:
    client, connection = await opened(broker)
    connection.send(reading(1), reading(2, retain=True), PublishPacket("q0", b"3"))
    batch = await client.next_batch()
    assert [(m.topic, m.payload, m.retained) for m in batch.messages] == [("t", b"1", False), ("t", b"2", True), ("q0", b"3", False)]


async def test_nothing_is_acknowledged_before_the_batch_is_and_then_all_at_once(broker: StubBroker) -> None:
    client, connection = await opened(broker)
    connection.send(reading(1), reading(2))
    batch = await client.next_batch()
    answer = client.publish("a", b"", qos=0)
    assert isinstance(await connection.receive(), PublishPacket)  # and no PUBACK before it
    assert answer.done()
    assert client.unacknowledged == 2
    batch.acknowledge()
    batch.acknowledge()
    assert [(await connection.expect(PubAckPacket)).packet_id for _ in range(2)] == [1, 2]
    assert client.unacknowledged == 0


async def test_a_duplicate_is_delivered_and_acknowledged_like_any_other(broker: StubBroker) -> None:
    client, connection = await opened(broker)
    connection.send(reading(1, duplicate=True))
    batch = await client.next_batch()
    batch.acknowledge()
    assert [message.payload for message in batch.messages] == [b"1"]
    assert (await connection.expect(PubAckPacket)).packet_id == 1


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        pytest.param(b"\x00\x00", DisconnectReasonCode.MALFORMED_PACKET, id="no packet at all"),
        pytest.param(b"\x30\xff\xff\xff\x7f", DisconnectReasonCode.PACKET_TOO_LARGE, id="256 MiB announced"),
        pytest.param(ConnAckPacket(), DisconnectReasonCode.PROTOCOL_ERROR, id="second CONNACK"),
        pytest.param(AuthPacket(), DisconnectReasonCode.PROTOCOL_ERROR, id="AUTH that we did not begin"),
        pytest.param(PingReqPacket(), DisconnectReasonCode.PROTOCOL_ERROR, id="PINGREQ, which only clients send"),
        pytest.param(PublishPacket("t", b"", qos=QoS.EXACTLY_ONCE, packet_id=1), DisconnectReasonCode.QOS_NOT_SUPPORTED, id="QoS 2"),
        pytest.param(PublishPacket("", b"", topic_alias=1), DisconnectReasonCode.TOPIC_ALIAS_INVALID, id="topic alias"),
        pytest.param(b"\x32\x06\x00\x01t\x00\x00\x00", DisconnectReasonCode.PROTOCOL_ERROR, id="packet identifier 0"),
    ],
)
async def test_what_is_forbidden_ends_the_session_with_its_reason(
    broker: StubBroker, sent: Packet | bytes, reason: DisconnectReasonCode
) -> None:
    client, connection = await opened(broker)
    connection.send(reading(1), sent)
    assert (await connection.expect(DisconnectPacket)).reason_code is reason
    batch = await client.next_batch()  # what came before is not lost
    assert [message.payload for message in batch.messages] == [b"1"]
    batch.acknowledge()
    with pytest.raises(ConnectionLost, match="broke the protocol"):
        await client.next_batch()


async def test_a_publish_before_connack_is_a_protocol_error(broker: StubBroker) -> None:
    opening = asyncio.create_task(open_session(Broker(url=broker.url)))
    (await broker.accept()).send(PublishPacket("t", b""))
    with pytest.raises(ConnectionLost, match="PublishPacket while connecting"):
        await opening


async def test_the_brokers_goodbye_comes_with_its_reason(broker: StubBroker) -> None:
    client, connection = await opened(broker)
    connection.send(DisconnectPacket(reason_code=DisconnectReasonCode.SERVER_SHUTTING_DOWN))
    with pytest.raises(ConnectionLost) as caught:
        await client.next_batch()
    assert caught.value.reason is DisconnectReasonCode.SERVER_SHUTTING_DOWN
    with pytest.raises(ConnectionLost):
        client.publish("t", b"")


async def test_a_takeover_is_told_apart(broker: StubBroker) -> None:
    client, connection = await opened(broker)
    connection.send(DisconnectPacket(reason_code=DisconnectReasonCode.SESSION_TAKEN_OVER))
    with pytest.raises(SessionTakenOver):
        await client.next_batch()


async def test_our_goodbye_is_said(broker: StubBroker) -> None:
    client, connection = await opened(broker)
    closing = asyncio.create_task(client.close())
    assert (await connection.expect(DisconnectPacket)).reason_code is DisconnectReasonCode.NORMAL_DISCONNECTION
    connection.hang_up()
    await closing
    assert client.state is State.CLOSED


async def test_reason_codes_come_back_to_whoever_published(broker: StubBroker) -> None:
    client, connection = await opened(broker)
    for code in (PubAckReasonCode.SUCCESS, PubAckReasonCode.NO_MATCHING_SUBSCRIBERS, PubAckReasonCode.NOT_AUTHORIZED):
        answer = client.publish("t", b"x", retain=True, expiry=10 * SECOND)
        packet = await connection.expect(PublishPacket)
        assert (packet.retain, packet.message_expiry_interval) == (True, 10)
        assert packet.packet_id is not None
        connection.send(PubAckPacket(packet.packet_id, reason_code=code))
        assert await answer is code


async def test_the_brokers_receive_maximum_is_kept(broker: StubBroker) -> None:
    client, connection = await opened(broker, ConnAckPacket(receive_max=2))
    publishing = asyncio.create_task(client.publish_many([Draft("t", b"%d" % n) for n in range(5)] + [Draft("q0", b"", 0)]))
    assert (await connection.expect(PublishPacket)).topic == "q0"
    in_flight = [await connection.expect(PublishPacket) for _ in range(2)]
    for _ in range(3):
        connection.send(PubAckPacket(in_flight.pop(0).packet_id or 0))
        in_flight.append(await connection.expect(PublishPacket))
    for packet in in_flight:
        connection.send(PubAckPacket(packet.packet_id or 0, reason_code=PubAckReasonCode.NO_MATCHING_SUBSCRIBERS))
    assert await publishing == {0: 3, 16: 2}


async def test_publishes_in_flight_fail_with_the_connection(broker: StubBroker) -> None:
    client, connection = await opened(broker)
    one = client.publish("t", b"")
    many = asyncio.create_task(client.publish_many([Draft("t", b"")]))
    await connection.expect(PublishPacket)
    await connection.expect(PublishPacket)
    connection.hang_up()
    with pytest.raises(ConnectionLost):
        await one
    with pytest.raises(ConnectionLost):
        await many


@pytest.mark.parametrize("draft", [Draft("", b""), Draft("a/+", b""), Draft("a/#", b""), Draft("t", b"", qos=2), Draft("t", b"x" * 100)])
async def test_what_the_broker_would_hang_up_for_is_not_sent(broker: StubBroker, draft: Draft) -> None:
    client, _ = await opened(broker, ConnAckPacket(max_packet_size=100))
    with pytest.raises(ValueError, match=r"publish|takes packets"):
        client.publish(draft.topic, draft.payload, qos=draft.qos)


async def test_a_refused_subscription_names_the_pattern(broker: StubBroker) -> None:
    client, connection = await opened(broker)
    subscribing = asyncio.create_task(client.subscribe(["a/#", "b/#"]))
    packet = await connection.expect(SubscribePacket)
    assert [item.max_qos for item in packet.topic_filters] == [QoS.AT_LEAST_ONCE] * 2
    connection.send(SubAckPacket(packet.packet_id, [SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE, SubAckReasonCode.NOT_AUTHORIZED]))
    with pytest.raises(SubscribeRefused, match="b/#") as caught:
        await subscribing
    assert caught.value.reason is SubAckReasonCode.NOT_AUTHORIZED


async def test_a_lower_qos_than_asked_for_is_a_refusal(broker: StubBroker) -> None:
    client, connection = await opened(broker)
    subscribing = asyncio.create_task(client.subscribe(["a/#"]))
    packet = await connection.expect(SubscribePacket)
    connection.send(SubAckPacket(packet.packet_id, [SubAckReasonCode.GRANTED_QOS_AT_MOST_ONCE]))
    with pytest.raises(SubscribeRefused):
        await subscribing


async def test_a_subscribe_without_answer_ends_the_session(broker: StubBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "ANSWER_TIMEOUT_S", 0.05)
    client, _ = await opened(broker)
    with pytest.raises(ConnectionLost, match="SUBSCRIBE"):
        await client.subscribe(["a/#"])
    assert client.state is State.CLOSED


async def test_over_the_bound_the_socket_is_not_read_until_the_consumer_catches_up(broker: StubBroker) -> None:
    client, connection = await opened(broker, receive_maximum=100)
    flood = b"".join(PublishPacket("t", b"x" * 1000).write() for _ in range(20_000))
    connection.send(flood)
    await until(lambda: client.paused)
    most_in_a_read = 2 * MAX_PACKET // 1000 + 1
    received = 0
    while received < 20_000:
        assert client.unacknowledged <= 100 + most_in_a_read
        batch = await client.next_batch()
        received += len(batch.messages)
        batch.acknowledge()
    assert received == 20_000
    assert not client.paused


async def test_the_answer_to_a_subscribe_comes_through_a_flood(broker: StubBroker) -> None:
    client, connection = await opened(broker, receive_maximum=1)
    subscribing = asyncio.create_task(client.subscribe(["a/#"]))
    packet = await connection.expect(SubscribePacket)
    connection.send(*(PublishPacket("a/b", b"x" * 1000) for _ in range(2000)))
    connection.send(SubAckPacket(packet.packet_id, [SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE]))
    await subscribing


async def test_listeners_take_their_topic_out_of_the_stream(broker: StubBroker) -> None:
    heard: list[bytes] = []
    opening = asyncio.create_task(open_session(Broker(url=broker.url), listeners={"mine": heard.append}))
    connection = await broker.accept()
    await connection.welcome()
    client = await opening
    connection.send(PublishPacket("mine", b"0"), PublishPacket("mine", b"1", qos=QoS.AT_LEAST_ONCE, packet_id=9), reading(2))
    batch = await client.next_batch()
    assert heard == [b"0", b"1"]
    assert [message.payload for message in batch.messages] == [b"2"]
    assert (await connection.expect(PubAckPacket)).packet_id == 9


async def test_a_silent_broker_is_given_up_by_the_servers_keep_alive(broker: StubBroker) -> None:
    client, _ = await opened(broker, ConnAckPacket(server_keep_alive=1), keep_alive=60 * SECOND)
    async with asyncio.timeout(3):
        with pytest.raises(ConnectionLost, match="PINGREQ"):
            await client.next_batch()
