"""The page: its address in place of the site file's, and a recording shown on it."""

import asyncio
import sys
from pathlib import Path

from msgspec import structs

from ..config.http import loopback
from ..config.service import Http
from .errors import UserError
from .stopping import stop_on_signals


def at_address(http: Http, text: str | None) -> Http:
    """The settings with this HOST:PORT, `:PORT` or HOST; as they are without one. Raises UserError."""
    if text is None:
        return http
    host, colon, port = text.rpartition(":")
    if not colon or port.endswith("]"):
        host, port = text, str(http.port)
    host = host.strip("[]") or http.host
    if not port.isdecimal() or int(port) > 65_535:
        msg = f"--http {text}: expected HOST:PORT, such as 127.0.0.1:8780"
        raise UserError(msg)
    if not loopback(host) and (http.cert_file is None or not http.tokens):
        msg = f"--http {text}: whoever reaches {host} could do everything; the site file needs cert_file, key_file and a token under [http] first"
        raise UserError(msg)
    return structs.replace(http, host=host, port=int(port))


def serve_recording(folder: Path, site: str | None, since: str | None, http: str | None) -> None:
    """Show a recording until stopped. Raises UserError, RecordingError, ConfigError, NoSite, AddressUnavailable."""
    asyncio.run(_serve(folder, site, since, http))


async def _serve(folder: Path, site: str | None, since: str | None, http: str | None) -> None:
    from .health import Health
    from .metrics import Metrics
    from .replaying import moment
    from .timemachine import TimeMachine
    from .version import version
    from .web import WebServer

    machine = TimeMachine(folder, site)
    if since is not None:
        await machine.control(moment(since), None, None)
    health = Health(connected=True, subscribed=True, log_writable=True)
    address = at_address(structs.replace(machine.site.http, port=0), http)
    async with WebServer(address, Metrics(version()), health, machine) as server:
        sys.stderr.write(f"{folder} is at {server.url}; Ctrl-C stops\n")
        playing = asyncio.create_task(machine.run(), name="time machine")

        def stop() -> None:
            playing.cancel()

        with stop_on_signals(stop, playing.cancel):
            await asyncio.wait([playing])
    if not playing.cancelled():
        playing.result()
