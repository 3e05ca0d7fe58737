"""`hotzone explain`: why an alarm was raised, or why there is none."""

from pathlib import Path
from typing import Annotated

import typer


def explain(
    recording: Annotated[Path, typer.Option(help="The folder of a recording, or one of its segments.")],
    alarm: Annotated[str | None, typer.Argument(help="An alarm's id, as the journal has it: A1:high@1700000065000000000.")] = None,
    zone: Annotated[
        str | None, typer.Option(help="A zone, in place of an alarm: what alarms it has at a moment, and why no others.")
    ] = None,
    at: Annotated[str | None, typer.Option(help="With --zone: the moment, ISO 8601 or ns.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As data, on standard output.")] = False,
) -> None:
    """Tell the causal chain of an alarm, or of its absence: readings with their quality, limits, delays, and what puts alarms aside."""
    from msgspec import json

    from ...pipeline.explaining import words
    from ..errors import UserError
    from ..explaining import explain_recorded
    from ..replaying import moment

    if (alarm is None) == (zone is None):
        msg = "name an alarm, or --zone and --at: one of the two"
        raise UserError(msg)
    if (zone is None) != (at is None):
        msg = "--zone and --at belong together"
        raise UserError(msg)
    found = explain_recorded(recording, alarm=alarm, zone=zone, at=None if at is None else moment(at))
    typer.echo(json.format(json.encode(found), indent=2).decode() if as_json else "\n".join(words(found)))
