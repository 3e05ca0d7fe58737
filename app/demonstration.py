"""What `hotzone demo` does: a broker, a hall in a process of its own, the pipeline with control on, and a story with an end."""

import asyncio
import logging
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import structs

from ..config.model import Site
from .errors import RunFailed, UserError
from .lasting import wall_seconds
from .serving import at_address
from .settings import Settings
from .sites import site_named, with_broker

if TYPE_CHECKING:
    from .station import Station
    from .story import Story

FAILS_AFTER_S: Final = 20.0
"""Wall seconds."""
REPAIRED_AFTER_S: Final = 12.0
"""Wall seconds since the failure."""
HALL_S: Final = 20.0
"""Wall seconds that the hall may take to show up."""
_STOPPING_S: Final = 1.0
_LOOK_S: Final = 0.25
"""Wall seconds between two looks at the zones."""


def demonstrate(
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
    """Run the demo. Raises RunFailed when it ended by itself and the story did not happen."""
    plain = plain or not sys.stderr.isatty()
    site = with_broker(site_named(name), broker)
    site = structs.replace(
        site, http=at_address(structs.replace(site.http, port=0), http)
    )  # any free port: another run may have the usual one
    if not site.units:
        msg = f"{name} has no cooling units: nothing could fail"
        raise UserError(msg)
    seconds = None if duration is None else wall_seconds(duration)
    folder = recording or Path(tempfile.mkdtemp(prefix="hotzone-demo-")) / "recording"
    with suppress(asyncio.CancelledError):
        asyncio.run(
            _demonstrate(
                site,
                name,
                broker,
                Settings(recording=folder, journal=journal, style=style, clock_s=HALL_S, clock_needed=True),
                seconds,
                plain=plain,
            )
        )


async def _demonstrate(site: Site, name: str, broker: str | None, settings: Settings, seconds: float | None, *, plain: bool) -> None:
    # Broker and hall come up in processes of their own while we import what watches them: no hall is to wait for us, nor we for it.
    loading = asyncio.create_task(asyncio.to_thread(import_module, ".running", __package__), name="loading")
    async with _broker(broker) as url:
        site = with_broker(site, url)
        with ExitStack() as afterwards:
            async with _hall(name, url, site, plain=plain):
                await loading
                from . import logs
                from .live import LiveTable
                from .running import begin
                from .station import Station
                from .story import Story

                logs.configure(pretty=not plain, level=logging.INFO if plain else logging.WARNING)
                station, story = Station(site, settings), Story(site, site.units[0].id)
                afterwards.callback(_close, station, story, settings.recording)
                station.watchers.append(story.told)
                station.on_begin = lambda: begin(station, seconds)
                watching = asyncio.create_task(_watch(station, story), name="story")
                afterwards.callback(watching.cancel)
                async with LiveTable(station, shown=not plain, hint=f"{site.units[0].id} fails 20 s after the start; Ctrl-C stops"):
                    await station.run()
    if seconds is not None and story.missing:
        msg = f"the story did not happen: {', '.join(story.missing)}"
        raise RunFailed(msg)


@asynccontextmanager
async def _broker(url: str | None) -> AsyncIterator[str]:
    if url is not None:
        yield url
        return
    from ..sensors.mqtt.embedded import EmbeddedBroker

    async with EmbeddedBroker() as broker:
        yield broker.url


@asynccontextmanager
async def _hall(name: str, url: str, site: Site, *, plain: bool) -> AsyncIterator[None]:
    """The hall as a child process, gone when the block ends."""
    speed = site.simulation.speed
    fault = f"crac-failure:{site.units[0].id}@{round(FAILS_AFTER_S * speed)}s+{round(REPAIRED_AFTER_S * speed)}s"
    command = (
        "-m",
        "hotzone.app.cli",
        "simulate",
        "--plain",
        "--site",
        name,
        "--broker",
        url,
        "--speed",
        f"{speed:g}",
        "--fault",
        fault,
        "--until-closed",
    )
    # A group of its own: Ctrl-C on the terminal is for us, and we tell the hall.
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        stdin=asyncio.subprocess.PIPE,  # closed by the system if we are killed
        stdout=asyncio.subprocess.DEVNULL,
        stderr=None if plain else asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(_STOPPING_S):
                await process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()


async def _watch(station: "Station", story: "Story") -> None:
    while True:
        await asyncio.sleep(_LOOK_S)
        if station.pipeline is not None:
            story.look(station.pipeline)


def _close(station: "Station", story: "Story", recording: Path) -> None:
    if station.pipeline is not None:
        story.look(station.pipeline)
    lines = [
        "",
        "what happened, in hall time since the fault:",
        *story.summary(),
        f"recorded in {recording}; hotzone replay {recording} tells it again",
    ]
    sys.stderr.write("\n".join(lines) + "\n")
