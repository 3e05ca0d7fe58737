"""Sorting on the disk gives what sorting in memory does."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotzone.sensors.tables import Sorter


@given(st.lists(st.integers(-5, 5)), st.integers(1, 7))
def test_entries_come_by_key_and_those_of_one_key_as_they_came(keys: list[int], run: int) -> None:
    with Sorter(str, run) as sorter:
        for index, key in enumerate(keys):
            sorter.add(key, f"{key}:{index}")
        assert list(sorter) == [f"{key}:{index}" for key, index in sorted((key, index) for index, key in enumerate(keys))]
        assert len(sorter) == len(keys)


def test_its_files_go_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Sorter(bytes, 2) as sorter:
        for key in range(5):
            sorter.add(-key, b"x")
        assert len(list(tmp_path.iterdir())) == 1
    assert list(tmp_path.iterdir()) == []
