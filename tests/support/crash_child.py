"""A run of hotzone that kills itself with SIGKILL at a named point; run by tests as a program of its own.

    python crash_child.py FOLDER BROKER-URL [POINT COUNT]

The points are the runtime's own stages, taken from its flow, and the places between them and the outside. The product has no hook for
this: the stages are wrapped from here.
"""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from hotzone.app import logs
from hotzone.app import station as station_module
from hotzone.app.intake import Intake
from hotzone.app.runtime import Runtime
from hotzone.app.settings import Settings
from hotzone.app.sites import site_named, with_broker
from hotzone.app.state_file import StateFile
from hotzone.app.station import Station
from hotzone.handlers.outbox import Outbox

STAGES = ("_commit", "_acknowledge", "_fold", "_store", "_release", "_fire")
OTHERS = ("taken", "saved", "kept", "delivered", "noted")
POINTS = (*STAGES, *OTHERS)


class Bomb:
    """Goes off when its point has been reached so often."""

    def __init__(self, point: str, count: int) -> None:
        self.point = point
        self.left = count

    def reached(self, point: str) -> None:
        if point != self.point:
            return
        self.left -= 1
        if self.left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)


def arm(bomb: Bomb) -> None:
    """Put a point behind each stage, and at the places between."""

    class Armed(Runtime):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self._flow = tuple(self._pointed(stage) for stage in self._flow)
            self._clock_flow = tuple(self._pointed(stage) for stage in self._clock_flow)

        def _pointed(self, stage: Callable[[Any], Awaitable[None]]) -> Callable[[Any], Awaitable[None]]:
            name = stage.__name__

            async def pointed(turn: Any) -> None:
                await stage(turn)
                if turn.batches if name in {"_commit", "_acknowledge", "_fold"} else turn.events:
                    bomb.reached(name)

            return pointed

        async def _keep(self) -> None:
            await super()._keep()
            bomb.reached("kept")

    station_module.Runtime = Armed
    after(Intake, "take", lambda: bomb.reached("taken"), when=lambda turn: turn is not None and bool(turn.batches))
    after(StateFile, "save", lambda: bomb.reached("saved"))
    after(Outbox, "settle", lambda: bomb.reached("noted"))
    after(Station, "_delivered", lambda: bomb.reached("delivered"))


def after(kind: type, name: str, then: Callable[[], None], when: Callable[[Any], bool] = lambda _: True) -> None:
    """Do something each time that a method has returned."""
    method = getattr(kind, name)

    def wrapped(*args: Any, **options: Any) -> Any:
        result = method(*args, **options)
        if when(result):
            then()
        return result

    setattr(kind, name, wrapped)


def deadlock() -> None:
    """Wait in the main thread, which is the event loop's, for a lock that nobody will give back."""
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def main(arguments: list[str]) -> None:
    folder, url, *rest = arguments
    if rest:
        arm(Bomb(rest[0], int(rest[1])))
    logs.configure(pretty=False)
    os.chdir(folder)
    site = with_broker(site_named("site.toml"), url)

    signal.signal(signal.SIGUSR1, lambda *_: deadlock())

    async def run() -> None:
        station = Station(
            site,
            Settings(recording=Path("log"), journal=Path("journal"), http=False, clock_s=10.0 if (Path(folder) / "hall").exists() else 0.0),
        )
        station.on_begin = lambda: print("ready", flush=True)
        await station.run()

    asyncio.run(run())


if __name__ == "__main__":
    main(sys.argv[1:])
