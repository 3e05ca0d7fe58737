"""Stopping: the first signal asks, the second does not."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

PATIENCE_S: Final = 1.5
"""Wall seconds that a clean stop may take."""
_INTERRUPTED: Final = 130
_SIGNALLED: Final = 128
"""Added to the number of a signal: the exit code of what it ended."""


@contextmanager
def stop_on_signals(stop: Callable[[], None], cancel: Callable[[], object]) -> Iterator[None]:
    """SIGINT or SIGTERM calls `stop`, and `cancel` should that not be enough in time; a second one ends the process at once."""
    loop = asyncio.get_running_loop()
    asked = False

    def ask() -> None:
        nonlocal asked
        if asked:
            os._exit(_INTERRUPTED)
        asked = True
        loop.call_later(PATIENCE_S, cancel)
        stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ask)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


@contextmanager
def undone_on_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP end the block as Ctrl-C does, so that what cleans up behind it does its work. Not for a block that has an event loop."""

    def end(number: int, _frame: object) -> None:
        raise SystemExit(_SIGNALLED + number)

    taken = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)
