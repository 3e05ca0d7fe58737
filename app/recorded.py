"""`hotzone record` for people: counts while it goes on, and what there is at the end."""

import asyncio
import logging
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog

from ..config.durations import format_duration
from ..config.model import Site
from ..config.units import SECOND
from ..sensors.mqtt import SessionTakenOver
from . import logs
from .errors import RunFailed
from .lasting import wall_seconds
from .recorder import Recorder, patterns_of, site_to_record
from .sites import check_folder, site_named, with_broker

if TYPE_CHECKING:
    from rich.text import Text

REFRESH_S: Final = 0.25
SAID_S: Final = 60.0
"""Wall seconds between two lines of the log where there is no terminal."""


def record_topics(
    broker: str | None, site: str | None, topics: list[str], folder: Path, client_id: str | None, duration: str | None, *, plain: bool
) -> None:
    """Record until stopped. Raises what `hotzone` makes a message of."""
    plain = plain or not sys.stderr.isatty()
    logs.configure(pretty=not plain, level=logging.INFO if plain else logging.ERROR)
    known: Site | None = None if site is None else site_named(site)
    target = with_broker(site_to_record(known, broker, client_id), broker)
    patterns = patterns_of(target, topics)
    seconds = None if duration is None else wall_seconds(duration)
    check_folder(folder, target.source)

    async def main() -> Recorder:
        recorder = Recorder(target, patterns, folder)
        if seconds is not None:
            asyncio.get_running_loop().call_later(seconds, recorder.stop)
        watch = asyncio.create_task(_said(recorder) if plain else _shown(recorder), name="counts")
        try:
            await recorder.run()
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch
        return recorder

    began = time.monotonic_ns()
    try:
        recorder = asyncio.run(main())
    except SessionTakenOver as error:
        msg = f"{error}, {target.broker.client_id}: of two recorders one needs another --client-id; what came so far is in {folder}"
        raise RunFailed(msg) from error
    length = format_duration((time.monotonic_ns() - began) // SECOND * SECOND)
    if recorder.never_connected:
        msg = f"{target.broker.url} never took us: {recorder.trouble}"
        raise RunFailed(msg)
    times = "once" if recorder.losses == 1 else f"{recorder.losses} times"
    silent = "" if recorder.messages else f": nothing came on {', '.join(patterns)}, or we may not read it"
    losses = f", the connection was lost {times}" if recorder.losses else ""
    sys.stderr.write(f"{recorder.messages:,} messages in {length}{losses}{silent}; in {folder}\n")


async def _said(recorder: Recorder) -> None:
    log = structlog.get_logger("hotzone.record")
    while True:
        await asyncio.sleep(SAID_S)
        log.info("recording", messages=recorder.messages, connected=recorder.connected, losses=recorder.losses)


async def _shown(recorder: Recorder) -> None:
    from rich.console import Console
    from rich.live import Live

    seen, rate, since = 0, 0.0, time.monotonic()
    with Live(console=Console(file=sys.stderr), auto_refresh=False, transient=True) as live:
        while True:
            now = time.monotonic()
            if now - since >= 1.0:
                rate, seen, since = (recorder.messages - seen) / (now - since), recorder.messages, now
            live.update(line(recorder, rate), refresh=True)
            await asyncio.sleep(REFRESH_S)


def line(recorder: Recorder, rate: float) -> "Text":
    """What is shown on a terminal."""
    from rich.text import Text

    if recorder.connected:
        link = ("connected", "green")
    else:
        link = (f"no broker: {recorder.trouble}", "bold red") if recorder.trouble else ("connecting", "yellow")
    said = Text.assemble(
        (f"{recorder.messages:,}", "bold"), f" messages  {rate:,.0f}/s  ", link, f"  {recorder.losses} lost connections  Ctrl-C stops"
    )
    if recorder.ledger.unwritable_since is not None:
        said.append("  the log cannot be written, trying again", "bold red")
    return said
