"""What `hotzone run` does."""

import asyncio
import logging
import sys
from contextlib import suppress
from pathlib import Path

from msgspec import structs

from . import garbage, logs
from .lasting import wall_seconds
from .live import LiveTable
from .serving import at_address
from .settings import Settings
from .sites import site_named, with_broker
from .station import Station


def run_station(
    name: str,
    broker: str | None,
    recording: Path | None,
    journal: Path | None,
    duration: str | None,
    *,
    plain: bool,
    style: str = "rx",
    http: str | None = None,
) -> None:
    """Run a site until stopped. Raises what `hotzone` makes a message of."""
    plain = plain or not sys.stderr.isatty()
    logs.configure(pretty=not plain, level=logging.INFO if plain else logging.WARNING)
    site = with_broker(site_named(name), broker)
    site = structs.replace(site, http=at_address(site.http, http))
    seconds = None if duration is None else wall_seconds(duration)
    settings = Settings(recording=recording or Path(site.recording.folder), journal=journal, style=style)

    async def main() -> None:
        station = Station(site, settings)
        station.on_begin = lambda: begin(station, seconds)
        async with LiveTable(station, shown=not plain):
            await station.run()

    with suppress(asyncio.CancelledError):
        asyncio.run(main())


def begin(station: Station, seconds: float | None) -> None:
    """The run begins: the process is set up; after so many wall seconds it is to end by itself."""
    garbage.settle()
    if seconds is not None:
        asyncio.get_running_loop().call_later(seconds, station.stop)
