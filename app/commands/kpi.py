"""`hotzone kpi`: key figures beside their targets."""

from pathlib import Path
from typing import Annotated

import typer


def kpi(
    source: Annotated[Path, typer.Argument(help="The folder of a recording, one of its segments, or a journal.")],
    since: Annotated[str | None, typer.Option("--from", help="Only from this time on, ISO 8601 or ns.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Only before this time, ISO 8601 or ns.")] = None,
    operators: Annotated[int, typer.Option(min=1, help="How many operators share the alarms.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="As data, on standard output.")] = False,
) -> None:
    """Alarm rates, floods, the ten that call most, time to acknowledge, with the targets of ISA-18.2; RCI, RTI, SHI and ASHRAE class."""
    from msgspec import json

    from ..kpi import kpi_of, told
    from ..replaying import moment

    report = kpi_of(source, None if since is None else moment(since), None if until is None else moment(until), operators)
    typer.echo(json.format(json.encode(report), indent=2).decode() if as_json else "\n".join(told(report)))
    if report.damage:
        typer.echo(f"{report.damage}; the figures are of what came before", err=True)
        raise typer.Exit(1)
