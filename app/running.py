"""What `hotzone run` does."""

import asyncio
import logging
import sys
from contextlib import suppress
from pathlib import Path

from msgspec import structs

from ..config.durations import parse_duration
from ..config.problems import Unfit
from ..config.units import SECOND
from . import garbage, logs
from .errors import UserError
from .live import LiveTable
from .serving import at_address
from .sites import site_named, with_broker
from .station import Settings, Station


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
    """The run begins: the process is set up; it is to end by itself, or not."""
    garbage.settle()
    if seconds is not None:
        end_in(seconds, station)


def end_in(seconds: float, station: Station) -> None:
    """Stop the station by itself."""
    asyncio.get_running_loop().call_later(seconds, station.stop)


def wall_seconds(text: str) -> float:
    """A duration of the command line. Raises UserError."""
    try:
        return parse_duration(text) / SECOND
    except Unfit as error:
        msg = f"--duration {text}: {error}"
        raise UserError(msg) from error
