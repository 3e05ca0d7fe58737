"""`hotzone learn`: concurrency in twenty lessons."""

from typing import Annotated

import typer


def learn(
    lesson: Annotated[str | None, typer.Argument(metavar="[LESSON]", help="Its number or name; without it, all of them in order.")] = None,
    contents: Annotated[bool, typer.Option("--list", help="Only list the lessons.")] = False,
) -> None:
    """Learn what the styles of concurrent programming are worth: explains each lesson, runs it, and says where hotzone does so."""
    from .. import learning

    if contents:
        for line in learning.contents():
            typer.echo(line)
        return
    chosen = learning.wanted(lesson)
    for each in chosen:
        for line in learning.taught(each, alone=lesson is not None):
            typer.echo(line)
        if each is not chosen[-1]:
            typer.echo("")
