"""The order of things, with fakes that write it down."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from hotzone.app.intake import BOUND, PLENTY, Intake
from hotzone.app.own import Unstamped
from hotzone.app.runtime import Runtime
from hotzone.app.sequencer import HallClock
from hotzone.config.units import HOUR, SECOND
from hotzone.pipeline import Event
from hotzone.sensors.frame import LinkKind, Own
from support.runs import WALL, Diary, FakeFold, FakeLedger, FakeSource
from support.waiting import until

START = Unstamped(Own.START, b"{}")


class Run:
    """A runtime among fakes. `now` is the monotonic clock."""

    def __init__(self, *, snapshot_every: int = HOUR, commit_every: int = 0, plenty: int = PLENTY) -> None:
        self.now = 0
        self.diary = Diary()
        self.source = FakeSource(self.diary)
        self.fold = FakeFold(self.diary)
        self.ledger = FakeLedger(self.diary)
        self.intake = Intake(plenty=plenty)
        self.heard: list[Event] = []
        self.runtime = Runtime(
            self.fold,
            self.ledger,
            self.intake,
            HallClock(lambda: WALL, lambda: self.now),
            told=[self._fail, self._told],
            commit_every=commit_every,
            snapshot_every=snapshot_every,
        )
        self.runtime.listen(self.source)

    def _fail(self, _events: Sequence[Event]) -> None:
        msg = "a listener that is broken"
        raise RuntimeError(msg)

    def _told(self, events: Sequence[Event]) -> None:
        self.diary.append(("release", *(event.type for event in events)))
        self.heard += events


@asynccontextmanager
async def running(run: Run, last_at: int = 0) -> AsyncIterator[None]:
    task = asyncio.create_task(run.runtime.run(START, last_at))
    try:
        yield
        run.runtime.stop()
        async with asyncio.timeout(5):
            await task
    finally:
        task.cancel()


async def test_commit_then_acknowledge_then_fold_then_store_then_release() -> None:
    run = Run()
    async with running(run):
        await until(lambda: bool(run.ledger.frames))
        run.diary.clear()
        run.source.give("event/a", "b")
        await until(lambda: bool(run.heard))
        assert run.diary == [
            ("committing", "event/a", "b"),
            ("commit", "event/a", "b"),
            ("acknowledge", "event/a", "b"),
            ("fold", "event/a", "b"),
            ("store", "event/a"),
            ("release", "event/a"),
        ]


async def test_nothing_is_acknowledged_folded_or_told_before_the_disk_has_it() -> None:
    run = Run()
    async with running(run):
        await until(lambda: bool(run.ledger.frames))
        run.ledger.gate.clear()
        run.source.give("event/a")
        await until(lambda: ("committing", "event/a") in run.diary)
        run.source.give("event/b")
        await until(lambda: run.intake.waiting == 1)
        assert run.diary.of("acknowledge", "release", "store") == []
        run.ledger.gate.set()
        await until(lambda: len(run.heard) == 2)


async def test_what_comes_soon_after_a_commit_is_committed_together() -> None:
    run = Run(commit_every=HOUR, plenty=3)
    async with running(run):
        await until(lambda: bool(run.ledger.frames))
        run.diary.clear()
        for topic in ("a", "b", "c"):
            assert run.diary == []
            run.source.give(topic)
            await until(lambda topic=topic: run.intake.waiting == "abc".index(topic) + 1 or bool(run.diary))
        await until(lambda: ("acknowledge", "c") in run.diary)
        run.source.give("d")
        await until(lambda: run.intake.waiting == 1)
    assert run.diary.of("commit") == [("commit", "a", "b", "c"), ("commit", "d"), ("commit", Own.END)]


async def test_a_turn_that_does_not_end_is_seen() -> None:
    run = Run()
    async with running(run):
        await until(lambda: bool(run.ledger.frames))
        await until(lambda: run.runtime.turn_s == 0.0)
        run.ledger.gate.clear()
        run.source.give("event/a")
        await until(lambda: run.runtime.turn_s > 0.02)
        run.ledger.gate.set()
        await until(lambda: bool(run.heard) and run.runtime.turn_s == 0.0)


async def test_start_is_the_first_frame_and_end_the_last_with_a_snapshot_behind_it() -> None:
    run = Run()
    run.source.give("early")
    async with running(run, last_at=WALL + 7 * SECOND):
        await until(lambda: len(run.ledger.frames) == 2)
    assert [frame.topic for frame in run.ledger.frames] == [Own.START, "early", Own.END]
    assert run.ledger.frames[0].at == WALL + 7 * SECOND + 1, "later than the log before"
    assert run.diary[-1] == ("keep", str(run.ledger.frames[-1].at))


async def test_what_arrives_before_the_run_begins_is_held_and_not_acknowledged() -> None:
    run = Run()
    run.source.give("early")
    await until(lambda: run.intake.waiting == 1)
    assert run.intake.take() is None
    assert run.diary == []
    async with running(run):
        await until(lambda: ("acknowledge", "early") in run.diary)


async def test_what_was_held_counts_once_so_timers_fire_when_it_is_through() -> None:
    run = Run()
    run.source.give("early", "earlier")
    await until(lambda: run.intake.waiting == 2)
    async with running(run):
        await until(lambda: ("acknowledge", "early", "earlier") in run.diary)
        assert run.intake.waiting == 0
        run.fold.timers = [(WALL, True)]
        run.source.give("x")
        await until(lambda: bool(run.heard))


async def test_a_timer_that_tells_something_is_logged_as_a_tick_before_it_is_told() -> None:
    run = Run()
    run.fold.timers = [(WALL + SECOND, True)]
    async with running(run):
        await until(lambda: bool(run.ledger.frames))
        run.diary.clear()
        run.now = 2 * SECOND
        run.source.give("x")  # wakes the loop, whose own clock is not ours
        await until(lambda: bool(run.heard))
        await until(lambda: run.diary[-1][0] == "release")
        assert run.diary[-5:] == [("fire", "1"), ("committing", Own.TICK), ("commit", Own.TICK), ("store", "timer"), ("release", "timer")]
        assert run.ledger.frames[-1].at >= WALL + 2 * SECOND


async def test_a_timer_that_tells_nothing_is_not_logged() -> None:
    run = Run()
    run.fold.timers = [(WALL, False)]
    async with running(run):
        await until(lambda: ("fire", "1") in run.diary)
    assert [frame.topic for frame in run.ledger.frames] == [Own.START, Own.END]


async def test_input_that_waits_goes_before_a_timer_that_is_due() -> None:
    run = Run()
    async with running(run):
        await until(lambda: bool(run.ledger.frames))
        run.diary.clear()
        run.fold.timers = [(WALL, True)]
        run.source.give("event/a")
        run.source.give("event/b")
        await until(lambda: len(run.heard) == 3)
        kinds = [entry[0] for entry in run.diary]
        assert kinds.index("fold") < kinds.index("fire")
        assert [event.type for event in run.heard] == ["event/a", "event/b", "timer"]


async def test_frame_times_strictly_increase_though_the_clock_stands() -> None:
    run = Run()
    async with running(run):
        for number in range(5):
            run.source.give(*(f"{number}/{index}" for index in range(10)))
        await until(lambda: len(run.ledger.frames) == 51)
    times = [frame.at for frame in run.ledger.frames]
    assert times == sorted(set(times))


async def test_a_process_that_stood_still_says_so_before_the_input_that_waited() -> None:
    run = Run()
    async with running(run):
        await until(lambda: bool(run.ledger.frames))
        run.runtime._stall._beat_at -= 1.0
        run.source.give("event/a")
        await until(lambda: bool(run.heard))
        topics = [frame.topic for frame in run.ledger.frames]
        assert topics.index(Own.LINK) < topics.index("event/a")
        assert LinkKind.STALLED.encode() in run.ledger.frames[topics.index(Own.LINK)].payload


async def test_a_source_is_not_asked_for_more_while_too_much_waits_for_the_disk() -> None:
    run = Run()
    async with running(run):
        await until(lambda: bool(run.ledger.frames))
        run.ledger.gate.clear()
        run.source.give("first")
        await until(lambda: ("committing", "first") in run.diary)
        asked = run.source.asked
        run.source.give(*["x"] * (BOUND + 1))
        run.source.give("more")
        await until(lambda: run.intake.waiting > BOUND)
        for _ in range(10):
            await asyncio.sleep(0)
        assert run.source.asked <= asked + 1
        assert run.intake.waiting < BOUND + 10, "the batch, and the frames of stalls if this machine stood still"
        run.ledger.gate.set()
        await until(lambda: ("acknowledge", "more") in run.diary, seconds=20)


async def test_after_the_disk_was_full_the_log_says_so_and_silence_begins_anew() -> None:
    run = Run()
    async with running(run):
        await until(lambda: bool(run.ledger.frames))
        run.runtime.recovered("the log could not be written for 12.0 s")
        await until(lambda: len(run.ledger.frames) == 3)
    kinds = [frame.payload for frame in run.ledger.frames if frame.topic == Own.LINK]
    assert b'"disk"' in kinds[0]
    assert b'"stalled"' in kinds[1]


async def test_a_snapshot_is_kept_when_its_time_has_come_and_all_before_it_is_stored() -> None:
    run = Run(snapshot_every=10 * SECOND)
    async with running(run):
        await until(lambda: bool(run.ledger.frames))
        run.diary.clear()
        run.now = 11 * SECOND
        run.source.give("event/a")
        await until(lambda: bool(run.diary.of("keep")))
        assert run.diary[-2:] == [("release", "event/a"), ("keep", str(run.fold.at))]


async def test_a_source_that_gives_up_ends_the_run_cleanly_and_is_heard_of() -> None:
    run = Run()
    task = asyncio.create_task(run.runtime.run(START, 0))
    run.source.give("event/a")
    run.source.fail(ConnectionError("taken over"))
    with pytest.raises(ConnectionError, match="taken over"):
        await asyncio.wait_for(task, 5)
    assert [frame.topic for frame in run.ledger.frames] == [Own.START, "event/a", Own.END]
