"""`hotzone run`: watch a hall and cool it."""

from pathlib import Path
from typing import Annotated

import typer

from .options import HttpAddress, StyleName


def run(
    site: Annotated[str, typer.Option(help="A site file, or the name of one that ships with hotzone.")] = "site.toml",
    broker: Annotated[
        str | None, typer.Option(help="The broker, mqtt://host:port or mqtts://host:port; the site file's unless given.")
    ] = None,
    recording: Annotated[Path | None, typer.Option(help="Where the log is kept; the site file's folder unless given.")] = None,
    journal: Annotated[Path | None, typer.Option(help="Append every event to this file, a line each.")] = None,
    duration: Annotated[str | None, typer.Option(help="End by itself after this wall time, as 10m; without it, run until stopped.")] = None,
    style: StyleName = "rx",
    http: HttpAddress = None,
    plain: Annotated[bool, typer.Option("--plain", help="No live table; logs as JSON, as when stderr is no terminal.")] = False,
) -> None:
    """Take readings from a broker, find hot zones, tell the handlers and drive the cooling units, until stopped."""
    from ..running import run_station

    run_station(site, broker, recording, journal, duration, plain=plain, style=style, http=http)
