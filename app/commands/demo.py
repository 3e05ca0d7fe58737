"""`hotzone demo`: a simulated hall, a broker and the pipeline; a cooling unit fails."""

from pathlib import Path
from typing import Annotated

import typer

from .options import HttpAddress, StyleName


def demo(
    style: StyleName = "rx",
    plain: Annotated[bool, typer.Option("--plain", help="No live table; logs as JSON, as when stderr is no terminal.")] = False,
    duration: Annotated[str | None, typer.Option(help="End by itself after this wall time, as 60s; without it, run until stopped.")] = None,
    recording: Annotated[Path | None, typer.Option(help="Where the log is kept; a temporary folder unless given.")] = None,
    journal: Annotated[Path | None, typer.Option(help="Append every event to this file, a line each.")] = None,
    broker: Annotated[
        str | None, typer.Option(help="Use this broker, mqtt://host:port or mqtts://host:port, instead of the embedded one.")
    ] = None,
    site: Annotated[str, typer.Option(help="Another site file than the demo's own.")] = "demo",
    http: HttpAddress = None,
) -> None:
    """Run a simulated hall at 60 times the speed of the clock; its first cooling unit fails 20 s after the start."""
    from ..demonstration import demonstrate

    demonstrate(site, broker, recording, journal, duration, plain=plain, style=style, http=http)
