"""The doctor at brokers that are open, closed, half closed and stock, each a real Mosquitto."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from msgspec import structs

from hotzone.app.commands.doctor import doctor as command
from hotzone.app.doctor import Finding, Level
from hotzone.app.doctor.access import look_at_packets
from hotzone.app.doctor.broker import _about_version, look_at_broker
from hotzone.config.model import Site
from hotzone.config.secrets import Secret
from hotzone.config.service import Broker
from hotzone.config.units import SECOND
from hotzone.sensors.mqtt import open_session
from support.access import BrokerForUse
from support.mosquitto import BINARY, MosquittoFactory
from support.sites import site, unit, zone

SITE = site(zone("A1"), units=[unit("crac-1", ["A1"])])
PATIENCE = 0.5


async def examine(known: Site, broker: Broker, now: Callable[[], int] | None = None) -> dict[str, Finding]:
    clock = now or (lambda: round(datetime.now(UTC).timestamp()) * SECOND)
    findings = await look_at_broker(structs.replace(known, broker=broker), clock, patience=PATIENCE)
    return {finding.subject: finding for finding in findings}


@pytest.fixture
def closed(tmp_path: Path) -> BrokerForUse:
    if BINARY is None:
        pytest.skip("mosquitto is not installed: apt-get install mosquitto")
    return BrokerForUse(tmp_path, SITE)


async def test_the_broker_that_we_ship_has_nothing_to_mend(closed: BrokerForUse) -> None:
    closed.start()
    try:
        found = await examine(SITE, closed.client("hotzone"))
    finally:
        closed.kill()
    shown = {name: (finding.level, finding.found) for name, finding in found.items()}
    assert shown["strangers"] == (Level.OK, "refused without a certificate or a password")
    assert shown["packet size"] == (Level.OK, "up to 131072 bytes")
    assert shown["queue"] == (Level.OK, "keeps at least 1200 messages for us")
    assert shown["session"] == (Level.OK, "kept while we are away")
    assert shown["rights"][0] is Level.OK
    assert shown["encryption"][1].startswith("TLSv1.3, the broker's certificate ends 20")
    assert shown["certificate"][0] is Level.OK
    assert "own rights" not in shown
    assert {name for name, (level, _) in shown.items() if level in {Level.WARNING, Level.ERROR}} == {"readings"}, "no hall is there"


async def test_certificates_that_end_soon_are_told_a_month_before(closed: BrokerForUse) -> None:
    closed.make(days=825)
    closed.start()
    later = (round(datetime.now(UTC).timestamp()) + 800 * 86_400) * SECOND
    try:
        found = await examine(SITE, closed.client("hotzone"), lambda: later)
    finally:
        closed.kill()
    assert found["encryption"].level is found["certificate"].level is Level.WARNING
    assert "hotzone certs renews" in found["certificate"].advice


async def test_a_stock_broker_is_open_forgetful_slow_and_takes_anything(start_mosquitto: MosquittoFactory) -> None:
    found = await examine(SITE, Broker(url=start_mosquitto("allow_anonymous true\n").url))
    assert found["strangers"].level is Level.WARNING
    assert found["strangers"].found == "anybody who reaches the broker may publish readings and commands"
    assert "hotzone certs" in found["strangers"].advice
    assert found["packet size"].level is Level.NOTE
    assert found["queue"].level is Level.WARNING
    assert "of 1200 messages it kept 1000" in found["queue"].found
    assert "max_queued_messages 1440" in found["queue"].advice


async def test_commands_that_are_signed_are_said_to_be_safe_from_strangers(start_mosquitto: MosquittoFactory) -> None:
    signed = structs.replace(
        SITE, halls=tuple(structs.replace(hall, units=(structs.replace(hall.units[0], key=Secret("k" * 16)),)) for hall in SITE.halls)
    )
    found = await examine(signed, Broker(url=start_mosquitto().url))
    assert found["strangers"].advice.endswith("Commands are signed: units refuse theirs.")


async def test_who_may_come_in_and_say_nothing_is_told_apart(tmp_path: Path, start_mosquitto: MosquittoFactory) -> None:
    (tmp_path / "passwords").write_text("")
    (tmp_path / "acl").write_text("topic read #\n\nuser hotzone\ntopic readwrite #\n")
    broker = start_mosquitto(f"allow_anonymous true\nacl_file {tmp_path / 'acl'}\n")
    found = await examine(SITE, Broker(url=broker.url, username="hotzone"))
    assert found["strangers"].found == "let in without a certificate or a password, to publish nothing"


async def test_more_rights_than_hotzone_needs_are_noted(closed: BrokerForUse) -> None:
    acl = closed.certs / "broker" / "acl"
    acl.write_text(acl.read_text().replace("user hotzone\n", "user hotzone\ntopic readwrite dc/#\n"))
    closed.start()
    try:
        found = await examine(SITE, closed.client("hotzone"))
    finally:
        closed.kill()
    assert "own rights" in found, found
    assert found["own rights"].level is Level.NOTE


async def test_no_unit_hears_the_strangers_commands_and_a_running_hotzone_is_spared_the_full_queue(
    start_mosquitto: MosquittoFactory,
) -> None:
    broker = start_mosquitto("allow_anonymous true\n")
    listener = await open_session(Broker(url=broker.url), client_id="unit", clean_start=True, session_expiry=0)
    await listener.publish("hotzone/test/state", b"online", retain=True)
    await listener.subscribe(["dc/h/units/crac-1/command", "dc/h/A1/+/+"], qos=0)
    found = await examine(SITE, Broker(url=broker.url))
    assert found["queue"][:3] == (Level.NOTE, "queue", "its limit was not tried: hotzone runs here, or the session is not kept")
    assert listener.received == 0
    await listener.close()


@pytest.mark.parametrize(("limit", "level"), [(None, Level.NOTE), (65_000, Level.WARNING), (131_072, Level.OK)])
def test_the_largest_packet_is_judged(limit: int | None, level: Level) -> None:
    (finding,) = look_at_packets(limit, 66_000)
    assert finding.level is level


def test_what_a_broker_says_of_itself_is_shown_and_not_obeyed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    async def examine(*_: object) -> list[Finding]:
        return [Finding(Level.NOTE, "version", "mosquitto \x1b[2J\u202e 2.1", "advice\x07")]

    monkeypatch.setattr("hotzone.app.doctor.doctor", examine)
    with pytest.raises(typer.Exit):
        command("demo")
    said = capsys.readouterr().out
    assert "mosquitto \\x1b[2J\\u202e" in said
    assert "\x1b" not in said


@pytest.mark.parametrize("version", ["", "mosquitto version 2.0.22", "mosquitto version " + "9" * 5000, "\x1b[2J", "mosquitto"])
def test_no_version_is_too_strange_to_judge(version: str) -> None:
    assert _about_version(version).subject == "version"


async def test_a_second_door_that_is_open_is_found(
    closed: BrokerForUse, start_mosquitto: MosquittoFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_too = start_mosquitto("allow_anonymous true\n")
    monkeypatch.setattr("hotzone.app.doctor.access._PLAIN", open_too.port)
    closed.start()
    try:
        found = await examine(SITE, closed.client("hotzone"))
    finally:
        closed.kill()
    assert "strangers" in found, found
    assert found["strangers"].level is Level.OK
    assert found[f"port {open_too.port}"].level is Level.WARNING
    assert "readings and commands" in found[f"port {open_too.port}"].found
