"""The doctor at a real Mosquitto, at the embedded broker, and at a closed door."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec import structs

from hotzone.app.doctor import Finding, Level, doctor
from hotzone.app.doctor.broker import advice_on_tls, look_at_broker
from hotzone.config.devices import pack_topic
from hotzone.config.model import Site
from hotzone.config.service import Broker
from hotzone.config.units import MILLISECOND, SECOND
from hotzone.sensors.mqtt import Session, open_session
from hotzone.sensors.mqtt.embedded import EmbeddedBroker
from support.mosquitto import Mosquitto, MosquittoFactory, free_port
from support.sites import EPOCH, site, unit, zone

SITE = site(zone("A1"), units=[unit("crac-1", ["A1"])])
PATIENCE = 0.3


def at(url: str, **broker: object) -> Site:
    return structs.replace(SITE, broker=Broker(url=url, **broker))


@asynccontextmanager
async def publisher(url: str) -> AsyncIterator[Session]:
    session = await open_session(Broker(url=url), client_id="gateway", clean_start=True, session_expiry=0)
    try:
        yield session
    finally:
        await session.close()


async def examine(where: Site, now: int = EPOCH) -> dict[str, Finding]:
    findings = await look_at_broker(where, lambda: now, patience=PATIENCE)
    return {finding.subject: finding for finding in findings}


async def test_nobody_there_is_one_error_with_what_to_try() -> None:
    (finding,) = await look_at_broker(at(f"mqtt://127.0.0.1:{free_port()}"), lambda: EPOCH)
    assert (finding.level, finding.subject) == (Level.ERROR, "broker")
    assert "mosquitto_sub" in finding.advice


async def test_a_url_that_is_none_is_told_as_such() -> None:
    (finding,) = await look_at_broker(at("http://127.0.0.1"), lambda: EPOCH)
    assert "mqtt://host:1883" in finding.advice


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        (
            "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: IP address mismatch, certificate is not valid for '127.0.0.2'.",
            "--host",
        ),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate in certificate chain", "ca_file"),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)", "no TLS on this port"),
        ("the connection broke: [SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca (_ssl.c:2580)", "own door"),
    ],
)
def test_what_openssl_says_is_told_with_what_to_do(said: str, advice: str) -> None:
    assert advice in (advice_on_tls(said) or "")


def test_what_is_no_matter_of_tls_gets_no_advice_about_it() -> None:
    assert advice_on_tls("Connect call failed: name mismatch") is None


async def test_a_mosquitto_that_is_well_keeps_our_session_and_tells_its_version(mosquitto: Mosquitto) -> None:
    found = await examine(at(mosquitto.url))
    assert found["broker"].level is Level.OK
    assert found["rights"].level in {Level.OK, Level.NOTE}
    assert found["session"][:3] == (Level.OK, "session", "kept while we are away")
    assert found["version"].found.startswith("mosquitto version")
    assert found["queue"][:3] == (Level.OK, "queue", "keeps at least 1200 messages for us")
    assert "max_queued_messages 1440" in found["queue"].advice
    assert "none in" in found["readings"].found


async def test_access_rules_that_forbid_to_write_are_an_error(tmp_path: Path, start_mosquitto: MosquittoFactory) -> None:
    (tmp_path / "acl").write_text("topic read #\n")
    found = await examine(at(start_mosquitto(f"allow_anonymous true\nacl_file {tmp_path / 'acl'}\n").url))
    assert found["rights"].level is Level.ERROR
    assert "may not publish" in found["rights"].found
    assert found["rights"].advice == "Allow this user: topic readwrite hotzone/test/#"


async def test_access_rules_that_forbid_to_read_are_noticed_by_the_silence(tmp_path: Path, start_mosquitto: MosquittoFactory) -> None:
    (tmp_path / "acl").write_text("topic write #\n")
    found = await examine(at(start_mosquitto(f"allow_anonymous true\nacl_file {tmp_path / 'acl'}\n").url))
    assert found["rights"].level is Level.ERROR
    assert "does not come back" in found["rights"].found or "refused" in found["rights"].found


async def test_a_refused_login_says_what_to_correct(start_mosquitto: MosquittoFactory) -> None:
    (finding,) = await look_at_broker(at(start_mosquitto("allow_anonymous false\n").url), lambda: EPOCH)
    assert finding.level is Level.ERROR
    assert "username" in finding.advice


@pytest.mark.parametrize(("ahead", "level"), [(0, Level.OK), (60 * SECOND, Level.WARNING), (-60 * SECOND, Level.WARNING)])
async def test_thermometers_clocks_are_compared_with_ours(mosquitto: Mosquitto, ahead: int, level: Level) -> None:
    payload = json.dumps({"value": 23.5, "time": (EPOCH + ahead) // MILLISECOND}).encode()
    async with publisher(mosquitto.url) as session:
        await session.publish("dc/h/A1/r0/in", payload, retain=True)
        found = await examine(at(mosquitto.url))
    assert "from 1 of 4 thermometers" in found["readings"].found
    assert found["thermometers' clocks"].level is level


async def test_a_simulated_halls_clock_is_adopted(mosquitto: Mosquitto) -> None:
    clock = {"hall": EPOCH, "wall": EPOCH + 5 * SECOND, "rate": 60.0}
    payload = json.dumps({"value": 23.5, "time": (EPOCH + 600 * SECOND) // MILLISECOND}).encode()
    async with publisher(mosquitto.url) as session:
        await session.publish("hotzone/test/clock", json.dumps(clock).encode(), retain=True)
        await session.publish("dc/h/A1/r0/in", payload, retain=True)
        found = await examine(at(mosquitto.url), now=EPOCH + 15 * SECOND)
    assert "60 times" in found["hall clock"].found
    assert found["thermometers' clocks"].level is Level.OK


async def test_packs_are_readings_and_so_is_what_a_thermometer_says_on_a_topic_of_its_own(mosquitto: Mosquitto) -> None:
    first, second, *rest = zone().racks
    own = structs.replace(second, sensors=(structs.replace(second.sensors[0], topic="building/room7"),))
    one = structs.replace(site(structs.replace(zone(), racks=(first, own, *rest))), broker=at(mosquitto.url).broker)
    sensors = one.sensors
    pack = json.dumps([{"id": sensors[0].id, "value": 21.5}]).encode()
    async with publisher(mosquitto.url) as session:
        await session.publish(pack_topic(one, "h", sensors[0]), pack, retain=True)
        await session.publish("building/room7", b"22", retain=True)
        found = await examine(one)
    assert (found["readings"].level, found["readings"].found.partition("from")[2]) == (Level.OK, f" 2 of {len(sensors)} thermometers")


async def test_topics_that_the_site_does_not_know_are_named_and_units_are_not_among_them(mosquitto: Mosquitto) -> None:
    async with publisher(mosquitto.url) as session:
        await session.publish("dc/h/units/crac-1/report", b"{}", retain=True)
        await session.publish("dc/h/A9/r0/in", b"21", retain=True)
        findings = await look_at_broker(at(mosquitto.url), lambda: EPOCH, patience=PATIENCE)
    (unknown,) = [finding for finding in findings if finding.subject == "readings"]
    assert unknown.level is Level.WARNING
    assert unknown.found == "1 topics that the site file does not know, such as dc/h/A9/r0/in"


async def test_an_embedded_broker_is_told_apart_from_one_for_use() -> None:
    async with EmbeddedBroker() as broker:
        found = await examine(at(broker.url))
    assert found["session"].level is Level.WARNING
    assert "for trying only" in found["session"].found


async def test_the_whole_examination_speaks_of_broker_clock_and_disk(tmp_path: Path) -> None:
    where = structs.replace(SITE, recording=structs.replace(SITE.recording, folder=str(tmp_path)))
    findings = await doctor(where, f"mqtt://127.0.0.1:{free_port()}")
    assert [finding.subject for finding in findings][:3] == ["broker", "system clock", "recordings"]
