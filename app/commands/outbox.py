"""`hotzone outbox`: what handlers have not taken."""

from pathlib import Path
from typing import Annotated

import typer

outbox = typer.Typer(
    help="Look at what handlers have not taken, send it again, or give it up.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
)
Recording = Annotated[Path, typer.Argument(help="The folder of the recording of a run.")]
Handler = Annotated[str | None, typer.Option(help="Only of this handler.")]
Events = Annotated[list[str] | None, typer.Argument(help="Ids of events, as `list` shows them.")]


@outbox.command("summary")
def summary(recording: Recording) -> None:
    """Count what waits for each handler and what it would not take, with the commonest reasons."""
    from ..undelivered import summary as lines

    typer.echo("\n".join(lines(recording)))


@outbox.command("list")
def show_all(
    recording: Recording,
    handler: Handler = None,
    waiting: Annotated[bool, typer.Option("--waiting", help="What waits, instead of dead letters.")] = False,
) -> None:
    """List dead letters: handler, event, reason."""
    from ..undelivered import listed

    for line in listed(recording, handler, waiting=waiting):
        typer.echo(line)


@outbox.command("show")
def show(recording: Recording, event: Annotated[str, typer.Argument(help="The id of an event.")]) -> None:
    """Show one event, and who has not taken it, and why."""
    from ..undelivered import told

    for line in told(recording, event):
        typer.echo(line)


@outbox.command("retry")
def retry(recording: Recording, events: Events = None, handler: Handler = None) -> None:
    """Send dead letters again: those named, or all. A run that goes on delivers them within seconds, else the next one does."""
    from ..undelivered import again

    typer.echo(f"{again(recording, events or (), handler)} waiting again")


@outbox.command("forget")
def forget(recording: Recording, events: Events = None, handler: Handler = None) -> None:
    """Give events up: those named, or everything of a handler that is no more."""
    from ..undelivered import forgotten

    typer.echo(f"{forgotten(recording, events or (), handler)} forgotten")
