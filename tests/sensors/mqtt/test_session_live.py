"""The session against real brokers."""

import asyncio
import shutil
import subprocess
from pathlib import Path

import pytest

from hotzone.config.service import Broker
from hotzone.sensors.mqtt import (
    BrokerUnreachable,
    ConnectionLost,
    ConnectRefused,
    Draft,
    MqttError,
    PubAckReasonCode,
    Session,
    Will,
    open_session,
)
from hotzone.sensors.mqtt.embedded import EmbeddedBroker
from support.mosquitto import CONFIG, Mosquitto, MosquittoFactory

ACL = """\
topic readwrite open/#
topic read readable/#
"""


async def publisher(url: str) -> Session:
    return await open_session(Broker(url=url), client_id="publisher", clean_start=True, session_expiry=0)


async def take(client: Session, count: int, *, acknowledge: bool = True) -> list[bytes]:
    """Payloads until `count` have come; TimeoutError after 10 s."""
    payloads: list[bytes] = []
    async with asyncio.timeout(10):
        while len(payloads) < count:
            batch = await client.next_batch()
            payloads += [message.payload for message in batch.messages]
            if acknowledge:
                batch.acknowledge()
    return payloads


async def test_what_was_not_acknowledged_comes_again_after_a_crash_of_ours(mosquitto: Mosquitto) -> None:
    client = await open_session(Broker(url=mosquitto.url))
    assert not client.session_present
    await client.subscribe(["t/#"])
    source = await publisher(mosquitto.url)
    sent = [b"%d" % number for number in range(500)]
    await source.publish_many([Draft("t/1", payload) for payload in sent[:100]])
    assert await take(client, 100) == sent[:100]
    await source.publish_many([Draft("t/1", payload) for payload in sent[100:]])
    seen = await take(client, 100, acknowledge=False)
    client.abort("crash")

    client = await open_session(Broker(url=mosquitto.url))
    assert client.session_present
    again = await take(client, 400)
    assert seen == sent[100 : 100 + len(seen)]
    assert again == sent[100:]
    await client.close()
    await source.close()


async def test_what_was_published_while_we_were_away_is_kept(mosquitto: Mosquitto) -> None:
    client = await open_session(Broker(url=mosquitto.url))
    await client.subscribe(["t"])
    await client.close()
    source = await publisher(mosquitto.url)
    assert await source.publish_many([Draft("t", b"%d" % number) for number in range(3000)]) == {0: 3000}
    client = await open_session(Broker(url=mosquitto.url))
    assert await take(client, 3000) == [b"%d" % number for number in range(3000)]
    await client.close()
    await source.close()


async def test_the_bound_holds_against_a_broker_that_oversteps_the_receive_maximum(mosquitto: Mosquitto) -> None:
    client = await open_session(Broker(url=mosquitto.url, receive_maximum=50))
    await client.subscribe(["t"])
    source = await publisher(mosquitto.url)
    publishing = asyncio.create_task(source.publish_many([Draft("t", b"x" * 1000)] * 10_000))
    (await client.next_batch()).acknowledge()  # from here on Mosquitto 2.0.11 counts wrongly
    held = await client.next_batch()
    assert await publishing == {0: 10_000}  # the consumer stalled all that time
    assert client.unacknowledged < 50 + 300
    held.acknowledge()
    while client.received < 10_000:
        (await client.next_batch()).acknowledge()
    await client.close()
    await source.close()


async def test_reason_codes_16_and_135_reach_the_publisher(start_mosquitto: MosquittoFactory, tmp_path: Path) -> None:
    (tmp_path / "acl").write_text(ACL)
    broker = start_mosquitto(f"{CONFIG}acl_file {tmp_path / 'acl'}\n")
    client = await publisher(broker.url)
    assert await client.publish("open/nobody", b"") is PubAckReasonCode.NO_MATCHING_SUBSCRIBERS
    assert await client.publish("closed", b"") is PubAckReasonCode.NOT_AUTHORIZED
    assert await client.publish_many([Draft("open/nobody", b""), Draft("closed", b"")]) == {16: 1, 135: 1}
    await client.close()


async def test_a_wrong_password_is_our_fault(start_mosquitto: MosquittoFactory) -> None:
    broker = start_mosquitto("allow_anonymous false\n")
    with pytest.raises(ConnectRefused) as caught:
        await open_session(Broker(url=broker.url))
    assert caught.value.ours


async def test_a_second_client_with_our_id_takes_over(mosquitto: Mosquitto) -> None:
    first = await open_session(Broker(url=mosquitto.url))
    second = await open_session(Broker(url=mosquitto.url))
    with pytest.raises(ConnectionLost):  # Mosquitto 2.0.11 gives no reason; the source finds out by its probe
        await first.next_batch()
    await second.close()


async def test_the_last_will_is_said_when_we_die_and_not_when_we_leave(mosquitto: Mosquitto) -> None:
    watcher = await open_session(Broker(url=mosquitto.url), client_id="watcher")
    await watcher.subscribe(["state"])
    leaving = await open_session(Broker(url=mosquitto.url), will=Will("state", payload=b"left"))
    await leaving.close()
    dying = await open_session(Broker(url=mosquitto.url), will=Will("state", payload=b"died"))
    dying.abort("crash")
    assert await take(watcher, 1) == [b"died"]
    await watcher.close()


async def test_retained_messages_are_marked_and_live_ones_are_not(mosquitto: Mosquitto) -> None:
    source = await publisher(mosquitto.url)
    await source.publish("t", b"1", retain=True)
    client = await open_session(Broker(url=mosquitto.url))
    await client.subscribe(["t"])
    first = await client.next_batch()
    await source.publish("t", b"2", retain=True)
    second = await client.next_batch()
    assert [(m.payload, m.retained) for m in first.messages + second.messages] == [(b"1", True), (b"2", False)]
    await client.close()
    await source.close()


async def test_a_large_packet_is_never_sent_to_us(mosquitto: Mosquitto) -> None:
    client = await open_session(Broker(url=mosquitto.url))
    await client.subscribe(["t"])
    source = await publisher(mosquitto.url)
    await source.publish("t", b"x" * 200_000)
    await source.publish("t", b"small")
    assert await take(client, 1) == [b"small"]
    await client.close()
    await source.close()


async def test_fifty_thousand_messages_pass_without_loss_at_either_qos(mosquitto: Mosquitto) -> None:
    client = await open_session(Broker(url=mosquitto.url))
    await client.subscribe(["t/#"])
    source = await publisher(mosquitto.url)
    for qos in (0, 1):
        drafts = [Draft(f"t/{number % 1000}", b"%d" % number, qos) for number in range(25_000)]
        publishing = asyncio.create_task(source.publish_many(drafts))
        assert await take(client, 25_000) == [draft.payload for draft in drafts]
        await publishing
    await client.close()
    await source.close()


async def test_the_embedded_broker_carries_messages_on_a_port_of_its_own() -> None:
    async with EmbeddedBroker() as first, EmbeddedBroker() as second:
        assert first.url != second.url
        client = await open_session(Broker(url=first.url))
        await client.subscribe(["t"])
        assert await client.publish_many([Draft("t", b"%d" % number) for number in range(100)]) == {0: 100}
        assert await take(client, 100) == [b"%d" % number for number in range(100)]
        await client.close()


def test_the_embedded_broker_frees_its_port() -> None:
    with EmbeddedBroker() as broker:
        url = broker.url
    with pytest.raises(BrokerUnreachable):
        asyncio.run(open_session(Broker(url=url)))
    broker.stop()


# TLS


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority (`ca`), and what it signed: `server` for 127.0.0.1, `client`; and `other`, which signed itself."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("certificates")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]

    def make(name: str, *more: str) -> None:
        names = ["-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}"]
        subprocess.run([openssl, "req", "-x509", *key, *names, *more], cwd=folder, check=True, capture_output=True)

    signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "basicConstraints=critical,CA:FALSE"]
    make("ca")
    make("other")
    make("server", *signed, "-addext", "subjectAltName=IP:127.0.0.1")
    make("client", *signed)
    return folder


@pytest.fixture
def tls_broker(start_mosquitto: MosquittoFactory, certificates: Path) -> Mosquitto:
    files = f"cafile {certificates}/ca.pem\ncertfile {certificates}/server.pem\nkeyfile {certificates}/server.key\n"
    return start_mosquitto(f"{files}require_certificate true\n{CONFIG}", scheme="mqtts")


async def test_readings_pass_through_mutual_tls(tls_broker: Mosquitto, certificates: Path) -> None:
    ca, cert, key = (f"{certificates}/{name}" for name in ("ca.pem", "client.pem", "client.key"))
    client = await open_session(Broker(url=tls_broker.url, ca_file=ca, cert_file=cert, key_file=key))
    await client.subscribe(["t"])
    publishing = asyncio.create_task(client.publish_many([Draft("t", b"x" * 1000)] * 2000))
    assert len(await take(client, 2000)) == 2000
    await publishing
    await client.close()


async def test_a_broker_that_our_authority_did_not_sign_is_not_spoken_to(tls_broker: Mosquitto, certificates: Path) -> None:
    with pytest.raises(BrokerUnreachable, match="certificate"):
        await open_session(Broker(url=tls_broker.url, ca_file=f"{certificates}/other.pem"))


async def test_a_certificate_for_another_host_is_refused(tls_broker: Mosquitto, certificates: Path) -> None:
    url = tls_broker.url.replace("127.0.0.1", "localhost")
    with pytest.raises(BrokerUnreachable, match="certificate"):
        await open_session(Broker(url=url, ca_file=f"{certificates}/ca.pem"))


async def test_without_a_certificate_of_ours_the_broker_hangs_up(tls_broker: Mosquitto, certificates: Path) -> None:
    with pytest.raises(MqttError):
        await open_session(Broker(url=tls_broker.url, ca_file=f"{certificates}/ca.pem"))


async def test_a_missing_authority_file_is_said() -> None:
    with pytest.raises(BrokerUnreachable, match="No such file"):
        await open_session(Broker(url="mqtts://127.0.0.1:1", ca_file="/does/not/exist"))
