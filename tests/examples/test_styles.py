"""The four programs at a real broker: they see a zone get hot, stop when told to, and lose what they say they lose."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from hotzone.config import load, shipped
from support.mosquitto import Mosquitto

FOLDER = Path(__file__).parents[2] / "examples" / "styles"
STYLES = ("asyncio", "threads", "callbacks", "rx")
DEMO = load(shipped("demo"), secrets=False)
STOP_S = 2.0
PATIENCE_S = 30.0


def publish(broker: Mosquitto, celsius: float, zone: str = "A1") -> int:
    """A reading of each inlet of the zone; how many."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    topics = [sensor.topic for one in DEMO.zones if one.id == zone for sensor in one.sensors]
    for topic in topics:
        client.publish(topic, json.dumps({"value": celsius, "time": time.time_ns() // 1_000_000}), qos=1).wait_for_publish(PATIENCE_S)
    client.disconnect()
    client.loop_stop()
    return len(topics)


@pytest.mark.parametrize("style", STYLES)
def test_each_sees_a_zone_get_critical_and_ends_when_told_to(style: str, mosquitto: Mosquitto, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    words = [
        sys.executable,
        "-X",
        "dev",
        str(FOLDER / f"with_{style}.py"),
        "--broker",
        mosquitto.url,
        "--site",
        "demo",
        "--seen",
        str(seen),
    ]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = [process.stdout.readline().strip()]
            assert said == ["listening"], process.stderr and process.stderr.read()
            sent = publish(mosquitto, 24.0) + publish(mosquitto, 40.0) + publish(mosquitto, 40.0) + publish(mosquitto, 40.0)
            while not said[-1].startswith("alarm.raised A1"):
                said.append(process.stdout.readline().strip())
                assert said[-1], said
            deadline = time.monotonic() + PATIENCE_S
            while len(seen.read_bytes().splitlines()) < sent:
                assert time.monotonic() < deadline
                time.sleep(0.02)
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            rest, errors = process.communicate(timeout=PATIENCE_S)
            assert time.monotonic() - began < STOP_S
        finally:
            process.kill()
    assert process.returncode == 0, errors
    # Development mode also tells of steps that took long, as all do on a busy machine.
    assert [line for line in errors.splitlines() if not (line.startswith("Executing <") and line.endswith(" seconds"))] == []
    assert f"{style}: {sent} messages," in rest


def test_what_an_early_acknowledgement_loses_is_shown(mosquitto: Mosquitto) -> None:
    words = [sys.executable, str(FOLDER / "loss.py"), "--broker", mosquitto.url, "--count", "1200", "--work-ms", "4"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=4 * PATIENCE_S, check=True)
    header, *rows = [line.split() for line in done.stdout.splitlines()[:5]]
    assert header == ["style", "sent", "acknowledged", "processed", "twice", "lost"]
    table = {row[0]: dict(zip(header[1:], map(int, row[1:]), strict=True)) for row in rows}
    assert set(table) == set(STYLES)
    for row in table.values():
        assert row["sent"] == 1200 == row["processed"] + row["lost"]
        assert row["lost"] <= row["acknowledged"]
    assert table["asyncio"]["lost"] > table["threads"]["lost"] > 0, "an unbounded queue loses more than a bounded one"
    assert table["callbacks"]["lost"] == table["rx"]["lost"] == 0
    assert "lost: acknowledged, and processed in neither life" in done.stdout


@pytest.mark.parametrize("name", [*(f"with_{style}" for style in STYLES), "loss"])
def test_each_says_what_it_is(name: str) -> None:
    done = subprocess.run(
        [sys.executable, str(FOLDER / f"{name}.py"), "--help"], capture_output=True, text=True, timeout=PATIENCE_S, check=True
    )
    assert "--broker" in done.stdout


def test_the_programs_are_of_like_length() -> None:
    lengths = [len((FOLDER / f"with_{style}.py").read_text("utf-8").splitlines()) for style in STYLES]
    assert max(lengths) <= 125
    assert max(lengths) - min(lengths) <= 25, lengths
