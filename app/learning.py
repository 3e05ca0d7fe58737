"""The lessons: found beside the code, explained, run in a process of their own, and told what came of it."""

import ast
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final, NamedTuple

from ..config.problems import nearest
from .errors import RunFailed, UserError

_IN_HOTZONE: Final = "In hotzone: "
_END: Final = "That was the last. What the styles are worth on the whole job: hotzone compare --html report.html"


class Lesson(NamedTuple):
    """One file of examples/concurrency. `where` is the file of hotzone and the name in it that do what it teaches."""

    number: int
    name: str
    title: str
    text: str
    where: tuple[str, str]
    path: Path


@cache
def lessons() -> tuple[Lesson, ...]:
    """All of them, in order."""
    folder = Path(str(files("hotzone.app.lessons")))
    return tuple(_read(path) for path in sorted(folder.glob("[0-9][0-9]_*.py")))


def wanted(name: str | None) -> tuple[Lesson, ...]:
    """The lesson of this number or name; all of them for None. Raises UserError."""
    if name is None:
        return lessons()
    found = tuple(lesson for lesson in lessons() if name in {lesson.name, lesson.path.stem} or name.lstrip("0") == str(lesson.number))
    if not found:
        close = nearest(name, [lesson.name for lesson in lessons()])
        hint = f"; did you mean {close}?" if close else ""
        msg = f"no lesson {name!r}: there are 1 to {len(lessons())}, by number or by name{hint}"
        raise UserError(msg)
    return found


def contents() -> Iterator[str]:
    """A line for each lesson."""
    width = max(len(lesson.name) for lesson in lessons())
    for lesson in lessons():
        yield f"{lesson.number:2}  {lesson.name:{width}}  {lesson.title}"


def taught(lesson: Lesson, *, alone: bool) -> Iterator[str]:
    """The lines before and after the run, which writes to standard output itself.

    Somebody is at the keys only for a lesson that is run alone. Raises RunFailed.
    """
    yield f"Lesson {lesson.number} of {len(lessons())}: {lesson.title}\n"
    yield f"{lesson.text}\n"
    yield f"$ python {lesson.path}"
    began = time.monotonic()
    ran = subprocess.run([sys.executable, lesson.path], check=False, stdin=None if alone else subprocess.DEVNULL)  # noqa: S603  it is our own file
    if ran.returncode:
        msg = f"lesson {lesson.number} ended with exit code {ran.returncode}"
        raise RunFailed(msg)
    file, name = lesson.where
    yield f"\nIt took {time.monotonic() - began:.1f} s. hotzone does so in {file}: {name}"
    after = lesson.number + 1
    if after > len(lessons()):
        yield _END
    elif alone:
        yield f"The next: hotzone learn {after}"


def _read(path: Path) -> Lesson:
    number, _, name = path.stem.partition("_")
    title, _, rest = (ast.get_docstring(ast.parse(path.read_bytes())) or "").partition("\n\n")
    text, _, where = rest.partition(_IN_HOTZONE)
    file, _, symbol = where.partition(": ")
    return Lesson(int(number), name, title, text.strip(), (file, symbol), path)
