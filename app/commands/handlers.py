"""`hotzone handlers`: who would be told of events, and a try."""

from typing import Annotated

import typer

handlers = typer.Typer(help="List handlers, or send one a sample.", no_args_is_help=True, rich_markup_mode=None, add_completion=False)
Site = Annotated[str | None, typer.Option(help="A site file, or the name of one that ships with hotzone.")]


@handlers.command("list")
def show(site: Site = None) -> None:
    """Show the handlers that were found, and where."""
    raise typer.Exit(1)


@handlers.command("test")
def test(name: Annotated[str, typer.Argument(help="The handler's name, as `list` shows it.")], site: Site = None) -> None:
    """Give a handler a sample alarm and say what came of it."""
    raise typer.Exit(1)
