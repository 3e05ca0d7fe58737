"""What helps to test a site, a handler or hotzone itself: the `replay` fixture's journal, and the units of time to compare it with.

It is no test framework: the fixture is found by pytest through an entry point. This module costs nothing to import.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...config.units import HOUR, MINUTE, SECOND
    from .journal import Journal, NoSuchEvent
    from .run import Replay, replay
    from .timeline import EPOCH, TimelineError

__all__ = ["EPOCH", "HOUR", "MINUTE", "SECOND", "Journal", "NoSuchEvent", "Replay", "TimelineError", "replay"]

_HOMES = {
    "...config.units": ("HOUR", "MINUTE", "SECOND"),
    ".journal": ("Journal", "NoSuchEvent"),
    ".run": ("Replay", "replay"),
    ".timeline": ("EPOCH", "TimelineError"),
}


def __getattr__(name: str) -> object:
    """Load what is asked for, when it is: this package is imported by every pytest run of everybody who has hotzone installed."""
    from importlib import import_module

    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home, __name__), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
