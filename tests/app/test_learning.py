"""`hotzone learn`: which lessons there are, and what is said around them."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from hotzone.app import learning
from hotzone.app.cli import app
from hotzone.app.errors import RunFailed, UserError
from support.commands import call
from support.lessons import FOLDER, path_of

FILES = sorted(FOLDER.glob("[0-9]*.py"))


def test_every_file_is_a_lesson_in_its_place() -> None:
    found = learning.lessons()
    assert [lesson.path.name for lesson in found] == [path.name for path in FILES]
    assert [lesson.number for lesson in found] == list(range(1, 21))
    assert all(lesson.title.endswith(".") and len(lesson.text) > 100 and lesson.where[0].endswith(".py") for lesson in found)


@pytest.mark.parametrize("name", ["8", "08", "race", "08_race"])
def test_a_lesson_goes_by_its_number_and_its_name(name: str) -> None:
    (lesson,) = learning.wanted(name)
    assert lesson.path == path_of(8)


@pytest.mark.parametrize(
    ("name", "said"), [("21", "there are 1 to 20"), ("0", "1 to 20"), ("", "1 to 20"), ("rcae", r"did you mean race\?")]
)
def test_what_is_no_lesson_is_told_with_what_there_is(name: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        learning.wanted(name)


def test_a_lesson_is_explained_run_and_placed(tmp_path: Path) -> None:
    ran = call(tmp_path, "learn", "4")
    assert ran.returncode == 0, ran.stderr
    title, rest = ran.stdout.split("\n\n", 1)
    assert title == "Lesson 4 of 20: A thread is new, runnable, running, waiting and, once and for all, dead."
    explained, _, after = rest.partition(f"$ python {path_of(4)}\n")
    assert "a thread has no identity before it starts" in explained
    shown, _, end = after.partition("\nIt took ")
    assert "MainThread  sees that watch-A1 is dead" in shown
    assert end.endswith(" s. hotzone does so in handlers/calls.py: Loop\nThe next: hotzone learn 5\n")


def test_the_list_has_a_line_for_each() -> None:
    lines = CliRunner().invoke(app, ["learn", "--list"]).stdout.splitlines()
    assert len(lines) == 20
    assert lines[7] == " 8  race                   Between looking and acting, somebody else may act."


def lesson(number: int, text: str, folder: Path) -> learning.Lesson:
    path = folder / "lesson.py"
    path.write_text(text)
    return learning.Lesson(number, "lesson", "A title.", "A text.", ("app/x.py", "X"), path)


def test_a_lesson_that_fails_is_told_by_its_exit_code(tmp_path: Path) -> None:
    with pytest.raises(RunFailed, match="lesson 3 ended with exit code 7"):
        list(learning.taught(lesson(3, "raise SystemExit(7)", tmp_path), alone=True))


def test_the_last_leads_to_the_comparison(tmp_path: Path) -> None:
    assert "hotzone compare" in list(learning.taught(lesson(20, "", tmp_path), alone=False))[-1]


def test_nobody_is_at_the_keys_when_several_are_run(tmp_path: Path) -> None:
    reads = lesson(1, "import sys; raise SystemExit(len(sys.stdin.read()))", tmp_path)
    assert list(learning.taught(reads, alone=False))[-1].startswith("\nIt took ")
