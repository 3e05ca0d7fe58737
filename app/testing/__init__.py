"""What helps to test a site, a handler or hotzone itself: journals, questions to them, and the units of time to ask in.

It is no test framework: pytest finds the fixtures through an entry point. This module costs nothing to import.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...config.units import HOUR, MINUTE, SECOND
    from .failures import NoSuchEvent, OutOfOrder, TooMany
    from .given import HandlerUnusable, configured
    from .golden import GoldenDiffers
    from .handling import FeedsItself
    from .journal import CoolingRequest, Journal
    from .places import NotThere
    from .run import OWN, Replay, Simulate, replay, simulate
    from .timeline import EPOCH, TimelineError
    from .vocabulary import Misspelt
    from .wanted import Wanted, expect

__all__ = [
    "EPOCH",
    "HOUR",
    "MINUTE",
    "OWN",
    "SECOND",
    "CoolingRequest",
    "FeedsItself",
    "GoldenDiffers",
    "HandlerUnusable",
    "Journal",
    "Misspelt",
    "NoSuchEvent",
    "NotThere",
    "OutOfOrder",
    "Replay",
    "Simulate",
    "TimelineError",
    "TooMany",
    "Wanted",
    "configured",
    "expect",
    "replay",
    "simulate",
]

_HOMES = {
    "...config.units": ("HOUR", "MINUTE", "SECOND"),
    ".failures": ("NoSuchEvent", "OutOfOrder", "TooMany"),
    ".given": ("HandlerUnusable", "configured"),
    ".golden": ("GoldenDiffers",),
    ".handling": ("FeedsItself",),
    ".journal": ("CoolingRequest", "Journal"),
    ".places": ("NotThere",),
    ".run": ("OWN", "Replay", "Simulate", "replay", "simulate"),
    ".timeline": ("EPOCH", "TimelineError"),
    ".vocabulary": ("Misspelt",),
    ".wanted": ("Wanted", "expect"),
}


def __getattr__(name: str) -> object:
    """Load what is asked for, when it is: this package is imported by every pytest run of everybody who has hotzone installed."""
    from importlib import import_module

    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home, __name__), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
