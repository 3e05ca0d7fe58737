"""A restart over a damaged recording: what can be read counts, and what cannot is told."""

import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from hotzone.app.restore import restore
from hotzone.app.state_file import Saved, StateFile, state_path
from hotzone.config import loads
from hotzone.config.units import SECOND
from hotzone.pipeline import Pipeline
from hotzone.sensors.frame import Frame
from hotzone.sensors.recording import Recording, RecordingWriter, Snapshot
from support.catalogue import HALL
from support.sites import EPOCH, start

SITE = loads(HALL)
RUN = 1000 * SECOND
Spoil = Callable[[Path], object]


def recorded(folder: Path) -> Pipeline:
    """Three runs, a segment each, at whose end A1 is hot."""
    pipeline = Pipeline(SITE)
    for begin in (EPOCH, EPOCH + RUN, EPOCH + 2 * RUN):
        frames = [start(begin)]
        for turn in range(12):
            for place, sensor in enumerate(SITE.sensors):
                at = begin + 10 * turn * SECOND + place * 1000 + 1
                reading = {"value": (40.0 if sensor.zone == "A1" else 22.0) + turn % 3 / 10, "time": at // 1_000_000}
                frames.append(Frame(at, sensor.topic, json.dumps(reading).encode()))
        with RecordingWriter(
            folder, site_source=SITE.source, version="1", started=begin, take_snapshot=lambda: Snapshot(pipeline.at, pipeline.snapshot())
        ) as log:
            log.append(frames)
            log.commit()
            pipeline.push(frames)
            log.snapshot(pipeline.at, pipeline.snapshot())
            log.commit()
    return pipeline


def sql(statement: str) -> Spoil:
    def spoil(path: Path) -> None:
        database = sqlite3.connect(path)
        database.execute(statement)
        database.commit()
        database.close()

    return spoil


SPOILS: dict[str, Spoil] = {
    "empty": lambda path: path.write_bytes(b""),
    "garbage": lambda path: path.write_bytes(bytes(4096)),
    "cut in half": lambda path: os.truncate(path, path.stat().st_size // 8192 * 4096),
    "its progress": sql("UPDATE progress SET digest = x'00'"),
    "its facts": sql("UPDATE meta SET digest = x'00' WHERE key = 'started'"),
}


@pytest.mark.parametrize("name", SPOILS)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_damaged_segment_costs_no_alarm_and_is_told(place: int, name: str, tmp_path: Path) -> None:
    folder = tmp_path / "log"
    before = recorded(folder)
    assert before.hall.alarms
    state = StateFile(state_path(folder))
    state.save(Saved(before.at, EPOCH + 2 * RUN, "1", "last", before.snapshot()))
    spoilt = sorted(folder.glob("*.hzlog"))[place]
    SPOILS[name](spoilt)
    found = restore(folder, SITE, state, "1")
    assert found.pipeline.hall.alarms == before.hall.alarms
    assert spoilt.name in found.damage
    assert len(state.load()) == 1


@pytest.mark.parametrize("name", SPOILS)
def test_what_is_around_a_damaged_segment_can_be_read(name: str, tmp_path: Path) -> None:
    recorded(tmp_path)
    frames = sum(len(chunk) for chunk in Recording(tmp_path).frames())
    SPOILS[name](sorted(tmp_path.glob("*.hzlog"))[1])
    recording = Recording(tmp_path)
    told: list[Exception] = []
    assert sum(len(chunk) for chunk in recording.frames(damaged=told.append)) >= frames * 2 // 3
    assert told
    assert (recording.first_at, recording.last_at) == (EPOCH, EPOCH + 2 * RUN + 110 * SECOND + (len(SITE.sensors) - 1) * 1000 + 1)
    assert recording.snapshot_before(EPOCH + RUN) is not None
    assert list(recording.dead_letters()) == []


def test_a_recording_of_which_nothing_can_be_read_forgets_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    before = recorded(folder)
    state = StateFile(state_path(folder))
    state.save(Saved(before.at, EPOCH + 2 * RUN, "1", "last", before.snapshot()))
    for path in folder.glob("*.hzlog"):
        path.write_bytes(b"")
    found = restore(folder, SITE, state, "1")
    assert (found.last_at, found.before, len(state.load())) == (before.at, "last", 1)
    assert found.pipeline.hall.alarms == before.hall.alarms
    assert "is no recording of hotzone" in found.damage
    assert restore(folder, SITE, state, "2").pipeline.hall.alarms == {}, "a snapshot of another version alone leads nowhere"
