"""`hotzone replay`: a recording folded again to its journal."""

from pathlib import Path
from typing import Annotated

import typer

from .options import HttpAddress, StyleName


def replay(
    recording: Annotated[Path, typer.Argument(help="The folder of a recording, or one of its segments.")],
    site: Annotated[str | None, typer.Option(help="Another site file in place of the recorded one: what would have been?")] = None,
    journal: Annotated[str, typer.Option(help="Where the journal goes; - is standard output.")] = "-",
    since: Annotated[str | None, typer.Option("--from", help="Begin at the last snapshot before this time, ISO 8601 or ns.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="End before this time, ISO 8601 or ns.")] = None,
    style: StyleName = "rx",
    jobs: Annotated[int, typer.Option(min=1, help="Processes to share the zones out among; the journal is the same.")] = 1,
    plain: Annotated[bool, typer.Option("--plain", help="No progress bar.")] = False,
    serve: Annotated[
        bool, typer.Option("--serve", help="Show it on the page instead: any moment, and played at up to 3,600 times.")
    ] = False,
    http: HttpAddress = None,
) -> None:
    """Fold a recording again and write its journal. It touches nothing: no broker, no handler, no cooling unit."""
    if serve:
        from ..serving import serve_recording

        serve_recording(recording, site, since, http)
        return
    from ..replaying import replay_to

    replay_to(recording, site, journal, since, until, plain=plain, style=style, jobs=jobs)
