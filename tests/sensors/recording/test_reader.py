import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from hotzone.config.units import SECOND
from hotzone.sensors.frame import Frame
from hotzone.sensors.recording import NotARecording, Recording, RecordingDamaged, RecordingError, RecordingWriter
from hotzone.sensors.recording.schema import digest
from support.readings import START, readings

FRAMES = readings(sensors=60, periods=10)


def record(folder: Path, frames: list[Frame] = FRAMES, step: int = 50, **options: object) -> Path:
    with RecordingWriter(folder, **{"site_source": "[site]", "version": "0.1.0", "started": START, "merged": 150, **options}) as recording:
        for begin in range(0, len(frames), step):
            recording.append(frames[begin : begin + step])
            recording.snapshot(frames[begin].at, b"state" * 100)
            recording.commit()
    return folder / "000001.hzlog"


def read(path: Path, **options: object) -> list[Frame]:
    return [frame for batch in Recording(path).frames(**options) for frame in batch]


def read_until_damage(path: Path) -> tuple[list[Frame], RecordingError | None]:
    frames: list[Frame] = []
    try:
        for batch in Recording(path).frames():
            frames += batch
    except RecordingError as error:
        return frames, error
    return frames, None


@pytest.mark.parametrize(("first", "last"), [(0, 600), (0, 1), (1, 2), (149, 151), (150, 300), (299, 600), (599, 600), (200, 200)])
def test_a_part_is_read_by_time(tmp_path: Path, first: int, last: int) -> None:
    segment = record(tmp_path)
    stop = FRAMES[last].at if last < len(FRAMES) else None
    assert read(segment, start=FRAMES[first].at, stop=stop) == FRAMES[first:last]
    assert read(tmp_path, start=FRAMES[first].at - 1, stop=stop) == FRAMES[first:last]


def test_a_part_is_read_across_segments(tmp_path: Path) -> None:
    record(tmp_path, segment_age=30 * SECOND)
    assert len(Recording(tmp_path).segments) > 2
    assert read(tmp_path) == FRAMES
    assert read(tmp_path, start=FRAMES[250].at, stop=FRAMES[450].at) == FRAMES[250:450]


@pytest.mark.parametrize("count", [1, 49, 150, 151, 400, 599, 600, 5000])
def test_the_end_is_read_without_the_beginning(tmp_path: Path, count: int) -> None:
    record(tmp_path, segment_age=30 * SECOND)
    tail = Recording(tmp_path).tail(count)
    assert min(count, 600) <= len(tail) <= count + 150
    assert tail == FRAMES[-len(tail) :]


def test_the_end_is_read_past_a_segment_that_cannot_be(tmp_path: Path) -> None:
    record(tmp_path, segment_age=30 * SECOND)
    paths = sorted(tmp_path.glob("*.hzlog"))
    paths[-2].write_bytes(b"no segment")
    tail = Recording(tmp_path).tail(600)
    assert tail
    assert {frame.at for frame in tail} < {frame.at for frame in FRAMES}


def test_nothing_is_read_before_the_beginning_and_behind_the_end(tmp_path: Path) -> None:
    segment = record(tmp_path)
    assert read(segment, stop=FRAMES[0].at) == []
    assert read(segment, start=FRAMES[-1].at + 1) == []


def test_a_recording_is_read_while_it_is_written_and_merged(tmp_path: Path) -> None:
    with RecordingWriter(tmp_path, site_source="", version="1", started=0, merged=150, segment_age=35 * SECOND) as recording:
        recording.append(FRAMES[:10])
        recording.commit()
        batches = Recording(tmp_path).frames()
        back = next(batches)
        for begin in range(10, len(FRAMES), 10):
            recording.append(FRAMES[begin : begin + 10])
            recording.commit()
            if begin % 70 == 10:
                back += next(batches)
        for batch in batches:
            back += batch
    assert back == FRAMES


def test_a_segment_that_was_removed_meanwhile_is_said(tmp_path: Path) -> None:
    record(tmp_path, segment_age=30 * SECOND)
    batches = Recording(tmp_path).frames()
    back = next(batches)
    (tmp_path / "000002.hzlog").unlink()
    while_read: list[list[Frame]] = []
    with pytest.raises(RecordingDamaged, match="was removed"):
        while_read.extend(batches)
    back += [frame for batch in while_read for frame in batch]
    assert back == FRAMES[: len(back)]


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00" + b"\x00" * 4096, b"\x28\xb5\x2f\xfd" * 1000])
def test_what_is_no_recording_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "000001.hzlog"
    path.write_bytes(content)
    with pytest.raises(NotARecording):
        _ = Recording(path).segments


def test_a_foreign_database_is_no_recording(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "000001.hzlog")) as database:
        database.execute("CREATE TABLE chunks (id)")
    with pytest.raises(NotARecording, match="no recording of hotzone"):
        _ = Recording(tmp_path).site_source


def test_where_there_is_nothing_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(NotARecording, match="there is no recording"):
        Recording(tmp_path / "nowhere")
    with pytest.raises(NotARecording, match="there is no recording"):
        Recording(tmp_path)


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    segment = record(tmp_path)
    change(segment, "PRAGMA user_version=2")
    with pytest.raises(NotARecording, match="version 2 of the format"):
        _ = Recording(segment).version


def test_views_and_triggers_in_a_file_are_refused(tmp_path: Path) -> None:
    segment = record(tmp_path)
    change(segment, "CREATE VIEW more AS SELECT * FROM chunks")
    with pytest.raises(NotARecording):
        _ = Recording(segment).version


def test_a_recording_on_a_medium_that_cannot_be_written_is_read(tmp_path: Path) -> None:
    segment = record(tmp_path)
    segment.chmod(0o400)
    tmp_path.chmod(0o500)
    try:
        assert read(segment) == FRAMES
    finally:
        tmp_path.chmod(0o700)


def change(segment: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(segment, isolation_level=None)) as database:
        database.execute(statement, values)


@pytest.mark.parametrize(
    ("statement", "good", "lost"),
    [
        ("UPDATE chunks SET blob = substr(blob, 2) WHERE id = 150", 150, 150),
        ("UPDATE chunks SET count = count - 1 WHERE id = 150", 150, 150),
        ("UPDATE chunks SET count = 'many' WHERE id = 150", 150, 150),
        ("UPDATE chunks SET first_at = first_at - 1 WHERE id = 150", 150, 150),
        ("UPDATE chunks SET digest = zeroblob(16) WHERE id = 0", 0, 150),
        ("DELETE FROM chunks WHERE id = 150", 150, 150),
        ("DELETE FROM chunks WHERE id = 450", 450, 150),
        ("DELETE FROM chunks", 0, 600),
        ("UPDATE progress SET frames = 700", 600, None),
        ("DELETE FROM progress", 600, None),
    ],
)
def test_what_was_changed_is_seen_and_counted_and_what_is_before_is_read(
    tmp_path: Path, statement: str, good: int, lost: int | None
) -> None:
    segment = record(tmp_path)
    change(segment, statement)
    frames, error = read_until_damage(segment)
    assert frames == FRAMES[:good]
    assert isinstance(error, RecordingDamaged)
    assert error.lost == lost
    assert error.after == (FRAMES[good - 1].at if good else None)


def test_reading_goes_on_behind_damage_for_who_wants_it(tmp_path: Path) -> None:
    segment = record(tmp_path)
    change(segment, "UPDATE chunks SET blob = zeroblob(10) WHERE id = 150")
    change(segment, "DELETE FROM chunks WHERE id = 450")
    told: list[RecordingDamaged] = []
    assert read(segment, damaged=told.append) == FRAMES[:150] + FRAMES[300:450]
    assert [(error.lost, error.after) for error in told] == [(150, FRAMES[149].at), (150, FRAMES[449].at)]


def test_a_chunk_that_is_as_written_and_goes_back_in_time_is_damage(tmp_path: Path) -> None:
    segment = record(tmp_path)
    with closing(sqlite3.connect(segment, isolation_level=None)) as database:
        row = list(database.execute("SELECT first_at, last_at, count, codec, blob FROM chunks WHERE id = 0").fetchone())
        checked = digest(150, *row)
        database.execute(
            "UPDATE chunks SET first_at = ?, last_at = ?, count = ?, codec = ?, blob = ?, digest = ? WHERE id = 150", (*row, checked)
        )
    frames, error = read_until_damage(segment)
    assert frames == FRAMES[:150]
    assert "goes back in time" in str(error)


def test_a_segment_that_lost_its_end_is_seen_from_the_next(tmp_path: Path) -> None:
    record(tmp_path, FRAMES[:300])
    with RecordingWriter(tmp_path, site_source="", version="1", started=0) as recording:
        recording.append(FRAMES[300:])
    change(tmp_path / "000001.hzlog", "DELETE FROM chunks WHERE id = 150")
    change(tmp_path / "000001.hzlog", "UPDATE progress SET frames = 150, last_at = 7, digest = ?", digest(150, 7))
    frames, error = read_until_damage(tmp_path)
    assert frames == FRAMES[:150]
    assert isinstance(error, RecordingDamaged)
    assert error.lost == 150


def test_a_damaged_snapshot_is_passed_over_for_an_earlier_one(tmp_path: Path) -> None:
    segment = record(tmp_path)
    change(segment, "UPDATE snapshots SET blob = zeroblob(40) WHERE at = ?", FRAMES[500].at)
    assert Recording(segment).snapshot_before(FRAMES[549].at) == (FRAMES[450].at, b"state" * 100)


def test_every_cut_of_the_file_is_seen_or_harmless(tmp_path: Path) -> None:
    segment = record(tmp_path, FRAMES[:120])
    whole = segment.read_bytes()
    cut = tmp_path / "000009.hzlog"
    with closing(sqlite3.connect(segment)) as database:
        (last,) = database.execute("SELECT blob FROM chunks ORDER BY id DESC LIMIT 1").fetchone()
    begin = whole.rfind(last[-64:]) - len(last)
    assert begin > 0
    for end in [*range(0, begin, 997), *range(begin, len(whole), 1 if len(whole) - begin < 6000 else 13)]:
        cut.write_bytes(whole[:end])
        frames, error = read_until_damage(cut)
        assert frames == FRAMES[: len(frames)]
        assert error is not None or frames == FRAMES[:120]


def test_every_flipped_bit_is_seen_or_harmless(tmp_path: Path) -> None:
    segment = record(tmp_path, FRAMES[:120])
    whole = segment.read_bytes()
    flipped = tmp_path / "000009.hzlog"
    random = Random(3)
    seen = 0
    with closing(sqlite3.connect(segment)) as database:
        (blob,) = database.execute("SELECT blob FROM chunks ORDER BY id DESC LIMIT 1").fetchone()
    at = whole.rfind(blob[-64:]) - len(blob) + 64
    for place in [*range(at, at + len(blob)), *(random.randrange(len(whole)) for _ in range(1500))]:
        damaged = bytearray(whole)
        damaged[place] ^= 1 << random.randrange(8)
        flipped.write_bytes(damaged)
        frames, error = read_until_damage(flipped)
        assert frames == FRAMES[: len(frames)], place
        assert error is not None or frames == FRAMES[:120], place
        seen += error is not None
    assert seen >= len(blob) - 64
