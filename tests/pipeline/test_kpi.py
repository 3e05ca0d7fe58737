"""Key figures: a synthetic month against a second, slower calculation, and the published vectors."""

import random
from math import ceil
from statistics import median

import pytest

from hotzone.config.model import Priority
from hotzone.config.units import DAY, HOUR, MINUTE, SECOND
from hotzone.pipeline import AlarmEvent, AlarmState, OperatorEvent
from hotzone.pipeline.kpi import Calls, Figure, Flood, Kpi, floods
from hotzone.pipeline.state import AlarmRecord
from support.sites import EPOCH

MONTH = 30 * DAY
PRIORITIES = [Priority.LOW] * 80 + [Priority.MEDIUM] * 15 + [Priority.HIGH] * 4 + [Priority.CRITICAL]


def event(at: int, kind: str, state: AlarmState, *, begun: int, place: str, priority: Priority, by: str | None = None) -> AlarmEvent:
    return AlarmEvent(
        at=at, type=f"alarm.{kind}", zone=place, hall="h", alarm=f"{place}:high@{begun}", rule="high", priority=priority, state=state, by=by
    )


class Life:
    """One alarm of the synthetic month: raised, acknowledged or not, over or not."""

    def __init__(self, place: str, begun: int, lasts: int | None, acknowledged: int | None, priority: Priority) -> None:
        self.place, self.begun, self.lasts, self.priority = place, begun, lasts, priority
        self.acknowledged = None if acknowledged is None or (lasts is not None and acknowledged >= lasts) else acknowledged

    def events(self) -> list[AlarmEvent]:
        common = {"begun": self.begun, "place": self.place, "priority": self.priority}
        found = [event(self.begun, "raised", AlarmState.UNACKNOWLEDGED, **common)]
        if self.acknowledged is not None:
            found.append(event(self.begun + self.acknowledged, "acknowledged", AlarmState.ACKNOWLEDGED, by="kim", **common))
        if self.lasts is not None:
            state = AlarmState.RETURNED if self.acknowledged is None else AlarmState.NORMAL
            found.append(event(self.begun + self.lasts, "cleared", state, **common))
        return found


def month(seed: int) -> list[Life]:
    """Lives of 40 places, one after the other in each, with two floods, one place that chatters, some that stay for days."""
    rng = random.Random(seed)
    lives: list[Life] = []
    for number in range(40):
        place, at = f"Z{number}", EPOCH + rng.randrange(DAY)
        priority = rng.choice(PRIORITIES)
        while at < EPOCH + MONTH:
            lasts = rng.choice([3 * SECOND, MINUTE, 20 * MINUTE, 5 * HOUR, 2 * DAY])
            acknowledged = rng.choice([None, 20 * SECOND, 10 * MINUTE])
            over = at + lasts >= EPOCH + MONTH
            lives.append(Life(place, at, None if over else lasts, acknowledged, priority))
            at += lasts + rng.randrange(MINUTE, 3 * DAY)
    lives += [
        Life(f"F{number}", EPOCH + begin + number * 40 * SECOND, 5 * MINUTE, None, Priority.LOW)
        for begin in (5 * DAY, 17 * DAY)
        for number in range(60)
    ]
    lives += [Life("chatter", EPOCH + 9 * DAY + number * 12 * SECOND, 5 * SECOND, None, Priority.MEDIUM) for number in range(8)]
    return sorted(lives, key=lambda one: one.begun)


def figure(kpi: Kpi, name: str) -> Figure:
    return next(one for one in kpi.figures if one.name == name)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("operators", [1, 2])
def test_a_synthetic_month_comes_out_as_a_second_calculation_has_it(seed: int, operators: int) -> None:
    lives = month(seed)
    calls = Calls()
    calls.take(sorted((one for life in lives for one in life.events()), key=lambda one: one.at))
    kpi = calls.kpi(EPOCH, EPOCH + MONTH, operators)
    begun = [life.begun - EPOCH for life in lives]
    tens = [sum(at // (10 * MINUTE) == slot for at in begun) for slot in range(30 * 24 * 6)]
    hours = [sum(at // HOUR == slot for at in begun) for slot in range(30 * 24)]
    wet, inside = [], False
    for count in tens:
        inside = count > 10 * operators if not inside else count >= 5 * operators
        wet.append(inside)
    names = sorted({life.place for life in lives}, key=lambda name: -sum(life.place == name for life in lives))
    top = sum(sum(life.place == name for life in lives) for name in names[:10])
    waits = [life.acknowledged / SECOND for life in lives if life.acknowledged is not None]
    stale = max(
        sum(life.begun <= EPOCH + day * DAY - DAY and (life.lasts is None or life.begun + life.lasts > EPOCH + day * DAY) for life in lives)
        for day in range(1, 31)
    )
    wanted = {
        "alarms per hour": len(lives) / 720 / operators,
        "alarms per 10 minutes": len(lives) / 4320 / operators,
        "alarms per day": len(lives) / 30 / operators,
        "hours with more than 30": 100 * sum(count > 30 * operators for count in hours) / 720,
        "10 minutes with more than 10": 100 * sum(count > 10 * operators for count in tens) / 4320,
        "most in 10 minutes": max(tens) / operators,
        "time in flood": 100 * sum(wet) / 4320,
        "the ten that call most": 100 * top / len(lives),
        "chattering": 1.0,
        "stale": float(stale),
        "of priority low": 100 * sum(life.priority is Priority.LOW for life in lives) / len(lives),
        "time to acknowledge, longest": max(waits),
        "acknowledged": 100 * len(waits) / len(lives),
    }
    assert {name: figure(kpi, name).value for name in wanted} == pytest.approx(wanted)
    assert abs((figure(kpi, "time to acknowledge, median").value or 0) - median(waits)) <= 580  # of an even number the lower one
    assert kpi.annunciated == len(lives)
    assert kpi.chattering == ("chatter high",)
    assert kpi.standing == sum(life.lasts is None for life in lives)


def test_a_flood_starts_above_ten_in_ten_minutes_and_ends_below_five() -> None:
    slots = [10, 11, 7, 5, 4, 0, 12, 3]
    times = [EPOCH + slot * 10 * MINUTE + number for slot, count in enumerate(slots) for number in range(count)]
    found = floods(times, EPOCH, EPOCH + 80 * MINUTE)
    assert found == [
        Flood(EPOCH + 10 * MINUTE, EPOCH + 40 * MINUTE, 23, 11),
        Flood(EPOCH + 60 * MINUTE, EPOCH + 70 * MINUTE, 12, 12),
    ]
    assert floods(times, EPOCH, EPOCH + 80 * MINUTE, operators=2) == []


def test_a_flood_that_goes_on_ends_with_the_time_asked_for() -> None:
    assert floods([EPOCH + number for number in range(11)], EPOCH, EPOCH + 5 * MINUTE) == [Flood(EPOCH, EPOCH + 5 * MINUTE, 11, 11)]


def test_what_is_put_aside_is_counted_by_kind_and_stands_no_more() -> None:
    calls = Calls()
    common = {"begun": EPOCH, "place": "A1", "priority": Priority.HIGH}
    calls.take([event(EPOCH, "raised", AlarmState.UNACKNOWLEDGED, **common), event(EPOCH + 1, "shelved", AlarmState.SHELVED, **common)])
    calls.take([OperatorEvent(at=EPOCH + 2, type="operator.refused", action="reset", by="kim")])
    kpi = calls.kpi(EPOCH, EPOCH + DAY)
    assert (kpi.standing, kpi.aside, kpi.refused) == (0, {"shelved": 1}, 1)


def test_an_alarm_that_is_over_at_once_is_fleeting_unless_somebody_acted_or_it_comes_back() -> None:
    def fleeting(*lives: Life) -> tuple[str, ...]:
        calls = Calls()
        calls.take(one for life in lives for one in life.events())
        return calls.kpi(EPOCH, EPOCH + HOUR).fleeting

    short = Life("A1", EPOCH, 3 * SECOND, None, Priority.LOW)
    assert fleeting(short) == ("A1 high",)
    assert fleeting(short, Life("A1", EPOCH + 30 * SECOND, HOUR, None, Priority.LOW)) == ()
    assert fleeting(Life("A1", EPOCH, 3 * SECOND, SECOND, Priority.LOW)) == ()
    assert fleeting(Life("A1", EPOCH, MINUTE, None, Priority.LOW)) == ()


def life(place: str, begun: int, lasts: int | None) -> list[AlarmEvent]:
    return Life(place, EPOCH + begun, lasts, None, Priority.HIGH).events()


def test_figures_go_back_no_further_than_what_is_known_and_count_what_stood_before() -> None:
    calls = Calls()
    stood = AlarmRecord(f"B:high@{EPOCH - 2 * DAY}", "B", None, "h", "high", Priority.HIGH, AlarmState.ACKNOWLEDGED)
    away = AlarmRecord(f"C:high@{EPOCH - HOUR}", "C", None, "h", "high", Priority.LOW, AlarmState.SHELVED)
    calls.begin(EPOCH, [stood, away])
    calls.take(life("A", 5 * MINUTE, MINUTE))
    found = calls.kpi(EPOCH - MONTH, EPOCH + 10 * MINUTE)
    assert (found.since, figure(found, "most in 10 minutes").value) == (EPOCH, 1.0)
    assert (found.annunciated, found.standing, found.stale, found.aside) == (1, 1, ("B high",), {"shelved": 1})


def test_what_was_put_aside_is_counted_at_the_end_of_the_time_asked_for() -> None:
    calls = Calls()
    common = {"begun": EPOCH, "place": "A", "priority": Priority.LOW}
    calls.take(
        event(EPOCH + at * MINUTE, kind, state, **common)
        for at, kind, state in [
            (0, "raised", AlarmState.UNACKNOWLEDGED),
            (2, "shelved", AlarmState.SHELVED),
            (4, "unshelved", AlarmState.NORMAL),
        ]
    )
    ends = [calls.kpi(EPOCH, EPOCH + minutes * MINUTE) for minutes in (1, 3, 5)]
    assert [(one.standing, one.aside) for one in ends] == [(1, {}), (0, {"shelved": 1}), (0, {})]


def test_what_is_forgotten_is_not_asked_for() -> None:
    for calls in (Calls(keep=HOUR), Calls(most=10)):
        for hours in range(20):
            calls.take(life("A", hours * HOUR, MINUTE))
        found = calls.kpi(EPOCH, EPOCH + 20 * HOUR)
        assert 1 < found.annunciated <= 10
        assert found.annunciated == ceil((found.until - found.since) / HOUR)
        assert figure(found, "alarms per hour").value == pytest.approx(1.0)


def test_of_no_alarms_there_are_rates_and_no_shares() -> None:
    kpi = Calls().kpi(EPOCH, EPOCH + HOUR)
    assert (figure(kpi, "alarms per hour").value, figure(kpi, "acknowledged").value) == (0.0, None)
    with pytest.raises(ValueError, match="after the beginning"):
        Calls().kpi(EPOCH, EPOCH)
