"""What has come in and is not committed yet: stamped on arrival, in one order, with what is to be acknowledged for it.

It belongs to the event loop. Whoever brings more asks `full` before, so that memory stays bounded when the disk stands still.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Final

from msgspec import Struct, field

from ..pipeline import Event
from ..sensors.frame import Frame, Frames
from ..sensors.source import Batch, Message
from . import own
from .own import Unstamped
from .repeats import Repeats
from .sequencer import Sequencer

BOUND: Final = 50_000
"""Messages that may wait for the disk."""
PLENTY: Final = 1000
"""Half of what a broker sends before it wants an answer, unless told otherwise."""
TURN: Final = 4096
"""Frames from which a turn takes no more: the loop has other work, too."""

_topic: Final = itemgetter(0)
_is_retained: Final = itemgetter(2)
Aside = Callable[[Message], Unstamped | None]
"""Takes a message that may be no input as it stands: gives what to log instead, or None for nothing."""


class Turn(Struct):
    """What goes through the flow together."""

    frames: Frames = field(default_factory=Frames)
    again: list[Message] = field(default_factory=list)
    """What came with them, and is in the log since before."""
    batches: list[Batch] = field(default_factory=list)
    """To acknowledge."""
    events: list[Event] = field(default_factory=list)


class Intake:
    """Holds what arrives before the run has begun; from then on stamps it at once.

    `asides` are by exact topic; of what else the broker had kept, `retained` decides.
    """

    def __init__(self, asides: Mapping[str, Aside] | None = None, *, retained: Aside = own.as_it_is, plenty: int = PLENTY) -> None:
        self._asides = dict(asides or {})
        self._retained = retained
        self.repeats = Repeats()
        """What of the messages the log has already."""
        self.before: Callable[[], None] = lambda: None
        """Called before messages are stamped, once the run has begun."""
        self._sequencer: Sequencer | None = None
        self._held: list[tuple[list[Unstamped], Batch | None, Sequence[Message]]] = []
        self._waiting: deque[tuple[list[Frame], Batch | None, Sequence[Message]]] = deque()
        self._count = 0
        self.arrived = asyncio.Event()
        """Set when there is something to take."""
        self.plenty = asyncio.Event()
        """Set while so much waits that there is no point in waiting for more."""
        self._plenty = plenty
        self.room = asyncio.Event()
        """Set while there is room for more."""
        self.room.set()

    def begin(self, sequencer: Sequencer, first: Unstamped) -> None:
        """The run begins with this frame; what was held comes right after it."""
        self._sequencer = sequencer
        held, self._held, self._count = self._held, [], 0
        self._put([first], None)
        for frames, batch, again in held:
            self._put(frames, batch, again)

    @property
    def waiting(self) -> int:
        """Frames that wait."""
        return self._count

    def own(self, frame: Unstamped) -> int:
        """Take a frame of hotzone's own; its time, 0 while the run has not begun."""
        return self._put([frame], None)

    def messages(self, batch: Batch) -> None:
        """Take what a source brought, to be acknowledged after the commit; what came before is acknowledged behind it, and not taken."""
        if self._sequencer is not None:
            self.before()
        fresh = self.repeats.fresh(batch.messages)
        taken: Sequence[Message | Unstamped] = fresh
        if any(map(_is_retained, fresh)) or not self._asides.keys().isdisjoint(map(_topic, fresh)):
            taken = [kept for message in fresh if (kept := self._aside(message)(message)) is not None]
        self._put(taken, batch, () if fresh is batch.messages else _without(batch.messages, fresh))

    def _aside(self, message: Message) -> Aside:
        return self._asides.get(message.topic, self._retained if message.retained else own.as_it_is)

    def _put(self, messages: Sequence[Message | Unstamped], batch: Batch | None, again: Sequence[Message] = ()) -> int:
        self._count += len(messages)
        at = 0
        if self._sequencer is None:
            self._held.append(([Unstamped(message[0], message[1]) for message in messages], batch, again))
        else:
            at = self._sequencer.stamp(len(messages)) if messages else 0
            new = tuple.__new__  # half the time of Frame's own __new__
            frames = [new(Frame, (when, message[0], message[1])) for when, message in enumerate(messages, at)]
            self._waiting.append((frames, batch, again))
            self.arrived.set()
            if self._count >= self._plenty:
                self.plenty.set()
        if self._count > BOUND:
            self.room.clear()
        return at

    def take(self) -> Turn | None:
        """The next frames, in order, with all that is to be acknowledged for them; None when nothing waits."""
        if not self._waiting:
            return None
        turn = Turn()
        while self._waiting and len(turn.frames) < TURN:
            frames, batch, again = self._waiting.popleft()
            turn.frames += frames
            turn.again += again
            if batch is not None:
                turn.batches.append(batch)
        self._count -= len(turn.frames)
        if self._count < self._plenty:
            self.plenty.clear()
        if not self._waiting:
            self.arrived.clear()
        if self._count <= BOUND:
            self.room.set()
        return turn


def _without(messages: Sequence[Message], some: Sequence[Message]) -> list[Message]:
    """The others, by identity: two may say the same."""
    known = set(map(id, some))
    return [message for message in messages if id(message) not in known]
