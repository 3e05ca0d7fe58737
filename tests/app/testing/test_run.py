"""`replay` by itself: which site it takes, and what it refuses."""

from pathlib import Path

import pytest

from hotzone.app.errors import NoSite
from hotzone.app.testing import EPOCH, SECOND, replay
from hotzone.app.testing.timeline import frames_of, parse
from hotzone.config.loader import load
from hotzone.config.shipped import shipped
from hotzone.pipeline import Event, Pipeline, journal_line
from hotzone.sensors.frame import Frame
from hotzone.sensors.recording import NotARecording, RecordingWriter
from support.sites import site, zone

DEMO = load(shipped("demo"), secrets=False)


def test_a_site_stands_in_for_the_one_made_up() -> None:
    journal = replay("0s A1=24 60s A1=40 180s", site=site(zone("A1")))
    assert journal.first("alarm.raised", rule="critical").zone == "A1"


def test_a_name_that_is_neither_timeline_nor_recording_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(NotARecording, match="none"):
        replay(tmp_path / "none")
    with pytest.raises(NotARecording, match="no-such-recording"):
        replay("no-such-recording")


def record(folder: Path, frames: list[Frame], source: str) -> None:
    """One run of the program."""
    with RecordingWriter(folder, site_source=source, version="1", started=frames[0].at) as writer:
        for frame in frames:
            writer.append([frame])
            writer.commit()


def demo_frames(text: str) -> list[Frame]:
    return frames_of(parse(text), DEMO)


def test_a_recording_gives_the_journal_of_its_frames_under_its_own_site(tmp_path: Path) -> None:
    text = "0s A1=24 60s A1=40 180s"
    record(tmp_path, demo_frames(text), DEMO.source)
    journal = replay(tmp_path)
    assert journal.sha256 == replay(text, site=DEMO).sha256
    assert journal.start == EPOCH - 1


def test_a_recording_of_two_runs_goes_on_where_the_first_ended(tmp_path: Path) -> None:
    first = demo_frames("0s A1=24 60s A1=40 180s")
    later = [frame._replace(at=frame.at + 600 * SECOND) for frame in demo_frames("0s A1=stale 1s")]
    record(tmp_path, first, DEMO.source)
    record(tmp_path, later, DEMO.source.replace('name = "demo"', 'name = "demo"  # again'))
    pipeline = Pipeline(DEMO)
    assert replay(str(tmp_path)).lines == [journal_line(event) for event in pipeline.push([*first, *later])]


def test_another_site_stands_in_for_the_recorded_one(tmp_path: Path) -> None:
    record(tmp_path, demo_frames("0s A1=24 60s"), "")
    assert replay(tmp_path, site=DEMO).first("zone.state", zone="A1", state="normal")
    with pytest.raises(NoSite, match=r"site=\.\.\."):
        replay(tmp_path)


def test_a_site_file_is_loaded_by_its_path() -> None:
    journal = replay("0s A1=24 60s", site=shipped("demo"))
    assert journal.first("zone.state", zone="A1", state="normal").value == pytest.approx(24.0)


def test_handlers_that_are_named_are_told_of_every_event_in_order() -> None:
    told: list[Event] = []
    journal = replay("0s A1/r1=36 20s", handlers=[told.append])
    assert told == list(journal.events)
    assert "alarm.raised" in [event.type for event in told]


def test_a_handlers_exception_fails_the_test() -> None:
    def broken(event: Event) -> None:
        raise ValueError(event.type)

    with pytest.raises(ValueError, match=r"run\.started"):
        replay("0s A1/r1=36 20s", handlers=[broken])
