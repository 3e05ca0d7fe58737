"""Alarms' lives, and cooling units: arbitration, verification, takeover."""

import itertools

import pytest

from hotzone.config.model import ControlMode, QualityRules
from hotzone.config.units import SECOND
from hotzone.pipeline import AlarmEvent, CoolingEvent, Event, Pipeline
from hotzone.sensors.frame import Frame, LinkKind, Own
from support.sites import EPOCH, merged, own, report, site, start, stream, unit, zone

A1, A2 = zone("A1"), zone("A2")


def seconds(event: Event) -> float:
    return round((event.at - EPOCH) / SECOND, 1)


def commands(events: list[Event], name: str) -> list[tuple[float, float]]:
    return [
        (seconds(event), event.value)
        for event in events
        if isinstance(event, CoolingEvent) and event.type == "cooling.command" and event.unit == name
    ]


def alarms(events: list[Event]) -> list[tuple[float, str, str]]:
    return [(seconds(event), event.type, event.rule) for event in events if isinstance(event, AlarmEvent)]


def obedient(name: str, since: float, until: float, fan: float = 100.0) -> list[Frame]:
    return [report(EPOCH + round(second * SECOND), name, fan, number=1 << 40) for second in range(int(since), int(until), 5)]


def play(*parts: list[Frame], units: list[object], zones: tuple[object, ...] = (A1,)) -> list[Event]:
    return Pipeline(site(*zones, units=units)).push(merged([start()], *parts))


def test_units_begin_at_full_cooling_and_come_down_slowly() -> None:
    events = play(list(stream(A1, 22.0, 1, 900)), obedient("c", 1, 900), units=[unit("c", ["A1"])])
    sent = commands(events, "c")
    assert sent[0] == (0.0, 100.0)
    assert sent[-1][1] < 80.0
    for (then, before), (now, after) in itertools.pairwise(sent):
        assert before - after <= 20.0 / 6 + 0.1
        assert now - then >= 10.0


@pytest.mark.parametrize(("slew", "hold", "lowest"), [(5.0, 10, 65.0), (6.0, 5, 65.0), (6.0, 10, 65.0), (0.5, 1, 95.4)])
def test_a_unit_comes_down_as_slowly_as_its_slew_says_however_small_the_steps(slew: float, hold: int, lowest: float) -> None:
    slow = unit("c", ["A1"], slew_down=slew, hold=hold * SECOND)
    sent = commands(play(list(stream(A1, 22.0, 1, 600)), obedient("c", 1, 600), units=[slow]), "c")
    for (then, before), (now, after) in itertools.pairwise(sent[1:]):
        assert now - then >= hold
        assert before - after <= slew * hold / 60 + 0.101  # they are told to 0.1 %
    assert sent[-1][1] == pytest.approx(lowest, abs=1.0)


@pytest.mark.parametrize("settle", [0, 60])
def test_no_unit_is_lowered_soon_after_a_zone_asked_for_more(settle: int) -> None:
    warming = [frame for step in range(20) for frame in stream(A1, 22.0 + step / 10, 301 + 10 * step, 311 + 10 * step)]
    parts = [list(stream(A1, 22.0, 1, 300)), warming, list(stream(A1, 23.9, 501, 900)), obedient("c", 1, 900)]
    events = play(*parts, units=[unit("c", ["A1"], settle=settle * SECOND, slew_down=2.0)])
    demands = [
        (seconds(event), event.value or 0.0) for event in events if event.type == "cooling.demand" and isinstance(event, CoolingEvent)
    ]
    asked_more = [now for (_, before), (now, after) in itertools.pairwise(demands) if after > before]
    lowered = [now for (_, before), (now, after) in itertools.pairwise(commands(events, "c")) if after < before]
    soon = [now for now in lowered if any(then <= now < then + 60 for then in asked_more)]
    assert len(asked_more) > 10
    assert (soon == []) is (settle == 60)
    assert lowered[-1] > asked_more[-1], "and then it is"


def test_a_unit_follows_the_zone_that_wants_most() -> None:
    frames = [list(stream(A1, 22.0, 1, 1200)), list(stream(A2, 26.5, 1, 1200)), obedient("c", 1, 1200), obedient("d", 1, 1200)]
    events = play(*frames, units=[unit("c", ["A1", "A2"]), unit("d", ["A1"])], zones=(A1, A2))
    assert commands(events, "c")[-1][1] == 100.0
    assert commands(events, "d")[-1][1] < 75.0


def test_a_fan_that_coasts_down_is_a_failed_unit_and_its_neighbour_takes_over() -> None:
    parts = [list(stream(A1, 22.0, 1, 700)), list(stream(A2, 22.0, 1, 700)), obedient("c", 1, 300), obedient("d", 1, 700, 85.0)]
    coasting = [report(EPOCH + (300 + k * 5) * SECOND, "c", max(20.0, 90.0 - k * 8), number=1 << 40) for k in range(80)]
    events = play(
        *parts, coasting, units=[unit("c", ["A1", "A2"], tolerance=15.0), unit("d", ["A2", "A1"], tolerance=15.0)], zones=(A1, A2)
    )
    raised = [row for row in alarms(events) if row[2] == "unit-failed"]
    assert len(raised) == 1
    assert 300 < raised[0][0] <= 330
    before = [value for at, value in commands(events, "d") if at < raised[0][0]][-1]
    after = next(value for at, value in commands(events, "d") if at >= raised[0][0])
    assert after > before + 10


def test_a_unit_that_does_not_hear_us_is_not_well_for_it_unless_its_fan_is_at_full_speed() -> None:
    one = site(A1, units=[unit("c", ["A1"])])

    def reports(since: int, fan: float, mode: str) -> list[Frame]:
        return [report(EPOCH + (since + k * 5) * SECOND, "c", fan, number=1 << 40, mode=mode) for k in range(20)]

    pipeline = Pipeline(one)
    raised = pipeline.push(
        merged([start()], stream(A1, 24.0, 1, 500), obedient("c", 1, 200), reports(200, 0.0, "remote"), reports(300, 0.0, "heartbeat-lost"))
    )
    assert [row[1] for row in alarms(raised) if row[2] == "unit-failed"] == ["alarm.raised"]
    ended = pipeline.push(merged(reports(501, 100.0, "heartbeat-lost")))
    assert "alarm.cleared" in [row[1] for row in alarms(ended) if row[2] == "unit-failed"]


def test_a_restart_does_not_end_the_alarm_of_a_fan_that_stands_still() -> None:
    one = site(A1, units=[unit("c", ["A1"])])
    still = [report(EPOCH + (200 + k * 5) * SECOND, "c", 0.0, number=1 << 40) for k in range(10)]
    pipeline = Pipeline(one)
    before = pipeline.push(merged([start()], stream(A1, 24.0, 1, 250), obedient("c", 1, 200), still))
    assert "unit-failed" in {row[2] for row in alarms(before)}
    after = [report(EPOCH + (400 + k * 5) * SECOND, "c", 0.0, number=1 << 40) for k in range(60)]
    events = Pipeline(one, snapshot=pipeline.snapshot()).push(merged([start(EPOCH + 399 * SECOND)], stream(A1, 24.0, 400, 700), after))
    assert "unit-failed" not in {row[2] for row in alarms(events)}


def test_a_fan_on_its_way_to_a_new_command_is_not_failed() -> None:
    ramp = [report(EPOCH + (1 + k * 5) * SECOND, "c", min(100.0, 40.0 + 5 * k), number=1 << 40) for k in range(30)]
    assert alarms(play(list(stream(A1, 24.5, 1, 150)), ramp, units=[unit("c", ["A1"])])) == []


def test_a_unit_whose_reports_lag_behind_quick_commands_is_not_deaf() -> None:
    cooling = list(stream(A1, 22.0, 1, 600))
    sent = commands(play(cooling, obedient("c", 1, 600), units=[unit("c", ["A1"])]), "c")
    assert len(sent) > 20
    lagging = [report(EPOCH + t * SECOND, "c", 100.0, number=EPOCH // SECOND + t - 7) for t in range(20, 600, 5)]
    rules = {row[2] for row in alarms(play(cooling, lagging, units=[unit("c", ["A1"], confirm_after=15 * SECOND)]))}
    assert "unit-deaf" not in rules


def test_a_unit_that_stops_reporting_is_silent_and_told_of_its_return() -> None:
    parts = [list(stream(A1, 24.0, 1, 300)), obedient("c", 1, 100), obedient("c", 200, 300)]
    assert alarms(play(*parts, units=[unit("c", ["A1"])])) == [
        (126.0, "alarm.raised", "unit-silent"),
        (200.0, "alarm.cleared", "unit-silent"),
    ]


def test_the_last_will_of_a_unit_is_believed_at_once() -> None:
    will = Frame(EPOCH + 50 * SECOND, "dc/h/units/c/state", b"offline")
    parts = [list(stream(A1, 24.0, 1, 60)), obedient("c", 1, 50), [will]]
    assert alarms(play(*parts, units=[unit("c", ["A1"])])) == [(50.0, "alarm.raised", "unit-silent")]


def test_a_command_that_nobody_hears_is_an_alarm_at_once_and_ends_when_it_is_echoed() -> None:
    parts = [
        list(stream(A1, 24.0, 1, 100)),
        obedient("c", 1, 40),
        [own(EPOCH + 41 * SECOND, Own.LINK, kind=LinkKind.UNHEARD, unit="c", detail="reason 16"), *obedient("c", 60, 100)],
    ]
    assert alarms(play(*parts, units=[unit("c", ["A1"])])) == [
        (41.0, "alarm.raised", "unit-unheard"),
        (60.0, "alarm.cleared", "unit-unheard"),
    ]


@pytest.mark.parametrize(
    ("trouble", "raised"),
    [
        ([own(EPOCH + 701 * SECOND, Own.LINK, kind=LinkKind.UNHEARD, unit="c", detail="reason 16")], 701.0),
        ([own(EPOCH + 701 * SECOND, Own.LINK, kind=LinkKind.DENIED, unit="c", detail="reason 135")], 701.0),
        ([report(EPOCH + (701 + k * 5) * SECOND, "c", 100.0, number=3) for k in range(20)], 703.0),
    ],
    ids=["nobody hears it", "it is denied", "its report shows an older one"],
)
def test_the_neighbour_of_a_unit_that_does_not_get_its_commands_takes_over(trouble: list[Frame], raised: float) -> None:
    parts = [list(stream(A1, 22.0, 1, 800)), obedient("d", 1, 800), obedient("c", 1, 700)]
    events = play(*parts, trouble, units=[unit("c", ["A1"]), unit("d", ["A1"])])
    assert next(row[0] for row in alarms(events) if row[2] in {"unit-unheard", "unit-deaf"}) == raised
    before = [value for at, value in commands(events, "d") if at < raised][-1]
    assert next(value for at, value in commands(events, "d") if at >= raised) > before + 10


def test_a_unit_in_advise_is_told_but_not_sent_and_one_that_is_off_is_left_alone() -> None:
    units = [unit("c", ["A1"], control=ControlMode.ADVISE), unit("d", ["A1"], control=ControlMode.OFF)]
    events = play(list(stream(A1, 24.0, 1, 60)), units=units)
    sent = [event for event in events if event.type == "cooling.command"]
    assert {(event.unit, event.advise) for event in sent} == {("c", True)}


def test_a_request_raises_cooling_until_it_ends_and_never_lowers_it() -> None:
    never_stuck = zone("A1", quality=QualityRules(smoothing=0, stuck_after=None))
    cool = list(stream(never_stuck, 22.0, 1, 3000))
    ask = own(EPOCH + 2000 * SECOND, Own.REQUEST, zone="A1", at_least=95.0, until=EPOCH + 2300 * SECOND, handler="h")
    low = own(EPOCH + 1900 * SECOND, Own.REQUEST, zone="A1", at_least=0.0, until=EPOCH + 2900 * SECOND, handler="low")
    events = play(cool, [ask, low], obedient("c", 1, 3000), units=[unit("c", ["A1"])], zones=(never_stuck,))
    during = [value for at, value in commands(events, "c") if 2000 <= at < 2300]
    assert during[0] == 95.0
    assert commands(events, "c")[-1][1] < 60.0
    asked_low = [value for at, value in commands(events, "c") if 1900 <= at < 2000]
    without = play(cool, obedient("c", 1, 3000), units=[unit("c", ["A1"])], zones=(never_stuck,))
    assert asked_low == [value for at, value in commands(without, "c") if 1900 <= at < 2000]


def test_the_same_request_again_is_only_longer_and_not_told() -> None:
    asks = [
        own(EPOCH + t * SECOND, Own.REQUEST, zone="A1", at_least=95.0, until=EPOCH + (t + 60) * SECOND, handler="h")
        for t in (100, 130, 160)
    ]
    events = play(list(stream(A1, 24.0, 1, 300)), asks, units=[unit("c", ["A1"])])
    assert [seconds(event) for event in events if event.type == "cooling.request"] == [100.0]


def test_a_hot_zone_is_never_cooled_less() -> None:
    parts = [list(stream(A1, 22.0, 1, 1000)), list(stream(A1, 36.0, 1000, 1100)), list(stream(A1, 20.0, 1100, 1130))]
    events = play(*parts, units=[unit("c", ["A1"])])
    hot = [value for at, value in commands(events, "c") if 1001 <= at <= 1130]
    assert hot == sorted(hot)


def test_an_operator_acknowledges_and_the_life_of_the_alarm_goes_on() -> None:
    pipeline = Pipeline(site(A1))
    first = pipeline.push(merged([start()], stream(A1, 24.0, 1, 60), stream(A1, 36.0, 60, 200)))
    critical = next(event for event in first if isinstance(event, AlarmEvent) and event.rule == "critical")
    acknowledge = own(EPOCH + 201 * SECOND, Own.OPERATOR, action="acknowledge", alarm=critical.alarm, by="ada", reason="on my way")
    told = pipeline.push([acknowledge])
    assert [(event.type, event.by, event.cause) for event in told] == [("alarm.acknowledged", "ada", "on my way")]
    again = pipeline.push([acknowledge._replace(at=EPOCH + 202 * SECOND)])
    assert [(event.type, event.cause) for event in again] == [("operator.refused", "it is acknowledged")]
    rest = pipeline.push(merged(stream(A1, 24.0, 203, 400)))
    assert {event.alarm for event in rest if isinstance(event, AlarmEvent) and event.rule == "critical"} == {critical.alarm}


def test_alarms_of_what_was_removed_are_cleared_with_that_cause() -> None:
    pipeline = Pipeline(site(A1, A2))
    pipeline.push(merged([start()], stream(A1, 24.0, 1, 200), stream(A2, 24.0, 1, 60), stream(A2, 36.0, 60, 200)))
    smaller = Pipeline(site(A1), snapshot=pipeline.snapshot())
    events = smaller.push([start(EPOCH + 300 * SECOND)])
    cleared = [event for event in events if isinstance(event, AlarmEvent)]
    assert {event.rule for event in cleared} == {"warm", "high", "critical"}
    assert {(event.type, event.cause, event.zone) for event in cleared} == {("alarm.cleared", "no longer configured", "A2")}


def test_the_link_is_an_alarm_of_its_own() -> None:
    parts = [
        list(stream(A1, 24.0, 1, 60)),
        [own(EPOCH + 20 * SECOND, Own.LINK, kind="lost"), own(EPOCH + 25 * SECOND, Own.LINK, kind="restored")],
    ]
    assert alarms(play(*parts, units=[])) == [(20.0, "alarm.raised", "link-lost"), (25.0, "alarm.cleared", "link-lost")]
