"""From nothing to a hot zone over TLS: certificates, the broker as we ship it, a hall whose devices have one each, a run, the doctor."""

import asyncio
import json
from pathlib import Path

import pytest

from hotzone.app.sites import site_named
from hotzone.config.service import Broker
from hotzone.sensors.mqtt import open_session
from support.access import HOST, BrokerForUse
from support.commands import SITE, call, hotzone
from support.mosquitto import BINARY

HALL = f"""{SITE}
[halls.h1.simulation]
margin = 0.8
[control]
set_point = 26
[limits.warm]
on_delay = "0s"
[handlers.mqtt-events]
"""
"""Half of its cooling is too little, and that shows at once."""


@pytest.fixture
def broker(tmp_path: Path) -> BrokerForUse:
    """Made by the command, as a person would."""
    if BINARY is None:
        pytest.skip("mosquitto is not installed: apt-get install mosquitto")
    (tmp_path / "hall.toml").write_text(HALL)
    made = BrokerForUse(tmp_path, site_named(str(tmp_path / "hall.toml")), "log_type all\n", simulation=True)
    said = call(tmp_path, "certs", "certs", "--site", "hall.toml", "--host", HOST, "--port", str(made.port), "--simulation")
    assert said.returncode == 0, said.stderr
    section = said.stdout.partition("In the site file:\n")[2].partition("\n\n")[0].replace("    ", "")
    (tmp_path / "site.toml").write_text(f"{HALL}\n{section}\n")
    return made


def told(journal: Path) -> str:
    """The journal so far."""
    return journal.read_text() if journal.exists() else ""


async def retained(who: Broker, pattern: str) -> str:
    """The topics on which something is kept."""
    session = await open_session(who, clean_start=True, session_expiry=0)
    await session.subscribe([pattern], qos=0)
    batch = await asyncio.wait_for(session.next_batch(), 30)
    await session.close()
    return " ".join(message.topic for message in batch.messages)


def test_a_hot_zone_is_found_and_cooled_through_a_closed_broker(broker: BrokerForUse, tmp_path: Path) -> None:
    """Every device is behind a certificate of its own, so this also shows that the access list gives each what it needs."""
    broker.start()
    journal = tmp_path / "journal"
    hall = ("simulate", "--site", "hall.toml", "--broker", broker.door, "--certs", "certs", "--fault", "crac-failure:crac-1@30s", "--plain")
    try:
        with hotzone(tmp_path, *hall) as devices:
            devices.until(lambda: "the hall begins" in devices.log, "the hall")
            with hotzone(tmp_path, "run", "--site", "site.toml", "--recording", "log", "--journal", "journal", "--plain") as run:
                run.until(lambda: '"state":"hot"' in told(journal), "a hot zone")
                run.until(lambda: '"rule":"unit-failed"' in told(journal), "the failed unit's alarm")
                doctor = call(tmp_path, "doctor", "--site", "site.toml")
                record = call(tmp_path, "record", "other", "--site", "site.toml", "--duration", "1s", "--plain")
                assert "a handler failed" not in run.log
                assert "hotzone/t/zones/" in asyncio.run(retained(broker.client("operator"), "hotzone/t/zones/#")), (
                    "mqtt-events is behind TLS, too"
                )
                run.signal(15)
                assert run.process.returncode == 0, run.log
    finally:
        broker.kill()
    lines = [json.loads(line) for line in journal.read_bytes().splitlines()]
    raised = {(line["rule"], line.get("unit")) for line in lines if line["type"] == "alarm.raised"}
    assert ("unit-failed", "crac-1") in raised
    assert any(line["type"] == "cooling.command" and line["unit"] == "crac-2" for line in lines)
    denied = [line for line in broker.log.splitlines() if "Denied" in line and "hotzone-doctor" not in line]
    assert denied == [], "the access list gives everybody what he needs; the doctor alone tries what it must not"
    assert doctor.returncode == 0, doctor.stdout
    assert "strangers" in doctor.stdout
    assert "0 errors" in doctor.stdout
    assert record.returncode == 0, record.stderr
    assert not record.stderr.startswith("0 messages"), record.stderr


def test_a_simulation_without_its_certificates_says_which_is_missing(tmp_path: Path) -> None:
    said = call(tmp_path, "simulate", "--site", "demo", "--broker", "mqtts://localhost:1", "--certs", "nowhere", "--plain")
    assert said.returncode == 2
    assert said.stderr == (
        "hotzone: --certs nowhere: no certificate for simulation in it; run hotzone certs nowhere --site ... --simulation\n"
    )


def test_a_simulation_that_is_not_let_in_says_why(broker: BrokerForUse, tmp_path: Path) -> None:
    foreign = call(tmp_path, "certs", "foreign", "--site", "hall.toml", "--simulation")
    assert foreign.returncode == 0, foreign.stderr
    (tmp_path / "foreign" / "authority.crt").write_bytes((tmp_path / "certs" / "authority.crt").read_bytes())
    broker.start()
    try:
        with hotzone(tmp_path, "simulate", "--site", "hall.toml", "--broker", broker.door, "--certs", "foreign", "--plain") as hall:
            hall.until(lambda: "devices wait for the broker" in hall.log, "a word")
            assert "unknown ca" in hall.log
    finally:
        broker.kill()
