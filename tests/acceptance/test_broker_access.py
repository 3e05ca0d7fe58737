"""The broker as we ship it, on a real Mosquitto: who may say and hear what, and who does not get in at all."""

import asyncio
import shutil
import socket
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from mqtt5 import QoS, Will
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from hotzone.app.access.authority import Authority, Pair
from hotzone.app.sites import site_named
from hotzone.config.service import Broker
from hotzone.config.units import HOUR
from hotzone.sensors.mqtt import MqttError, PubAckReasonCode, Session, open_session
from support.access import HOST, BrokerForUse
from support.mosquitto import BINARY

SITE = site_named("site.example", secrets=False)

TOPICS = {
    "reading of A1-r01": "dc/h1/A1/A1-r01/in-top",
    "reading of A2-r01": "dc/h1/A2/A2-r01/in-top",
    "reading of a thermometer that is not there": "dc/h1/A1/A1-r01/in-nowhere",
    "reading of an air thermometer of crac-1": "dc/h1/A1/crac-1/supply-1",
    "state of gateway A1-r01": "dc/h1/gateways/A1-r01/state",
    "state of gateway A2-r01": "dc/h1/gateways/A2-r01/state",
    "report of crac-1": "dc/h1/units/crac-1/report",
    "report of crac-2": "dc/h1/units/crac-2/report",
    "state of crac-1": "dc/h1/units/crac-1/state",
    "command for crac-1": "dc/h1/units/crac-1/command",
    "command for crac-2": "dc/h1/units/crac-2/command",
    "command for nobody": "dc/h1/units/crac-99/command",
    "heartbeat": "hotzone/example/heartbeat",
    "state": "hotzone/example/state",
    "confirmation for A1-r01": "hotzone/example/confirmed/h1/A1-r01",
    "confirmation for crac-1": "hotzone/example/confirmed/h1/crac-1",
    "event": "hotzone/example/events/alarm.raised",
    "zone": "hotzone/example/zones/A1",
    "probe": "hotzone/example/probe/hotzone-doctor",
    "clock": "hotzone/example/clock",
    "note": "hotzone/example/note",
    "another site's heartbeat": "hotzone/other/heartbeat",
    "what hotzone writes into its log": "$hotzone/operator",
    "the broker's own": "$SYS/broker/uptime",
    "anything": "anything",
}
NOTHING: set[str] = set()
ALL_OF_THE_SITE = set(TOPICS) - {"command for nobody", "another site's heartbeat", "what hotzone writes into its log", "anything"}
COMMANDS = {"command for crac-1", "command for crac-2"}
OWN = {"heartbeat", "state", "event", "zone", "confirmation for A1-r01", "confirmation for crac-1"}

WRITES = {
    "hotzone": {*COMMANDS, *OWN, "probe"},
    "operator": NOTHING,
    "simulation": {"clock", "note"},
    "A1-r01": {"reading of A1-r01", "state of gateway A1-r01"},
    "A2-r01": {"reading of A2-r01", "state of gateway A2-r01"},
    "crac-1": {"report of crac-1", "state of crac-1", "reading of an air thermometer of crac-1"},
    "h1.crac-1": {"reading of an air thermometer of crac-1"},
    "crac-2": {"report of crac-2"},
    "stranger": NOTHING,
}
READS = {
    "hotzone": ALL_OF_THE_SITE - COMMANDS - OWN | {"state"},
    "operator": ALL_OF_THE_SITE,
    "simulation": NOTHING,
    "A1-r01": {"confirmation for A1-r01"},
    "A2-r01": NOTHING,
    "crac-1": {"command for crac-1", "heartbeat", "state", "confirmation for crac-1"},
    "h1.crac-1": {"confirmation for crac-1"},
    "crac-2": {"command for crac-2", "heartbeat", "state"},
    "stranger": NOTHING,
}


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerForUse]:
    """One for all the tests here; none of them changes who may do what."""
    if BINARY is None:
        pytest.skip("mosquitto is not installed: apt-get install mosquitto")
    made = BrokerForUse(tmp_path_factory.mktemp("broker"), SITE, "sys_interval 1\n", simulation=True)
    issue(made, "devices", "stranger")
    made.start()
    yield made
    made.kill()


def authority(broker: BrokerForUse, name: str) -> Authority:
    folder = broker.certs / "authority"
    return Authority(Pair((folder / f"{name}.crt").read_bytes(), (folder / f"{name}.key").read_bytes()))


def issue(broker: BrokerForUse, by: str | Authority, name: str, *, now: datetime | None = None, days: int = 10, file: str = "") -> str:
    """A certificate besides those of the site; the name of its files."""
    issuer = authority(broker, by) if isinstance(by, str) else by
    pair = issuer.client(name, now or datetime.now(UTC), days)
    clients = broker.certs / "clients"
    (clients / f"{file or name}.crt").write_bytes(pair.certificate)
    (clients / f"{file or name}.key").write_bytes(pair.key)
    return file or name


@asynccontextmanager
async def connected(who: Broker, will: Will | None = None, **more: object) -> AsyncIterator[Session]:
    session = await open_session(who, will=will, **{"clean_start": True, "session_expiry": 0, **more})
    try:
        yield session
    finally:
        await session.close()


async def heard_so_far(session: Session, barrier: str) -> list[tuple[str, bytes]]:
    """What came until now: the broker answers a subscription after all that it sent before."""
    await session.subscribe([barrier], qos=0)
    heard: list[tuple[str, bytes]] = []
    with suppress(TimeoutError):
        while True:
            batch = await asyncio.wait_for(session.next_batch(), 0.05)
            heard += [(message.topic, message.payload) for message in batch.messages]
            batch.acknowledge()
    return heard


async def test_every_role_says_and_hears_what_the_list_says_and_nothing_else(broker: BrokerForUse) -> None:
    """Each publishes to each topic and has subscribed to everything: what is allowed is known from this table, and both ways are asserted."""
    allowed, forbidden, delivered = 0, 0, 0
    async with asyncio.TaskGroup() as group:
        opened = {name: group.create_task(open_session(broker.client(name), clean_start=True, session_expiry=0)) for name in WRITES}
    sessions = {name: task.result() for name, task in opened.items()}
    for session in sessions.values():
        await session.subscribe(["#", "$SYS/#", "$hotzone/#"], qos=0)
    accepted: set[tuple[str, bytes]] = set()
    for name, session in sessions.items():
        for what, topic in TOPICS.items():
            code = await session.publish(topic, f"{name} to {what}".encode())
            if what in WRITES[name]:
                assert code is PubAckReasonCode.SUCCESS, (name, what, code)
                accepted.add((topic, f"{name} to {what}".encode()))
                allowed += 1
            else:
                assert code is PubAckReasonCode.NOT_AUTHORIZED, (name, what, code)
                forbidden += 1
    assert {topic for topic, _ in accepted} >= {
        TOPICS[what] for what in ALL_OF_THE_SITE - {"the broker's own", "reading of a thermometer that is not there"}
    }
    for name, session in sessions.items():
        heard = await heard_so_far(session, "nothing/here")
        readable = {TOPICS[what] for what in READS[name]}
        ours = {message for message in heard if not message[0].startswith("$SYS/")}
        assert ours == {message for message in accepted if message[0] in readable}, name
        assert any(topic.startswith("$SYS/") for topic, _ in heard) == ("the broker's own" in READS[name]), name
        delivered += len(ours)
        await session.close()
    print(
        f"{len(WRITES)} identities x {len(TOPICS)} topics: {allowed} publishes allowed, {forbidden} refused, {delivered} messages heard, 0 unexpected"
    )
    assert allowed > 15
    assert forbidden > 150
    assert delivered > 30


async def test_every_device_of_a_site_may_say_its_own_topics_and_no_other_devices(broker: BrokerForUse) -> None:
    """All devices by all topics, against what the site file says of gateways and units."""
    own: defaultdict[str, set[str]] = defaultdict(set)
    for sensor in (sensor for zone in SITE.zones for sensor in zone.sensors):
        own[sensor.gateway] |= {sensor.topic, f"dc/h1/gateways/{sensor.gateway}/state"}
    unit_topics = {unit.id: {unit.report_topic, unit.state_topic} for unit in SITE.units}
    everything = sorted({unit.command_topic for unit in SITE.units}.union(*own.values(), *unit_topics.values()))
    # a unit may speak for the gateway of its id, which is itself; that gateway alone is called by its hall, too
    allowed = {name if name not in unit_topics else f"h1.{name}": topics for name, topics in own.items()}
    allowed |= {name: topics | own[name] for name, topics in unit_topics.items()}
    refused_count = 0
    for name, topics in allowed.items():
        async with connected(broker.client(name)) as session:
            codes = await asyncio.gather(*(session.publish(topic, b"1") for topic in everything))
        said = {topic for topic, code in zip(everything, codes, strict=True) if code is not PubAckReasonCode.NOT_AUTHORIZED}
        assert said == topics, name
        refused_count += len(everything) - len(said)
    print(
        f"{len(allowed)} devices x {len(everything)} topics: {sum(map(len, allowed.values()))} allowed, {refused_count} refused, 0 unexpected"
    )
    assert refused_count > 2000


async def test_a_shared_subscription_lets_nobody_listen_in(broker: BrokerForUse) -> None:
    async with connected(broker.client("A1-r01")) as spy, connected(broker.client("hotzone")) as hotzone:
        await spy.subscribe(["$share/ours/hotzone/#", "$share/ours/dc/#", "+/+/+/+/+", "/#"], qos=0)
        await hotzone.publish(TOPICS["command for crac-1"], b"{}")
        await hotzone.publish(TOPICS["heartbeat"], b"{}")
        assert await heard_so_far(spy, "nothing/here") == []


async def test_what_is_retained_is_told_to_those_only_who_may_hear_it(broker: BrokerForUse) -> None:
    async with connected(broker.client("crac-1")) as unit, connected(broker.client("hotzone")) as hotzone:
        await unit.publish(TOPICS["state of crac-1"], b"online", retain=True)
        await hotzone.publish(TOPICS["state"], b"online", retain=True)
        async with connected(broker.client("A1-r01")) as gateway, connected(broker.client("operator")) as operator:
            for session in (gateway, operator):
                await session.subscribe(["#"], qos=0)
            assert await heard_so_far(gateway, "nothing/here") == []
            assert (TOPICS["state of crac-1"], b"online") in await heard_so_far(operator, "nothing/here")


async def test_a_last_will_to_a_topic_of_another_is_never_said(broker: BrokerForUse) -> None:
    will = Will(TOPICS["command for crac-1"], payload=b'{"fan":0}', qos=QoS.AT_LEAST_ONCE)
    async with connected(broker.client("crac-1")) as unit, connected(broker.client("operator")) as operator:
        await unit.subscribe([TOPICS["command for crac-1"]], qos=0)
        await operator.subscribe(["#"], qos=0)
        with suppress(MqttError):
            gateway = await open_session(broker.client("A1-r01"), will=will, clean_start=True, session_expiry=0)
            gateway.abort("it dies")
            await gateway.closed
        async with connected(broker.client("A1-r01")) as gateway:  # the broker has noticed the death of the one before
            await gateway.publish(TOPICS["reading of A1-r01"], b"20")
        heard = await heard_so_far(operator, "nothing/here")
        assert (TOPICS["reading of A1-r01"], b"20") in heard
        assert [topic for topic, _ in [*heard, *await heard_so_far(unit, "nothing/here")] if topic.endswith("/command")] == []


@pytest.mark.parametrize("client_id", ["hotzone", "crac-1", "a/b", "+", "#", ""])
async def test_a_device_takes_nobodys_session_whatever_it_calls_itself(broker: BrokerForUse, client_id: str) -> None:
    """Without `use_username_as_clientid`, Mosquitto 2.0 hands a session with its queue to whoever names it."""
    async with connected(broker.client("hotzone"), session_expiry=HOUR) as hotzone, connected(broker.client("crac-1")) as unit:
        await hotzone.subscribe([TOPICS["reading of A1-r01"]])
        async with connected(broker.client("A1-r01"), client_id=client_id or None, clean_start=False) as intruder:
            assert not intruder.session_present
            code = await intruder.publish(TOPICS["reading of A1-r01"], b"21")
            assert code is PubAckReasonCode.SUCCESS
        assert await heard_so_far(hotzone, "nothing/here") == [(TOPICS["reading of A1-r01"], b"21")]
        assert await unit.publish(TOPICS["report of crac-1"], b"{}") is not PubAckReasonCode.NOT_AUTHORIZED


async def refused(who: Broker) -> bool:
    """Whether somebody does not get in; a client of TLS 1.3 learns it only when the broker hangs up."""
    try:
        session = await open_session(who, client_id="intruder", clean_start=True, session_expiry=0)
    except (MqttError, OSError):
        return True
    await session.close()
    return False


async def test_who_has_the_wrong_certificate_does_not_get_in(broker: BrokerForUse) -> None:
    now = datetime.now(UTC)
    foreign = Authority.make("example authority for devices", now)  # the same name, another key
    cases = {
        "no certificate": broker.client("A1-r01", cert_file=None, key_file=None),
        "no certificate, but a password": broker.client("A1-r01", cert_file=None, key_file=None, username="hotzone"),
        "another authority of the same name": broker.client(issue(broker, foreign, "A1-r01", file="foreign")),
        "expired": broker.client(issue(broker, "devices", "A1-r01", now=now - timedelta(days=9), days=8, file="expired")),
        "not valid yet": broker.client(issue(broker, "devices", "A1-r01", now=now + timedelta(days=2), file="early")),
        "a device at hotzone's door": broker.client("A1-r01", url=broker.url),
        "an operator at hotzone's door": broker.client("operator", url=broker.url),
        "hotzone at the devices' door": broker.client("hotzone", url=broker.door),
        "a device that calls itself hotzone, at hotzone's door": broker.client(
            issue(broker, "devices", "hotzone", file="liar"), url=broker.url
        ),
        "the broker's own certificate": broker.client(
            "A1-r01", url=broker.url, cert_file=str(broker.certs / "broker/broker.crt"), key_file=str(broker.certs / "broker/broker.key")
        ),
        "no TLS": Broker(url=f"mqtt://{HOST}:{broker.port}"),
        "no TLS at hotzone's door": Broker(url=f"mqtt://{HOST}:{broker.port + 1}"),
    }
    assert [what for what, who in cases.items() if not await refused(who)] == []
    assert not await refused(broker.client("A1-r01")), "who has the right one gets in"


async def test_a_client_of_mqtt_3_is_bound_by_the_same_list_though_it_is_told_that_all_is_well(broker: BrokerForUse) -> None:
    """MQTT 3.1.1 has no way to refuse a publish: what counts is that nobody hears it."""
    who = broker.client("A1-r01")
    old = paho.Client(CallbackAPIVersion.VERSION2, client_id="x", protocol=MQTTProtocolVersion.MQTTv311)
    old.tls_set(ca_certs=who.ca_file, certfile=who.cert_file, keyfile=who.key_file)
    async with connected(broker.client("operator")) as operator:
        await operator.subscribe(["#"], qos=0)
        await asyncio.to_thread(old.connect, HOST, broker.port)
        old.loop_start()
        try:
            for what in ("command for crac-1", "heartbeat", "reading of A2-r01", "reading of A1-r01"):
                said = old.publish(TOPICS[what], b"3.1.1", qos=1)
                await asyncio.to_thread(said.wait_for_publish, 30)
                assert said.is_published()
        finally:
            old.disconnect()
            old.loop_stop()
        heard = await heard_so_far(operator, "nothing/here")
        assert [topic for topic, payload in heard if payload == b"3.1.1"] == [TOPICS["reading of A1-r01"]]


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
@pytest.mark.parametrize(
    ("version", "welcome"), [(ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)]
)
def test_old_tls_is_refused(broker: BrokerForUse, version: ssl.TLSVersion, welcome: bool) -> None:
    who = broker.client("A1-r01")
    context = ssl.create_default_context(cafile=who.ca_file)
    context.load_cert_chain(str(who.cert_file), who.key_file)
    context.set_ciphers("ALL:@SECLEVEL=0")  # ours would refuse it before the broker does
    context.minimum_version = context.maximum_version = version
    with socket.create_connection((HOST, broker.port), 5) as plain:
        if welcome:
            with context.wrap_socket(plain, server_hostname=HOST) as secure:
                assert secure.version() == version.name.replace("_", ".")
        else:
            with pytest.raises(ssl.SSLError, match=r"ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|alert"):
                context.wrap_socket(plain, server_hostname=HOST)


async def test_what_is_too_large_for_a_reading_does_not_pass(broker: BrokerForUse) -> None:
    async with connected(broker.client("hotzone")) as hotzone:
        await hotzone.subscribe([TOPICS["reading of A1-r01"]], qos=0)
        for size, passes in ((65_536, True), (131_072, False), (1_000_000, False)):
            async with connected(broker.client("A1-r01")) as gateway:
                with suppress(MqttError, TimeoutError):
                    await asyncio.wait_for(gateway.publish(TOPICS["reading of A1-r01"], b"2" * size), 20)
            heard = await heard_so_far(hotzone, "nothing/here")
            assert [len(payload) for _, payload in heard] == ([size] if passes else []), size


async def test_nobody_can_use_what_old_brokers_leak_memory_by(broker: BrokerForUse) -> None:
    for name in ("A1-r01", "hotzone"):
        async with connected(broker.client(name)) as session:
            assert session.opened.result().max_qos is QoS.AT_LEAST_ONCE


async def test_idle_connections_of_strangers_do_not_keep_hotzone_out(broker: BrokerForUse) -> None:
    strangers = [socket.create_connection((HOST, broker.port + 1), 5) for _ in range(150)]
    try:
        async with connected(broker.client("hotzone")) as hotzone:
            assert (await hotzone.publish(TOPICS["heartbeat"], b"{}")).value < PubAckReasonCode.UNSPECIFIED_ERROR.value
    finally:
        for stranger in strangers:
            stranger.close()


async def test_a_certificate_that_was_taken_back_is_refused_and_the_new_one_is_not(tmp_path: Path) -> None:
    if BINARY is None:
        pytest.skip("mosquitto is not installed: apt-get install mosquitto")
    broker = BrokerForUse(tmp_path, SITE)
    stolen = tmp_path / "stolen"
    shutil.copytree(broker.certs / "clients", stolen)
    thief = broker.client("A1-r01", cert_file=str(stolen / "A1-r01.crt"), key_file=str(stolen / "A1-r01.key"))
    broker.start()
    try:
        assert not await refused(thief)
        made = broker.make(revoke=("A1-r01",))
        assert (made.revoked, made.issued) == (("A1-r01",), ("A1-r01",))
        broker.terminate()
        broker.start()
        assert await refused(thief)
        assert not await refused(broker.client("A1-r01"))
        assert not await refused(broker.client("A2-r01"))
        assert not await refused(broker.client("hotzone"))
    finally:
        broker.kill()
