"""Downstream: who is told of events, and who carries commands out. Not the detection, and not the order of things: that is the runtime's.

A handler is any callable, async or plain, or an object with `handle()`; see `docs/handlers.md`.
"""

from .contract import Context, Delivery, Disable, GiveUp, Handler, RetryAfter, Subscription, handler, subscription_of
from .cooling import Command, CoolingDriver

__all__ = [
    "Command",
    "Context",
    "CoolingDriver",
    "Delivery",
    "Disable",
    "GiveUp",
    "Handler",
    "RetryAfter",
    "Subscription",
    "handler",
    "subscription_of",
]
