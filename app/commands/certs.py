"""`hotzone certs`: an authority of one's own, a broker's configuration, and a certificate for everybody in a site."""

from pathlib import Path
from typing import Annotated

import typer

OperatorNames = Annotated[
    list[str] | None,
    typer.Option("--operator", help="Somebody who may hear everything and say nothing; again for more. operator unless given."),
]
WithSimulation = Annotated[
    bool,
    typer.Option("--simulation", help="Let a simulated hall set the clock. For trying only: whoever sets the clock decides what is late."),
]


def certs(
    folder: Annotated[Path, typer.Argument(help="The folder to make, or to bring up to date.")],
    site: Annotated[str, typer.Option(help="A site file, or the name of one that ships with hotzone.")] = "site.toml",
    host: Annotated[
        list[str] | None,
        typer.Option(help="A name or address by which clients know the broker; again for more. The site file's unless given."),
    ] = None,
    port: Annotated[int, typer.Option(min=1, max=65534, help="Of devices and people; hotzone's own is one more.")] = 8883,
    at: Annotated[
        Path | None, typer.Option(help="Where the broker will find its files, as /etc/mosquitto/hotzone; FOLDER/broker unless given.")
    ] = None,
    operator: OperatorNames = None,
    simulation: WithSimulation = False,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long a certificate is valid.")] = 825,
    revoke: Annotated[
        list[str] | None, typer.Option(help="Take the certificate of this name back, and issue another; again for more.")
    ] = None,
) -> None:
    """Make a test authority, the broker's configuration and access list, and a certificate for each device of a site."""
    from ..access.command import write_certificates

    said = write_certificates(
        folder,
        site,
        hosts=host or (),
        port=port,
        at=at,
        operators=operator or ("operator",),
        simulation=simulation,
        days=days,
        revoke=revoke or (),
    )
    typer.echo(said)
