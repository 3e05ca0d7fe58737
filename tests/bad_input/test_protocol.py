"""What a broker may send and should not: no exchange of the corpus ends more than its own connection, and the next one works."""

import asyncio
import time
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from random import Random

import pytest
from corpus.lines import HERE, written
from corpus.protocol import LAST, Exchange
from mqtt5 import PubAckPacket, PublishPacket, SubscribePacket
from msgspec import json

from hotzone.config.service import Broker
from hotzone.config.units import SECOND
from hotzone.sensors.frame import LinkKind
from hotzone.sensors.mqtt import MqttSource
from support.stub_broker import Connection, StubBroker
from support.waiting import until

# The codec's panic on a string that is not UTF-8 leaves an exception behind that pytest reports.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

EXCHANGES = [json.decode(text, type=Exchange) for text in (HERE / "mqtt.jsonl").read_bytes().splitlines()]
TOPIC = "dc/h1/A1/r1/in-1"
BEFORE = b"24.0"
"""What may come of the good half of an exchange."""
AFTER = b"24.5"
LONGEST = 500
"""Characters that are said of a fault."""
LIMIT_S = 0.5
"""Of processor time for one exchange."""


class Run:
    """A source, what it said and what it delivered."""

    def __init__(self, url: str) -> None:
        self.links: list[tuple[LinkKind, str]] = []
        self.payloads: list[bytes] = []
        self.source = MqttSource(
            Broker(url=url, client_id="source"),
            [TOPIC],
            base="hotzone/test",
            on_link=lambda kind, detail: self.links.append((kind, detail)),
            random=Random(1),
            sleep=lambda _: asyncio.sleep(0),
            probe_interval=60 * SECOND,
        )
        self.consuming = asyncio.create_task(self._consume())

    async def _consume(self) -> None:
        async for batch in self.source.batches():
            self.payloads += [message.payload for message in batch.messages]
            batch.acknowledge()


@asynccontextmanager
async def running() -> AsyncIterator[tuple[StubBroker, Run]]:
    async with StubBroker() as broker:
        run = Run(broker.url)
        yield broker, run
        await run.source.close()
        await asyncio.wait([run.consuming], timeout=5)
        assert run.consuming.exception() is None


def sent(exchange: Exchange, identifier: int = 0) -> bytes:
    head = b64decode(exchange.head_b64)
    if exchange.phase == "subscribing":
        head = head.replace(LAST.to_bytes(2, "big"), identifier.to_bytes(2, "big"))
    return head + written(exchange.filler)


async def claimed(connection: Connection, *, welcomed: bool = True) -> SubscribePacket:
    """As far as the last SUBSCRIBE, which waits for its answer."""
    if welcomed:
        await connection.welcome()
    await connection.grant()
    for _ in range(2):
        nonce = await connection.expect(PublishPacket)
        connection.send(PublishPacket(nonce.topic, nonce.payload), PubAckPacket(nonce.packet_id or 0))
    await connection.grant()
    return await connection.expect(SubscribePacket)


async def opened(broker: StubBroker) -> Connection:
    connection = await broker.accept()
    await connection.welcome()
    await connection.grant()
    for _ in range(2):
        nonce = await connection.expect(PublishPacket)
        connection.send(PublishPacket(nonce.topic, nonce.payload), PubAckPacket(nonce.packet_id or 0))
    await connection.grant()
    await connection.grant()
    return connection


async def play(exchange: Exchange, broker: StubBroker) -> Connection:
    """The exchange, with a connection of its own."""
    if exchange.phase == "open":
        connection = await opened(broker)
        connection.send(sent(exchange))
        return connection
    connection = await broker.accept()
    if exchange.phase == "connecting":
        await connection.receive()
        connection.send(sent(exchange))
        if "60 bytes" in exchange.id:
            await connection.grant()  # what is small enough it still asks for
    else:
        last = await claimed(connection)
        connection.send(sent(exchange, last.packet_id))
    if "hung up" in exchange.id:
        await connection.writer.drain()
        connection.writer.close()
    return connection


@pytest.mark.parametrize("exchange", [one for one in EXCHANGES if one.expect in ("ends", "refused")], ids=lambda one: one.id)
async def test_the_connection_ends_with_its_reason_and_another_is_made(exchange: Exchange) -> None:
    began = time.process_time()
    async with running() as (broker, run):
        await play(exchange, broker)
        await until(lambda: bool(run.links))
        kind, detail = run.links[0]
        assert kind is LinkKind.LOST
        assert exchange.reason in detail
        assert len(detail) < LONGEST
        assert detail.isprintable()
        if exchange.expect == "refused":
            assert "refused" in detail
        again = await opened(broker)
        again.send(PublishPacket(TOPIC, AFTER))
        await until(lambda: AFTER in run.payloads)
        assert run.payloads[:-1] in ([], [BEFORE])
        assert run.links[1][0] is LinkKind.RESTORED
    assert time.process_time() - began < LIMIT_S


@pytest.mark.parametrize("exchange", [one for one in EXCHANGES if one.expect in ("delivers", "ignored")], ids=lambda one: one.id)
async def test_what_is_allowed_is_delivered_or_passed_over_and_the_session_goes_on(exchange: Exchange) -> None:
    began = time.process_time()
    async with running() as (broker, run):
        connection = await play(exchange, broker)
        connection.send(PublishPacket(TOPIC, AFTER))
        await until(lambda: AFTER in run.payloads)
        assert run.payloads == [*(text.encode() for text in exchange.payloads), AFTER]
        assert run.links == []
    assert time.process_time() - began < LIMIT_S


@pytest.mark.parametrize("cut", [1, 2, 7, 64])
async def test_it_does_not_matter_in_which_pieces_the_bytes_come(cut: int) -> None:
    for exchange in EXCHANGES:
        data = sent(exchange)
        if exchange.phase != "open" or exchange.expect != "ends" or len(data) > 100:
            continue
        async with running() as (broker, run):
            connection = await opened(broker)
            with suppress(ConnectionError):  # it need not wait for the end of it
                for begin in range(0, len(data), cut):
                    connection.send(data[begin : begin + cut])
                    await connection.writer.drain()
                    await asyncio.sleep(0)
            await until(lambda run=run: bool(run.links))
            assert exchange.reason in run.links[0][1], exchange.id
