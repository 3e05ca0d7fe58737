"""Everything the doctor looks at, in order."""

import time
from collections.abc import Callable
from pathlib import Path

from msgspec import structs

from ...config.model import Site
from .broker import look_at_broker
from .finding import Finding
from .machine import look_at_clock, look_at_files, look_at_folder, look_at_handlers


async def doctor(site: Site, broker_url: str | None = None, *, now: Callable[[], int] = time.time_ns) -> list[Finding]:
    """Look at the broker (of the site file unless another is named), the clock, the disk, and who may change what.

    It publishes under hotzone's own topic only, commands nothing, and takes some seconds. `now` is wall time in ns. Never raises for
    what is wrong with the world: that is a finding.
    """
    broker = site.broker if broker_url is None else structs.replace(site.broker, url=broker_url)
    folder = Path(site.recording.folder)
    return [
        *await look_at_broker(structs.replace(site, broker=broker), now),
        *look_at_clock(),
        *look_at_folder(folder, site.recording.keep_bytes),
        *look_at_handlers(site.handlers_folder),
        *look_at_files([path for path in (site.broker.key_file,) if path is not None]),
    ]
