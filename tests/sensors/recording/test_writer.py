import errno
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from hotzone.config.units import DAY, MINUTE, SECOND
from hotzone.sensors.frame import Frame
from hotzone.sensors.recording import DeadLetter, Recording, RecordingInUse, RecordingUnwritable, RecordingWriter, Snapshot
from hotzone.sensors.recording.segment import MAX_LETTER, Segment
from support.readings import START, readings

FRAMES = readings(sensors=240, periods=10)
MANY = readings(sensors=240, periods=40)


def writer(folder: Path, **options: object) -> RecordingWriter:
    return RecordingWriter(folder, **{"site_source": "[site]", "version": "0.1.0", "started": START, "free": lambda _: 1 << 40, **options})


def read(folder: Path) -> list[Frame]:
    return [frame for batch in Recording(folder).frames() for frame in batch]


def record(folder: Path, frames: list[Frame], step: int = 100, **options: object) -> list[str]:
    """Record the frames in commits of `step`; gives the names of the segments."""
    with writer(folder, **options) as recording:
        for begin in range(0, len(frames), step):
            recording.append(frames[begin : begin + step])
            recording.commit()
    return sorted(path.name for path in folder.glob("*.hzlog"))


def codecs(segment: Path) -> list[tuple[int, int]]:
    with closing(sqlite3.connect(segment)) as database:
        return database.execute("SELECT count, codec FROM chunks ORDER BY id").fetchall()


@pytest.mark.parametrize("step", [1, 7, 100, 1000, 5000])
def test_what_was_committed_is_read_whatever_the_size_of_the_commits(tmp_path: Path, step: int) -> None:
    frames = FRAMES[:300] if step == 1 else FRAMES
    record(tmp_path, frames, step, merged=1000)
    assert read(tmp_path) == frames


def test_small_chunks_are_merged_into_large_ones(tmp_path: Path) -> None:
    record(tmp_path, FRAMES, 100, merged=1000)
    assert codecs(tmp_path / "000001.hzlog") == [(1000, 2), (1000, 2), (400, 1)]


def test_a_frame_takes_under_twenty_bytes_of_the_disk(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    frames = readings(sensors=1240, periods=20)
    record(tmp_path, frames, 124)
    size = sum(path.stat().st_size for path in tmp_path.iterdir()) / len(frames)
    record_property("bytes_a_reading", size)
    print(f"{size:.2f} bytes a reading")
    assert size < 12


def test_nothing_is_written_before_the_first_frame(tmp_path: Path) -> None:
    with writer(tmp_path) as recording:
        recording.snapshot(START, b"state")
        assert recording.commit() == 0
        assert recording.segment is None
    assert list(tmp_path.glob("*.hzlog")) == []


def test_a_finished_segment_is_one_file_of_mode_0600(tmp_path: Path) -> None:
    assert record(tmp_path, FRAMES) == ["000001.hzlog"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["000001.hzlog", "writer.lock"]
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_times_must_increase_also_across_commits_and_runs(tmp_path: Path) -> None:
    with writer(tmp_path) as recording:
        recording.append(FRAMES[:10])
        with pytest.raises(ValueError, match="must increase"):
            recording.append([FRAMES[9]])
        recording.commit()
        with pytest.raises(ValueError, match="must increase"):
            recording.append([FRAMES[3]])
        with pytest.raises(ValueError, match="must increase"):
            recording.append([FRAMES[11], FRAMES[11]])
        assert recording.pending == 0
    with writer(tmp_path) as recording:
        assert recording.last_at == FRAMES[9].at
        with pytest.raises(ValueError, match="must increase"):
            recording.append([FRAMES[9]])


def test_every_run_has_a_segment_and_the_log_goes_on(tmp_path: Path) -> None:
    record(tmp_path, FRAMES[:500])
    assert record(tmp_path, FRAMES[500:], version="0.2.0", site_source="[other]") == ["000001.hzlog", "000002.hzlog"]
    recording = Recording(tmp_path)
    assert read(tmp_path) == FRAMES
    assert [(info.version, info.site_source, info.frames) for info in recording.segments] == [
        ("0.1.0", "[site]", 500),
        ("0.2.0", "[other]", 1900),
    ]
    assert (recording.version, recording.site_source) == ("0.2.0", "[other]")
    assert (recording.first_at, recording.last_at) == (FRAMES[0].at, FRAMES[-1].at)


def test_two_writers_cannot_share_a_folder(tmp_path: Path) -> None:
    with writer(tmp_path), pytest.raises(RecordingInUse):
        writer(tmp_path)
    writer(tmp_path).close()


def test_a_new_segment_begins_by_age_with_the_state_at_its_head(tmp_path: Path) -> None:
    asked = []

    def take() -> Snapshot | None:
        asked.append(recording.last_at)
        return None if recording.last_at is None else Snapshot(recording.last_at, b"state")

    frames = [Frame(START + number * MINUTE, "t", b"21.5") for number in range(60)]
    with writer(tmp_path, segment_age=20 * MINUTE, take_snapshot=take) as recording:
        for frame in frames:
            recording.append([frame])
            recording.commit()
    assert [(info.frames, info.first_at) for info in Recording(tmp_path).segments] == [
        (20, frames[0].at),
        (20, frames[20].at),
        (20, frames[40].at),
    ]
    assert asked == [None, frames[19].at, frames[39].at]
    assert Recording(tmp_path).snapshots == asked[1:]
    assert Recording(tmp_path / "000002.hzlog").snapshot_before(frames[20].at) == (frames[19].at, b"state")
    assert read(tmp_path) == frames


def test_a_new_segment_begins_by_size(tmp_path: Path) -> None:
    names = record(tmp_path, MANY, 300, segment_bytes=80_000, merged=300)
    assert len(names) > 2
    assert read(tmp_path) == MANY


def test_the_oldest_segments_go_when_all_are_too_large_and_the_current_one_never(tmp_path: Path) -> None:
    names = record(tmp_path, MANY, 300, segment_bytes=80_000, merged=300, keep_bytes=150_000)
    assert names[0] != "000001.hzlog"
    assert sum(path.stat().st_size for path in tmp_path.glob("*.hzlog")) < 300_000
    kept = read(tmp_path)
    assert kept == MANY[-len(kept) :]
    assert record(tmp_path, [Frame(START + DAY, "t", b"1")], keep_bytes=0) == [f"{int(names[-1][:6]) + 1:06d}.hzlog"]


def test_the_oldest_segments_go_while_the_disk_has_no_room_for_two_more(tmp_path: Path) -> None:
    def free(folder: Path) -> int:
        return 400_000 - sum(path.stat().st_size for path in folder.glob("*.hzlog*"))

    names = record(tmp_path, MANY, 300, segment_bytes=80_000, merged=300, free=free)
    assert names[0] != "000001.hzlog"
    assert len(names) > 1, "those for which there is room stay"
    assert free(tmp_path) > 0
    kept = read(tmp_path)
    assert kept == MANY[-len(kept) :]
    assert record(tmp_path, [Frame(START + DAY, "t", b"1")], free=lambda _: 0) == [f"{int(names[-1][:6]) + 1:06d}.hzlog"]


def test_nothing_goes_before_the_segment_that_is_begun_holds_a_snapshot_and_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(tmp_path, FRAMES[:100])
    with writer(tmp_path, free=lambda _: 0) as recording:
        recording.append(FRAMES[100:200])
        with monkeypatch.context() as patch:
            patch.setattr(Segment, "commit", _out_of_room)
            with pytest.raises(RecordingUnwritable, match="disk is full"):
                recording.commit()
        assert read(tmp_path) == FRAMES[:100]
        recording.commit()
        assert read(tmp_path) == FRAMES[100:200]


def test_where_everything_is_kept_nothing_goes(tmp_path: Path) -> None:
    assert len(record(tmp_path, MANY, 300, segment_bytes=80_000, merged=300, keep_bytes=None, free=lambda _: 0)) > 2
    assert read(tmp_path) == MANY


def test_snapshots_are_found_by_time_across_segments(tmp_path: Path) -> None:
    frames = [Frame(START + number * MINUTE, "t", b"21.5") for number in range(60)]
    with writer(tmp_path, segment_age=25 * MINUTE) as recording:
        for number, frame in enumerate(frames):
            recording.append([frame])
            if number % 10 == 9:
                recording.snapshot(frame.at, b"state %d" % number * 1000)
            recording.commit()
    reader = Recording(tmp_path)
    assert reader.snapshots == [frames[number].at for number in (9, 19, 29, 39, 49, 59)]
    assert reader.snapshot_before(frames[9].at - 1) is None
    assert reader.snapshot_before(frames[28].at) == (frames[19].at, b"state 19" * 1000)
    assert reader.snapshot_before(frames[59].at + DAY) == (frames[59].at, b"state 59" * 1000)


def test_dead_letters_are_listed_with_their_reason_and_first_4_kib(tmp_path: Path) -> None:
    with writer(tmp_path) as recording:
        recording.append(FRAMES[:2])
        recording.dead_letter(START, "dc/\ud800", b"x" * 5000, "not-a-number")
        recording.dead_letter(START + 1, "dc/b", b"", "empty")
        recording.commit()
    assert list(Recording(tmp_path).dead_letters()) == [
        DeadLetter(START, "dc/?", b"x" * MAX_LETTER, "not-a-number"),
        DeadLetter(START + 1, "dc/b", b"", "empty"),
    ]


def test_a_commit_that_fails_loses_nothing_and_succeeds_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with writer(tmp_path, merged=300) as recording:
        for begin in range(0, 1000, 100):
            recording.append(FRAMES[begin : begin + 100])
            recording.snapshot(FRAMES[begin].at, b"state")
            if begin % 200 == 0:
                with monkeypatch.context() as patch:
                    patch.setattr(Segment, "commit", _full)
                    with pytest.raises(RecordingUnwritable, match="disk is full"):
                        recording.commit()
                assert recording.last_at == (FRAMES[begin - 1].at if begin else None)
            assert recording.commit() == 100
    assert read(tmp_path) == FRAMES[:1000]
    assert len(Recording(tmp_path).snapshots) == 10


def _full(segment: Segment, *_: object, **__: object) -> None:
    raise RecordingUnwritable(segment.path, "disk is full")


def _out_of_room(segment: Segment, *_: object, **__: object) -> None:
    raise RecordingUnwritable(segment.path, "disk is full") from OSError(errno.ENOSPC, "")


def test_a_database_that_refuses_in_the_middle_of_a_commit_is_rolled_back(tmp_path: Path) -> None:
    with writer(tmp_path, merged=300) as recording:
        recording.append(FRAMES[:250])
        recording.commit()
        segment = recording._segment
        assert segment is not None
        (pages,) = segment._database.execute("PRAGMA page_count").fetchone()
        segment._database.execute(f"PRAGMA max_page_count={pages}")
        recording.append(FRAMES[250:1000])
        recording.dead_letter(START, "t", b"x" * 100_000, "too-large")
        with pytest.raises(RecordingUnwritable, match="full"):
            recording.commit()
        assert read(tmp_path) == FRAMES[:250]
        segment._database.execute("PRAGMA max_page_count=100000")
        recording.commit()
    assert read(tmp_path) == FRAMES[:1000]
    assert len(list(Recording(tmp_path).dead_letters())) == 1


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordingUnwritable):
        writer(tmp_path / "file" / "folder")


def test_a_segment_that_the_disk_has_not_taken_whole_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk may be noticed as late as when the write-ahead log of the new file is written back; closing it says nothing."""

    class Full(sqlite3.Connection):
        def execute(self, statement: str, *values: object) -> sqlite3.Cursor:
            if "wal_checkpoint" in statement:
                msg = "database or disk is full"
                raise sqlite3.OperationalError(msg)
            return super().execute(statement, *values)

    connect = sqlite3.connect
    with writer(tmp_path) as recording:
        recording.append(FRAMES[:100])
        with monkeypatch.context() as patch:
            patch.setattr(sqlite3, "connect", lambda path, **options: connect(path, factory=Full, **options))
            with pytest.raises(RecordingUnwritable, match="full"):
                recording.commit()
        assert not list(tmp_path.glob("*.hzlog*"))
        assert recording.commit() == 100
    assert read(tmp_path) == FRAMES[:100]


def test_links_and_foreign_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    record(elsewhere, FRAMES[:100])
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "000009.hzlog").symlink_to(elsewhere / "000001.hzlog")
    (folder / "notes.hzlog").write_text("mine")
    assert record(folder, FRAMES, keep_bytes=0) == ["000009.hzlog", "000010.hzlog", "notes.hzlog"]
    assert read(folder) == FRAMES


def test_a_segment_is_whole_from_the_moment_that_it_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    rename = Path.rename

    def watch(path: Path, target: Path) -> Path:
        seen.extend(sorted(one.name for one in tmp_path.iterdir()))
        result = rename(path, target)
        assert Recording(tmp_path).segments[0].frames == 0
        assert read(tmp_path) == []
        return result

    monkeypatch.setattr(Path, "rename", watch)
    record(tmp_path, FRAMES[:10])
    assert seen == ["000001.hzlog.new", "writer.lock"]


def test_what_a_writer_left_that_was_killed_while_it_began_a_segment_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "000001.hzlog.new").write_bytes(b"half of it")
    assert record(tmp_path, FRAMES) == ["000001.hzlog"]
    assert read(tmp_path) == FRAMES


CHILD = """
import sys
from pathlib import Path
from support.readings import START, readings
from hotzone.sensors.recording import RecordingWriter

frames = readings(sensors=240, periods=10)
recording = RecordingWriter(Path(sys.argv[1]), site_source="[site]", version="0.1.0", started=START, merged=500)
for begin in range(0, len(frames), 40):
    recording.append(frames[begin : begin + 40])
    recording.commit()
    print(begin + 40, flush=True)
print("over", flush=True)
sys.stdin.read()
"""


def child(folder: Path) -> "subprocess.Popen[str]":
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )


def test_another_process_reads_what_is_committed_at_any_moment(tmp_path: Path) -> None:
    with child(tmp_path) as writing:
        assert writing.stdout is not None
        for line in writing.stdout:
            if line == "over\n":
                break
            back = read(tmp_path)
            assert len(back) >= int(line)
            assert back == FRAMES[: len(back)]
        writing.communicate("")
    assert read(tmp_path) == FRAMES


@pytest.mark.parametrize("lines", [1, 5, 13, 26, 60])
def test_a_writer_killed_at_any_moment_leaves_all_that_it_committed(tmp_path: Path, lines: int) -> None:
    with child(tmp_path) as writing:
        assert writing.stdout is not None
        told = [writing.stdout.readline() for _ in range(lines)]
        while_written = read(tmp_path)
        assert len(while_written) >= int(told[-1])
        writing.send_signal(signal.SIGKILL)
        told += writing.stdout.readlines()
    committed = max(int(line) for line in told if line.strip().isdigit())
    back = read(tmp_path)
    assert back == FRAMES[: len(back)]
    assert len(back) in {committed, min(committed + 40, len(FRAMES))}
    with writer(tmp_path) as recording:
        assert recording.damage is None
        assert recording.last_at == back[-1].at
        recording.append([Frame(back[-1].at + SECOND, "t", b"1")])
    assert read(tmp_path) == [*back, Frame(back[-1].at + SECOND, "t", b"1")]
    assert not list(tmp_path.glob("*-wal"))
