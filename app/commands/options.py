"""Options that several commands have."""

from typing import Annotated, Literal

import typer

StyleName = Annotated[
    Literal["rx", "asyncio", "threads", "callbacks"],
    typer.Option("--style", help="How the stages are wired; the journal is the same."),
]
"""The names of `pipeline.Style`, written out so that help loads no pipeline."""

HttpAddress = Annotated[
    str | None, typer.Option("--http", help="Where the page and the API are served, HOST:PORT; as the site file says unless given.")
]
