"""`hotzone explain` over a recording: the same words as the pure function gives, and messages for what there is not."""

from pathlib import Path

import pytest
from msgspec import json
from typer.testing import CliRunner

from hotzone.app.cli import app
from hotzone.app.errors import UserError
from hotzone.app.explaining import explain_recorded
from hotzone.config import loads
from hotzone.config.units import SECOND
from hotzone.pipeline import AlarmEvent, Pipeline
from hotzone.pipeline.explaining import Explanation
from hotzone.sensors.frame import Own
from hotzone.sensors.recording import RecordingWriter
from support.sites import EPOCH, merged, own, start, stream

SITE = loads("""
name = "dc"
sensors = ["in"]
layout.count = 4
limits.high = { above = 32, on_delay = "30s" }
[halls.h.zones.A1]
layout.name = "r{n}"
[topics]
reading = "dc/{hall}/{zone}/{rack}/{sensor}"
""")
A1 = SITE.zones[0]


@pytest.fixture
def recorded(tmp_path: Path) -> tuple[Path, str]:
    """A recording in which A1 gets too hot after a minute and somebody acknowledges it, and the alarm's id."""
    frames = merged([start()], stream(A1, 24.0, 1, 60), stream(A1, 33.0, 60, 120))
    alarm = next(event.alarm for event in Pipeline(SITE).push(frames) if isinstance(event, AlarmEvent) and event.rule == "high")
    frames.append(own(EPOCH + 121 * SECOND, Own.OPERATOR, action="acknowledge", alarm=alarm, by="kim"))
    with RecordingWriter(tmp_path / "r", site_source=SITE.source, version="1", started=1) as log:
        log.append(frames)
    return tmp_path / "r", alarm


def test_an_alarm_of_a_recording_is_explained_at_the_moment_it_was_raised_with_what_became_of_it(recorded: tuple[Path, str]) -> None:
    path, alarm = recorded
    found = explain_recorded(path, alarm=alarm)
    assert found.zone is not None
    assert found.zone.value == pytest.approx(33.0, abs=0.1)
    assert found.verdict.startswith("High alarm high of A1 was raised")
    assert "high of A1: acknowledged by kim" in found.steps[-1].says


def test_the_command_prints_words_or_data(recorded: tuple[Path, str]) -> None:
    path, alarm = recorded
    said = CliRunner().invoke(app, ["explain", alarm, "--recording", str(path)])
    assert said.exit_code == 0
    assert "Inlets, warmest first:" in said.stdout
    data = CliRunner().invoke(app, ["explain", "--zone", "A1", "--at", str(EPOCH + 30 * SECOND), "--recording", str(path), "--json"])
    assert json.decode(data.stdout, type=Explanation).verdict == "Zone A1 has no alarm: every rule is clear."


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"alarm": "nonsense"}, "is no alarm"),
        ({"zone": "A9", "at": EPOCH + 30 * SECOND}, "no zone 'A9'"),
        ({"zone": "A1", "at": EPOCH - 1}, "is not in it"),
    ],
)
def test_what_there_is_not_is_told(recorded: tuple[Path, str], wanted: dict[str, object], said: str) -> None:
    with pytest.raises(UserError, match=said):
        explain_recorded(recorded[0], **wanted)
