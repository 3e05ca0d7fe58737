"""`hotzone kpi` over a recording and over its journal."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from msgspec import json
from typer.testing import CliRunner

from hotzone.app.cli import app
from hotzone.app.errors import UserError
from hotzone.app.kpi import Report, kpi_of
from hotzone.config import loads
from hotzone.config.units import MINUTE, SECOND
from hotzone.pipeline import Pipeline, journal_line
from hotzone.sensors.recording import RecordingWriter
from support.sites import EPOCH, merged, start, stream

SITE = loads("""
name = "dc"
sensors = ["in"]
[halls.h]
ashrae = "A1"
[halls.h.zones.A1]
layout = { count = 4, name = "r{n}" }
""")


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """A recording, and its journal beside it: A1 is at 30 °C for a while."""
    frames = merged([start()], stream(SITE.zones[0], 24.0, 1, 60), stream(SITE.zones[0], 30.0, 60, 600))
    with RecordingWriter(tmp_path / "r", site_source=SITE.source, version="1", started=1) as log:
        log.append(frames)
    (tmp_path / "journal").write_bytes(b"".join(journal_line(event) + b"\n" for event in Pipeline(SITE).push(frames)))
    return tmp_path


def test_a_recording_and_its_journal_give_the_same_alarms_and_only_one_has_temperatures(recorded: Path) -> None:
    whole = kpi_of(recorded / "r", None, EPOCH + 10 * MINUTE, 1)
    lines = kpi_of(recorded / "journal", whole.alarms.since, EPOCH + 10 * MINUTE, 1)
    assert whole.alarms.annunciated > 0
    assert lines.alarms == whole.alarms
    assert (lines.halls, lines.cooled) == ((), ())
    (hall,) = whole.halls
    assert hall.rci is not None
    assert hall.rci.hi == pytest.approx(100 * (1 - 3 / 5), abs=1.0)
    assert whole.cooled[0].worst_hi <= whole.cooled[0].mean_hi


def test_a_later_time_counts_what_stood_at_its_beginning_and_no_time_before_the_recording(recorded: Path) -> None:
    with RecordingWriter(recorded / "s", site_source=SITE.source, version="1", started=1) as log:
        pipeline = Pipeline(SITE)
        before = merged([start()], stream(SITE.zones[0], 24.0, 1, 60), stream(SITE.zones[0], 30.0, 60, 300))
        log.append(before)
        pipeline.push(before)
        log.snapshot(before[-1].at, pipeline.snapshot())
        log.append(merged(stream(SITE.zones[0], 30.0, 301, 600)))
    late = kpi_of(recorded / "s", EPOCH + 8 * MINUTE, None, 1).alarms
    assert (late.annunciated, late.standing > 0) == (0, True)
    assert late.standing == kpi_of(recorded / "s", None, None, 1).alarms.standing
    assert kpi_of(recorded / "s", 0, None, 1).alarms.since == EPOCH


def test_the_command_prints_figures_beside_their_targets_or_data(recorded: Path) -> None:
    said = CliRunner().invoke(app, ["kpi", str(recorded / "r")])
    assert said.exit_code == 0
    assert "alarms per hour" in said.stdout
    assert "about 6, at most 12" in said.stdout
    assert "Hall h at the end: RCI-HI" in said.stdout
    data = CliRunner().invoke(app, ["kpi", str(recorded / "journal"), "--json", "--operators", "2"])
    assert json.decode(data.stdout, type=Report).alarms.operators == 2


def test_of_a_damaged_recording_there_are_the_figures_of_what_came_before(recorded: Path) -> None:
    with RecordingWriter(recorded / "r", site_source=SITE.source, version="1", started=1) as log:
        log.append(list(stream(SITE.zones[0], 24.0, 601, 700)))
        log.commit()
    whole = kpi_of(recorded / "r", None, EPOCH + 10 * MINUTE, 1)
    segment = max((recorded / "r").glob("*.hzlog"))
    with closing(sqlite3.connect(segment)) as database, database:
        assert database.execute("UPDATE chunks SET blob = zeroblob(length(blob)) WHERE rowid = (SELECT max(rowid) FROM chunks)").rowcount
    said = CliRunner().invoke(app, ["kpi", str(recorded / "r"), "--json"])
    report = json.decode(said.stdout, type=Report)
    assert (said.exit_code, report.alarms.annunciated, report.halls) == (1, whole.alarms.annunciated, whole.halls)
    assert report.alarms.until <= EPOCH + 600 * SECOND + 1
    assert "the figures are of what came before" in said.stderr


def test_a_line_that_is_no_event_is_told_by_its_number(recorded: Path) -> None:
    (recorded / "journal").write_bytes(b'{"type":"alarm.raised"}\n')
    with pytest.raises(UserError, match="line 1: no event of a journal"):
        kpi_of(recorded / "journal", None, None, 1)
    with pytest.raises(UserError, match="the end must be after the beginning"):
        kpi_of(recorded / "r", EPOCH + 2, EPOCH + 1, 1)


def test_a_time_that_begins_while_nothing_came_is_counted_from_there(recorded: Path) -> None:
    """Also where the figures begin at a snapshot, and the next frame comes long after."""
    with RecordingWriter(recorded / "g", site_source=SITE.source, version="1", started=1) as log:
        pipeline = Pipeline(SITE)
        before, after = merged([start()], stream(SITE.zones[0], 24.0, 1, 60)), merged(stream(SITE.zones[0], 24.0, 400, 500))
        log.append(before)
        pipeline.push(before)
        log.snapshot(before[-1].at, pipeline.snapshot())
        log.append(after)
    since = EPOCH + 2 * MINUTE
    assert kpi_of(recorded / "g", since, None, 1).alarms.since == since
