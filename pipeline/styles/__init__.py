"""The styles: the same stages over the same frames, wired in the way of one kind of concurrent programming each. `rx` is the product's.

    decode -> the folds of the zones -> merge -> the fold of the hall -> events

Each style is one file with one class, and each can do the same:

push        folds one batch and gives what comes of it: a barrier. When it returns nothing is on its way and the state stands still, so it
            may be kept, looked at, or handed to another style. `push_async` is for whoever sits on an event loop.
flow        folds what a source brings, as the style does it by itself: in `asyncio` and `threads` several batches are on their way at
            once, in bounded queues, and a full queue makes the source wait. The events of each batch go to `told`, in canonical order, by one
            caller: the same bytes whatever the style, the number of its workers, and the cut of the batches. A batch that was taken from
            the source is always seen through, so what the source counts as taken is told; only a cancelled task gives it up.
handlers    are given the events of a flow one by one, as the style does such things, and never delay `told`; `callbacks` has no other
            way, and there they do. What they raise is counted. At the end they have some time for what waits, and what is left is counted.
stop        takes nothing more from the source. `flow` then returns within 2 s, unless the source itself waits for longer: a plain one is to
            look at `Pipeline.stopping`, an asynchronous one is cancelled.
close       leaves no thread, task or socket. Only `asyncio` and `threads` have any; both get new ones when they are pushed again.

A handler that never comes back cannot be ended from outside: its thread is left behind, and dies with the process. On the pool of an
event loop it keeps the loop from closing.
"""

from .contract import PATIENCE_S, Deliveries, Flowed, FrameBatch, Handler, Style, Told, Wiring
from .wired import Flowing, Stopping, wired

__all__ = [
    "PATIENCE_S",
    "Deliveries",
    "Flowed",
    "Flowing",
    "FrameBatch",
    "Handler",
    "Stopping",
    "Style",
    "Told",
    "Wiring",
    "wired",
]
