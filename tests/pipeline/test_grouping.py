"""Grouping on a clock of its own: wait, interval, repeat, inhibition, flapping, floods, and that nothing is ever dropped."""

import random

from hotzone.config.model import Priority
from hotzone.config.service import Grouping
from hotzone.config.units import HOUR, SECOND
from hotzone.pipeline import AlarmEvent, AlarmState, RunEvent
from hotzone.pipeline.grouping import Grouper, GroupEvent, Notice, inhibits
from hotzone.pipeline.timeline import NEVER

RULES = Grouping()


def alarm(
    at: int, zone: str = "A1", rule: str = "warm", *, over: bool = False, priority: Priority = Priority.LOW, hall: str = "h"
) -> AlarmEvent:
    state = AlarmState.RETURNED if over else AlarmState.UNACKNOWLEDGED
    kind = "alarm.cleared" if over else "alarm.raised"
    return AlarmEvent(at=at, type=kind, zone=zone, hall=hall, alarm=f"{zone}:{rule}@{at}", rule=rule, priority=priority, state=state)


class Play:
    """A grouper, a clock, and what came out: (second, notice)."""

    def __init__(self, rules: Grouping = RULES) -> None:
        self.grouper = Grouper(rules, "dc")
        self.now = SECOND
        self.out: list[tuple[float, Notice]] = []
        self.taken: list[str] = []

    def until(self, second: float) -> "Play":
        end = round(second * SECOND)
        while (due := self.grouper.due) <= end:
            self.now = max(self.now, due)
            self._collect()
        self.now = max(self.now, end)
        self._collect()
        return self

    def take(self, event: AlarmEvent | RunEvent) -> "Play":
        self.taken.append(f"d{len(self.taken)}")
        self.grouper.take(self.taken[-1], event, self.now)
        self._collect()
        return self

    def _collect(self) -> None:
        self.out += [(round(self.now / SECOND, 1), notice) for notice in self.grouper.advance(self.now)]

    def told(self) -> list[tuple[float, str, int]]:
        return [(second, notice.event.type, len(notice.covers)) for second, notice in self.out]


def test_a_new_group_waits_for_more_and_is_told_once() -> None:
    play = Play().take(alarm(1)).until(10).take(alarm(10, "A2")).until(60)
    assert play.told() == [(31.0, "group.changed", 2)]
    event = play.out[0][1].event
    assert isinstance(event, GroupEvent)
    assert (event.group, event.raised, event.over, event.standing, event.priority) == ("h", 2, 0, 2, Priority.LOW)
    assert event.cause == "2 raised: A1 warm (low), A2 warm (low); 2 stand: A1 warm (low), A2 warm (low)"


def test_one_change_alone_comes_as_the_event_that_it_is() -> None:
    event = alarm(1)
    assert [notice.event for _, notice in Play().take(event).until(60).out] == [event]


def test_a_group_that_changes_is_told_once_an_interval() -> None:
    play = Play().take(alarm(1)).until(40).take(alarm(40, "A2")).until(50).take(alarm(50, "A3")).until(1000)
    assert play.told() == [(31.0, "alarm.raised", 1), (331.0, "group.changed", 2)]


def test_a_change_after_a_long_quiet_is_told_at_once() -> None:
    play = Play().take(alarm(1)).until(1000).take(alarm(1000, "A2")).until(1001)
    assert play.told()[-1] == (1000.0, "alarm.raised", 1)


def test_what_stands_unchanged_is_told_again_after_the_repetition_and_what_is_over_is_not() -> None:
    play = Play().take(alarm(1)).until(31 + 2 * 4 * 3600)
    assert play.told() == [(31.0, "alarm.raised", 1), (14431.0, "group.changed", 0), (28831.0, "group.changed", 0)]
    assert len({notice.event.id for _, notice in play.out}) == 3
    play.take(alarm(2, over=True)).until(30000 + 24 * 3600)
    assert play.told()[3:] == [(29131.0, "alarm.cleared", 1)]
    assert play.grouper.due == NEVER


def test_halls_are_groups_and_zones_if_asked_for() -> None:
    both = Play().take(alarm(1)).take(alarm(1, "B1", hall="k")).until(60)
    assert [kind for _, kind, _ in both.told()] == ["alarm.raised", "alarm.raised"]
    zones = Play(Grouping(by="zone")).take(alarm(1)).take(alarm(1, "A2")).until(60)
    assert [kind for _, kind, _ in zones.told()] == ["alarm.raised", "alarm.raised"]


def test_critical_alarms_never_wait() -> None:
    play = Play().take(alarm(1)).take(alarm(1, "A2", "critical", priority=Priority.CRITICAL)).until(60)
    assert [(second, notice.event.type, len(notice.covers)) for second, notice in play.out] == [
        (1.0, "alarm.raised", 1),
        (31.0, "alarm.raised", 1),
    ]
    assert play.out[0][1].event.rule == "critical"


def test_what_is_no_alarm_goes_on_as_it_is() -> None:
    event = RunEvent(at=1, type="run.started")
    assert [notice.event for _, notice in Play().take(event).out] == [event]


def test_an_alarm_says_nothing_while_a_worse_one_stands_in_its_zone_and_is_told_when_that_is_over() -> None:
    play = Play().take(alarm(1, rule="high", priority=Priority.HIGH)).until(100).take(alarm(100)).until(1000)
    assert play.told() == [(31.0, "alarm.raised", 1)]
    play.take(alarm(1000, rule="high", priority=Priority.HIGH, over=True)).until(1001)
    assert play.told()[1:] == [(1000.0, "group.changed", 2)]
    other = Play(Grouping(inhibit=False)).take(alarm(1, rule="high", priority=Priority.HIGH)).until(100).take(alarm(100)).until(1000)
    assert other.told() == [(31.0, "alarm.raised", 1), (331.0, "alarm.raised", 1)]


def test_no_alarm_inhibits_its_like_or_itself_and_an_absent_place_is_an_empty_one() -> None:
    low, high = alarm(1), alarm(1, rule="high", priority=Priority.HIGH)
    assert inhibits(high, low)
    assert not inhibits(low, high)
    assert not inhibits(high, high)
    assert not inhibits(high, alarm(1, "A2"))
    link = AlarmEvent(at=1, type="alarm.raised", alarm="dc:x@1", rule="x", priority=Priority.HIGH, state=AlarmState.UNACKNOWLEDGED)
    empty = AlarmEvent(at=1, type="alarm.raised", zone="", alarm="dc:y@1", rule="y", priority=Priority.LOW, state=AlarmState.UNACKNOWLEDGED)
    assert inhibits(link, empty)


def test_an_alarm_that_flaps_is_told_seldom_and_wholly() -> None:
    play = Play(Grouping(wait=0, interval=SECOND))
    for number in range(40):
        play.until(10 + number * 60).take(alarm(number, over=number % 2 == 1)).until(10 + number * 60 + 30)
    play.until(4 * 3600)
    assert len(play.out) < 25
    assert sum(len(notice.covers) for _, notice in play.out) == 40


def test_a_flood_begins_above_ten_in_ten_minutes_tells_critical_ones_alone_and_the_rest_together() -> None:
    play = Play(Grouping(wait=0, interval=SECOND))
    for number in range(10):
        play.until(10 + number).take(alarm(number, f"Z{number}"))
    assert not play.grouper.flooded
    play.until(25)
    before = len(play.out)
    play.take(alarm(11, "Z10"))
    assert play.grouper.flooded
    for number in range(12, 40):
        play.take(alarm(number, f"Z{number}"))
    play.take(alarm(41, "C", "critical", priority=Priority.CRITICAL)).until(60)
    kinds = [(notice.event.type, len(notice.covers)) for _, notice in play.out[before:]]
    assert ("alarm.raised", 1) in kinds
    assert sum(count for kind, count in kinds if kind == "group.flood") == 29
    assert play.until(25 + 601).grouper.flooded is False


def test_a_flood_ends_with_fewer_than_five_in_ten_minutes_and_tells_what_it_still_has() -> None:
    play = Play(Grouping(wait=HOUR, interval=HOUR, inhibit=False))
    for number in range(11):
        play.until(10 + number * 30).take(alarm(number, f"Z{number}"))
    assert play.grouper.flooded
    play.until(3599)
    floods = [(second, len(notice.covers)) for second, notice in play.out if notice.event.type == "group.flood"]
    assert floods == [(10 + 6 * 30 + 600.0, 11)]  # then four are left


def test_whatever_comes_every_delivery_is_covered_exactly_once() -> None:
    for seed in range(300):
        rng = random.Random(seed)
        play = Play(Grouping(by=rng.choice(["hall", "zone"]), inhibit=rng.random() < 0.5))
        second = 1.0
        for number in range(rng.randrange(1, 120)):
            second += rng.choice([0.0, 1.0, 20.0, 400.0])
            name, rule = rng.choice(["A1", "A2", "A3"]), rng.choice(["warm", "high", "critical"])
            priority = {"warm": Priority.LOW, "high": Priority.HIGH, "critical": Priority.CRITICAL}[rule]
            play.until(second).take(alarm(number, name, rule, over=rng.random() < 0.4, priority=priority))
        play.until(second + 24 * 3600)
        covered = [one for _, notice in play.out for one in notice.covers]
        assert sorted(covered) == sorted(play.taken), seed
