"""Alarms told together: by a real host, from a real outbox, with calls that fail and restarts in between."""

import asyncio
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import structs

from hotzone.config import loads
from hotzone.config.model import Priority
from hotzone.config.problems import ConfigError
from hotzone.config.service import Grouping, HandlerConfig
from hotzone.config.units import HOUR, MILLISECOND, SECOND
from hotzone.handlers import Context, Subscription
from hotzone.handlers.contract import Delivery
from hotzone.handlers.discovery import Found
from hotzone.handlers.host import HandlerHost
from hotzone.handlers.outbox import Outbox
from hotzone.handlers.together import Together
from hotzone.handlers.words import sentence, title
from hotzone.pipeline import AlarmEvent, AlarmState, Event
from hotzone.pipeline.grouping import GroupEvent
from support.outboxes import dead
from support.sites import site


def alarm(at: int, zone: str, priority: Priority = Priority.LOW) -> AlarmEvent:
    return AlarmEvent(
        at=at,
        type="alarm.raised",
        zone=zone,
        hall="h",
        alarm=f"{zone}:high@{at}",
        rule="high",
        priority=priority,
        state=AlarmState.UNACKNOWLEDGED,
    )


async def no_wait(_: float) -> None:
    await asyncio.sleep(0)


def until(condition: Callable[[], bool]) -> None:
    deadline, beat = time.monotonic() + 10, threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        beat.wait(0.005)


def hosted(folder: Path, take: Callable[[Event, Context], object], rules: Grouping, retries: int = 2) -> HandlerHost:
    config = HandlerConfig(name="take", use="take", timeout=SECOND, retries=retries, group=rules)
    one = Found(name="take", origin="test", subscription=Subscription(alarms=True), target=take, config=config)
    host = HandlerHost(site(), [one], folder / "outbox.db", lambda *_: None, sleep=no_wait, rng=random.Random(1))
    host.start()
    return host


def send(host: HandlerHost, folder: Path, *events: AlarmEvent) -> None:
    outbox = Outbox(folder / "outbox.db", host.wanted)
    outbox.insert(events)
    outbox.close()
    host.told(events)


def waiting(folder: Path) -> int:
    outbox = Outbox(folder / "outbox.db", {"take": Subscription(alarms=True)})
    try:
        return sum(count for (_, state), count in outbox.counts().items() if state != "done")
    finally:
        outbox.close()


def test_three_alarms_are_one_call_and_a_critical_one_is_called_first(tmp_path: Path) -> None:
    taken: list[Event] = []
    host = hosted(tmp_path, lambda event, _: taken.append(event), Grouping(wait=200 * MILLISECOND))
    send(host, tmp_path, alarm(1, "A1"), alarm(2, "A2"), alarm(3, "A3"), alarm(4, "A4", Priority.CRITICAL))
    until(lambda: len(taken) == 2 and waiting(tmp_path) == 0)
    host.stop()
    first, together = taken
    assert isinstance(first, AlarmEvent)
    assert first.zone == "A4"
    assert isinstance(together, GroupEvent)
    assert (together.raised, together.priority) == (3, Priority.CRITICAL)
    assert title(together, site()) == "h: 3 raised, 0 over, 4 stand (critical)"
    assert sentence(together, site()).startswith("3 raised: A1 high (low)")


def test_a_critical_alarm_goes_before_the_notices_that_are_left(tmp_path: Path) -> None:
    taken: list[Event] = []
    begun, go_on = threading.Event(), threading.Event()

    def take(event: Event, _: object) -> None:
        taken.append(event)
        begun.set()
        assert go_on.wait(10)

    host = hosted(tmp_path, take, Grouping(by="zone", wait=200 * MILLISECOND))
    send(host, tmp_path, *(alarm(number, f"A{number}") for number in range(1, 6)))
    assert begun.wait(10)
    send(host, tmp_path, alarm(9, "A9", Priority.CRITICAL))
    go_on.set()
    until(lambda: waiting(tmp_path) == 0)
    host.stop()
    assert [getattr(event, "zone", None) for event in taken].index("A9") == 1
    assert len(taken) == 6


def test_what_waits_to_be_told_together_outlives_a_restart(tmp_path: Path) -> None:
    taken: list[Event] = []
    host = hosted(tmp_path, lambda event, _: taken.append(event), Grouping(wait=HOUR))
    send(host, tmp_path, alarm(1, "A1"), alarm(2, "A2"))
    until(lambda: host.stats["take"].queued == 2)
    host.stop()
    assert (taken, waiting(tmp_path)) == ([], 2)
    again = hosted(tmp_path, lambda event, _: taken.append(event), Grouping(wait=0))
    until(lambda: len(taken) == 1 and waiting(tmp_path) == 0)
    again.stop()
    assert isinstance(taken[0], GroupEvent)
    assert taken[0].raised == 2


def test_a_notice_that_is_not_taken_is_tried_again_as_the_same_and_then_leaves_its_alarms_as_dead_letters(tmp_path: Path) -> None:
    tried: list[str] = []

    def refuse(event: Event, _: Context) -> None:
        tried.append(event.id)
        msg = "no"
        raise RuntimeError(msg)

    host = hosted(tmp_path, refuse, Grouping(wait=100 * MILLISECOND))
    send(host, tmp_path, alarm(1, "A1"), alarm(2, "A2"))
    until(lambda: host.stats["take"].dead == 2)
    host.stop()
    assert len(tried) == 3
    assert len(set(tried)) == 1
    outbox = Outbox(tmp_path / "outbox.db", host.wanted)
    assert [letter.id for letter in dead(outbox)] == [alarm(1, "A1").id, alarm(2, "A2").id]
    outbox.close()


def test_a_delivery_is_taken_once_however_often_the_outbox_shows_it() -> None:
    clock = [SECOND]
    together = Together("take", Grouping(wait=10 * SECOND), "dc", lambda: clock[0])
    rows = [Delivery(event.id, "take", event) for event in (alarm(1, "A1"), alarm(2, "A2"))]
    assert together.tellings(rows) == []
    assert together.wait_s(60.0) == 10.0
    clock[0] = 11 * SECOND
    (telling,) = together.tellings(rows)
    assert telling.settles == tuple(rows)
    together.settled(telling)
    assert together.tellings([]) == []


SITE = """
name = "dc"
sensors = ["in"]
[halls.h.zones.A1]
layout.count = 2
[handlers.log.group]
by = "zone"
wait = "10s"
"""


def test_the_site_file_says_how_alarms_are_told_together() -> None:
    (handler,) = loads(SITE).handlers
    assert handler.group == structs.replace(Grouping(), by="zone", wait=10 * SECOND)
    (alone,) = loads(SITE.replace("[handlers.log.group]", "[handlers.log]").replace('by = "zone"', "").replace('wait = "10s"', "")).handlers
    assert alone.group is None
    with pytest.raises(ConfigError, match="nearest   interval"):
        loads(SITE.replace("wait", "intervall"))
