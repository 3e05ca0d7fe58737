"""Arrival: in the order of the files or of time; times that repeat or step back; what is on the disk afterwards."""

import errno
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotzone.app.errors import RunFailed, UserError
from hotzone.app.importing import Order, import_files
from hotzone.app.importing.plan import Options, plan_of
from hotzone.pipeline import NoteEvent
from hotzone.sensors.frame import Own
from hotzone.sensors.recording import Recording
from hotzone.sensors.tables import Sorter
from support.imports import START, imported

MINUTE = 60_000_000_000
BACK = "time,value\n" + "".join(f"2026-01-01 00:{minute:02},{20 + index}\n" for index, minute in enumerate((0, 5, 10, 10, 5, 10, 15)))
"""The clock steps back by 5 minutes after a repetition."""


def test_in_the_order_of_the_file_a_reading_arrives_at_its_time_or_right_after_the_one_before(tmp_path: Path) -> None:
    found = imported(tmp_path, BACK, template="A/r1/in-1")
    frames = [frame for frame in found.frames if frame.topic != Own.NOTE]
    assert [(frame.at - START) // MINUTE for frame in frames] == [0, 5, 10, 10, 10, 10, 15]
    assert [seconds / 60 for _, _, seconds in found.readings] == [0, 5, 10, 10, 5, 10, 15]
    assert all(second.at > first.at for first, second in zip(found.frames, found.frames[1:], strict=False))


def test_in_the_order_of_time_they_are_sorted(tmp_path: Path) -> None:
    found = imported(tmp_path, BACK, template="A/r1/in-1", order=Order.TIME)
    assert [(celsius, seconds / 60) for _, celsius, seconds in found.readings] == [
        (20.0, 0), (21.0, 5), (24.0, 5), (22.0, 10), (23.0, 10), (25.0, 10), (26.0, 15),
    ]  # fmt: skip


@pytest.mark.parametrize("order", Order)
def test_times_that_repeat_or_step_back_are_counted_and_marked_where_it_begins(tmp_path: Path, order: Order) -> None:
    found = imported(tmp_path, BACK, template="A/r1/in-1", order=order)
    assert (found.summary.repeats, found.summary.steps_back, found.summary.places, found.summary.notes) == (2, 1, 1, 1)
    (note,) = [event for event in found.replayed()[0] if isinstance(event, NoteEvent)]
    assert (note.kind, note.text, note.target, note.happened_at) == (
        "import",
        "f1.csv:5: the time repeats",
        "A/r1/in-1",
        START + 10 * MINUTE,
    )


def test_a_step_back_says_by_how_much(tmp_path: Path) -> None:
    found = imported(tmp_path, "time,value\n2026-01-01 01:00,20\n2026-01-01 00:05,21\n", template="A/r1/in-1")
    assert b"f1.csv:3: the time steps back by 55m" in found.frames[1].payload


def test_files_by_thermometer_are_merged_by_time_and_hinted_at_otherwise(tmp_path: Path) -> None:
    texts = ["time,value\n" + "".join(f"2026-01-01 {hour:02}:00,{20 + number}\n" for hour in range(5)) for number in range(2)]
    (tmp_path / "a").mkdir()
    found = imported(tmp_path / "a", *texts, template="A/{file}/in", site=None, order=Order.TIME)
    assert [celsius for _, celsius, _ in found.readings] == [20.0, 21.0] * 5
    assert found.summary.held == 0
    (tmp_path / "b").mkdir()
    found = imported(tmp_path / "b", *texts, template="A/{file}/in", site=None)
    assert found.summary.held == 4
    assert any("--order time" in line for line in found.summary.lines())


def test_sorting_on_the_disk_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    whole = imported(tmp_path / "a", BACK, template="A/r1/in-1", order=Order.TIME).frames
    monkeypatch.setattr("hotzone.app.importing.run.Sorter", lambda kind: Sorter(kind, run=2))
    assert imported(tmp_path / "b", BACK, template="A/r1/in-1", order=Order.TIME).frames == whole


@settings(max_examples=25, deadline=None)
@given(minutes=st.lists(st.integers(0, 59), min_size=1, max_size=20), order=st.sampled_from(Order))
def test_no_reading_is_lost_whatever_the_times(tmp_path_factory: pytest.TempPathFactory, minutes: list[int], order: Order) -> None:
    text = "time,value\n" + "".join(f"2026-01-01 00:{minute:02},{index}\n" for index, minute in enumerate(minutes))
    found = imported(tmp_path_factory.mktemp("any"), text, template="A/r1/in-1", order=order)
    came = sorted(found.readings, key=lambda reading: reading[1])
    assert came == [("r1/in-1", float(index), minute * 60.0) for index, minute in enumerate(minutes)]


def test_the_recording_holds_the_site_and_one_segment(tmp_path: Path) -> None:
    rows = "".join(f"2026-{month:02}-01,20\n" for month in range(1, 13))
    recording = Recording(imported(tmp_path, "time,value\n" + rows, template="A/r1/in-1").folder)
    assert len(recording.segments) == 1
    assert 'name = "t"' in recording.site_source
    assert any(row for row in recording.rollup())


def test_a_second_import_goes_on_where_the_first_ended_and_never_back(tmp_path: Path) -> None:
    imported(tmp_path, "time,value\n2026-01-01,20\n", template="A/r1/in-1")
    imported(tmp_path, "time,value\n2026-01-02,21\n", template="A/r1/in-1")
    before = [frame for chunk in Recording(tmp_path / "rec").frames() for frame in chunk]
    assert len(before) == 6
    with pytest.raises(UserError, match="up to 2026-01-02T00:00:00Z, and what is to be imported begins at 2026-01-01T00:00:00Z"):
        imported(tmp_path, "time,value\n2026-01-01,20\n", template="A/r1/in-1")
    assert [frame for chunk in Recording(tmp_path / "rec").frames() for frame in chunk] == before


def test_an_import_that_fails_in_the_middle_leaves_nothing_but_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotzone.app.importing.log.COMMITTED", 1)
    good, bad = "time,value\n2026-01-01,20\n2026-01-02,20\n", "time,value\n" + "x,20\n" * 30
    with pytest.raises(UserError, match=r"f2\.csv:21"):
        imported(tmp_path, good, bad, template="A/r1/in-1")
    assert not (tmp_path / "rec").exists()
    imported(tmp_path, good, template="A/r1/in-1")
    with pytest.raises(UserError, match=r"f2\.csv:21"):
        imported(tmp_path, good.replace("-01-", "-02-"), bad, template="A/r1/in-1")
    assert len(Recording(tmp_path / "rec").segments) == 1


def test_a_site_file_that_was_made_goes_with_the_import_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.csv").write_text("time,value\n2026-01-01,20\n")
    plan = plan_of(Options(files=[str(tmp_path / "x.csv")], template="A/r1/in-1", timezone="UTC"))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("hotzone.app.importing.log.ImportLog.take", full)
    with pytest.raises(RunFailed, match="No space left"):
        import_files(plan, tmp_path / "rec", None, tmp_path / "lab.toml", shown=False)
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]


def test_a_file_is_no_folder_for_a_recording(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("time,value\n2026-01-01,20\n")
    plan = plan_of(Options(files=[str(tmp_path / "x.csv")], template="A/r1/in-1", timezone="UTC"))
    with pytest.raises(UserError, match=r"x\.csv is a file: a recording is a folder"):
        import_files(plan, tmp_path / "x.csv", None, None, shown=False)
