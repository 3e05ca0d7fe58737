"""`hotzone export`: the readings of a recording as a table."""

from pathlib import Path
from typing import Annotated

import typer


def export(
    recording: Annotated[Path, typer.Argument(help="The folder of a recording, or one of its segments.")],
    out: Annotated[str, typer.Argument(help="A file that ends in .csv, .csv.gz or .parquet; - is standard output.")],
    site: Annotated[str | None, typer.Option(help="A site file in place of the recorded one, for ids and zones.")] = None,
    sensor: Annotated[list[str] | None, typer.Option(help="Only thermometers with such ids, as 'A1/*'. Again for more.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="Only what arrived at this time or later, ISO 8601 or ns.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Only what arrived before this time, ISO 8601 or ns.")] = None,
    unit: Annotated[str, typer.Option(help="C, F or K.")] = "C",
    wide: Annotated[bool, typer.Option("--wide", help="A time a row, a thermometer a column.")] = False,
    every: Annotated[str | None, typer.Option(help="With --wide: the last value of each step of this length, as 1m.")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="No progress bar.")] = False,
) -> None:
    """Write the readings of a recording to CSV or Parquet."""
    from ...sensors.tables.times import duration
    from ..exporting import Request
    from ..exporting import export as write
    from ..replaying import moment
    from ..sites import site_named
    from ..stopping import undone_on_signals

    request = Request(
        recording=recording,
        out=out,
        site=None if site is None else site_named(site, secrets=False),
        sensors=tuple(sensor or ()),
        since=None if since is None else moment(since),
        until=None if until is None else moment(until),
        unit=unit,
        wide=wide,
        every=None if every is None else duration("--every", every),
    )
    with undone_on_signals():
        done = write(request, shown=not plain)
    typer.echo(f"{done.rows:,} rows to {'standard output' if out == '-' else out}", err=True)
    for reason, count in done.rejected.most_common():
        typer.echo(f"left out, for they are no readings: {count:,} {reason}", err=True)
    if done.others:
        typer.echo(f"left out, on topics of no thermometer: {done.others:,}", err=True)
    for damage in done.damage:
        typer.echo(damage, err=True)
    raise typer.Exit(1 if done.damage else 0)
