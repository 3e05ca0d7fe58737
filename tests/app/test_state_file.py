"""The state file."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotzone.app.state_file import Saved, StateFile, StateUnwritable, state_path


def saved(at: int, blob: bytes = b"state") -> Saved:
    return Saved(at, 7, "1.0", f"event@{at}", blob)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return state_path(tmp_path / "recordings")


@pytest.fixture
def state(path: Path) -> Iterator[StateFile]:
    state = StateFile(path)
    yield state
    state.close()


def test_it_lies_beside_the_recording_and_not_in_it(tmp_path: Path, path: Path) -> None:
    assert path == tmp_path / "recordings.state.db"


def test_snapshots_come_back_newest_first_and_old_ones_are_forgotten(state: StateFile) -> None:
    for at in (10, 30, 20):
        state.save(saved(at))
    assert state.load() == [saved(30), saved(20)]


def test_what_was_saved_is_there_after_a_restart(state: StateFile, path: Path) -> None:
    state.save(saved(10))
    state.remember("journal", "here")
    again = StateFile(path)
    assert again.load() == [saved(10)]
    assert again.fact("journal") == "here"
    assert again.fact("other") is None
    again.close()


def test_a_snapshot_with_a_flipped_bit_is_not_believed(state: StateFile, path: Path) -> None:
    state.save(saved(10))
    state.save(saved(20))
    with sqlite3.connect(path) as database:
        database.execute("UPDATE snapshots SET blob = ? WHERE at = 20", (b"stale",))
    assert state.load() == [saved(10)]


def test_a_file_that_is_no_database_is_put_aside(path: Path) -> None:
    path.write_bytes(b"nonsense" * 1000)
    state = StateFile(path)
    assert state.load() == []
    assert state.put_aside is not None
    assert state.put_aside.read_bytes().startswith(b"nonsense")
    state.close()


def test_a_folder_in_its_place_is_said_plainly(path: Path) -> None:
    path.mkdir()
    with pytest.raises(StateUnwritable, match=r"recordings\.state\.db"):
        StateFile(path)


def test_nobody_else_can_read_it(state: StateFile) -> None:
    assert state.path.stat().st_mode & 0o077 == 0
