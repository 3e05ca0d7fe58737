"""A run without disk, broker or pipeline: fakes that write down what happens, in order."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from hotzone.config.units import SECOND
from hotzone.pipeline import Event, Rejected, RunEvent
from hotzone.sensors.frame import Frame
from hotzone.sensors.source import Message

WALL = 1_700_000_000 * SECOND


class Diary(list[tuple[str, ...]]):
    """What happened, in order."""

    def of(self, *kinds: str) -> list[tuple[str, ...]]:
        return [entry for entry in self if entry[0] in kinds]


class FakeBatch:
    def __init__(self, diary: Diary, topics: Sequence[str]) -> None:
        self.diary = diary
        self.messages = [Message(topic, b"1") for topic in topics]

    def acknowledge(self) -> None:
        self.diary.append(("acknowledge", *(message.topic for message in self.messages)))


class FakeSource:
    """Gives what it is given; `fail` ends it with an error."""

    def __init__(self, diary: Diary) -> None:
        self.diary = diary
        self.queue: asyncio.Queue[FakeBatch | Exception] = asyncio.Queue()
        self.asked = 0

    def give(self, *topics: str) -> None:
        self.queue.put_nowait(FakeBatch(self.diary, topics))

    def fail(self, error: Exception) -> None:
        self.queue.put_nowait(error)

    async def batches(self) -> AsyncIterator[FakeBatch]:
        while True:
            self.asked += 1
            item = await self.queue.get()
            if isinstance(item, Exception):
                raise item
            yield item

    async def close(self) -> None: ...


class FakeFold:
    """Makes an event of each frame whose topic begins with `event`, and of each timer."""

    def __init__(self, diary: Diary) -> None:
        self.diary = diary
        self.at = 0
        self.timers: list[tuple[int, bool]] = []
        """`(due, tells)`."""

    @property
    def next_due(self) -> int | None:
        return min((due for due, _ in self.timers), default=None)

    async def push_async(self, frames: Sequence[Frame]) -> list[Event]:
        assert frames[0].at > self.at
        self.at = frames[-1].at
        self.diary.append(("fold", *(frame.topic for frame in frames)))
        return [RunEvent(at=frame.at, type=frame.topic) for frame in frames if frame.topic.startswith("event")]

    async def advance_to_async(self, at: int) -> list[Event]:
        fired = [timer for timer in self.timers if timer[0] <= at]
        self.timers = [timer for timer in self.timers if timer[0] > at]
        self.at = at
        self.diary.append(("fire", str(len(fired))))
        return [RunEvent(at=due, type="timer") for due, tells in fired if tells]

    def snapshot(self) -> bytes:
        return b"state"

    def take_rejected(self) -> list[Rejected]:
        return []


class FakeLedger:
    """`gate` cleared: the disk takes nothing for now."""

    def __init__(self, diary: Diary) -> None:
        self.diary = diary
        self.frames: list[Frame] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def commit(self, frames: Sequence[Frame], rejected: Sequence[Rejected] = ()) -> None:  # noqa: ARG002  as the real one has it
        self.diary.append(("committing", *(frame.topic for frame in frames)))
        await self.gate.wait()
        self.frames += frames
        self.diary.append(("commit", *(frame.topic for frame in frames)))

    async def store(self, events: Sequence[Event]) -> None:
        self.diary.append(("store", *(event.type for event in events)))

    async def keep(self, at: int, blob: bytes) -> None:  # noqa: ARG002  as the real one has it
        self.diary.append(("keep", str(at)))
