"""An event loop whose time is virtual: it jumps to the next thing that is due, and nothing happens outside of it.

No sockets, no threads: what the program would do in an executor is done at once. So a run of minutes takes a fraction of a second, and the
same seed gives the same run to the last byte.
"""

import asyncio
import math
import selectors
from collections.abc import Callable
from typing import Any

SECOND = 1_000_000_000


class NothingWillHappen(RuntimeError):
    """Everybody waits, and nobody for time: a deadlock."""


class _NoSockets(selectors.SelectSelector):
    def __init__(self) -> None:
        super().__init__()
        self.advance: Callable[[float], None] = lambda _seconds: None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            msg = "every task waits, and no timer is set"
            raise NothingWillHappen(msg)
        if timeout > 0:
            self.advance(timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Time begins at 0. `now` is in ns."""

    def __init__(self) -> None:
        sockets = _NoSockets()
        self.now = 0
        super().__init__(sockets)
        sockets.advance = self.advance

    def time(self) -> float:
        """Virtual seconds."""
        return self.now / SECOND

    def advance(self, seconds: float) -> None:
        """Let time pass without anything being done: called by a callback, the process stands still."""
        self.now += max(1, math.ceil(seconds * SECOND))

    def run_in_executor(self, _executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """Do it now."""
        done: asyncio.Future[Any] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001  whoever awaits it is to have it
            done.set_exception(error)
        return done


def run(main: Callable[[VirtualLoop], Any]) -> Any:
    """Run a coroutine function on a loop of its own, which it is given."""
    loop = VirtualLoop()
    try:
        asyncio.set_event_loop(loop)
        return loop.run_until_complete(main(loop))
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        asyncio.set_event_loop(None)
        loop.close()
