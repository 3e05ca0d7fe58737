"""`hotzone import`: temperatures in text files to a recording."""

from pathlib import Path
from typing import Annotated

import typer


def import_(
    files: Annotated[list[str], typer.Argument(help="CSV, TSV or text in columns, gzipped or not; - is standard input.")],
    recording: Annotated[Path | None, typer.Option(help="Write a recording into this folder; without it, only look and say.")] = None,
    site: Annotated[str | None, typer.Option(help="The site that the thermometers belong to; kept in the recording.")] = None,
    make_site: Annotated[Path | None, typer.Option(help="Write a starting site file for the thermometers found, and use it.")] = None,
    time: Annotated[
        list[str] | None, typer.Option(help="The column with the time, by name or number from 1. Twice for date and time.")
    ] = None,
    time_format: Annotated[
        str | None, typer.Option(help="iso, s, ms, us or ns since 1970, index with --period, or a format such as '%d.%m.%Y %H:%M'.")
    ] = None,
    timezone: Annotated[str | None, typer.Option(help="Of times that name none: UTC, or a name such as Europe/Zurich.")] = None,
    period: Annotated[str | None, typer.Option(help="Time between two readings where no column has the time, as 5s.")] = None,
    start: Annotated[str | None, typer.Option(help="Time of the first reading, with --period; ISO 8601.")] = None,
    sensor: Annotated[str | None, typer.Option(help="The column with the thermometer's name; else the file's name is it.")] = None,
    value: Annotated[list[str] | None, typer.Option(help="The column with the temperature; with --wide, again for more.")] = None,
    wide: Annotated[bool, typer.Option("--wide", help="Each column of temperatures is a thermometer of its own.")] = False,
    name: Annotated[
        str | None, typer.Option("--as", help="The id in the site, zone/rack/position, with holes: {sensor}, {file} or {COLUMN}.")
    ] = None,
    sensor_map: Annotated[Path | None, typer.Option(help="A file of two columns: name in the files, id. Others are left out.")] = None,
    unit: Annotated[str | None, typer.Option(help="C, F or K; C unless given.")] = None,
    where: Annotated[list[str] | None, typer.Option(help="Take only rows with COLUMN=TEXT, or COLUMN!=TEXT. Again for more.")] = None,
    missing: Annotated[list[str] | None, typer.Option(help="A cell of this text means: no reading. Again for more.")] = None,
    sequence: Annotated[str | None, typer.Option(help="The column with the number of the reading.")] = None,
    label: Annotated[str | None, typer.Option(help="A column with labels; where one begins or ends, a note is written.")] = None,
    order: Annotated[str, typer.Option(help="How readings arrive: file, in the order of the files; time, sorted by their times.")] = "file",
    delimiter: Annotated[
        str | None, typer.Option(help="What separates columns: one character, tab or space. Found out unless given.")
    ] = None,
    decimal: Annotated[str, typer.Option(help="The decimal sign: . or ,")] = ".",
    encoding: Annotated[str, typer.Option(help="Of the text; cp1252 for many spreadsheets.")] = "utf-8",
    header: Annotated[bool | None, typer.Option("--header/--no-header", help="Whether the first row names the columns.")] = None,
    skip: Annotated[int, typer.Option(min=0, help="Lines to pass over at the beginning of each file.")] = 0,
    plain: Annotated[bool, typer.Option("--plain", help="No progress bar.")] = False,
) -> None:
    """Import temperatures from text files into a recording, which replays as if it had been live."""
    from ..importing import import_files
    from ..importing.plan import Options, order_named, plan_of
    from ..importing.run import driven
    from ..sites import site_named
    from ..stopping import undone_on_signals

    if site is not None and make_site is not None:
        msg = "leave one of --site and --make-site out"
        raise typer.BadParameter(msg)
    options = Options(
        files=files,
        time=time or (),
        sensor=sensor,
        value=value or (),
        wide=wide,
        template=name,
        sensor_map=sensor_map,
        unit=unit,
        time_format=time_format,
        timezone=timezone,
        period=period,
        start=start,
        order=order_named(order),
        where=where or (),
        missing=missing or (),
        sequence=sequence,
        label=label,
        delimiter=delimiter,
        decimal=decimal,
        encoding=encoding,
        header=header,
        skip=skip,
    )
    plan = plan_of(options)
    known = None if site is None else site_named(site, secrets=False)
    with undone_on_signals():
        summary = import_files(plan, recording, known, make_site, shown=not plain)
    typer.echo("\n".join(summary.lines()))
    if recording is None:
        typer.echo("nothing was recorded: name a folder with --recording" + ("" if make_site is None else f"; see {make_site}"))
    if known is not None and (units := driven(known)):
        typer.echo(f'a replay will drive {", ".join(units)}, and nobody in these files obeyed: set control = "advise"', err=True)
    raise typer.Exit(1 if summary.damage else 0)
