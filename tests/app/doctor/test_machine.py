"""The machine below, found well and found wanting."""

from pathlib import Path

import pytest

from hotzone.app.doctor.finding import Finding, Level, report, worst
from hotzone.app.doctor.machine import look_at_clock, look_at_files, look_at_folder, look_at_handlers


def by_subject(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.subject: finding for finding in findings}


@pytest.mark.parametrize(("state", "level"), [(0, Level.OK), (5, Level.WARNING), (None, Level.NOTE)])
def test_the_clock_is_judged_by_what_the_kernel_says(state: int | None, level: Level) -> None:
    (finding,) = look_at_clock(lambda: state)
    assert finding.level is level


def test_asking_the_kernel_works_or_says_that_it_does_not() -> None:
    (finding,) = look_at_clock()
    assert finding.subject == "system clock"


def test_a_good_folder_is_measured_and_left_as_it_was(tmp_path: Path) -> None:
    found = by_subject(list(look_at_folder(tmp_path, keep_bytes=1)))
    assert found["recordings"].level is Level.OK
    assert found["safe write"].found.endswith("ms")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_yet_is_no_fault_and_is_not_made(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    found = by_subject(list(look_at_folder(folder, keep_bytes=1)))
    assert found["recordings"].level is Level.OK
    assert "will be made" in found["recordings"].found
    assert not folder.exists()


def test_a_file_in_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (finding,) = look_at_folder(tmp_path / "file", keep_bytes=1)
    assert finding.level is Level.ERROR
    assert finding.advice


def test_a_folder_that_anybody_may_write_is_warned_of(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    assert by_subject(list(look_at_folder(tmp_path, keep_bytes=1)))["recordings"].level is Level.WARNING


def test_a_disk_too_small_for_what_is_to_be_kept_is_warned_of(tmp_path: Path) -> None:
    found = by_subject(list(look_at_folder(tmp_path, keep_bytes=1 << 60)))["disk"]
    assert found.level in {Level.WARNING, Level.ERROR}
    assert found.advice


def test_a_handler_that_others_may_write_is_an_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    handler = tmp_path / "pager.py"
    handler.write_text("")
    handler.chmod(0o644)
    assert worst(look_at_handlers(str(tmp_path))) is Level.OK
    handler.chmod(0o664)
    (finding,) = look_at_handlers(str(tmp_path))
    assert (finding.level, finding.advice) == (Level.ERROR, f"chmod go-w {handler}")


def test_no_handlers_folder_is_nothing_to_say_and_a_missing_one_is_an_error(tmp_path: Path) -> None:
    assert list(look_at_handlers(None)) == []
    assert worst(look_at_handlers(str(tmp_path / "none"))) is Level.ERROR


@pytest.mark.parametrize(("mode", "level"), [(0o600, Level.OK), (0o640, Level.ERROR), (0o604, Level.ERROR)])
def test_a_secret_file_is_ours_alone(tmp_path: Path, mode: int, level: Level) -> None:
    key = tmp_path / "key.pem"
    key.write_text("")
    key.chmod(mode)
    (finding,) = look_at_files([str(key)])
    assert finding.level is level


def test_the_report_shows_each_finding_with_its_advice_and_counts_the_bad_ones() -> None:
    text = report([Finding(Level.OK, "disk", "9 GiB free"), Finding(Level.ERROR, "broker", "gone", "Start it.")])
    assert text.splitlines() == [
        "ok       disk    9 GiB free",
        "error    broker  gone",
        "                 Start it.",
        "1 error, 0 warnings",
    ]
    assert worst([]) is Level.OK
