"""What a flow promises beside its journal: a stop at any moment, nothing left behind, handlers that harm nobody, errors that arrive."""

import asyncio
import gc
import os
import random
import signal
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest

from hotzone.config.model import Priority
from hotzone.config.units import SECOND
from hotzone.pipeline import AlarmEvent, Event, Pipeline, Style
from hotzone.pipeline.styles import FrameBatch
from hotzone.pipeline.styles.contract import QUEUE, urgency
from hotzone.sensors.frame import Frame, Own
from support.catalogue import digest, entry
from support.sites import EPOCH, merged, own, site, start, stream, zone

STYLES = list(Style)
FREE = [style for style in STYLES if style is not Style.CALLBACKS]
"""Styles whose handlers delay nobody."""
ZONES = tuple(zone(name) for name in ("A1", "A2", "A3"))
SITE = site(*ZONES)
FRAMES = merged([start()], *(stream(one, 40.0, 1, 300) for one in ZONES))
STOP_S = 2.0


def batches(frames: Sequence[Frame] = FRAMES, size: int = 10) -> list[Sequence[Frame]]:
    return [frames[begin : begin + size] for begin in range(0, len(frames), size)]


def held() -> tuple[set[str], int]:
    """What can be left behind: names of threads, and the number of open files and sockets."""
    gc.collect()
    return {thread.name for thread in threading.enumerate()}, len(list(Path(f"/proc/{os.getpid()}/fd").iterdir()))


@pytest.fixture(autouse=True)
def _nothing_is_left_behind() -> Iterator[None]:
    before = held()
    yield
    assert held() == before


def endless(pipeline: Pipeline, taken: list[FrameBatch], stop_at: int = -1) -> Iterator[FrameBatch]:
    """Batches for ever; `stop_at` is how many there are when somebody says stop, before the next one."""
    at = EPOCH
    yield [start(at)]
    while not pipeline.stopping.wait(0.001):
        if len(taken) == stop_at:
            pipeline.stop()
        at += 20 * SECOND
        batch = [frame._replace(at=at + k) for k, frame in enumerate(FRAMES[1:13])]
        taken.append(batch)
        yield batch


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("moment", [0, 1, 7, 40])
def test_a_flow_stops_soon_and_sees_through_what_it_took(style: Style, moment: int) -> None:
    taken: list[FrameBatch] = []
    events: list[Event] = []
    with Pipeline(SITE, style=style, workers=2) as pipeline:
        began = time.monotonic()
        flowed = pipeline.flow(endless(pipeline, taken, moment), events.extend)
        assert time.monotonic() - began < STOP_S
        assert len(taken) == moment + 1
        frames = [start(), *(frame for batch in taken for frame in batch)]
        assert (flowed.frames, flowed.events) == (len(frames), len(events))
        assert flowed.at == pipeline.at
    assert digest(events) == digest(Pipeline(SITE).push(frames))


@pytest.mark.parametrize("style", STYLES)
def test_stop_comes_from_another_thread_at_any_moment(style: Style) -> None:
    rng = random.Random(1)
    for _ in range(5):
        taken: list[FrameBatch] = []
        events: list[Event] = []
        flowing = threading.Event()
        stopped_at: list[float] = []

        def told(some: list[Event]) -> None:
            events.extend(some)  # noqa: B023  it is called in this round
            flowing.set()  # noqa: B023  it is over before the next round

        def stop(delay: float) -> None:
            flowing.wait()  # noqa: B023  it is over before the next round
            time.sleep(delay)
            stopped_at.append(time.monotonic())  # noqa: B023  it is over before the next round
            pipeline.stop()

        with Pipeline(SITE, style=style, workers=3) as pipeline:
            stopper = threading.Thread(target=stop, args=(rng.uniform(0.0, 0.05),), daemon=True)
            stopper.start()
            flowed = pipeline.flow(endless(pipeline, taken), told)
            stopper.join()
            assert time.monotonic() - stopped_at[0] < STOP_S
        frames = [start(), *(frame for batch in taken for frame in batch)]
        assert flowed.frames == len(frames)
        assert digest(events) == digest(Pipeline(SITE).push(frames))


@pytest.mark.parametrize("style", STYLES)
def test_a_flow_may_follow_another_and_pushes_may_come_between(style: Style) -> None:
    events: list[Event] = []
    parts = batches(size=40)
    with Pipeline(SITE, style=style, workers=2) as pipeline:
        pipeline.flow(parts[:2], events.extend)
        events += pipeline.push(parts[2])
        events += asyncio.run(pipeline.push_async(parts[3]))
        pipeline.close()
        pipeline.flow(parts[4:], events.extend)
        due = pipeline.next_due
        assert due is not None
        events += pipeline.advance_to(due)
    whole = Pipeline(SITE)
    assert digest(events) == digest(whole.push(FRAMES) + whole.advance_to(due))


@pytest.mark.parametrize("style", STYLES)
def test_an_empty_source_and_empty_batches_are_no_trouble(style: Style) -> None:
    with Pipeline(SITE, style=style) as pipeline:
        assert pipeline.flow([], _never).frames == 0
        assert pipeline.flow([[], []], _never).at == 0
        assert pipeline.push([]) == []


def _never(events: list[Event]) -> None:
    raise AssertionError(events)


# Handlers


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("kind", ["plain", "async"])
def test_handlers_are_given_every_event_and_one_that_raises_harms_nobody(style: Style, kind: str) -> None:
    events: list[Event] = []
    seen: list[Event] = []

    def broken(event: Event) -> None:
        raise ValueError(event)

    async def broken_too(event: Event) -> None:
        await asyncio.sleep(0)
        raise ValueError(event)

    async def wait(event: Event) -> None:
        await asyncio.sleep(0)
        seen.append(event)

    handlers = [broken, seen.append] if kind == "plain" else [broken_too, wait]
    with Pipeline(SITE, style=style, workers=2) as pipeline:
        flowed = pipeline.flow(batches(), events.extend, handlers, patience=10.0)
    assert len(events) == flowed.events > 10
    assert sorted(event.id for event in seen) == sorted(event.id for event in events)
    deliveries = flowed.deliveries
    assert (deliveries.handed, deliveries.handled, deliveries.failed, deliveries.left) == (2 * len(events), len(events), len(events), 0)


@pytest.mark.parametrize("style", FREE)
def test_a_slow_handler_does_not_delay_the_journal(style: Style) -> None:
    """It does not come back before the flow has: whoever waits for it never gets there."""
    over = threading.Event()
    events: list[Event] = []
    with Pipeline(SITE, style=style, workers=2) as pipeline:
        flowed = pipeline.flow(batches(), events.extend, [lambda _: over.wait(60.0)], patience=0.1)
        assert flowed.deliveries.left == len(events) == flowed.events > 10
        over.set()
    for thread in threading.enumerate():
        if thread.name.startswith("handler-"):  # left behind until now
            thread.join()


@pytest.mark.parametrize("style", [Style.RX, Style.THREADS])
def test_a_handler_has_one_thread_even_if_it_is_idle_between_events(style: Style, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    events: list[Event] = []
    handled = threading.Semaphore(0)

    class Thread(threading.Thread):
        def start(self) -> None:
            started.append(self.name)
            super().start()

    def unhurried() -> Iterator[FrameBatch]:
        waited = 0
        for batch in batches():
            yield batch
            while waited < len(events):
                assert handled.acquire(timeout=60.0)
                waited += 1

    monkeypatch.setattr(threading, "Thread", Thread)
    with Pipeline(SITE, style=style, workers=2) as pipeline:
        pipeline.flow(unhurried(), events.extend, [lambda _: handled.release()], patience=60.0)
    assert len(events) > 10
    assert started.count("handler-1") == 1


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("kind", ["plain", "async"])
def test_a_slow_handler_does_not_delay_a_stop(style: Style, kind: str) -> None:
    stopped_at: list[float] = []

    def plain(_: Event) -> None:
        if not stopped_at:
            stopped_at.append(time.monotonic())
            pipeline.stop()
        time.sleep(0.2)

    async def waits(event: Event) -> None:
        await asyncio.to_thread(plain, event)

    with Pipeline(SITE, style=style, workers=2) as pipeline:
        flowed = pipeline.flow([FRAMES], list[Event]().extend, [plain if kind == "plain" else waits])
        assert time.monotonic() - stopped_at[0] < STOP_S
    assert flowed.frames == len(FRAMES)
    assert flowed.events * 0.2 > STOP_S, "there would be more to do"
    assert 0 < flowed.deliveries.handled < flowed.deliveries.handed == flowed.events


def test_with_callbacks_a_slow_handler_delays_the_journal() -> None:
    seen, events = list[Event](), list[Event]()
    delays: list[float] = []

    def handle(event: Event) -> None:
        time.sleep(0.01)
        seen.append(event)

    def timed() -> Iterator[FrameBatch]:
        for batch in batches():
            began = time.monotonic()
            yield batch
            delays.append(time.monotonic() - began)

    flowed = Pipeline(SITE, style="callbacks").flow(timed(), events.extend, [handle])
    assert flowed.deliveries.left == 0
    assert seen == events
    assert sum(delays) >= 0.01 * len(events)


def test_with_threads_a_critical_alarm_overtakes_what_waits() -> None:
    gate, seen, events = threading.Event(), list[Event](), list[Event]()
    end = own(FRAMES[-1].at + 1, Own.END)

    def handle(event: Event) -> None:
        gate.wait()
        seen.append(event)

    def told(some: list[Event]) -> None:
        events.extend(some)
        if some[-1].at == end.at:  # so all that came before is waiting
            gate.set()

    with Pipeline(SITE, style="threads") as pipeline:
        pipeline.flow([FRAMES, [end]], told, [handle], patience=None)
    waited = seen[1:]  # the first was taken before anything could overtake it
    assert waited == sorted(waited, key=urgency)
    assert waited != events[1:]
    assert isinstance(waited[0], AlarmEvent)
    assert waited[0].priority is Priority.CRITICAL


# Errors


def test_a_push_that_is_interrupted_leaves_no_thread() -> None:
    many = site(*(zone(f"A{number}") for number in range(30)))
    pipeline = Pipeline(many, style="threads", workers=30)
    wiring = pipeline._wiring
    wiring._hire()
    wiring._spread(FRAMES)  # type: ignore[attr-defined]  the caller is interrupted while it waits
    pipeline.close()


class Broken(Exception):
    """Of a source, or of who is told."""


@pytest.mark.parametrize("style", STYLES)
def test_what_the_source_raises_arrives(style: Style) -> None:
    def source() -> Iterator[FrameBatch]:
        yield FRAMES[:50]
        raise Broken

    with Pipeline(SITE, style=style, workers=2) as pipeline, pytest.raises(Broken):
        pipeline.flow(source(), list[Event]().extend, [lambda _: None])


@pytest.mark.parametrize("style", STYLES)
def test_what_the_journal_raises_ends_the_flow(style: Style) -> None:
    def told(_: list[Event]) -> None:
        raise Broken

    with Pipeline(SITE, style=style, workers=2) as pipeline, pytest.raises(Broken):
        pipeline.flow(endless(pipeline, []), told, [lambda _: None])


@pytest.mark.parametrize("style", STYLES)
def test_ctrl_c_ends_the_flow(style: Style) -> None:
    with Pipeline(SITE, style=style, workers=2) as pipeline, pytest.raises(KeyboardInterrupt):
        pipeline.flow(endless(pipeline, []), lambda _: signal.raise_signal(signal.SIGINT), [lambda _: None])


@pytest.mark.parametrize("style", STYLES)
def test_what_a_fold_raises_arrives_in_a_push_and_in_a_flow(style: Style, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise Broken

    with Pipeline(SITE, style=style, workers=2) as pipeline:
        monkeypatch.setattr("hotzone.pipeline.zone.ZoneFold.measure", broken)
        with pytest.raises(Broken):
            pipeline.flow(batches(), list[Event]().extend)
    with Pipeline(SITE, style=style, workers=2) as pipeline, pytest.raises(Broken):
        pipeline.push(FRAMES)


@pytest.mark.parametrize("workers", [0, -1])
def test_there_must_be_a_worker(workers: int) -> None:
    with pytest.raises(ValueError, match="one at least"):
        Pipeline(SITE, style="threads", workers=workers)


def test_a_style_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="fibres"):
        Pipeline(SITE, style="fibres")


# What each has of its own


@pytest.mark.parametrize("style", [Style.ASYNCIO, Style.THREADS])
def test_a_full_queue_makes_the_source_wait(style: Style) -> None:
    """Nobody is told of anything while the first batch is settled; so no more can be taken than the queues hold."""
    taken: list[int] = []
    ahead: list[int] = []
    release = threading.Event()

    def source() -> Iterator[FrameBatch]:
        for number, batch in enumerate(batches(size=3)):
            taken.append(number)
            yield batch

    def told(_: list[Event]) -> None:
        ahead.append(len(taken))
        release.wait(0.2 if len(ahead) == 1 else 0.0)
        ahead[-1] = max(ahead[-1], len(taken))

    with Pipeline(SITE, style=style, workers=2) as pipeline:
        pipeline.flow(source(), told)
    assert len(taken) > 3 * QUEUE
    assert ahead[0] <= 3 * QUEUE + 5 < len(taken)


def test_threads_are_named_by_their_roles_and_gone_at_the_end() -> None:
    names: set[str] = set()

    def told(_: list[Event]) -> None:
        names.update(thread.name for thread in threading.enumerate())

    with Pipeline(SITE, style="threads", workers=3) as pipeline:
        pipeline.flow(batches(), told, [lambda _: None])
        assert {thread.name for thread in threading.enumerate()} & {"reader", "handler-1"} == set()
    assert {"reader", "zone-worker-0", "zone-worker-1", "zone-worker-2", "handler-1"} <= names


async def test_tasks_are_named_by_their_roles_and_gone_at_the_end() -> None:
    names: set[str] = set()

    def told(_: list[Event]) -> None:
        names.update(task.get_name() for task in asyncio.all_tasks())

    before = asyncio.all_tasks()
    flowed = await Pipeline(SITE, style="asyncio", workers=2).flow_async(batches(), told, [lambda _: None])
    assert {"reader", "zone-group-0", "zone-group-1", "handler-1"} <= names
    assert flowed.frames == len(FRAMES)
    assert asyncio.all_tasks() == before


async def test_a_cancelled_flow_leaves_no_task_and_closes_its_source() -> None:
    closed = []

    async def source() -> AsyncIterator[FrameBatch]:
        try:
            for batch in batches():
                yield batch
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    events: list[Event] = []
    before = asyncio.all_tasks()
    flow = asyncio.create_task(Pipeline(SITE, style="asyncio").flow_async(source(), events.extend, [_forever]))
    async with asyncio.timeout(5):
        while len(events) < 5:  # noqa: ASYNC110  they come by themselves
            await asyncio.sleep(0)
    flow.cancel()
    await asyncio.wait([flow])
    assert flow.cancelled()
    assert closed == [True]
    assert asyncio.all_tasks() == before


async def _forever(_: Event) -> None:
    await asyncio.Event().wait()


async def test_an_asynchronous_source_that_waits_is_stopped_at_once() -> None:
    pipeline = Pipeline(SITE, style="asyncio")
    waiting = asyncio.Event()

    async def source() -> AsyncIterator[FrameBatch]:
        yield FRAMES
        waiting.set()
        await asyncio.Event().wait()

    events: list[Event] = []
    flow = asyncio.create_task(pipeline.flow_async(source(), events.extend))
    await waiting.wait()
    pipeline.stop()
    async with asyncio.timeout(STOP_S):
        flowed = await flow
    assert flowed.frames == len(FRAMES)
    assert digest(events) == digest(Pipeline(SITE).push(FRAMES))


@pytest.mark.parametrize("style", FREE[:1] + FREE[2:])
async def test_only_asyncio_flows_on_a_loop(style: Style) -> None:
    with Pipeline(SITE, style=style) as pipeline, pytest.raises(TypeError, match="asyncio"):
        await pipeline.flow_async(batches(), _never)


@pytest.mark.parametrize("style", [Style.RX, Style.THREADS, Style.CALLBACKS])
def test_other_styles_say_that_they_take_no_asynchronous_source(style: Style) -> None:
    async def source() -> AsyncIterator[FrameBatch]:
        yield FRAMES

    with Pipeline(SITE, style=style) as pipeline, pytest.raises(TypeError, match="async_generator"):
        pipeline.flow(source(), _never)


@pytest.mark.parametrize("style", [Style.ASYNCIO, Style.THREADS])
def test_the_number_of_workers_is_bounded_by_the_zones(style: Style) -> None:
    run = entry("synthetic 3").runs[0]
    with Pipeline(run.site, style=style, workers=50) as pipeline:
        assert digest(pipeline.push(run.frames)) == digest(Pipeline(run.site).push(run.frames))
