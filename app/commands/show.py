"""`hotzone show`: what a recording holds."""

from pathlib import Path
from typing import Annotated

import typer


def show(
    recording: Annotated[Path, typer.Argument(help="The folder of a recording, or one of its segments.")],
    dead_letters: Annotated[bool, typer.Option("--dead-letters", help="List each message that was no use, and why.")] = False,
    plain: Annotated[bool, typer.Option("--plain", help="No progress bar.")] = False,
) -> None:
    """Show what a recording holds: its span, runs, readings by zone, dead letters, damage."""
    from ..showing import dead_letters as letters
    from ..showing import shown

    for line in letters(recording) if dead_letters else shown(recording, plain=plain):
        typer.echo(line)
