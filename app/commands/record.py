"""`hotzone record`: a broker's topics to a recording."""

from pathlib import Path
from typing import Annotated

import typer


def record(
    recording: Annotated[Path, typer.Argument(help="The folder to record into.")],
    broker: Annotated[
        str | None, typer.Option(help="The broker, mqtt://host:port or mqtts://host:port; the site file's unless given.")
    ] = None,
    topic: Annotated[list[str] | None, typer.Option(help="What to record: a topic, with + and #. Again for more.")] = None,
    site: Annotated[str | None, typer.Option(help="Record what this site uses, and keep the site file in the recording.")] = None,
    client_id: Annotated[str | None, typer.Option(help="Names the session at the broker; hotzone-record unless given.")] = None,
    duration: Annotated[
        str | None, typer.Option(help="End by itself after this wall time, as 10m; without it, record until stopped.")
    ] = None,
    plain: Annotated[bool, typer.Option("--plain", help="No live counts; logs as JSON, as when stderr is no terminal.")] = False,
) -> None:
    """Record a broker's topics, without detection; a replay with --site says what would have been."""
    from ..recorded import record_topics

    record_topics(broker, site, topic or [], recording, client_id, duration, plain=plain)
