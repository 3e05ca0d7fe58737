"""The source against real Mosquitto, and against a scripted broker where that does not do what is to be shown."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest
from mqtt5 import (
    ConnAckPacket,
    ConnAckReasonCode,
    DisconnectPacket,
    DisconnectReasonCode,
    PubAckPacket,
    PublishPacket,
    QoS,
    SubscribePacket,
)

from hotzone.config.service import Broker
from hotzone.config.units import MILLISECOND
from hotzone.sensors.frame import LinkKind
from hotzone.sensors.mqtt import ConnectionLost, Draft, MqttSource, Session, SessionTakenOver, open_session
from hotzone.sensors.mqtt.embedded import EmbeddedBroker
from support.mosquitto import CONFIG, Mosquitto, MosquittoFactory
from support.stub_broker import Connection, StubBroker
from support.waiting import until


class Run:
    """A source, what it said and what it delivered."""

    def __init__(self, url: str, *, seed: int = 1, patient: bool = False, **settings: object) -> None:
        self.patient = patient
        self.links: list[tuple[LinkKind, str]] = []
        self.delays: list[float] = []
        self.payloads: list[bytes] = []
        self.go = asyncio.Event()
        self.go.set()
        self.source = MqttSource(
            Broker(url=url, client_id="source", **settings),
            ["t/#"],
            base="hotzone/test",
            on_link=lambda kind, detail: self.links.append((kind, detail)),
            random=Random(seed),
            sleep=self._sleep,
            probe_interval=50 * MILLISECOND,
        )
        self.consuming = asyncio.create_task(self._consume())

    @property
    def kinds(self) -> list[LinkKind]:
        return [kind for kind, _ in self.links]

    async def _sleep(self, seconds: float) -> None:
        self.delays.append(seconds)
        await asyncio.sleep(seconds if self.patient else 0.01)

    async def _consume(self) -> None:
        async for batch in self.source.batches():
            await self.go.wait()
            self.payloads += [message.payload for message in batch.messages]
            batch.acknowledge()


@asynccontextmanager
async def running(url: str, *, seed: int = 1, patient: bool = False, **settings: object) -> AsyncIterator[Run]:
    run = Run(url, seed=seed, patient=patient, **settings)
    async with asyncio.timeout(5):
        await run.source.connected()
    try:
        yield run
    finally:
        await run.source.close()
        await asyncio.wait([run.consuming], timeout=5)


@asynccontextmanager
async def publisher(url: str) -> AsyncIterator[Session]:
    session = await open_session(Broker(url=url), client_id="publisher", clean_start=True, session_expiry=0)
    yield session
    await session.close()


async def test_readings_arrive_in_order_and_the_probe_stays_out_of_them(mosquitto: Mosquitto) -> None:
    async with running(mosquitto.url) as run, publisher(mosquitto.url) as out:
        for start in range(0, 3000, 1000):
            await out.publish_many([Draft("t/1", b"%d" % number) for number in range(start, start + 1000)])
        await until(lambda: len(run.payloads) == 3000)
        assert run.payloads == [b"%d" % number for number in range(3000)]
        heard = run.source.session.heard
        await until(lambda: run.source.session.heard > heard + 2)  # probes
        assert len(run.payloads) == 3000
        assert run.links == []
    assert run.consuming.done()
    assert run.consuming.exception() is None


async def test_a_killed_broker_that_comes_back_empty_is_lost_restored_and_forgetful(mosquitto: Mosquitto) -> None:
    async with running(mosquitto.url) as run:
        mosquitto.kill()
        await until(lambda: run.kinds == [LinkKind.LOST])
        with pytest.raises(ConnectionLost):
            run.source.publish("t/1", b"")
        await until(lambda: len(run.delays) > 2)
        mosquitto.start()
        await until(lambda: LinkKind.SESSION_LOST in run.kinds)
        assert run.kinds == [LinkKind.LOST, LinkKind.RESTORED, LinkKind.SESSION_LOST]
        await run.source.publish("t/1", b"after")
        await until(lambda: run.payloads == [b"after"])


async def test_what_an_earlier_process_told_of_is_ended_by_the_next(mosquitto: Mosquitto) -> None:
    links: list[LinkKind] = []
    source = MqttSource(
        Broker(url=mosquitto.url, client_id="source"),
        ["t/#"],
        base="hotzone/test",
        on_link=lambda kind, _: links.append(kind),
        random=Random(1),
    )
    source.lost = source.expected = True
    async with asyncio.timeout(5):
        assert await source.connected() is False
    await source.close()
    assert links == [LinkKind.RESTORED, LinkKind.SESSION_LOST]


async def test_what_is_retained_comes_at_once_though_a_backlog_fills_the_receive_maximum(mosquitto: Mosquitto) -> None:
    async with running(mosquitto.url, receive_maximum=100):
        pass  # the session stays
    async with publisher(mosquitto.url) as out:
        await out.publish_many([Draft("clock", b"noon", retain=True), *(Draft("t/1", b"%d" % number) for number in range(500))])
    source = MqttSource(
        Broker(url=mosquitto.url, client_id="source", receive_maximum=100),
        ["t/#"],
        base="hotzone/test",
        on_link=lambda *_: None,
        random=Random(1),
        at_once=["clock"],
    )
    heard: list[bytes] = []

    async def listen() -> None:
        async for batch in source.batches():  # and acknowledge nothing
            heard.extend(message.payload for message in batch.messages)

    listening = asyncio.create_task(listen())
    await until(lambda: b"noon" in heard)
    assert len(heard) < 500, "the rest has to wait for acknowledgements"
    await source.close()
    await asyncio.wait([listening], timeout=5)


async def test_a_broker_that_remembers_us_loses_nothing(start_mosquitto: MosquittoFactory) -> None:
    broker = start_mosquitto(f"{CONFIG}persistence true\npersistence_location ./\n")
    async with running(broker.url) as run:
        async with publisher(broker.url) as out:
            await out.publish_many([Draft("t/1", b"before")])
            await until(lambda: run.payloads == [b"before"])
            run.go.clear()  # the consumer stalls with these in hand or on the way
            await out.publish_many([Draft("t/1", b"%d" % number) for number in range(100)])
        broker.terminate()
        await until(lambda: LinkKind.LOST in run.kinds)
        broker.start()
        await until(lambda: LinkKind.RESTORED in run.kinds)
        run.go.set()
        await until(lambda: run.payloads[-1:] == [b"99"])
        assert set(run.payloads) == {b"before", *(b"%d" % number for number in range(100))}
        assert run.kinds == [LinkKind.LOST, LinkKind.RESTORED]


async def test_a_frozen_broker_is_found_out_by_the_probe_and_its_session_resumed(mosquitto: Mosquitto) -> None:
    async with running(mosquitto.url) as run:
        mosquitto.freeze()
        await until(lambda: LinkKind.LOST in run.kinds, seconds=2)
        assert "probe lost: nothing came" in run.links[0][1]
        mosquitto.thaw()
        await until(lambda: LinkKind.RESTORED in run.kinds, seconds=10)
        await run.source.publish("t/1", b"after")
        await until(lambda: b"after" in run.payloads)
        assert LinkKind.SESSION_LOST not in run.kinds


async def test_a_consumer_that_stalls_does_not_make_the_probe_fail(mosquitto: Mosquitto) -> None:
    async with running(mosquitto.url, receive_maximum=10) as run, publisher(mosquitto.url) as out:
        run.go.clear()
        publishing = asyncio.create_task(out.publish_many([Draft("t/1", b"x", 0)] * 5000))
        await until(lambda: run.source.session.paused)
        session = run.source.session
        with pytest.raises(TimeoutError):  # ten ticks of the probe
            await asyncio.wait_for(asyncio.shield(session.closed), 0.5)
        run.go.set()
        await publishing
        await until(lambda: len(run.payloads) == 5000)
        assert run.links == []


async def test_the_older_of_two_sources_with_one_client_id_gives_way_for_good(mosquitto: Mosquitto) -> None:
    async with running(mosquitto.url, patient=True) as older, running(mosquitto.url, seed=2, patient=True) as newer:
        await until(older.consuming.done)
        assert isinstance(older.consuming.exception(), SessionTakenOver)
        await newer.source.connected()
        connects = newer.source.connects
        await newer.source.publish("t/1", b"mine")
        await until(lambda: newer.payloads == [b"mine"])
        assert newer.source.connects == connects


async def test_a_restarted_source_is_not_afraid_of_its_predecessor(mosquitto: Mosquitto) -> None:
    async with running(mosquitto.url):
        pass
    async with running(mosquitto.url) as run:
        first = run.source.session
        first.abort("cable")
        await until(lambda: run.source.connects == 2)
        assert run.kinds == [LinkKind.LOST, LinkKind.RESTORED]


async def test_a_takeover_that_the_broker_tells_of_ends_the_source() -> None:
    async with StubBroker() as broker:
        run = Run(broker.url)
        connection = await accept(broker)
        connection.send(DisconnectPacket(reason_code=DisconnectReasonCode.SESSION_TAKEN_OVER))
        await until(run.consuming.done)
        assert isinstance(run.consuming.exception(), SessionTakenOver)
        assert run.kinds == []
        await run.source.close()


async def accept(broker: StubBroker, connack: ConnAckPacket | None = None) -> Connection:
    """A source's connection, past its claim and its subscriptions."""
    connection = await broker.accept()
    await connection.welcome(connack)
    return await past_claim(connection)


async def past_claim(connection: Connection) -> Connection:
    await connection.grant()
    for _ in range(2):
        nonce = await connection.expect(PublishPacket)
        connection.send(PublishPacket(nonce.topic, nonce.payload), PubAckPacket(nonce.packet_id or 0))
    await connection.grant()
    await connection.grant()
    return connection


async def test_every_connect_subscribes_even_if_the_session_is_there() -> None:
    async with StubBroker() as broker:
        run = Run(broker.url)
        (await accept(broker)).hang_up()
        await accept(broker, ConnAckPacket(session_present=True))
        await until(lambda: run.kinds == [LinkKind.LOST, LinkKind.RESTORED])
        await run.source.close()


async def test_a_broker_that_begins_with_more_than_it_may_is_connected_all_the_same() -> None:
    async with StubBroker() as broker:
        run = Run(broker.url, receive_maximum=10)
        connection = await broker.accept()
        await connection.welcome(ConnAckPacket(session_present=True))
        connection.send(
            b"".join(PublishPacket("t/1", b"%d" % number, qos=QoS.AT_LEAST_ONCE, packet_id=number).write() for number in range(1, 1001))
        )
        await past_claim(connection)
        await until(lambda: len(run.payloads) == 1000)
        assert (run.kinds, run.source.session.paused) == ([], False)
        await run.source.close()


async def test_refusals_are_loud_once_and_knocked_at_slowly() -> None:
    async with StubBroker() as broker:
        run = Run(broker.url)
        for _ in range(5):
            connection = await broker.accept()
            await connection.welcome(ConnAckPacket(reason_code=ConnAckReasonCode.BAD_USER_NAME_OR_PASSWORD))
        await until(lambda: len(run.delays) >= 5)
        assert run.kinds == [LinkKind.LOST]
        assert "password" in run.links[0][1]
        assert min(run.delays) >= 1
        await run.source.close()


async def test_a_growing_count_of_dropped_messages_is_told() -> None:
    async with StubBroker() as broker:
        run = Run(broker.url)
        connection = await accept(broker)
        topic = "$SYS/broker/publish/messages/dropped"
        for count in (b"7", b"7", b"rubbish", b"10", b"0", b"1"):
            connection.send(PublishPacket(topic, count))
        await until(lambda: len(run.links) == 2)
        assert run.links == [
            (LinkKind.DROPPING, "the broker threw 3 messages away"),
            (LinkKind.DROPPING, "the broker threw 1 messages away"),
        ]
        await run.source.close()


async def test_messages_that_mosquitto_drops_are_told(start_mosquitto: MosquittoFactory) -> None:
    broker = start_mosquitto("allow_anonymous true\nmax_queued_messages 10\nsys_interval 1\n")
    slow = await open_session(Broker(url=broker.url, receive_maximum=1), client_id="slow")
    await slow.subscribe(["t/#"])
    async with running(broker.url) as run, publisher(broker.url) as out:
        await until(lambda: run.source.dropped is not None)
        await out.publish_many([Draft("t/1", b"x")] * 1000)
        await until(lambda: LinkKind.DROPPING in run.kinds)
    slow.abort("done")


async def test_a_broker_that_forbids_probing_is_told_of_and_kept(start_mosquitto: MosquittoFactory, tmp_path: Path) -> None:
    (tmp_path / "acl").write_text("topic readwrite t/#\ntopic read hotzone/#\n")
    broker = start_mosquitto(f"{CONFIG}acl_file {tmp_path / 'acl'}\n")
    async with running(broker.url) as run:
        session = run.source.session
        await until(lambda: LinkKind.DENIED in run.kinds)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(session.closed), 0.5)
        assert run.kinds == [LinkKind.DENIED]


async def test_a_session_whose_probe_never_returns_is_rebuilt_although_readings_come() -> None:
    async with StubBroker() as broker:
        run = Run(broker.url)
        connection = await accept(broker)

        async def feed() -> None:
            while True:
                connection.send(PublishPacket("t/1", b"x"))
                await asyncio.sleep(0.01)

        feeding = asyncio.create_task(feed())
        await until(lambda: LinkKind.LOST in run.kinds)
        feeding.cancel()
        assert "do not come back" in run.links[0][1]
        await run.source.close()


async def test_the_embedded_broker_will_do_although_it_hangs_up_on_sys_subscribers() -> None:
    async with EmbeddedBroker() as broker, running(broker.url) as run:
        await run.source.publish("t/1", b"x")
        await until(lambda: run.payloads == [b"x"])
        assert run.links == []


async def test_closing_while_connecting_ends_the_iteration() -> None:
    async with StubBroker() as broker:
        run = Run(broker.url)
        connection = await broker.accept()
        await connection.welcome()
        await connection.expect(SubscribePacket)
        closing = asyncio.create_task(run.source.close())
        connection.hang_up()
        await closing
        await until(run.consuming.done)
        assert run.consuming.exception() is None
        with pytest.raises(ConnectionLost):
            await run.source.connected()
