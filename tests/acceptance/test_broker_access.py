"""The broker as we ship it, on a real Mosquitto: who may say and hear what, and who does not get in at all."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest
from mqtt5 import QoS, Will

from hotzone.app.access.authority import Authority, Pair
from hotzone.app.sites import site_named
from hotzone.config.model import Broker
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
OWN = {"heartbeat", "state", "event", "zone"}

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
    "hotzone": ALL_OF_THE_SITE - COMMANDS - OWN,
    "operator": ALL_OF_THE_SITE,
    "simulation": NOTHING,
    "A1-r01": NOTHING,
    "A2-r01": NOTHING,
    "crac-1": {"command for crac-1", "heartbeat"},
    "h1.crac-1": NOTHING,
    "crac-2": {"command for crac-2", "heartbeat"},
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
    session = await open_session(who, will=will, **{"clean_start": True, "session_expiry": 0, **more})  # type: ignore[arg-type]
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
