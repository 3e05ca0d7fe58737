"""The corpus in a recording, and recordings that somebody made to hurt: what is read of them, and what the commands say."""

import re
import time
from pathlib import Path

import pytest
from corpus.lines import HERE
from corpus.recordings import FRAMES, MAKERS, Forgery
from msgspec import json

from hotzone.app.replay import fold
from hotzone.pipeline import Pipeline, journal_line
from hotzone.sensors.recording import Recording, RecordingDamaged, RecordingError, RecordingWriter
from support.bad_input import Frame, Run, frames, load, opening, site

FORGERIES = [json.decode(text, type=Forgery) for text in (HERE / "recordings.jsonl").read_bytes().splitlines()]
LIMIT_S = 3.0
"""Of processor time for one recording."""


# The corpus, recorded


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recorded") / "log"
    text = (HERE / "site.toml").read_text(encoding="utf-8")
    pipeline = Pipeline(site())
    with RecordingWriter(folder, site_source=text, version="1", started=opening()[0].at) as writer:
        log = log_of_everything()
        for begin in range(0, len(log), 100):
            part = log[begin : begin + 100]
            writer.append(part)
            pipeline.push(part)
            for letter in pipeline.take_rejected():
                writer.dead_letter(*letter)
            writer.commit()
    return folder


def log_of_everything() -> list[Frame]:
    return [*opening(), *(frame for _, earlier, own in frames(load()) for frame in (*earlier, own))]


def test_what_was_recorded_is_read_back_byte_for_byte(recorded: Path) -> None:
    assert [frame for chunk in Recording(recorded).frames() for frame in chunk] == log_of_everything()


def test_a_replay_judges_every_line_as_the_run_did(recorded: Path) -> None:
    pipeline = Pipeline(site())
    events = pipeline.push(log_of_everything())
    letters = pipeline.take_rejected()
    assert len(letters) == sum(line.expect == "reject" for line in load())
    replayed = Pipeline(site())
    found = [event for chunk in Recording(recorded).frames() for event in replayed.push(chunk)]
    assert found == events
    assert replayed.take_rejected() == letters
    assert replayed.snapshot() == pipeline.snapshot()


def test_the_commands_show_replay_and_export_it(recorded: Path, run: Run, tmp_path: Path) -> None:
    code, out, _ = run("show", str(recorded), "--plain")
    assert code == 0
    assert "DAMAGED" not in out
    reasons = sorted(line.reason for line in load() if line.expect == "reject")
    assert f"{reasons.count('unknown-topic'):,} unknown-topic" in out
    code, out, _ = run("show", str(recorded), "--dead-letters")
    assert code == 0
    assert sorted(text.split(" ")[1] for text in out.splitlines()) == reasons
    assert run("replay", str(recorded), "--journal", "journal", "--plain")[0] == 0
    expected = [event for folded in fold(Recording(recorded)) for event in folded.events]
    assert (tmp_path / "journal").read_bytes() == b"".join(journal_line(event) + b"\n" for event in expected)


# Recordings made to hurt


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: f"{forgery.entry}: {forgery.id}")
def test_a_forgery_is_refused_or_read_up_to_its_damage(forgery: Forgery, tmp_path: Path) -> None:
    path = MAKERS[forgery.id](tmp_path)
    began = time.process_time()
    found: list[Frame] = []
    error: RecordingError | None = None
    try:
        recording = Recording(path)
        if forgery.expect == "refused":
            assert recording.segments
        for chunk in recording.frames():
            found += chunk
    except RecordingError as caught:
        error = caught
    assert time.process_time() - began < LIMIT_S
    assert (error is None) == (forgery.expect == "whole")
    assert found == FRAMES[: forgery.frames]
    assert error is None or forgery.expect == "refused" or isinstance(error, RecordingDamaged)
    assert re.search(forgery.reason, str(error or ""))


@pytest.mark.parametrize("forgery", [one for one in FORGERIES if one.entry != "NUL in name"], ids=lambda one: f"{one.entry}: {one.id}")
def test_the_commands_say_what_is_wrong_and_give_what_is_right(forgery: Forgery, tmp_path: Path, run: Run) -> None:
    path = str(MAKERS[forgery.id](tmp_path))
    shown, out, complaint = run("show", path, "--plain")
    replayed, _, replay_complaint = run("replay", path, "--journal", str(tmp_path / "journal"), "--plain")
    if forgery.expect == "whole":
        assert (shown, replayed) == (0, 0), complaint + replay_complaint
        assert "DAMAGED" not in out
        code, _, complaint = run("replay", path, "--from", str(FRAMES[150].at), "--journal", str(tmp_path / "part"), "--plain")
        assert (code, "none for this version" in complaint) == (2, True), complaint  # a snapshot of nonsense is in every one of them
        return
    assert replayed in (1, 2)
    for said in (complaint, replay_complaint):
        assert not said or said.startswith("hotzone: ")
        assert said.removesuffix("\n").isprintable()
    assert path in replay_complaint
    assert re.search(forgery.reason, replay_complaint)
    assert "DAMAGED" in out or (shown in (1, 2) and path in complaint)
    if forgery.expect == "refused":
        assert shown in (1, 2)
