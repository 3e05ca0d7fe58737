"""`hotzone simulate`: a simulated hall, in process with the pipeline, or through a broker."""

from pathlib import Path
from typing import Annotated

import typer

from .options import StyleName


def simulate(
    site: Annotated[str, typer.Option(help="A site file, or the name of one that ships with hotzone.")] = "demo",
    recording: Annotated[Path | None, typer.Option(help="Record the run into this folder. Without --broker only.")] = None,
    journal: Annotated[str | None, typer.Option(help="Write the journal here; - is standard output. Without --broker only.")] = None,
    hours: Annotated[
        float | None, typer.Option(min=0.0, max=1e6, help="Hall hours to run; 24 unless given, through a broker without end.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="One seed, one run. The site file's unless given.")] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(help="kind[:target][*size]@start[+duration] in hall time, as crac-failure:crac-1@30s. Again for more."),
    ] = None,
    broker: Annotated[str | None, typer.Option(help="Publish the hall to this broker, mqtt://host:port or mqtts://host:port.")] = None,
    speed: Annotated[
        float | None, typer.Option(help="Hall seconds a wall second through a broker, at most 60. The site file's unless given.")
    ] = None,
    certs: Annotated[
        Path | None,
        typer.Option(help="With --broker: what hotzone certs made with --simulation; each device connects with its own certificate."),
    ] = None,
    until_closed: Annotated[
        bool, typer.Option("--until-closed", help="With --broker: end when standard input does, as when whoever started it has died.")
    ] = False,
    style: StyleName = "rx",
    plain: Annotated[bool, typer.Option("--plain", help="No progress bar, logs as JSON.")] = False,
) -> None:
    """Simulate a hall: with the pipeline, as fast as it computes; or, with --broker, as the devices of a hall that publish."""
    from ..halls import Plan

    plan = Plan.of(site, hours=hours, seed=seed, faults=fault, plain=plain)
    if broker is None:
        from ..simulating import simulate_in_process

        simulate_in_process(plan, recording, journal, style)
    else:
        from ..publishing import publish

        publish(plan, broker, speed, certs, until_closed=until_closed)
