"""`hotzone acl`: who may say and hear what at the broker of a site."""

from typing import Annotated

import typer

from .certs import OperatorNames, WithSimulation


def acl(
    site: Annotated[str, typer.Option(help="A site file, or the name of one that ships with hotzone.")] = "site.toml",
    operator: OperatorNames = None,
    simulation: WithSimulation = False,
) -> None:
    """Write Mosquitto's access list for a site to standard output."""
    from ..access.command import write_access_list

    typer.echo(write_access_list(site, operator or ("operator",), simulation=simulation), nl=False)
