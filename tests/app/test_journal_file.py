"""The journal as a file, and after a kill."""

from collections.abc import Callable
from contextlib import suppress
from errno import ENOSPC
from pathlib import Path

import pytest

from hotzone.app import journal_file
from hotzone.app.journal_file import JournalFile, NotAJournal
from hotzone.pipeline import Event, RunEvent, journal_line

EVENTS = [RunEvent(at=number, type=f"run.{number}") for number in range(1, 8)]


def lines(*events: Event) -> bytes:
    return b"".join(journal_line(event) + b"\n" for event in events)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "journal"


@pytest.fixture
def left(path: Path) -> Callable[[bytes], JournalFile]:
    """A journal as a killed run left it."""

    def leave(content: bytes) -> JournalFile:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return JournalFile(path)

    return leave


def test_a_line_is_in_the_file_as_soon_as_it_is_written(path: Path) -> None:
    journal = JournalFile(path)
    journal.write(EVENTS[:2])
    assert path.read_bytes() == lines(*EVENTS[:2])


def test_a_run_goes_on_where_the_last_one_stopped(path: Path) -> None:
    for part in (EVENTS[:2], EVENTS[2:]):
        journal = JournalFile(path)
        journal.write(part)
        journal.close()
    assert path.read_bytes() == lines(*EVENTS)


@pytest.mark.parametrize("torn", range(1, len(journal_line(EVENTS[2]))))
def test_half_a_line_is_cut_off(torn: int, left: Callable[[bytes], JournalFile], path: Path) -> None:
    journal = left(lines(*EVENTS[:2]) + journal_line(EVENTS[2])[:torn])
    assert journal.last == EVENTS[1].id
    journal.write(EVENTS[2:])
    assert path.read_bytes() == lines(*EVENTS)


@pytest.mark.parametrize("torn", [1, 2, 4, 9, None])
def test_a_file_of_half_a_line_is_empty(torn: int | None, left: Callable[[bytes], JournalFile], path: Path) -> None:
    assert left(journal_line(EVENTS[0])[:torn]).last is None
    assert path.read_bytes() == b""


def test_a_long_journal_is_read_from_its_end(left: Callable[[bytes], JournalFile]) -> None:
    many = [RunEvent(at=number, type="run.x", detail="y" * 1000) for number in range(200)]
    assert left(lines(*many)).last == many[-1].id


@pytest.mark.parametrize("written", range(1, 8))
def test_what_a_killed_run_left_out_is_added_from_the_tail_of_the_log(
    written: int, left: Callable[[bytes], JournalFile], path: Path
) -> None:
    journal = left(lines(*EVENTS[:written]))
    known = EVENTS[min(written, 3) - 1].id  # the snapshot is never newer than the file
    assert journal.catch_up(known, EVENTS[min(written, 3) :])
    assert path.read_bytes() == lines(*EVENTS)


def test_a_gap_before_the_tail_cannot_be_filled_from_it(left: Callable[[bytes], JournalFile], path: Path) -> None:
    journal = left(lines(*EVENTS[:2]))
    assert not journal.catch_up(EVENTS[4].id, EVENTS[5:])
    journal.rebuild(EVENTS)
    journal.write(EVENTS[:1])
    assert path.read_bytes() == lines(*EVENTS, EVENTS[0])


def test_a_new_file_begins_with_the_run_that_opens_it(path: Path) -> None:
    journal = JournalFile(path)
    assert journal.catch_up(EVENTS[2].id, EVENTS[3:])
    assert path.read_bytes() == b""


@pytest.mark.parametrize(
    "content", [b"Dear diary,\nnothing.\n", b"no newline", b'{"a":1}\n', b'{"name":"x"}', b'{"at":1}', b"\x00" * 100 + b"\n"]
)
def test_a_file_that_is_no_journal_is_left_alone(content: bytes, left: Callable[[bytes], JournalFile], path: Path) -> None:
    with pytest.raises(NotAJournal, match="is no journal"):
        left(content)
    assert path.read_bytes() == content


class Disk:
    """A file on a disk with room for so many bytes more."""

    def __init__(self, path: Path, room: int) -> None:
        self._file, self.room = path.open("ab", buffering=0), room

    def write(self, data: bytes) -> int:
        if not self.room:
            raise OSError(ENOSPC, "no space left")
        part = bytes(data[: self.room])
        self.room -= len(part)
        return self._file.write(part)

    def close(self) -> None:
        self._file.close()


@pytest.mark.parametrize("room", [0, 1, 50, 120])
def test_what_a_full_disk_does_not_take_waits_and_no_line_is_broken(room: int, path: Path) -> None:
    journal = JournalFile(path)
    disk = journal._file = Disk(path, room)
    refused = 0
    for number, event in enumerate(EVENTS):
        disk.room = 10_000 if number == 5 else disk.room
        with suppress(OSError):
            journal.write([event])
            continue
        refused += 1
    journal.close()
    assert refused > 0
    assert path.read_bytes() == lines(*EVENTS)


def test_a_disk_that_stays_full_costs_bounded_memory_and_the_next_start_sees_the_gap(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_file, "_WAITS", 100)
    journal = JournalFile(path)
    journal.write(EVENTS[:1])
    disk = journal._file = Disk(path, 10)
    for event in EVENTS[1:4]:
        with suppress(OSError):
            journal.write([event])
    assert len(journal._waiting) <= 100
    disk.room = 10_000
    journal.write(EVENTS[4:])
    journal.close()
    again = JournalFile(path)
    assert path.read_bytes() == lines(EVENTS[0])
    assert not again.catch_up(EVENTS[4].id, EVENTS[5:])
    again.close()
