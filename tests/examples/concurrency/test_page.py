"""docs/learn leads through all the lessons, in order, and to the lines of hotzone that do the same."""

import re

from hotzone.app.learning import lessons
from support.lesson_page import PAGE, line, with_lines

TEXT = PAGE.read_text("utf-8")
ROW = re.compile(
    r"^\| \[(\d+)\]\(\.\./\.\./examples/concurrency/(\S+\.py)\) \| (.+?) \| \[`(\S+): (\w+)`\]\(\.\./\.\./(\S+)#L(\d+)\) \|$", re.MULTILINE
)


def test_there_is_a_row_for_each_lesson_with_its_title_and_its_place() -> None:
    rows = [(int(number), file, title, (path, name)) for number, file, title, path, name, _, _ in ROW.findall(TEXT)]
    assert rows == [(lesson.number, lesson.path.name, lesson.title, lesson.where) for lesson in lessons()]


def test_every_place_in_the_code_is_linked_to_its_line() -> None:
    for *_, path, name, linked, number in ROW.findall(TEXT):
        assert linked == path
        assert int(number) == line(path, name), "`make docs` writes the lines anew"
    assert with_lines(TEXT) == TEXT, "`make docs` writes the lines anew"


def test_it_ends_in_the_comparison() -> None:
    assert "hotzone compare" in TEXT.rpartition("\n## ")[2]
