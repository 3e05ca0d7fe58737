"""Delivery: at least once, in order, and nothing that a handler does harms another."""

import asyncio
import random
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec import structs

from hotzone.config.model import Priority
from hotzone.config.service import HandlerConfig
from hotzone.config.units import MILLISECOND
from hotzone.handlers import Context, Disable, GiveUp, RetryAfter, Subscription
from hotzone.handlers.discovery import Found
from hotzone.handlers.host import HandlerHost
from hotzone.handlers.outbox import Outbox
from hotzone.handlers.stats import Outcome
from hotzone.pipeline import AlarmEvent, AlarmState
from support.outboxes import dead
from support.sites import site

EVERYTHING = Subscription(events="*")


def alarm(at: int, priority: Priority = Priority.HIGH) -> AlarmEvent:
    return AlarmEvent(
        at=at, type="alarm.raised", zone="A1", alarm=f"a@{at}", rule="high", priority=priority, state=AlarmState.UNACKNOWLEDGED
    )


def found(name: str, target: object, *, wanted: Subscription = EVERYTHING, **config: object) -> Found:
    settings = {"timeout": 100 * MILLISECOND, "retries": 2, **config}
    return Found(name=name, origin="test", subscription=wanted, target=target, config=HandlerConfig(name=name, use=name, **settings))


async def no_wait(_: float) -> None:
    await asyncio.sleep(0)


def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for a condition that other threads bring about."""
    deadline, beat = time.monotonic() + seconds, threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        beat.wait(0.005)


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Callable[..., HandlerHost]]:
    hosts: list[HandlerHost] = []

    def make(*handlers: Found, **more: object) -> HandlerHost:
        host = HandlerHost(site(), handlers, tmp_path / "outbox.db", lambda *_: None, sleep=no_wait, rng=random.Random(1), **more)
        hosts.append(host)
        host.start()
        return host

    yield make
    for host in hosts:
        host.stop()


def send(host: HandlerHost, path: Path, *events: AlarmEvent) -> None:
    host.expect(events)
    outbox = Outbox(path / "outbox.db", host.wanted)
    outbox.insert(events)
    outbox.close()
    host.told(events)


def test_every_event_reaches_its_handler_in_order(hosted: Callable[..., HandlerHost], tmp_path: Path) -> None:
    taken: list[int] = []

    async def take(event: AlarmEvent, _: Context) -> None:
        taken.append(event.at)

    host = hosted(found("take", take))
    send(host, tmp_path, *(alarm(at) for at in range(200)))
    until(lambda: len(taken) == 200)
    assert taken == list(range(200))


def test_what_is_critical_goes_before_all_that_waits_also_when_it_comes_in_the_middle(
    hosted: Callable[..., HandlerHost], tmp_path: Path
) -> None:
    taken: list[int] = []
    came, goes_on = threading.Event(), threading.Event()

    def take(event: AlarmEvent, _: Context) -> None:
        taken.append(event.at)
        if event.at == 3:
            came.set()
            goes_on.wait(10)

    host = hosted(found("take", take, timeout=10_000 * MILLISECOND))
    send(host, tmp_path, *(alarm(at) for at in range(200)))
    assert came.wait(10)
    send(host, tmp_path, alarm(300), alarm(301, Priority.CRITICAL), alarm(302))
    goes_on.set()
    until(lambda: len(taken) == 203)
    assert taken == [*range(4), 301, *range(4, 200), 300, 302]


@pytest.mark.parametrize("kind", ["raises", "exits", "interrupts", "is cancelled", "sleeps", "blocks its loop", "never ends"])
def test_what_one_handler_does_delays_no_other(kind: str, hosted: Callable[..., HandlerHost], tmp_path: Path) -> None:
    release = threading.Event()
    hit: list[str] = []

    def misbehave(_: AlarmEvent, __: Context) -> None:
        hit.append(kind)
        match kind:
            case "raises":
                raise RuntimeError(kind)
            case "exits":
                sys.exit(3)
            case "interrupts":
                raise KeyboardInterrupt
            case "is cancelled":
                raise asyncio.CancelledError
            case _:
                release.wait(60)

    async def misbehave_async(event: AlarmEvent, ctx: Context) -> None:
        hit.append(kind)
        if kind == "never ends":
            await asyncio.Event().wait()
        misbehave(event, ctx)

    taken: list[int] = []

    async def take(event: AlarmEvent, _: Context) -> None:
        taken.append(event.at)

    bad = misbehave if kind == "sleeps" else misbehave_async
    host = hosted(found("bad", bad), found("good", take))
    send(host, tmp_path, *(alarm(at) for at in range(20)))
    until(lambda: len(taken) == 20, 2.0)
    until(lambda: host.stats["bad"].dead >= 1)
    release.set()
    assert hit, "the fault was never hit"
    assert taken == list(range(20))


def test_a_handler_that_recovers_is_given_the_same_event_again(hosted: Callable[..., HandlerHost], tmp_path: Path) -> None:
    tries: list[int] = []
    outcomes: list[Outcome] = []

    def third_time(event: AlarmEvent, _: Context) -> None:
        tries.append(event.at)
        if len(tries) < 3:
            raise ConnectionError

    host = hosted(found("third", third_time), observe=lambda _, outcome: outcomes.append(outcome))
    send(host, tmp_path, alarm(7))
    until(lambda: host.stats["third"].delivered == 1)
    assert tries == [7, 7, 7]
    assert outcomes == [Outcome.RETRIED, Outcome.RETRIED, Outcome.DELIVERED]


def test_what_is_refused_to_the_end_is_a_dead_letter_with_its_reason(hosted: Callable[..., HandlerHost], tmp_path: Path) -> None:
    def refuse(_: AlarmEvent, __: Context) -> None:
        msg = "no such pager"
        raise LookupError(msg)

    host = hosted(found("refuse", refuse))
    send(host, tmp_path, alarm(7))
    until(lambda: host.stats["refuse"].dead == 1)
    host.stop()
    letters = dead(Outbox(tmp_path / "outbox.db", {}))
    assert [(letter.id, letter.handler, letter.reason) for letter in letters] == [
        ("alarm.raised:A1:high@7", "refuse", "LookupError: no such pager")
    ]


def test_the_breaker_opens_after_five_failures_and_closes_again(tmp_path: Path) -> None:
    rests: list[float] = []
    failing = threading.Event()
    failing.set()

    async def sleep(seconds: float) -> None:
        if seconds == 30.0:
            rests.append(seconds)
            failing.clear()
        await asyncio.sleep(0)

    def flaky(_: AlarmEvent, __: Context) -> None:
        if failing.is_set():
            raise OSError

    host = HandlerHost(site(), [found("flaky", flaky, retries=9)], tmp_path / "outbox.db", lambda *_: None, sleep=sleep)
    host.start()
    send(host, tmp_path, alarm(1), alarm(2))
    until(lambda: host.stats["flaky"].delivered == 2)
    host.stop()
    assert rests == [30.0]
    assert host.stats["flaky"].retried == 5
    assert not host.stats["flaky"].open


def test_what_a_killed_run_left_is_delivered_by_the_next(hosted: Callable[..., HandlerHost], tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db", {"take": EVERYTHING})
    outbox.insert([alarm(1), alarm(2)])
    outbox.insert([alarm(2), alarm(3)])
    outbox.settle([(alarm(1).id, "take")])
    outbox.close()
    taken: list[int] = []
    hosted(found("take", lambda event, _: taken.append(event.at)))
    until(lambda: taken == [2, 3])


def test_what_cannot_be_noted_as_done_is_not_told_again_and_hides_nothing(hosted: Callable[..., HandlerHost], tmp_path: Path) -> None:
    taken: list[int] = []
    host = hosted(found("take", lambda event, _: taken.append(event.at), queue=1))
    disk = sqlite3.connect(tmp_path / "outbox.db", isolation_level=None)
    send(host, tmp_path, alarm(1))
    until(lambda: taken == [1])
    host._outbox._database.execute("PRAGMA busy_timeout=0")
    disk.execute("BEGIN IMMEDIATE")
    for more in (alarm(2), alarm(3)):
        disk.execute("INSERT INTO outbox (id, handler, line) SELECT ?, handler, line FROM outbox LIMIT 1", (more.id,))
    disk.execute("COMMIT")
    disk.execute("BEGIN IMMEDIATE")  # from here on nobody else can write
    host.told([alarm(2)])
    until(lambda: len(taken) == 3)
    for _ in range(50):
        host.told([alarm(2)])
    until(lambda: not host._noting)
    assert len(taken) == 3
    disk.execute("ROLLBACK")
    until(lambda: host._noting)
    assert [row[0] for row in disk.execute("SELECT state FROM outbox")] == ["done", "done", "done"]


def test_trouble_within_a_lane_ends_no_other(hosted: Callable[..., HandlerHost], tmp_path: Path) -> None:
    taken: list[str] = []

    def observe(handler: str, _: Outcome) -> None:
        if handler == "bad":
            msg = "whoever counts is broken"
            raise RuntimeError(msg)

    host = hosted(found("bad", lambda *_: None), found("good", lambda event, _: taken.append(event.at)), observe=observe)
    for at in range(5):
        send(host, tmp_path, alarm(at))
    until(lambda: len(taken) == 5)
    assert host.stats["bad"].delivered >= 1


def test_the_end_of_an_alarm_wakes_who_was_told_of_it(hosted: Callable[..., HandlerHost], tmp_path: Path) -> None:
    before = Outbox(tmp_path / "outbox.db", {"take": Subscription(alarms=True)})
    before.insert([alarm(1, Priority.LOW)])
    before.close()
    taken: list[str] = []
    host = hosted(found("take", lambda event, _: taken.append(event.type), wanted=Subscription(alarms=True, min_priority=Priority.HIGH)))
    until(lambda: taken == ["alarm.raised"])
    send(host, tmp_path, structs.replace(alarm(2, Priority.LOW), type="alarm.cleared", state=AlarmState.NORMAL))
    until(lambda: taken == ["alarm.raised", "alarm.cleared"], 2.0)


def test_what_does_not_come_back_is_counted(hosted: Callable[..., HandlerHost], tmp_path: Path) -> None:
    release = threading.Event()
    host = hosted(found("hang", lambda *_: release.wait(60)))
    send(host, tmp_path, alarm(1))
    until(lambda: host.stats["hang"].dead == 1)
    release.set()
    assert host.stats["hang"].abandoned == 3


def test_it_stops_in_time_whatever_a_handler_does(hosted: Callable[..., HandlerHost], tmp_path: Path) -> None:
    entered, release = threading.Event(), threading.Event()

    async def block(_: AlarmEvent, __: Context) -> None:
        entered.set()
        release.wait(60)

    host = hosted(found("block", block, timeout=60_000 * MILLISECOND))
    send(host, tmp_path, alarm(1))
    assert entered.wait(5)
    began = time.monotonic()
    host.stop()
    assert time.monotonic() - began < 2.0
    release.set()


def test_a_handler_asks_for_cooling(tmp_path: Path) -> None:
    asked: list[tuple[object, ...]] = []

    def ask(event: AlarmEvent, ctx: Context) -> None:
        ctx.request_cooling("A1", 90.0, event.at + 1)

    host = HandlerHost(site(), [found("ask", ask)], tmp_path / "outbox.db", lambda *request: asked.append(request))
    host.start()
    send(host, tmp_path, alarm(5))
    until(lambda: bool(asked))
    host.stop()
    assert asked == [("A1", 90.0, 6, "ask")]


def test_an_event_given_up_is_a_dead_letter_at_once(hosted: Callable[..., HandlerHost], tmp_path: Path) -> None:
    tries: list[int] = []

    def refuse(event: AlarmEvent, _: Context) -> None:
        tries.append(event.at)
        if event.at == 1:
            msg = "404 Not Found"
            raise GiveUp(msg)

    host = hosted(found("refuse", refuse))
    send(host, tmp_path, alarm(1), alarm(2))
    until(lambda: host.stats["refuse"].delivered == 1)
    assert tries == [1, 2]
    assert host.stats["refuse"].retried == 0
    host.stop()
    assert [letter.reason for letter in dead(Outbox(tmp_path / "outbox.db", {}))] == ["404 Not Found"]


def test_an_event_put_off_keeps_its_place_and_costs_no_attempt(tmp_path: Path) -> None:
    waits: list[float] = []
    tries: list[int] = []
    opened: list[bool] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(0)

    def busy(event: AlarmEvent, _: Context) -> None:
        tries.append(event.at)
        if len(tries) <= 8:
            msg = "503"
            opened.append(host.stats["busy"].open)
            raise RetryAfter(msg, {1: 7200.0, 2: float("nan"), 3: 0.0}.get(len(tries), 2.0))

    host = HandlerHost(site(), [found("busy", busy, retries=1)], tmp_path / "outbox.db", lambda *_: None, sleep=sleep)
    host.start()
    send(host, tmp_path, alarm(1), alarm(2))
    until(lambda: host.stats["busy"].delivered == 2)
    host.stop()
    assert tries == [1] * 9 + [2]
    assert opened == [False] + [True] * 7
    assert host.stats["busy"].called
    assert waits[0] == 3600.0
    assert 0.0 <= waits[1] <= 2.0
    assert waits[2:] == [1.0] + [2.0] * 5
    assert host.stats["busy"].dead == 0


def test_an_event_is_put_off_for_a_day_at_most(hosted: Callable[..., HandlerHost], tmp_path: Path) -> None:
    def busy(_: AlarmEvent, __: Context) -> None:
        msg = "503"
        raise RetryAfter(msg, 3600.0)

    host = hosted(found("busy", busy))
    send(host, tmp_path, alarm(1))
    until(lambda: host.stats["busy"].dead == 1)
    assert host.stats["busy"].retried == 24


def test_a_handler_that_wants_no_more_is_not_called_until_the_next_start(hosted: Callable[..., HandlerHost], tmp_path: Path) -> None:
    tries: list[int] = []

    def gone(event: AlarmEvent, _: Context) -> None:
        tries.append(event.at)
        if len(tries) == 1:
            msg = "410 Gone"
            raise Disable(msg)

    host = hosted(found("gone", gone))
    send(host, tmp_path, alarm(1), alarm(2))
    until(lambda: host.stats["gone"].dead == 2)
    assert tries == [1]
    assert host.stats["gone"].disabled == "410 Gone"
    host.stop()
    again = hosted(found("gone", gone))
    send(again, tmp_path, alarm(3))
    until(lambda: again.stats["gone"].delivered == 1)
    assert tries == [1, 3]


class Worker:
    """Does something in the background; `trouble` is what goes wrong there."""

    def __init__(self, trouble: str = "") -> None:
        self.trouble = trouble
        self.begun: list[int] = []
        self.log: list[str] = []
        self.release = threading.Event()

    async def handle(self, event: AlarmEvent, _: Context) -> None:
        self.log.append(f"handle {event.at}")

    async def run(self, ctx: Context) -> None:
        self.begun.append(len(ctx.standing()))
        match self.trouble:
            case "raises" if len(self.begun) < 4:
                raise RuntimeError
            case "exits" if len(self.begun) < 4:
                sys.exit(1)
            case "blocks" if len(self.begun) == 1:
                self.release.wait(60)
            case "ends":
                return
        try:
            await asyncio.Event().wait()
        finally:
            self.log.append("cancelled")

    async def close(self) -> None:
        self.log.append("closed")
        if self.trouble == "stays open":
            await asyncio.Event().wait()


def test_background_work_goes_on_beside_the_calls_and_ends_with_the_host(hosted: Callable[..., HandlerHost], tmp_path: Path) -> None:
    worker = Worker()
    host = hosted(found("worker", worker), standing=[alarm(1)])
    until(lambda: worker.begun == [1])
    send(host, tmp_path, alarm(2))
    until(lambda: host.stats["worker"].delivered == 1)
    host.stop()
    assert worker.log == ["handle 2", "cancelled", "closed"]


@pytest.mark.parametrize(("trouble", "begun"), [("raises", 4), ("exits", 4), ("ends", 1)])
def test_background_work_that_fails_is_begun_again_and_harms_nobody(
    trouble: str, begun: int, hosted: Callable[..., HandlerHost], tmp_path: Path
) -> None:
    worker, taken = Worker(trouble), list[int]()
    host = hosted(found("worker", worker), found("good", lambda event, _: taken.append(event.at)))
    until(lambda: len(worker.begun) == begun)
    send(host, tmp_path, alarm(1))
    until(lambda: taken == [1] and worker.log == ["handle 1"])
    assert host.stats["worker"].restarted == begun - 1


class Wordless(Exception):
    def __str__(self) -> str:
        return str(self.args[1])


def test_an_error_that_cannot_be_worded_harms_nobody(hosted: Callable[..., HandlerHost], tmp_path: Path) -> None:
    taken: list[tuple[str, int]] = []

    class Poison:
        async def handle(self, event: AlarmEvent, _: Context) -> None:
            if event.at == 2:
                raise Wordless
            taken.append(("poison", event.at))

        async def run(self, _: Context) -> None:
            raise Wordless

    host = hosted(found("poison", Poison(), retries=1), found("good", lambda event, _: taken.append(("good", event.at))))
    send(host, tmp_path, alarm(1), alarm(2), alarm(3))
    until(lambda: len(taken) == 5 and host.stats["poison"].dead == 1)
    assert sorted(taken) == [("good", 1), ("good", 2), ("good", 3), ("poison", 1), ("poison", 3)]
    assert host.stats["poison"].restarted


def test_background_work_that_blocks_is_begun_on_another_loop(hosted: Callable[..., HandlerHost], tmp_path: Path) -> None:
    worker = Worker("blocks")
    host = hosted(found("worker", worker))
    until(lambda: len(worker.begun) == 1)
    send(host, tmp_path, alarm(1))
    until(lambda: worker.log == ["handle 1"])
    until(lambda: len(worker.begun) == 2)
    assert host.stats["worker"].restarted == 1
    worker.release.set()


def test_one_that_does_not_close_holds_nobody_up(hosted: Callable[..., HandlerHost]) -> None:
    worker = Worker("stays open")
    host = hosted(found("worker", worker))
    until(lambda: len(worker.begun) == 1)
    began = time.monotonic()
    host.stop(0.5)
    assert time.monotonic() - began < 1.5
    assert worker.log == ["cancelled", "closed"]


def test_a_handler_finds_standing_what_it_was_told_of(hosted: Callable[..., HandlerHost], tmp_path: Path) -> None:
    seen: list[tuple[int, ...]] = []

    def look(_: AlarmEvent, ctx: Context) -> None:
        seen.append(tuple(event.at for event in ctx.standing()))

    host = hosted(found("look", look), standing=[alarm(1)])
    send(host, tmp_path, structs.replace(alarm(2), rule="other"))
    until(lambda: len(seen) == 1)
    send(host, tmp_path, structs.replace(alarm(3), type="alarm.cleared", state=AlarmState.RETURNED))
    until(lambda: len(seen) == 2)
    assert seen == [(1, 2), (2,)]
