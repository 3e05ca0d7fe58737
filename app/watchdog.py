"""What systemd is told: that the run has begun, that it ends, and, as often as its watchdog wants, that data flows. Without systemd, nothing.

The protocol is that of sd_notify(3): a datagram to the socket that the environment names. It is not worth a dependency.
"""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Final

import structlog

READY: Final = "READY=1"
STOPPING: Final = "STOPPING=1"
FLOWING: Final = "WATCHDOG=1"

_log = structlog.get_logger("hotzone.watchdog")


def tell(message: str, env: Mapping[str, str] = os.environ) -> None:
    """Send a message to whoever supervises us; nobody, or nobody who listens, is no error."""
    address = env.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    name = "\0" + address[1:] if address.startswith("@") else address
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        sock.setblocking(False)
        sock.sendto(message.encode(), name)


def interval_s(env: Mapping[str, str] = os.environ, pid: int | None = None) -> float | None:
    """Seconds between two signs of life: half of what the watchdog waits for; None when there is none, or it watches somebody else."""
    try:
        limit, watched = int(env.get("WATCHDOG_USEC", "0")), int(env.get("WATCHDOG_PID", "0"))
    except ValueError:
        return None
    mine = not watched or watched == (os.getpid() if pid is None else pid)
    return limit / 2_000_000 if limit > 0 and mine else None


async def keep_alive(
    flowing: Callable[[], bool], *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep, env: Mapping[str, str] = os.environ
) -> None:
    """Say for ever that data flows, while it does; run it as a task of the loop that is watched."""
    interval = interval_s(env)
    was: bool | None = None
    """None until it has flowed: a run that is still coming up is watched by systemd's own limit for that."""
    while interval is not None:
        now = flowing()
        if now:
            tell(FLOWING, env)
        if was is not None and now is not was:
            _log.log(20 if now else 50, "data flows again" if now else "data does not flow: the watchdog is not told, and will restart us")
        was = now if now or was is not None else None
        await sleep(interval)
