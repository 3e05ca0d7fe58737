"""`hotzone compare`: the styles side by side on one recording."""

from pathlib import Path
from typing import Annotated

import typer


def compare(
    recording: Annotated[
        Path | None, typer.Argument(help="The folder of a recording; without it, two simulated hours of the demo hall.")
    ] = None,
    broker: Annotated[str | None, typer.Option(help="Send the readings through this broker instead, mqtt://host:port, at QoS 1.")] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write a report with plots into this file, for readers who do not know hotzone.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Write every measurement into this file.")] = None,
    style: Annotated[list[str] | None, typer.Option(help="Only this style; again for more.")] = None,
    rounds: Annotated[int, typer.Option(min=1, max=100, help="How often each run is repeated, each time elsewhere in the recording.")] = 3,
    readings: Annotated[int, typer.Option(min=10_000, help="Readings of a run that goes flat out.")] = 200_000,
    plain: Annotated[bool, typer.Option("--plain", help="No progress bar.")] = False,
) -> None:
    """Compare the styles of concurrent programming on a recording: the same stages, the same frames, fresh processes in turn."""
    from ..comparing.command import compared

    found = compared(recording, broker=broker, html=html, raw=json, styles=style, rounds=rounds, readings=readings, plain=plain)
    for line in found.lines:
        typer.echo(line)
    raise typer.Exit(0 if found.sound else 1)
