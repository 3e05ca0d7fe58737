"""What helps to test a site, a handler or hotzone itself: the `replay` fixture's journal, and the units of time to compare it with.

It is no test framework: the fixture is found by pytest through an entry point. This module costs nothing to import.
"""

from typing import TYPE_CHECKING

from ...config.units import HOUR, MINUTE, SECOND

if TYPE_CHECKING:
    from .journal import Journal, NoSuchEvent
    from .run import Replay, replay
    from .timeline import EPOCH, TimelineError

_LAZY = {"EPOCH": "timeline", "Journal": "journal", "NoSuchEvent": "journal", "Replay": "run", "TimelineError": "timeline", "replay": "run"}

__all__ = ["EPOCH", "HOUR", "MINUTE", "SECOND", "Journal", "NoSuchEvent", "Replay", "TimelineError", "replay"]


def __getattr__(name: str) -> object:
    """Load what is asked for, when it is: this package is imported by every pytest run of everybody who has hotzone installed."""
    if name not in _LAZY:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from importlib import import_module

    return getattr(import_module(f".{_LAZY[name]}", __name__), name)
