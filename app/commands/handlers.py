"""`hotzone handlers`: who would be told of events, and a try."""

import sys
from typing import Annotated

import typer

handlers = typer.Typer(
    help="List handlers, or send one a sample.", invoke_without_command=True, rich_markup_mode=None, add_completion=False
)
Site = Annotated[str | None, typer.Option(help="A site file, or the name of one that ships with hotzone.")]


@handlers.callback()
def default(ctx: typer.Context) -> None:
    """List handlers, or send one a sample. Without a word more it lists."""
    if ctx.invoked_subcommand is None:
        show()


@handlers.command("list")
def show(site: Site = None) -> None:
    """Show the handlers that were found, and where."""
    from ..handling import listed

    for line in listed(site):
        typer.echo(line)


@handlers.command("test")
def send(name: Annotated[str, typer.Argument(help="The handler's name, as `list` shows it.")], site: Site = None) -> None:
    """Give a handler a sample alarm and say what came of it."""
    from .. import logs
    from ..handling import tried

    logs.configure(pretty=sys.stderr.isatty())
    typer.echo(tried(name, site))
