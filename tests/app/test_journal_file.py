"""The journal as a file, and after a kill."""

from collections.abc import Callable
from pathlib import Path

import pytest

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


def test_a_file_of_half_a_line_is_empty(left: Callable[[bytes], JournalFile], path: Path) -> None:
    assert left(journal_line(EVENTS[0])[:9]).last is None
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


@pytest.mark.parametrize("content", [b"Dear diary,\nnothing.\n", b"no newline", b'{"a":1}\n', b"\x00" * 100 + b"\n"])
def test_a_file_that_is_no_journal_is_left_alone(content: bytes, left: Callable[[bytes], JournalFile], path: Path) -> None:
    with pytest.raises(NotAJournal, match="is no journal"):
        left(content)
    assert path.read_bytes() == content
