"""The jobs whose instructions are counted: each part of them is there, and all messages come through."""

import asyncio
from pathlib import Path

import pytest

from benchmarks import jobs
from benchmarks.measures.instructions import MESSAGE, READING
from hotzone.sensors.recording import Recording

COUNT = jobs.SENSORS


def test_a_mark_stands_before_between_and_behind_the_halves_of_each_job(monkeypatch: pytest.MonkeyPatch) -> None:
    marks: list[str] = []
    monkeypatch.setattr(jobs, "mark", lambda: marks.append("mark"))
    jobs.fold(COUNT)
    assert len(marks) == READING, "a part ends at a mark"
    marks.clear()
    jobs.main(COUNT)
    assert len(marks) == MESSAGE


def test_every_message_of_both_halves_is_recorded_and_acknowledged(tmp_path: Path) -> None:
    assert asyncio.run(jobs.ingest(COUNT, tmp_path)) == 2 * COUNT
    frames = [frame for batch in Recording(tmp_path).frames() for frame in batch if frame.topic.startswith("dc/")]
    assert len({(frame.topic, frame.payload) for frame in frames}) == 2 * COUNT
